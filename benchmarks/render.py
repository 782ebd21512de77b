"""Milliseconds a frame of light, render and composite at 640 x 480, and how alike the renderers draw.

A tube of 8 000 textured triangles over a quarter of the picture, 3 000 triangles of occluder across it, every vertex
new in every frame. The peer is stock pyrender (OffscreenRenderer, its own shaders, four samples, mesh re-made each
frame, as its documentation shows; one core for it too). Renderers take turns, so that all meet the same machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.blend import composite
from pipelines.composite.hands import hand_occlusion
from pipelines.light.fit import LightState, fit_light
from pipelines.light.sh import DEFAULT_LIGHT
from pipelines.render.backend import DrawItem, Material, RenderRequest, select_renderer
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Surface

WIDTH_PX, HEIGHT_PX = 640, 480
FRAMES = 60
TURN = 10  # frames that one renderer draws before the next has its turn
K = np.array([[640.0, 0.0, 320.0], [0.0, 640.0, 240.0], [0.0, 0.0, 1.0]])


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; `args` is not used."""
    cv2.setNumThreads(1)
    fast, _ = select_renderer("pyrender")
    raster, _ = select_renderer("numba")
    drawers: dict[str, Callable[[RenderRequest], Any]] = {
        "fast path": fast.render,
        "numba": raster.render,
        "stock pyrender": Stock().render,
    }
    frames = [request(n) for n in range(FRAMES)]
    took = in_turns(drawers, frames)
    layers = [fast.render(frames[0]), raster.render(frames[0])]
    print(f"{fast.describe()['gl_renderer']}, {len(frames[0].items[0].surface.faces)} triangles,", end=" ")
    print(f"region {layers[0].rgba[..., 0].size / (WIDTH_PX * HEIGHT_PX):.0%} of the picture")
    stages = blend_and_light(layers[0])
    fast.close()
    raster.close()
    stock = {"stock pyrender": took["stock pyrender"]}
    return {
        "render_fast_path": metric(took["fast path"], "ms", 6.0, stock | {"numba": took["numba"]}),
        "render_numba": metric(took["numba"], "ms", 6.0, stock),
        "composite_with_hands": metric(stages["hands"] + stages["blend"], "ms", 1.5, {}),
        "blend": metric(stages["blend"], "ms", None, {}),
        "hands": metric(stages["hands"], "ms", None, {}),
        "light": metric(stages["light"], "ms", None, {}),
        "picture_difference": metric(difference(*layers), "of 255", 0.25, {}),
        "depth_difference_p99": metric(depth_difference(*layers), "mm", 1.0, {}),
    }


def metric(value: float, unit: str, target: float | None, peers: dict[str, float]) -> dict[str, Any]:
    """Return one entry of the result; lower is better for all of them."""
    return {"value": value, "unit": unit, "target": target, "better": "lower", "peers": peers}


def in_turns(drawers: dict[str, Callable[[RenderRequest], Any]], frames: list[RenderRequest]) -> dict[str, float]:
    """Return the median milliseconds of each drawer, over the same frames, in turns."""
    spent: dict[str, list[float]] = {name: [] for name in drawers}
    for draw in drawers.values():
        for frame in frames[:3]:
            draw(frame)  # compiles, uploads
    for first in range(0, len(frames), TURN):
        for name, draw in drawers.items():
            for frame in frames[first : first + TURN]:
                start = time.perf_counter()
                draw(frame)
                spent[name].append(1e3 * (time.perf_counter() - start))
    print("fastest frame:", ", ".join(f"{name} {min(times):.2f} ms" for name, times in spent.items()))
    return {name: float(np.median(times)) for name, times in spent.items()}


def blend_and_light(layer: GarmentLayer) -> dict[str, float]:
    """Return the median milliseconds of hands, blend and light on a synthetic frame."""
    rng = np.random.default_rng(0)
    frame = shopper(rng)
    points = rng.uniform((280, 40), (360, 120), (1500, 2)).astype(np.float32)
    normals = rng.normal(size=(1500, 3)).astype(np.float32)
    normals[:, 2] = np.abs(normals[:, 2]) + 0.2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    marks, state = landmarks(), LightState()
    spent: dict[str, list[float]] = {"hands": [], "blend": [], "light": []}
    for _ in range(FRAMES + 3):
        start = time.perf_counter()
        found = hand_occlusion(frame, marks, layer, (0.9, 0.9))
        middle = time.perf_counter()
        composite(frame, layer, found.multiplier)
        end = time.perf_counter()
        if found.multiplier is None:
            raise AssertionError("the hands were not found, so nothing of them was timed")
        fit_light(frame, points, normals, state)
        for name, span in (("hands", middle - start), ("blend", end - middle), ("light", time.perf_counter() - end)):
            spent[name].append(1e3 * span)
    return {name: float(np.median(times[3:])) for name, times in spent.items()}


def shopper(rng: np.random.Generator) -> CameraFrame:
    """Return a grey picture with a face and two hands of skin colour, and noise."""
    planes = [np.full((HEIGHT_PX, WIDTH_PX), 120.0)]
    for grey, skin in ((128.0, 109.0), (128.0, 149.0)):
        plane = np.full((HEIGHT_PX // 2, WIDTH_PX // 2), grey)
        for centre, axes in (((160, 40), (30, 40)), ((172, 130), (24, 10)), ((148, 130), (24, 10))):
            cv2.ellipse(plane, centre, axes, 0, 0, 360, (skin,), -1)
        planes.append(plane)
    y, u, v = (np.round(plane + rng.normal(0, 2, plane.shape)).astype(np.uint8) for plane in planes)
    return CameraFrame(y, u, v, 0.0, K)


def landmarks() -> Landmarks:
    """Return a person whose two hands lie on the garment."""
    uv = np.full((33, 2), 320.0, np.float32)
    uv[[3, 6, 9, 10, 0]] = [(340, 60), (300, 60), (332, 95), (308, 95), (320, 80)]
    uv[[11, 12, 23, 24]] = [(400, 150), (240, 150), (370, 380), (270, 380)]
    uv[[15, 17, 19, 21]] = [(380, 260), (345, 255), (345, 265), (350, 250)]
    uv[[16, 18, 20, 22]] = [(260, 260), (295, 255), (295, 265), (290, 250)]
    return Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)


def difference(first: GarmentLayer, second: GarmentLayer) -> float:
    """Return the mean difference, of 255, of both layers over grey."""
    pictures = []
    for layer in (first, second):
        alpha = layer.rgba[..., 3:] / 255.0
        pictures.append(layer.rgba[..., :3] * alpha + 128.0 * (1.0 - alpha))
    return float(np.abs(pictures[0] - pictures[1]).mean())


def depth_difference(first: GarmentLayer, second: GarmentLayer) -> float:
    """Return the 99th percentile, in millimetres, where both are opaque."""
    both = (first.rgba[..., 3] == 255) & (second.rgba[..., 3] == 255)
    return float(np.percentile(np.abs(first.depth_m[both] - second.depth_m[both]), 99) * 1e3)


def request(number: int) -> RenderRequest:
    """Return frame `number`: the tube sways and breathes."""
    sway = 0.05 * np.sin(number * 0.2)
    garment = grid(84, 48, 0.27 + 0.01 * sway, 0.66, 0.1 + sway, (0.0, 0.0, -1.62))
    arm = grid(30, 50, 0.045, 0.6, 1.3 + sway, (0.1, -0.05, -1.0))
    material = Material(np.array([255, 250, 245], np.uint8), stripes(), None, 0.8, 0.3)
    item = DrawItem(garment[0], garment[1], material, "benchmark tube")
    return RenderRequest((item,), (arm[0],), K, WIDTH_PX, HEIGHT_PX, DEFAULT_LIGHT)


_FACES: dict[tuple[int, int], NDArray[np.int32]] = {}


def grid(
    around: int, rings: int, radius_m: float, height_m: float, roll_rad: float, at_m: tuple[float, float, float]
) -> tuple[Surface, NDArray[np.float32]]:
    """Return an open tube with its uv, rolled about the view axis."""
    angle = np.linspace(0.0, 2.0 * np.pi, around, endpoint=False)
    up, turn = np.meshgrid(np.linspace(-0.5, 0.5, rings), angle, indexing="ij")
    fold = 1.0 + 0.03 * np.sin(9 * turn + 20 * up)
    points = np.stack([radius_m * fold * np.cos(turn), height_m * up, 0.7 * radius_m * fold * np.sin(turn)], axis=-1)
    normals = np.stack([np.cos(turn), 0.0 * up, np.sin(turn) / 0.7], axis=-1).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    c, s = np.cos(roll_rad), np.sin(roll_rad)
    roll = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    if (around, rings) not in _FACES:
        row, column = (a.reshape(-1) for a in np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij"))
        a, b = row * around + column, row * around + (column + 1) % around
        corners = [np.stack([a, b + around, b], 1), np.stack([a, a + around, b + around], 1)]
        _FACES[around, rings] = np.concatenate(corners).astype(np.int32)
    vertices = (points.reshape(-1, 3) @ roll.T + at_m).astype(np.float32)
    uv = np.stack([turn / (2 * np.pi), 0.5 - up], axis=-1).reshape(-1, 2).astype(np.float32)
    return Surface(vertices, (normals @ roll.T).astype(np.float32), _FACES[around, rings]), uv


def stripes() -> NDArray[np.uint8]:
    """Return a texture (512, 512, 3)."""
    picture = np.full((512, 512, 3), (230, 228, 220), np.uint8)
    picture[(np.arange(512) % 48) < 16] = (40, 60, 160)
    return picture


class Stock:
    """Stock pyrender, used as its documentation shows: a scene, a mesh added and removed each frame."""

    def __init__(self) -> None:
        import pyrender
        from PIL import Image

        self._pyrender = pyrender
        self._offscreen = pyrender.OffscreenRenderer(WIDTH_PX, HEIGHT_PX)
        self._scene = pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0), ambient_light=(0.4, 0.4, 0.4))
        self._scene.add(pyrender.IntrinsicsCamera(K[0, 0], K[1, 1], K[0, 2], K[1, 2], znear=0.05, zfar=20.0))
        self._scene.add(pyrender.DirectionalLight(intensity=3.0))
        texture = pyrender.Texture(source=Image.fromarray(stripes()), source_channels="RGB")
        self._cloth = pyrender.MetallicRoughnessMaterial(
            baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=0.8, doubleSided=True
        )

    def render(self, request: RenderRequest) -> Any:
        """Draw one frame; returns (colour, depth)."""
        shapes: list[tuple[Surface, Any, Any]] = [(item.surface, item.uv, self._cloth) for item in request.items]
        shapes += [(surface, None, None) for surface in request.occluder]
        nodes = []
        for surface, uv, material in shapes:
            primitive = self._pyrender.Primitive(
                positions=surface.vertices_m,
                normals=surface.normals,
                texcoord_0=uv,
                indices=surface.faces,
                material=material,
                mode=4,
            )
            nodes.append(self._scene.add(self._pyrender.Mesh([primitive])))
        drawn = self._offscreen.render(self._scene, self._pyrender.RenderFlags.RGBA)
        for node in nodes:
            self._scene.remove_node(node)
        return drawn
