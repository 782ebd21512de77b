"""The OpenGL objects of the fast path: framebuffers, textures, vertex buffers, the projection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.render.backend import FAR_M, NEAR_M
from pipelines.render.egl import prepare_environment
from pipelines.render.mipmap import pyramid
from pipelines.types import Mat33, Region

prepare_environment()  # PyOpenGL and pyrender read it at import

import pyrender  # noqa: E402
from OpenGL import GL  # noqa: E402
from OpenGL.raw.GL.VERSION.GL_1_0 import glReadPixels as read_pixels  # noqa: E402

__all__ = ["GL", "framebuffer", "primitive", "projection", "read_pixels", "texture"]


def projection(K: Mat33, region: Region) -> NDArray[np.float32]:
    """Return the GL projection (4, 4) that maps `region` to the viewport, its top row at y = -1."""
    width, height = region.x1 - region.x0, region.y1 - region.y0
    matrix = np.zeros((4, 4), np.float64)
    matrix[0, 0] = 2.0 * K[0, 0] / width
    matrix[0, 2] = 1.0 - 2.0 * (K[0, 2] - region.x0) / width
    matrix[1, 1] = -2.0 * K[1, 1] / height
    matrix[1, 2] = 1.0 - 2.0 * (K[1, 2] - region.y0) / height
    matrix[2, 2] = -(FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    matrix[2, 3] = -2.0 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
    matrix[3, 2] = -1.0
    return matrix.astype(np.float32)


def framebuffer(size: tuple[int, int], samples: int) -> tuple[int, int, int]:
    """Return (framebuffer, colour, depth) of `size` with `samples` (0: one, not multisampled)."""
    color, depth = (int(b) for b in GL.glGenRenderbuffers(2))
    frame = int(GL.glGenFramebuffers(1))
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, frame)
    for buffer, form, point in (
        (color, GL.GL_RGBA8, GL.GL_COLOR_ATTACHMENT0),
        (depth, GL.GL_DEPTH_COMPONENT24, GL.GL_DEPTH_ATTACHMENT),
    ):
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
        GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, form, *size)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, point, GL.GL_RENDERBUFFER, buffer)
    return frame, color, depth


def primitive(packed: NDArray[np.float32], faces: NDArray[np.int32]) -> Any:
    """Return pyrender's primitive of `packed` (V, 8: position, normal, uv), not yet on the GPU."""
    return pyrender.Primitive(
        positions=packed[:, :3], normals=packed[:, 3:6], texcoord_0=packed[:, 6:], indices=faces.reshape(-1)
    )


def texture(picture: NDArray[np.uint8]) -> int:
    """Return a repeating, mipmapped texture of `picture` (h, w, 3)."""
    name = int(GL.glGenTextures(1))
    GL.glBindTexture(GL.GL_TEXTURE_2D, name)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    levels = pyramid(picture)
    for number, level in enumerate(levels):
        height, width = level.shape[:2]
        GL.glTexImage2D(GL.GL_TEXTURE_2D, number, GL.GL_RGB8, width, height, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, level)
    for option, value in (
        (GL.GL_TEXTURE_MAX_LEVEL, len(levels) - 1),
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR_MIPMAP_NEAREST),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_REPEAT),
        (GL.GL_TEXTURE_WRAP_T, GL.GL_REPEAT),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, option, value)
    return name
