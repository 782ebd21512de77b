"""pyrender on its fast path: own framebuffer, own read-back, own shaders, vertices updated in place.

Stock pyrender takes 20-40 ms for what this draws in a few (`benchmarks/render.py` has the figures):
it renders a PBR scene into a picture-sized framebuffer, blits, reads and flips everything. Here

  1. the framebuffer is as large as the region of interest, with one sample a pixel; the outline is smoothed
     afterwards (`edges`): finer steps than four samples give, alike on every device, a tenth of the time on a CPU,
  2. colour and depth are read once, into kept buffers, top row first (the projection turns v down),
  3. the shaders are ours (`shaders/garment.*`, `shaders/occluder.*`),
  4. a garment keeps its buffers, texture and program; each frame only overwrites its vertices.

A context belongs to one thread at a time. `render` binds it and lets go of it again, so a renderer may be
made and warmed in one thread and used in another, but never in two at once.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BackendUnavailable
from pipelines.render.backend import (
    GLINT,
    INSIDE_GAIN,
    OCCLUDER_RECEDE_M,
    DrawItem,
    Material,
    RenderRequest,
    check_faces,
    check_request,
    empty_layer,
    linear_rgb,
    sheen_fit,
)
from pipelines.render.edges import smooth_edges, straighten
from pipelines.render.egl import ContextLost, EglContext
from pipelines.render.gl_objects import GL, Levels, framebuffer, primitive, projection, read_pixels
from pipelines.render.mipmap import level_for, uv_per_pixel
from pipelines.render.screen import (
    TANGENT_COLUMNS,
    add_tangents,
    front_first,
    pack_vertices,
    packed_for,
    pinhole,
    region_of_interest,
    sides_of,
)
from pipelines.types import GarmentLayer, Region, Surface

# gl_objects comes first: it sets the environment that pyrender reads at import.
from pyrender.renderer import Renderer as StockRenderer  # isort: skip
from pyrender.shader_program import ShaderProgramCache  # isort: skip

SHADER_DIR = Path(__file__).resolve().parents[2] / "shaders"
KEPT_MESHES = 32  # the least recently drawn one goes first
_STEP_PX = 64


@dataclass(slots=True, eq=False)
class _Mesh:
    """What the GPU holds of one garment or occluder."""

    primitive: Any
    faces: NDArray[np.int32]  # also keeps the id of an occluder's faces from being reused
    packed: NDArray[np.float32]  # (V, 8 or 12) position, normal, tangent if woven, uv
    bad: NDArray[np.bool_]  # (V,)
    sides: NDArray[np.uint8]  # (F,) how many of each face are drawn
    ordered: NDArray[np.uint32]  # (F, 3) this frame's triangles, those that face the camera first
    drawn: int = 0  # how many of `ordered` are whole
    textures: list[Levels] = field(default_factory=list)  # of each picture


class FastRenderer(StockRenderer):  # type: ignore[misc]  # pyrender has no types
    """pyrender's renderer with its framebuffer, its read-back and its forward pass replaced."""

    viewport_width: int
    viewport_height: int
    _main_fb: int | None
    _main_cb: int | None
    _main_db: int | None
    _main_fb_dims: tuple[int, int]

    def __init__(self) -> None:
        super().__init__(_STEP_PX, _STEP_PX)
        self._program_cache = ShaderProgramCache(shader_dir=str(SHADER_DIR))
        self._kept: OrderedDict[Hashable, _Mesh] = OrderedDict()
        self._locations: dict[tuple[int, str], int] = {}
        self._color = np.empty(0, np.uint8)
        self._depth = np.empty(0, np.float32)

    # Framebuffer

    def _configure_main_framebuffer(self) -> None:
        """Make the framebuffers if there are none, or if they are too small."""
        if self._main_fb is not None:
            return
        size = (self.viewport_width, self.viewport_height)
        self._main_fb, self._main_cb, self._main_db = framebuffer(size)
        self._main_fb_dims = size

    def _delete_main_framebuffer(self) -> None:
        if self._main_fb is not None:
            GL.glDeleteFramebuffers(1, [self._main_fb])
        for buffer in (self._main_cb, self._main_db):
            if buffer is not None:
                GL.glDeleteRenderbuffers(1, [buffer])
        self._main_fb = self._main_cb = self._main_db = None
        self._main_fb_dims = (0, 0)

    def _begin(self, width: int, height: int) -> None:
        if self._main_fb is None or width > self._main_fb_dims[0] or height > self._main_fb_dims[1]:
            self._delete_main_framebuffer()
            self.viewport_width = max(self.viewport_width, -(-width // _STEP_PX) * _STEP_PX)
            self.viewport_height = max(self.viewport_height, -(-height // _STEP_PX) * _STEP_PX)
            self._configure_main_framebuffer()
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._main_fb)
        GL.glViewport(0, 0, width, height)
        GL.glScissor(0, 0, width, height)
        for switch in (GL.GL_SCISSOR_TEST, GL.GL_DEPTH_TEST):
            GL.glEnable(switch)
        for switch in (GL.GL_CULL_FACE, GL.GL_BLEND):
            GL.glDisable(switch)
        GL.glFrontFace(GL.GL_CW)  # v points down
        GL.glDepthFunc(GL.GL_LESS)
        GL.glColorMask(True, True, True, True)
        GL.glClearColor(0.0, 0.0, 0.0, 0.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)

    def _read_main_framebuffer(self, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return colour and depth of the viewport, valid until the next call."""
        pixels = width * height
        if self._depth.size < pixels:
            self._color, self._depth = np.empty(pixels * 4, np.uint8), np.empty(pixels, np.float32)
        for array, form, kind in (
            (self._color, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE),
            (self._depth, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT),
        ):
            read_pixels(0, 0, width, height, form, kind, ctypes.c_void_p(array.ctypes.data))
        return self._color[: pixels * 4].reshape(height, width, 4), self._depth[:pixels].reshape(height, width)

    # Meshes

    def _mesh(self, key: Hashable, surface: Surface, item: DrawItem | None) -> _Mesh:
        mesh = self._kept.get(key)
        if mesh is not None and len(mesh.packed) == len(surface.vertices_m):
            self._kept.move_to_end(key)
            return mesh
        check_faces(surface.faces, len(surface.vertices_m))
        if mesh is not None:
            self._drop(self._kept.pop(key))
        packed = packed_for(surface, item)
        faces, bad = surface.faces, np.zeros(len(packed), np.bool_)
        ordered = np.zeros(faces.shape, np.uint32)
        mesh = _Mesh(primitive(packed, faces), faces, packed, bad, sides_of(item, faces), ordered)
        mesh.primitive._add_to_context()
        if item is not None:
            material = item.material
            mesh.textures = [Levels(p) for p in (material.texture, material.normal_map) if p is not None]
        self._kept[key] = mesh
        while len(self._kept) > KEPT_MESHES:
            self._drop(self._kept.popitem(last=False)[1])
        return mesh

    @staticmethod
    def _drop(mesh: _Mesh) -> None:
        mesh.primitive.delete()
        for levels in mesh.textures:
            levels.delete()

    @staticmethod
    def _upload(mesh: _Mesh, surface: Surface) -> None:
        pack_vertices(_f32(surface.vertices_m), _f32(surface.normals), mesh.packed, mesh.bad)
        if mesh.packed.shape[1] == TANGENT_COLUMNS:
            add_tangents(mesh.packed, mesh.faces)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, mesh.primitive._buffers[0])
        GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, mesh.packed.nbytes, mesh.packed)
        mesh.drawn = front_first(mesh.packed, mesh.faces, mesh.sides, mesh.bad, mesh.ordered)
        GL.glBindVertexArray(0)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, mesh.primitive._buffers[2])
        GL.glBufferSubData(GL.GL_ELEMENT_ARRAY_BUFFER, 0, mesh.ordered.nbytes, mesh.ordered)

    # Drawing

    def warm(self) -> None:
        """Make the framebuffer and compile every program, so that the first frame waits for neither."""
        self._begin(2, 2)
        self._use("occluder", {})
        for textured in ({}, {"HAS_TEXTURE": 1}):
            for woven in ({}, {"HAS_NORMAL_MAP": 1}):
                self._use("garment", {**textured, **woven})
        GL.glUseProgram(0)

    def draw(self, request: RenderRequest, region: Region) -> GarmentLayer:
        """Draw `request` over `region`; the context must be current."""
        width, height = region.x1 - region.x0, region.y1 - region.y0
        self._begin(width, height)
        matrix = projection(request.K, region)
        if request.occluder:
            self._draw_occluders(request.occluder, matrix)
        for item in reversed(request.items):  # the outermost first: it hides most of the others before they are shaded
            self._draw_garment(item, matrix, request)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)
        color, depth = self._read_main_framebuffer(width, height)
        rgba, depth_m = straighten(color, depth)
        smooth_edges(rgba, depth_m)
        return GarmentLayer(rgba, depth_m, region)

    def _draw_occluders(self, surfaces: tuple[Surface, ...], matrix: NDArray[np.float32]) -> None:
        GL.glColorMask(False, False, False, False)
        program = self._use("occluder", {})
        GL.glUniformMatrix4fv(self._at(program, "projection"), 1, True, matrix)
        GL.glUniform1f(self._at(program, "recede_m"), OCCLUDER_RECEDE_M)
        for surface in surfaces:
            mesh = self._mesh(("occluder", id(surface.faces)), surface, None)
            self._upload(mesh, surface)
            self._draw_elements(mesh)
        GL.glColorMask(True, True, True, True)

    def _draw_garment(self, item: DrawItem, matrix: NDArray[np.float32], request: RenderRequest) -> None:
        material = item.material
        mesh = self._mesh(("garment", item.key), item.surface, item)
        self._upload(mesh, item.surface)
        program = self._use("garment", _defines(material))
        sh = np.ascontiguousarray(request.light, np.float32)
        GL.glUniformMatrix4fv(self._at(program, "projection"), 1, True, matrix)
        GL.glUniform3fv(self._at(program, "light"), 9, sh)
        GL.glUniform4f(self._at(program, "sheen_fit"), *sheen_fit(material))
        GL.glUniform1f(self._at(program, "gloss"), GLINT * material.gloss)
        GL.glUniform1f(self._at(program, "texture_scale"), material.texture_scale)
        GL.glUniform3f(self._at(program, "tint"), *(float(c) for c in linear_rgb(material.base_color_rgb)))
        GL.glUniform1f(self._at(program, "inside_gain"), INSIDE_GAIN)
        pictures = (("base_color", material.texture), ("weave", material.normal_map))
        used = [name for name, picture in pictures if picture is not None]
        uv_area = uv_per_pixel(mesh.packed, mesh.faces, pinhole(request.K)) if used else 0.0
        for unit, (name, levels) in enumerate(zip(used, mesh.textures, strict=True)):
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)  # first: an upload binds, too
            level = level_for(uv_area, material.texture_scale, levels.size, levels.count)
            GL.glBindTexture(GL.GL_TEXTURE_2D, levels.name(level))
            GL.glUniform1i(self._at(program, name), unit)
        self._draw_elements(mesh)

    @staticmethod
    def _draw_elements(mesh: _Mesh) -> None:
        mesh.primitive._bind()
        GL.glDrawElements(GL.GL_TRIANGLES, 3 * mesh.drawn, GL.GL_UNSIGNED_INT, None)
        mesh.primitive._unbind()

    def _use(self, name: str, defines: dict[str, int]) -> int:
        program = self._program_cache.get_program(f"{name}.vert", f"{name}.frag", defines=defines)
        if not program._in_context():
            program._add_to_context()
        program._bind()
        return int(program._program_id)

    def _at(self, program: int, uniform: str) -> int:
        key = (program, uniform)
        if key not in self._locations:
            self._locations[key] = int(GL.glGetUniformLocation(program, uniform))
        return self._locations[key]

    def forget(self) -> None:
        """Drop what a dead context held: its names may belong to others in the next one."""
        self._kept.clear()
        self._locations.clear()
        self._program_cache = ShaderProgramCache(shader_dir=str(SHADER_DIR))
        self._main_fb = self._main_cb = self._main_db = None

    def __del__(self) -> None:
        """Free nothing, unlike the base class: a finaliser cannot know which context is current."""

    def delete(self) -> None:
        """Free everything the context holds; the context must be current."""
        while self._kept:
            self._drop(self._kept.popitem()[1])
        self._locations.clear()
        super().delete()


def _defines(material: Material) -> dict[str, int]:
    defines = {}
    if material.texture is not None:
        defines["HAS_TEXTURE"] = 1
    if material.normal_map is not None:
        defines["HAS_NORMAL_MAP"] = 1
    return defines


def _f32(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, np.float32)


class PyrenderBackend:
    """The Renderer on EGL: a context, and a FastRenderer in it."""

    name = "pyrender"

    def __init__(self) -> None:
        self._context: EglContext | None = None
        self._fast: FastRenderer | None = None
        self._device: dict[str, str] = {}
        try:
            self._open()
        except BackendUnavailable:
            raise
        except Exception as error:  # a driver that gives a context and then cannot use it
            self.close()
            raise BackendUnavailable(f"EGL: {type(error).__name__} {error}") from error
        self._release()

    def _open(self) -> None:
        self._context = EglContext()
        self._fast = FastRenderer()
        self._device = {
            "backend": "pyrender on EGL, fast path",
            "gl_renderer": GL.glGetString(GL.GL_RENDERER).decode(),
            "gl_version": GL.glGetString(GL.GL_VERSION).decode(),
        }
        self._fast.warm()

    def _release(self) -> None:
        if self._context is not None:
            self._context.release()

    def describe(self) -> dict[str, str]:
        """Tell the versions and the device that draws."""
        return dict(self._device)

    def render(self, request: RenderRequest) -> GarmentLayer:
        """Draw `request`; a context that died since the last frame is opened anew."""
        check_request(request)
        surfaces = [item.surface for item in request.items]
        region = region_of_interest(surfaces, request.K, request.width_px, request.height_px)
        if region.is_empty:
            return empty_layer()
        fast = self._current()
        try:
            return fast.draw(request, region)
        finally:
            self._release()

    def _current(self) -> FastRenderer:
        if self._context is None or self._fast is None:
            raise BackendUnavailable("the renderer is closed")
        try:
            self._context.make_current()
        except ContextLost:
            self._fast.forget()
            self._context.close()
            self._open()
        return self._fast

    def close(self) -> None:
        """Free buffers, programs and the context."""
        context, self._context = self._context, None
        fast, self._fast = self._fast, None
        if context is None:
            return
        try:
            context.make_current()
            if fast is not None:
                fast.delete()
        except ContextLost:
            pass  # the driver freed everything with it
        context.close()
