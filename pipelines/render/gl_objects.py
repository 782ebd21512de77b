"""The OpenGL objects of the fast path: framebuffers, textures, vertex buffers, the projection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.render.backend import FAR_M, NEAR_M
from pipelines.render.egl import prepare_environment
from pipelines.render.mipmap import base_size, pyramid
from pipelines.types import Mat33, Region

prepare_environment()  # PyOpenGL and pyrender read it at import

import pyrender  # noqa: E402
from OpenGL import GL  # noqa: E402
from OpenGL.raw.GL.VERSION.GL_1_0 import glReadPixels as read_pixels  # noqa: E402

__all__ = ["GL", "Levels", "framebuffer", "primitive", "projection", "read_pixels"]


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


def framebuffer(size: tuple[int, int]) -> tuple[int, int, int]:
    """Return (framebuffer, colour, depth) of `size` (width, height), one sample a pixel."""
    color, depth = (int(b) for b in GL.glGenRenderbuffers(2))
    frame = int(GL.glGenFramebuffers(1))
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, frame)
    for buffer, form, point in (
        (color, GL.GL_RGBA8, GL.GL_COLOR_ATTACHMENT0),
        (depth, GL.GL_DEPTH_COMPONENT24, GL.GL_DEPTH_ATTACHMENT),
    ):
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
        GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, form, *size)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, point, GL.GL_RENDERBUFFER, buffer)
    return frame, color, depth


def primitive(packed: NDArray[np.float32], faces: NDArray[np.int32]) -> Any:
    """Return pyrender's primitive of `packed` (V, 8 or 12: position, normal, tangent or none, uv)."""
    return pyrender.Primitive(
        positions=packed[:, :3],
        normals=packed[:, 3:6],
        tangents=packed[:, 6:10] if packed.shape[1] == 12 else None,
        texcoord_0=packed[:, -2:],
        indices=faces.reshape(-1),
    )


class Levels:
    """A picture (h, w, 3) as repeating textures, one a level of its pyramid; each is uploaded when it is first drawn.

    A level is picked on the CPU: a software renderer takes twice as long to pick one at every pixel.
    """

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self.picture = picture
        self.size = base_size(picture)
        self.count = max(self.size).bit_length()
        self._names: dict[int, int] = {}

    def name(self, level: int) -> int:
        """Return the texture of `level`, 0 the largest."""
        if level not in self._names:
            self._names[level] = _texture(pyramid(self.picture, level + 1)[level])
        return self._names[level]

    def delete(self) -> None:
        """Free the textures."""
        if self._names:
            GL.glDeleteTextures(list(self._names.values()))
        self._names.clear()


def _texture(picture: NDArray[np.uint8]) -> int:
    """Upload one repeating texture without levels of its own."""
    name = int(GL.glGenTextures(1))
    height, width = picture.shape[:2]
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    GL.glBindTexture(GL.GL_TEXTURE_2D, name)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGB8, width, height, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, picture)
    for option, value in (
        (GL.GL_TEXTURE_MAX_LEVEL, 0),
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
        (GL.GL_TEXTURE_WRAP_S, GL.GL_REPEAT),
        (GL.GL_TEXTURE_WRAP_T, GL.GL_REPEAT),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, option, value)
    return name
