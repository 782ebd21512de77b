"""The rasteriser in numba: needs no GL, starts anywhere, gives the same picture every time.

One sample per pixel and the outline smoothed as on a software GL (`edges`), so that both backends draw the same
silhouette, with the look of `shaders/garment.vert` and `garment.frag`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BackendUnavailable
from pipelines.render import raster_kernels as kernels
from pipelines.render.backend import (
    OCCLUDER_RECEDE_M,
    DrawItem,
    RenderRequest,
    check_faces,
    check_request,
    empty_layer,
    linear_rgb,
    sheen_fit,
)
from pipelines.render.edges import SRGB_OF_ROOT, smooth_edges
from pipelines.render.mipmap import base_size, level_for, pyramid, uv_per_pixel
from pipelines.render.raster_shading import light_vertices, pixels_of, shade
from pipelines.render.screen import (
    TANGENT_COLUMNS,
    add_tangents,
    front_first,
    pack_vertices,
    packed_for,
    pinhole,
    region_of_interest,
    screen_box,
    sides_of,
)
from pipelines.types import DepthF32, GarmentLayer, Region, RgbaU8, Surface

KEPT_MESHES = 32  # the least recently drawn one goes first


@dataclass(frozen=True, slots=True, eq=False)
class _Static:
    """What stays of an item from frame to frame."""

    faces: NDArray[np.int32]
    packed: NDArray[np.float32]  # (V, 8 or 12) position, normal, tangent if woven, uv
    bad: NDArray[np.bool_]
    sides: NDArray[np.uint8]  # (F,) how many of each face are drawn
    ordered: NDArray[np.uint32]  # (F, 3) room for this frame's triangles
    base_color: _Levels
    weave: _Levels


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """An item of this frame, clipped and projected."""

    item: DrawItem
    static: _Static
    packed: NDArray[np.float32]
    faces: NDArray[np.int32]
    screen: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Buffers:
    """The nearest triangle of every pixel."""

    inverse_depth: NDArray[np.float32]
    triangle: NDArray[np.int32]
    owners: NDArray[np.uint8]  # 0 nobody or the occluder, else 1 + index of the item


class NumbaBackend:
    """The Renderer without GL."""

    name = "numba"

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Static] = OrderedDict()
        self._closed = False

    def describe(self) -> dict[str, str]:
        """Tell what draws."""
        return {"backend": "numba rasteriser", "gl_renderer": "none"}

    def render(self, request: RenderRequest) -> GarmentLayer:
        """Draw `request`."""
        if self._closed:
            raise BackendUnavailable("the renderer is closed")
        check_request(request)
        surfaces = [item.surface for item in request.items]
        region = region_of_interest(surfaces, request.K, request.width_px, request.height_px)
        if region.is_empty:
            return empty_layer()
        shape = (region.y1 - region.y0, region.x1 - region.x0)
        buffers = _Buffers(
            np.full(shape, kernels.NEAREST, np.float32), np.empty(shape, np.int32), np.zeros(shape, np.uint8)
        )
        camera = pinhole(request.K)
        for surface in request.occluder:
            self._occlude(surface, camera, region, buffers)
        drawn = [self._see(item, camera, region, buffers, n + 1) for n, item in enumerate(request.items)]
        rgba, depth_m = np.zeros((*shape, 4), np.uint8), np.full(shape, np.inf, np.float32)
        pixels, first = pixels_of(buffers.owners, len(drawn))
        for one, begin, end in zip(drawn, first[1:-1], first[2:], strict=True):
            if begin < end:
                _shade(one, request, buffers, pixels[begin:end], rgba, depth_m)
        smooth_edges(rgba, depth_m)
        return GarmentLayer(rgba, depth_m, region)

    def _occlude(self, surface: Surface, camera: NDArray[np.float64], region: Region, buffers: _Buffers) -> None:
        static = self._static(("occluder", id(surface.faces)), surface, None)
        packed, faces = _clipped(static, surface, camera)
        screen = kernels.project(packed, camera, region.x0, region.y0, OCCLUDER_RECEDE_M)
        kernels.visibility(screen, faces, 0, buffers.inverse_depth, buffers.triangle, buffers.owners)

    def _see(
        self, item: DrawItem, camera: NDArray[np.float64], region: Region, buffers: _Buffers, owner: int
    ) -> _Drawn:
        static = self._static(("garment", item.key), item.surface, item)
        packed, faces = _clipped(static, item.surface, camera)
        screen = kernels.project(packed, camera, region.x0, region.y0, 0.0)
        kernels.visibility(screen, faces, owner, buffers.inverse_depth, buffers.triangle, buffers.owners)
        return _Drawn(item, static, packed, faces, screen)

    def _static(self, key: Hashable, surface: Surface, item: DrawItem | None) -> _Static:
        static = self._kept.get(key)
        if static is not None and len(static.packed) == len(surface.vertices_m):
            self._kept.move_to_end(key)
            return static
        check_faces(surface.faces, len(surface.vertices_m))
        packed = packed_for(surface, item)
        color = weave = None
        if item is not None:
            color, weave = item.material.texture, item.material.normal_map
        # An occluder is found by the id of its faces, so that very array is kept, not a copy of it.
        faces, bad = surface.faces, np.zeros(len(packed), np.bool_)
        ordered = np.zeros(faces.shape, np.uint32)
        static = _Static(faces, packed, bad, sides_of(item, faces), ordered, _Levels(color), _Levels(weave))
        self._kept[key] = static
        while len(self._kept) > KEPT_MESHES:
            self._kept.popitem(last=False)
        return static

    def close(self) -> None:
        """Forget textures and meshes."""
        self._kept.clear()
        self._closed = True


def _clipped(
    static: _Static, surface: Surface, camera: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return this frame's packed vertices and faces, cut at the near plane where they must be."""
    vertices = np.ascontiguousarray(surface.vertices_m, np.float32)
    normals = np.ascontiguousarray(surface.normals, np.float32)
    faces = np.ascontiguousarray(static.faces, np.int32)
    broken = pack_vertices(vertices, normals, static.packed, static.bad)
    if static.packed.shape[1] == TANGENT_COLUMNS:
        add_tangents(static.packed, faces)
    if static.sides.min(initial=2) < 2:
        count = front_first(static.packed, faces, static.sides, static.bad, static.ordered)
        faces = static.ordered[:count].astype(np.int32)
    behind = screen_box(vertices, camera)[4]
    if not broken and not behind:
        return static.packed, faces
    room = np.empty((len(vertices) + 2 * len(faces), static.packed.shape[1]), np.float32)
    return kernels.clip_near(static.packed, faces, static.bad, room)


class _Levels:
    """A picture (h, w, 3), or none, whose levels are made when they are first drawn."""

    def __init__(self, picture: NDArray[np.uint8] | None) -> None:
        self._picture = picture
        self._made: dict[int, NDArray[np.uint32]] = {}

    def seen_at(self, uv_area: float, scale: float) -> NDArray[np.uint32]:
        """Return the level to draw with, a texel in one number; a picture without pixels where there is none."""
        if self._picture is None:
            return np.zeros((0, 0), np.uint32)
        size = base_size(self._picture)
        level = level_for(uv_area, scale, size, max(size).bit_length())
        if level not in self._made:
            texels = cv2.cvtColor(pyramid(self._picture, level + 1)[level], cv2.COLOR_RGB2RGBA)
            self._made[level] = np.asarray(texels.view(np.uint32)[..., 0])
        return self._made[level]


def _shade(
    drawn: _Drawn,
    request: RenderRequest,
    buffers: _Buffers,
    pixels: NDArray[np.int32],
    rgba: RgbaU8,
    depth_m: DepthF32,
) -> None:
    material, static = drawn.item.material, drawn.static
    light = np.ascontiguousarray(request.light, np.float32)
    fit, scale = np.array(sheen_fit(material), np.float32), float(material.texture_scale)
    gloss = np.float32(material.gloss)
    attributes = light_vertices(drawn.packed, light, fit, gloss, np.float32(scale))
    uv_area = uv_per_pixel(static.packed, drawn.static.faces, pinhole(request.K))
    shade(
        pixels,
        buffers.triangle,
        buffers.inverse_depth,
        drawn.screen,
        drawn.faces,
        attributes,
        linear_rgb(material.base_color_rgb),
        static.base_color.seen_at(uv_area, scale),
        static.weave.seen_at(uv_area, scale),
        SRGB_OF_ROOT,
        rgba,
        depth_m,
    )
