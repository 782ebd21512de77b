"""The picture of a garment for the shop: worn by nobody, seen from three quarters, on nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.body.model import Body
from pipelines.body.skinning import vertex_normals
from pipelines.errors import InputRejected
from pipelines.garment.catalogue import Catalogue, thumbnail_name
from pipelines.garment.fabric import material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage
from pipelines.garment.worn import WornGarment
from pipelines.render.backend import DrawItem, Renderer, RenderRequest
from pipelines.types import PointsF32, RgbaU8, Sh9, Surface

YAW_DEG = -24.0
PITCH_DEG = 8.0
FOCAL_SHARE = 3.2  # focal length over the picture's side: a portrait lens
FILL = 0.92  # of the side that the garment takes
OVERSAMPLE = 2
# Irradiance / pi of a soft box high on the left, a weaker one right, and the room.
_LIGHTS = (((-0.55, 0.65, 0.75), 0.80), ((0.9, 0.15, 0.45), 0.28))
_AMBIENT = 0.48


def thumbnail(
    package: GarmentPackage, renderer: Renderer, body: Body, size_px: int = 256, vertices_m: PointsF32 | None = None
) -> RgbaU8:
    """Return the garment alone, in its base size, (size, size, 4) with straight alpha.

    `vertices_m` (V, 3) shows it draped otherwise than laid around the body in the rest pose.
    """
    if not 16 <= size_px <= 1024:
        raise InputRejected(f"thumbnail of {size_px} px: 16 to 1024 are possible")
    worn = fit_garment(package, package.base_size, body)
    rest = worn.rest_m if vertices_m is None else vertices_m
    side = size_px * OVERSAMPLE
    surface, focal_px = _framed(worn, rest, side)
    K = np.array([[focal_px, 0, side / 2], [0, focal_px, side / 2], [0, 0, 1.0]])
    item = DrawItem(surface, worn.uv, material_of(package), ("thumbnail", package.id, package.material, side))
    layer = renderer.render(RenderRequest((item,), (), K, side, side, studio_light()))
    picture = np.zeros((side, side, 4), np.uint8)
    region = layer.region
    picture[region.y0 : region.y1, region.x0 : region.x1] = layer.rgba
    return _shrunk(picture)


def write_thumbnails(catalogue: Catalogue, renderer: Renderer, body: Body, size_px: int = 256) -> list[Path]:
    """Render every garment of `catalogue` in all its colourways and write the pictures beside its garment.json.

    Returns the files.
    """
    files = []
    for package in catalogue.list():
        if package.folder is None:
            continue
        ways = [way.id for way in package.material.colourways[1:]]
        for way in (None, *ways):
            shown = package if way is None else package.in_colourway(way)
            files.append(package.folder / thumbnail_name(way))
            Image.fromarray(thumbnail(shown, renderer, body, size_px)).save(files[-1], optimize=True)
    return files


def studio_light() -> Sh9:
    """Return the light of the shop's pictures as spherical harmonics (9, 3)."""
    sh = np.zeros(9)
    sh[0] = _AMBIENT / 0.282095
    for direction, strength in _LIGHTS:
        x, y, z = np.array(direction) / np.linalg.norm(direction)
        basis = np.array([
            0.282095, 0.488603 * y, 0.488603 * z, 0.488603 * x,
            1.092548 * x * y, 1.092548 * y * z, 0.315392 * (3 * z * z - 1), 1.092548 * x * z,
            0.546274 * (x * x - y * y),
        ])  # fmt: skip
        cosine = np.array([np.pi] + [2 * np.pi / 3] * 3 + [np.pi / 4] * 5)
        sh += strength * basis * cosine * (4 / np.pi) / 2
    return np.repeat(sh[:, None], 3, 1).astype(np.float32)


def _framed(worn: WornGarment, rest: PointsF32, side_px: int) -> tuple[Surface, float]:
    """Turn the garment to three quarters, centre it and stand it before the camera."""
    yaw, pitch = np.radians(YAW_DEG), np.radians(PITCH_DEG)
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    points = rest.astype(np.float64) @ (nod @ turn).T
    low, high = points.min(0), points.max(0)
    points -= (low + high) / 2
    extent = float(max(high[0] - low[0], high[1] - low[1]))
    focal_px = FOCAL_SHARE * side_px
    points[:, 2] -= focal_px * extent / (FILL * side_px) + float(high[2] - low[2]) / 2
    vertices = points.astype(np.float32)
    normals = vertex_normals(vertices, worn.faces)
    return Surface(vertices, normals, worn.faces), focal_px


def _shrunk(picture: RgbaU8) -> RgbaU8:
    """Halve an RGBA picture, weighting colour by alpha."""
    side = picture.shape[0] // OVERSAMPLE
    blocks = picture.reshape(side, OVERSAMPLE, side, OVERSAMPLE, 4).astype(np.float64)
    alpha = blocks[..., 3:]
    total = alpha.sum((1, 3))
    colour = (blocks[..., :3] * alpha).sum((1, 3)) / np.maximum(total, 1e-9)
    return np.asarray(np.round(np.concatenate([colour, total / OVERSAMPLE**2], 2)), np.uint8)
