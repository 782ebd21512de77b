"""The room behind the synthetic shopper: a fitting corner with a rail of clothes, drawn once a camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.synthetic.paint import Light, Painter, Part
from pipelines.synthetic.shell import Array, normals
from pipelines.types import Mat33

Mesh = tuple[Array, NDArray[np.int32]]

BACK_M, SIDE_M, HEIGHT_M = -1.55, 2.3, 2.9  # walls behind and beside the shopper, ceiling

WALLS = ((0.50, 0.48, 0.44), (0.30, 0.38, 0.40), (0.46, 0.34, 0.28), (0.33, 0.37, 0.30))
CLOTHS = ((0.45, 0.10, 0.09), (0.08, 0.16, 0.30), (0.55, 0.45, 0.28), (0.12, 0.25, 0.16), (0.50, 0.50, 0.52))
LAMPS = (Light((0.4, -0.8, -0.7), (1.0, 0.94, 0.86), 2.4), Light((-0.7, -0.5, -0.7), (0.85, 0.92, 1.0), 1.3))


def paint_room(
    painter: Painter,
    K: Mat33,
    T_cam_ground: Array,
    seed: int,
    lamps: tuple[Light, ...] = LAMPS,
    ambient: float = 0.42,
) -> NDArray[np.uint8]:
    """Return the empty room (H, W, 3) BGR as the camera at `K`, `T_cam_ground` (4, 4) sees it, slightly soft."""
    rng = np.random.default_rng(seed)
    parts = [*_walls(rng), *_furniture(rng)]
    posed = [_place(part, T_cam_ground) for part in parts]
    rgba, _ = painter.paint(posed, K, lamps, ambient)
    bgr = np.ascontiguousarray(rgba[:, :, 2::-1])
    return np.asarray(cv2.GaussianBlur(bgr, (0, 0), max(bgr.shape[0] / 640.0, 0.3)))


def plaster(rng: np.random.Generator, rgb: tuple[float, float, float], contrast: float = 0.05) -> NDArray[np.uint8]:
    """Return a (512, 512, 3) sRGB texture of blotchy plaster around the linear colour `rgb`."""
    noise = np.zeros((512, 512), np.float32)
    for n, weight in ((4, 0.5), (16, 0.3), (64, 0.2), (512, 0.25)):
        tiles = np.tile(rng.standard_normal((n, n)).astype(np.float32), (3, 3))  # so that it repeats without a seam
        noise += weight * cv2.resize(tiles, (1536, 1536), interpolation=cv2.INTER_CUBIC)[512:1024, 512:1024]
    return _srgb(np.asarray(rgb) * (1.0 + contrast * noise)[:, :, None])


def planks(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a (512, 512, 3) sRGB texture of eight floor boards."""
    tone = np.repeat(rng.uniform(0.75, 1.15, 8), 64)[:, None] * np.ones((1, 512))
    grain = cv2.resize(rng.standard_normal((256, 12)).astype(np.float32), (512, 512), interpolation=cv2.INTER_CUBIC)
    tone = tone * (1.0 + 0.07 * grain)
    tone[np.arange(512) % 64 < 2] *= 0.45
    return _srgb(np.array([0.34, 0.20, 0.11]) * tone[:, :, None])


def _walls(rng: np.random.Generator) -> list[Part]:
    wall = WALLS[int(rng.integers(len(WALLS)))]
    texture, boards = plaster(rng, wall), planks(rng)
    back = _quad((-SIDE_M, 0, BACK_M), (2 * SIDE_M, 0, 0), (0, HEIGHT_M, 0))
    left = _quad((-SIDE_M, 0, 2.5), (0, 0, BACK_M - 2.5), (0, HEIGHT_M, 0))
    right = _quad((SIDE_M, 0, BACK_M), (0, 0, 2.5 - BACK_M), (0, HEIGHT_M, 0))
    floor = _quad((-SIDE_M, 0, 2.5), (2 * SIDE_M, 0, 0), (0, 0, BACK_M - 2.5))
    skirting = _box((0.0, 0.05, BACK_M + 0.01), (2 * SIDE_M, 0.10, 0.02))
    panel = _box((1.15, 1.05, BACK_M + 0.02), (0.95, 2.1, 0.04))
    return [
        _part(*back, texture=texture, repeat=3.0),
        _part(*left, texture=texture, repeat=3.0, shade=0.8),
        _part(*right, texture=texture, repeat=3.0, shade=0.85),
        _part(*floor, texture=boards, repeat=4.0, roughness=0.55),
        _part(*skirting, colour=(0.72, 0.70, 0.67)),
        _part(*panel, texture=np.ascontiguousarray(boards.transpose(1, 0, 2)), repeat=1.0),
    ]


def _furniture(rng: np.random.Generator) -> list[Part]:
    """Return a rail of hanging clothes at the left, a framed picture and a plant pot at the right."""
    rail_y, rail_z = 1.62, BACK_M + 0.32
    parts = [_part(*_box((-1.25, rail_y, rail_z), (1.5, 0.025, 0.025)), colour=(0.05, 0.05, 0.05), roughness=0.4)]
    x = -1.85
    while x < -0.62:
        cloth = CLOTHS[int(rng.integers(len(CLOTHS)))]
        parts.append(_part(*_hanging(rng, x, rail_y - 0.06, rail_z), colour=cloth, roughness=0.95))
        x += rng.uniform(0.09, 0.15)
    art = rng.uniform(0.03, 0.5, (3, 4, 3)).astype(np.float32)
    canvas = _srgb(np.asarray(cv2.resize(art, (128, 128), interpolation=cv2.INTER_CUBIC), np.float64))
    frame = _box((0.12, 1.72, BACK_M + 0.015), (0.58, 0.76, 0.03))
    inner = _quad((-0.11, 1.40, BACK_M + 0.032), (0.46, 0, 0), (0, 0.64, 0))
    return [*parts, _part(*frame, colour=(0.04, 0.035, 0.03)), _part(*inner, texture=canvas, repeat=0.0)]


def _hanging(rng: np.random.Generator, x: float, top: float, z: float) -> Mesh:
    """Return a garment on a hanger seen from its side: a folded sheet from shoulder to hem."""
    length = rng.uniform(0.62, 0.95)
    v, u = np.mgrid[0:1:9j, 0:1:25j]
    depth = 0.22 * (0.75 + 0.25 * v) * (u - 0.5) * 2.0
    fold = 0.028 * np.sin(u * rng.uniform(18, 30) + rng.uniform(0, 6)) * (0.3 + 0.7 * v)
    drop = top - length * v - 0.10 * (np.abs(u - 0.5) * 2.0) * (1.0 - v)
    points = np.stack([x + fold + 0.03 * (u - 0.5), drop, z + depth], axis=-1).reshape(-1, 3)
    row, column = np.mgrid[0:8, 0:24]
    a = (row * 25 + column).ravel()
    faces = np.concatenate([np.stack([a, a + 25, a + 1], 1), np.stack([a + 1, a + 25, a + 26], 1)])
    return points, faces.astype(np.int32)


def _quad(origin: tuple[float, ...], right: tuple[float, ...], up: tuple[float, ...]) -> Mesh:
    o, r, u = (np.array(vector, np.float64) for vector in (origin, right, up))
    return np.array([o, o + r, o + r + u, o + u]), np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def _box(centre: tuple[float, ...], size: tuple[float, ...]) -> Mesh:
    import trimesh

    box = trimesh.creation.box(extents=size)
    corners = np.asarray(box.vertices)[np.asarray(box.faces).ravel()] + np.array(centre)  # flat shading
    return corners, np.arange(len(corners), dtype=np.int32).reshape(-1, 3)


def _part(
    points: Array,
    faces: NDArray[np.int32],
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0),
    texture: NDArray[np.uint8] | None = None,
    repeat: float = 1.0,
    roughness: float = 0.9,
    shade: float = 1.0,
) -> Part:
    uv = None
    if texture is not None:
        spans = np.ptp(points, axis=0)
        axes = np.argsort(-spans)[:2]
        uv = (points[:, np.sort(axes)] - points[:, np.sort(axes)].min(0)) / spans[axes].max()
        uv = uv * repeat if repeat else (points[:, :2] - points[:, :2].min(0)) / np.ptp(points[:, :2], axis=0)
    return Part(points, normals(points, faces), faces, np.array(colour) * shade, roughness, uv, texture)


def _place(part: Part, T: Array) -> Part:
    return Part(
        part.vertices_m @ T[:3, :3].T + T[:3, 3], part.normals @ T[:3, :3].T, part.faces,
        part.colour, part.roughness, part.uv, part.texture,
    )  # fmt: skip


def _srgb(linear: Array) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.clip(np.clip(linear, 0.0, 1.0) ** (1 / 2.2) * 255.0 + 0.5, 0, 255).astype(np.uint8))
