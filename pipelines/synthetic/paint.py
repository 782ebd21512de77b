"""Draws meshes with stock pyrender on EGL: the picture of a synthetic person, and exact silhouettes."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("PYOPENGL_PLATFORM", "egl")

import pyrender

from pipelines.types import DepthF32, Mat33, RgbaU8


@dataclass(frozen=True, slots=True)
class Part:
    """One posed mesh with its material; colours linear RGB."""

    vertices_m: NDArray[np.floating[Any]]  # (V, 3) camera frame
    normals: NDArray[np.floating[Any]]  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3)
    colour: NDArray[np.floating[Any]]  # (V, 3) or (3,)
    roughness: float = 0.85
    uv: NDArray[np.floating[Any]] | None = None  # (V, 2) into `texture`
    texture: NDArray[np.uint8] | None = None  # (h, w, 3) sRGB


@dataclass(frozen=True, slots=True)
class Light:
    """A directional light; `toward` points from the light to the scene, camera frame."""

    toward: tuple[float, float, float]
    colour: tuple[float, float, float]
    intensity: float


STUDIO = (
    Light((0.55, -0.75, -1.0), (1.0, 0.94, 0.86), 3.6),
    Light((-0.9, -0.25, -0.6), (0.80, 0.88, 1.0), 1.1),
    Light((0.1, -0.4, 1.0), (1.0, 0.98, 0.95), 1.6),
)


class Painter:
    """An offscreen canvas; `close` frees the GL context."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self._canvas = pyrender.OffscreenRenderer(width_px, height_px)
        platform = self._canvas._platform
        platform.delete_context = functools.partial(_end_context, platform)

    def close(self) -> None:
        """Free the GL resources."""
        self._canvas.delete()

    def paint(
        self, parts: list[Part], K: Mat33, lights: tuple[Light, ...] = STUDIO, ambient: float = 0.20
    ) -> tuple[RgbaU8, DepthF32]:
        """Return the picture, alpha premultiplied against black, and its depth (inf where empty)."""
        scene = self._scene(parts, K, ambient)
        for light in lights:
            scene.add(pyrender.DirectionalLight(light.colour, light.intensity), pose=_aim(light.toward))
        flags = pyrender.RenderFlags.RGBA | pyrender.RenderFlags.SKIP_CULL_FACES
        rgba, depth = self._canvas.render(scene, flags=flags)
        return np.ascontiguousarray(rgba), _finite(depth)

    def depth(self, parts: list[Part], K: Mat33) -> DepthF32:
        """Return the depth of `parts` alone, inf where empty."""
        flags = pyrender.RenderFlags.DEPTH_ONLY | pyrender.RenderFlags.SKIP_CULL_FACES
        return _finite(self._canvas.render(self._scene(parts, K, 0.0), flags=flags))

    def _scene(self, parts: list[Part], K: Mat33, ambient: float) -> pyrender.Scene:
        scene = pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0), ambient_light=(ambient,) * 3)
        for part in parts:
            scene.add(pyrender.Mesh([_primitive(part)]))
        camera = pyrender.IntrinsicsCamera(K[0, 0], K[1, 1], K[0, 2], K[1, 2], znear=0.1, zfar=20.0)
        scene.add(camera, pose=np.eye(4))
        return scene


def _end_context(platform: Any) -> None:
    """Destroy this context alone: pyrender's own way ends the display, and with it every other context."""
    from OpenGL import EGL

    if platform._egl_context is not None:
        EGL.eglMakeCurrent(platform._egl_display, EGL.EGL_NO_SURFACE, EGL.EGL_NO_SURFACE, EGL.EGL_NO_CONTEXT)
        EGL.eglDestroyContext(platform._egl_display, platform._egl_context)
        platform._egl_context = None


def _primitive(part: Part) -> pyrender.Primitive:
    colour = np.broadcast_to(np.asarray(part.colour, np.float32), (len(part.vertices_m), 3))
    texture = None
    if part.texture is not None:
        sampler = pyrender.Sampler(wrapS=10497, wrapT=10497)
        texture = pyrender.Texture(source=part.texture, source_channels="RGB", sampler=sampler)
    material = pyrender.MetallicRoughnessMaterial(
        baseColorFactor=(1.0, 1.0, 1.0, 1.0),
        baseColorTexture=texture,
        metallicFactor=0.0,
        roughnessFactor=part.roughness,
        doubleSided=True,
    )
    return pyrender.Primitive(
        positions=np.asarray(part.vertices_m, np.float32),
        normals=np.asarray(part.normals, np.float32),
        indices=part.faces,
        color_0=np.concatenate([colour, np.ones((len(colour), 1), np.float32)], axis=1),
        texcoord_0=None if part.uv is None else np.asarray(part.uv, np.float32),
        material=material,
    )


def _aim(toward: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return the pose whose -Z axis points along `toward`."""
    back = -np.array(toward) / np.linalg.norm(toward)
    side = np.cross((0.0, 1.0, 0.0), back)
    side /= np.linalg.norm(side)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([side, np.cross(back, side), back], axis=1)
    return pose


def _finite(depth: NDArray[np.float32]) -> DepthF32:
    return np.where(depth > 0.0, depth, np.float32(np.inf)).astype(np.float32)
