"""The photographer's studio: a camera on an orbit, soft boxes, a seamless backdrop and a shadow on the ground.

A `Figure` stands upright in any frame with +Y up. A `View` walks round it: yaw 0 looks at the front, +90 at the
figure's own left side; pitch is positive from above. Camera and light go together, so every side is lit alike.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.backend import BT601, Compositor
from pipelines.errors import InputRejected
from pipelines.render.backend import DrawItem, Material, Renderer, RenderRequest
from pipelines.types import CameraFrame, Mat33, PointsF32, Sh9, Surface, UvF32

F64 = NDArray[np.float64]

PITCH_MIN_DEG, PITCH_MAX_DEG = -10.0, 60.0
DISTANCE = 2.6  # camera to figure, over the figure's height: a portrait lens
FILL = 0.86
WIDE_M = 1.0  # of the figure must fit the picture's width
LAYER_STEP_M = 0.020  # what is worn over steps this much ahead of what is worn under, along the view rays
WALL_RGB, EDGE_RGB, FLOOR_RGB = (236, 230, 221), (198, 188, 175), (214, 205, 193)
GROUND_M = 2.4  # side of the square of ground that takes the shadow
GROUND_CELLS = 96
CONTACT_M, FALL_M = 0.06, 0.55  # heights over which the contact shadow and the wide one fade
CONTACT, FALL = 0.34, 0.26  # how dark each is at most


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands."""

    yaw_deg: float = 0.0
    pitch_deg: float = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One surface of a figure and how it looks."""

    surface: Surface
    uv: UvF32  # (V, 2)
    material: Material
    key: Hashable


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A dressed mannequin in one pose, innermost part first."""

    parts: tuple[Part, ...]
    foot_m: F64  # (3,) the ground below the pelvis
    height_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """The camera of one picture."""

    turn: F64  # (3, 3) rotation from the figure's frame
    target_m: F64  # (3,) what it looks at, in the figure's frame
    distance_m: float
    K: Mat33

    def seen(self, points_m: PointsF32) -> PointsF32:
        """Return points (N, 3) of the figure in the camera frame."""
        rotation = self.turn.astype(np.float32)
        shift = (np.array([0.0, 0.0, -self.distance_m]) - self.turn @ self.target_m).astype(np.float32)
        return np.asarray(points_m @ rotation.T + shift, np.float32)


def portrait(
    figure: Figure,
    view: View,
    size_px: tuple[int, int],
    light: Sh9,
    backends: tuple[Renderer, Compositor],
    captured_s: float = 0.0,
    fill: float = FILL,
) -> CameraFrame:
    """Return the picture of `figure` from `view`, `size_px` (width, height), both even.  Raises InputRejected.

    `fill` is the share of the picture's height that the figure takes.
    """
    width, height = size_px
    if width < 32 or height < 32 or width % 2 or height % 2:
        raise InputRejected(f"picture of {width} x {height}: both sides must be even and 32 or more")
    lens = lens_for(figure, view, size_px, fill)
    renderer, compositor = backends
    items = tuple(_item(part, lens, len(figure.parts) - 1 - n) for n, part in enumerate(figure.parts))
    layer = renderer.render(RenderRequest(items, (), lens.K, width, height, light))
    frame, _ = compositor.composite(_stage(figure, lens, size_px, view.pitch_deg, captured_s), layer)
    return frame


def lens_for(figure: Figure, view: View, size_px: tuple[int, int], fill: float = FILL) -> Lens:
    """Return the camera that holds the whole figure at `view`, at the same scale from every side."""
    yaw, pitch = np.radians(-view.yaw_deg), np.radians(np.clip(view.pitch_deg, PITCH_MIN_DEG, PITCH_MAX_DEG))
    walk = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    distance = DISTANCE * figure.height_m
    width, height = size_px
    focal = min(fill * height * distance / figure.height_m, width * distance / WIDE_M)
    target = figure.foot_m + (0.0, 0.49 * figure.height_m, 0.0)
    K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    return Lens(nod @ walk, target, distance, K)


def _item(part: Part, lens: Lens, worn_over: int) -> DrawItem:
    surface = part.surface
    recede = np.float32(1.0 + LAYER_STEP_M * worn_over / lens.distance_m)
    vertices = lens.seen(surface.vertices_m) * recede
    normals = np.asarray(surface.normals @ lens.turn.T.astype(np.float32), np.float32)
    return DrawItem(Surface(vertices, normals, surface.faces), part.uv, part.material, part.key)


def _stage(figure: Figure, lens: Lens, size_px: tuple[int, int], pitch_deg: float, captured_s: float) -> CameraFrame:
    """Return the empty studio with the figure's shadow in it."""
    width, height = size_px
    luma, blue, red = backdrop(width, height)
    shadow = np.zeros((height, width), np.float32)
    if pitch_deg > 0.0:  # from below the ground is not seen
        to_image = _ground_to_image(figure, lens)
        cv2.warpPerspective(ground_shadow(figure), to_image, (width, height), dst=shadow)
    y = np.asarray(16.0 + (luma - 16.0) * (1.0 - shadow), np.float32).round().astype(np.uint8)
    return CameraFrame(y, blue, red, captured_s, lens.K)


def ground_shadow(figure: Figure) -> NDArray[np.float32]:
    """Return how much light the ground lacks, (GROUND_CELLS, GROUND_CELLS) over x and z, 0 none .. 1 all."""
    cell = GROUND_CELLS / GROUND_M
    points = np.concatenate([part.surface.vertices_m for part in figure.parts]) - figure.foot_m
    column = ((points[:, [0, 2]] * cell) + GROUND_CELLS / 2).astype(np.int64)
    inside = ((column >= 0) & (column < GROUND_CELLS)).all(1)
    shadow = np.zeros((GROUND_CELLS, GROUND_CELLS), np.float32)
    for reach_m, blur, dark in ((CONTACT_M, 1.4, CONTACT), (FALL_M, 6.0, FALL)):
        low = inside & (points[:, 1] < reach_m)
        hit = np.zeros_like(shadow)
        hit[column[low, 1], column[low, 0]] = 1.0
        closed = cv2.morphologyEx(hit, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        soft = np.asarray(cv2.GaussianBlur(closed, (0, 0), blur), np.float32)
        shadow += (1.0 - shadow) * np.float32(dark) * np.minimum(1.4 * soft, 1.0)
    return shadow


def _ground_to_image(figure: Figure, lens: Lens) -> F64:
    """Return the homography (3, 3) from cells of the ground to pixels."""
    metre = GROUND_M / GROUND_CELLS
    shift = lens.turn @ (figure.foot_m - lens.target_m) - (0.0, 0.0, lens.distance_m)
    corner = shift - lens.turn @ np.array([GROUND_M / 2, 0.0, GROUND_M / 2])
    to_camera = np.stack([metre * lens.turn[:, 0], metre * lens.turn[:, 2], corner], 1)
    flip = np.diag([1.0, -1.0, -1.0])  # image v points down, depth is -z
    return np.asarray(lens.K @ flip @ to_camera)


@lru_cache(8)
def backdrop(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the empty studio: luma (H, W) with a trace of noise against banding, chroma (H/2, W/2); read-only."""
    v, u = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (u + 0.5) / width - 0.5, (v + 0.5) / height
    aside = np.clip(np.hypot(across * 1.25, (down - 0.42) * 0.95) / 0.75, 0, 1)[..., None] ** 1.6
    floor = _smoothstep((down - 0.70) / 0.22)[..., None]
    wall = (1 - floor) * np.array(WALL_RGB) + floor * np.array(FLOOR_RGB)
    rgb = (1 - aside) * wall + aside * np.array(EDGE_RGB)
    yuv = rgb @ BT601.T + (16.0, 128.0, 128.0)
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (height, width))
    half = yuv.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
    planes = (yuv[..., 0] + noise).astype(np.float32), *(half[..., c].round().astype(np.uint8) for c in (1, 2))
    for plane in planes:
        plane.flags.writeable = False
    return planes


def _smoothstep(x: NDArray[np.float32]) -> NDArray[np.float32]:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
