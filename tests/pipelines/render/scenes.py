"""A garment-like tube, a bar before it, and the requests made of them."""

from __future__ import annotations

import numpy as np
import trimesh

from pipelines.render.backend import DrawItem, Material, RenderRequest
from pipelines.types import Surface

FLAT_WHITE = np.zeros((9, 3), np.float32)
FLAT_WHITE[0] = 1.0 / 0.282095  # irradiance / pi is 1 from everywhere: a surface shows its own colour


def surface(mesh: trimesh.Trimesh) -> Surface:
    normals = np.array(mesh.vertex_normals, np.float32)
    return Surface(np.array(mesh.vertices, np.float32), normals, np.array(mesh.faces, np.int32))


def camera(width=320, height=240, focal=300.0):
    return np.array([[focal, 0.0, width / 2 + 3.0], [0.0, focal * 1.02, height / 2 - 2.0], [0.0, 0.0, 1.0]])


def tube(depth_m=1.5, turn_rad=0.35, around=48, rings=24):
    """An open tube, 0.5 m wide and 0.6 m high, counter-clockwise from outside."""
    angle = np.linspace(0.0, 2.0 * np.pi, around, endpoint=False)
    height = np.linspace(-0.3, 0.3, rings)
    grid_h, grid_a = np.meshgrid(height, angle, indexing="ij")
    points = np.stack([0.25 * np.cos(grid_a), grid_h, 0.16 * np.sin(grid_a)], axis=-1).reshape(-1, 3)
    row, column = (a.reshape(-1) for a in np.meshgrid(np.arange(rings - 1), np.arange(around), indexing="ij"))
    a, b = row * around + column, row * around + (column + 1) % around
    faces = np.concatenate([np.stack([a, b + around, b], 1), np.stack([a, a + around, b + around], 1)])
    uv = np.stack([grid_a / (2 * np.pi), 0.5 - grid_h / 0.6], axis=-1).reshape(-1, 2).astype(np.float32)
    mesh = trimesh.Trimesh(points, faces, process=False)
    pose = trimesh.transformations.euler_matrix(turn_rad, 0.4, 0.1)
    pose[:3, 3] = (0.0, 0.0, -depth_m)
    mesh.apply_transform(pose)
    return surface(mesh), uv


def bar(depth_m=1.0, radius=0.05):
    """A forearm across the picture, before the tube."""
    mesh = trimesh.creation.capsule(height=0.6, radius=radius, count=[16, 16])
    pose = trimesh.transformations.euler_matrix(0.3, np.pi / 2, 0.0)
    pose[:3, 3] = (-0.3, 0.0, -depth_m)
    mesh.apply_transform(pose)
    return surface(mesh)


def checks(size=256, cells=8):
    """A smooth-free checkered texture with a red top left cell."""
    cell = (np.indices((size, size)) // (size // cells)).sum(axis=0) % 2
    picture = np.where(cell[..., None] == 0, np.uint8([40, 60, 160]), np.uint8([230, 225, 210])).astype(np.uint8)
    picture[: size // cells, : size // cells] = (200, 30, 30)
    return picture


def weave(size=64):
    y, x = np.mgrid[:size, :size] * (2 * np.pi / 16)
    normal = np.stack([0.5 * np.sin(x), 0.5 * np.cos(y), np.ones_like(x)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return ((normal * 0.5 + 0.5) * 255).astype(np.uint8)


def item(
    shape=None,
    uv=None,
    texture=None,
    normal_map=None,
    color=(255, 255, 255),
    sheen=0.0,
    gloss=0.0,
    key="tube",
    scale=1.0,
):
    if shape is None:
        shape, uv = tube()
    material = Material(np.uint8(color), texture, normal_map, 0.8, sheen, gloss, scale)
    return DrawItem(shape, uv, material, key)


def request(items, occluder=(), light=FLAT_WHITE, width=320, height=240, K=None):
    matrix = camera(width, height) if K is None else K
    return RenderRequest(tuple(items), tuple(occluder), matrix, width, height, light)


def on_picture(layer, width=320, height=240):
    """Return the layer as (height, width, 4) and its depth, 0 and inf outside the region."""
    rgba, depth = np.zeros((height, width, 4), np.uint8), np.full((height, width), np.inf, np.float32)
    region = layer.region
    rgba[region.y0 : region.y1, region.x0 : region.x1] = layer.rgba
    depth[region.y0 : region.y1, region.x0 : region.x1] = layer.depth_m
    return rgba, depth


def over_grey(rgba):
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + 128.0 * (1.0 - alpha)
