"""What a renderer takes and gives, and the choice between the renderers.

A renderer draws garments over their region of interest with the light of the frame, hidden where a
depth-only occluder (the posed body) is nearer to the camera. Two backends share one look: pyrender's
fast path on EGL (`pyrender_fast`) and a rasteriser in numba (`raster`) that needs no GL at all.

Pixel (i, j) covers i <= u < i+1, j <= v < j+1, so its centre lies at +0.5. Near plane 0.05 m, far plane 20 m.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BackendUnavailable, InputRejected
from pipelines.render.egl import has_gpu
from pipelines.types import GarmentLayer, Mat33, Region, Sh9, Surface, UvF32, require_shape

NEAR_M = 0.05
FAR_M = 20.0
OCCLUDER_RECEDE_M = 0.006  # the occluder steps back this far along the view ray: skin under cloth stays hidden
SHOULDER = 0.7  # linear level above which bright cloth rolls off towards 1
GLINT = 0.5  # how bright a lamp shows in satin, over its share of the light squared
INSIDE_GAIN = 0.5  # light on the inside of a garment, seen through collar or cuff
SH_C0, SH_C1, SH_C2_MIXED, SH_C2_AXIS, SH_C2_DIFF = 0.282095, 0.488603, 1.092548, 0.315392, 0.546274
SOFTWARE_GL = ("llvmpipe", "softpipe", "swrast", "SwiftShader")
LIMIT_M = 1e4  # a vertex farther off than this, or not finite, is broken: its triangles are skipped

TextureU8: TypeAlias = Annotated[NDArray[np.uint8], "h w 3", "sRGB, row 0 at v = 0, repeating"]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """How cloth looks. Texture and normal map are sampled at `uv * texture_scale` and repeat."""

    base_color_rgb: NDArray[np.uint8]  # (3,) sRGB; multiplies the texture
    texture: TextureU8 | None = None
    normal_map: TextureU8 | None = None  # glTF tangent space: red along u, green against v, blue out
    roughness: float = 0.8  # 0.25..1, width of the sheen
    sheen: float = 0.0  # 0 none .. 1 velvet
    gloss: float = 0.0  # 0 none .. 1 satin: how much of the lamps is mirrored
    texture_scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse arrays of another shape or type."""
        require_shape("base_color_rgb", self.base_color_rgb, (3,))
        for name, picture in (("texture", self.texture), ("normal_map", self.normal_map)):
            if picture is not None:
                require_shape(name, picture, ("h", "w", 3))
                if picture.dtype != np.uint8 or picture.size == 0:
                    raise InputRejected(f"{name}: need a picture of 8 bits, got {picture.dtype} {picture.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class DrawItem:
    """One garment, or one part of it."""

    surface: Surface
    uv: UvF32  # (V, 2)
    material: Material
    key: Hashable  # names faces, uv, material and sides: the same key means that only vertices and normals changed
    sides: NDArray[np.uint8] | None = None  # (F,) of each face: 2 both are drawn, 1 only the outside, 0 none


@dataclass(frozen=True, slots=True, eq=False)
class RenderRequest:
    """One frame to draw."""

    items: tuple[DrawItem, ...]
    occluder: tuple[Surface, ...]  # drawn into depth alone
    K: Mat33
    width_px: int
    height_px: int
    light: Sh9


class Renderer(Protocol):
    """Draws garments. Used by one thread at a time; `close` frees everything it holds."""

    name: str

    def describe(self) -> dict[str, str]:
        """Tell backend, device and versions, for the log and the health page."""
        ...

    def render(self, request: RenderRequest) -> GarmentLayer:
        """Draw `request.items`; raise InputRejected on arrays that contradict each other."""
        ...

    def close(self) -> None:
        """Free buffers, programs and contexts; a second call does nothing."""
        ...


def check_request(request: RenderRequest) -> None:
    """Raise ShapeError unless the arrays of `request` have their documented shapes."""
    require_shape("K", request.K, (3, 3))
    require_shape("light", request.light, (9, 3))
    if not np.isfinite(request.K).all() or request.K[0, 0] <= 0.0 or request.K[1, 1] <= 0.0:
        raise InputRejected(f"K: focal lengths must be positive and all finite, got {request.K.tolist()}")
    if not np.isfinite(request.light).all():
        raise InputRejected("light: not finite")
    if request.width_px < 2 or request.height_px < 2:
        raise InputRejected(f"picture of {request.width_px} x {request.height_px}: both sides must be 2 or more")
    for item in request.items:
        check_surface(item.surface)
        require_shape("uv", item.uv, (len(item.surface.vertices_m), 2))
        if item.sides is not None:
            require_shape("sides", item.sides, (len(item.surface.faces),))
    for surface in request.occluder:
        check_surface(surface)


def check_surface(surface: Surface) -> None:
    """Raise ShapeError unless the arrays of `surface` agree."""
    require_shape("vertices_m", surface.vertices_m, ("V", 3))
    require_shape("normals", surface.normals, (len(surface.vertices_m), 3))
    require_shape("faces", surface.faces, ("F", 3))


def check_faces(faces: NDArray[np.int32], vertices: int) -> None:
    """Raise InputRejected if `faces` names a vertex that does not exist."""
    if faces.size and (faces.min() < 0 or faces.max() >= vertices):
        raise InputRejected(f"faces: index outside 0..{vertices - 1}")


def empty_layer() -> GarmentLayer:
    """Return a layer without a pixel."""
    return GarmentLayer(np.zeros((0, 0, 4), np.uint8), np.zeros((0, 0), np.float32), Region(0, 0, 0, 0))


def sheen_fit(material: Material) -> tuple[float, float, float, float]:
    """Return (a, b, c, amount): sheen = amount * (exp(a * n.v + b) + c), the fit of three.js less its value face on.

    A package's colour is what the cloth looks like from the front, its fuzz included: what sheen adds to that is seen
    towards the silhouette alone.
    """
    r = min(max(material.roughness, 0.25), 1.0)
    a = -8.48 * r * r + 14.3 * r - 9.95
    b = 1.97 * r * r - 3.27 * r + 0.72
    return a, b, -math.exp(a + b), min(max(material.sheen, 0.0), 1.0)


def linear_rgb(color: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return sRGB bytes as linear RGB 0..1."""
    c = np.asarray(color, np.float64) / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def select_renderer(name: str = "auto") -> tuple[Renderer, str]:
    """Return (renderer, reason).

    "auto" is EGL on a GPU, else numba, which is quicker than OpenGL in software. "pyrender" and "numba" never fall
    back: they raise BackendUnavailable.
    """
    if name == "numba":
        return _numba(), "asked for by name"
    if name == "pyrender":
        return _pyrender(), "asked for by name"
    if name != "auto":
        raise BackendUnavailable(f"no renderer is called {name!r}: auto, pyrender, numba")
    if not has_gpu():
        return _numba(), "EGL knows no GPU here, and the numba rasteriser is quicker than OpenGL in software"
    try:
        renderer = _pyrender()
    except BackendUnavailable as error:
        return _numba(), f"EGL cannot be used here ({error}), the numba rasteriser needs none"
    device = renderer.describe()["gl_renderer"]
    if any(name in device for name in SOFTWARE_GL):
        renderer.close()
        return _numba(), f"EGL's GPU cannot be used here, and the numba rasteriser is quicker than {device}"
    return renderer, f"EGL works, on {device}"


def _pyrender() -> Renderer:
    from pipelines.render.pyrender_fast import PyrenderBackend

    return PyrenderBackend()


def _numba() -> Renderer:
    from pipelines.render.raster import NumbaBackend

    return NumbaBackend()
