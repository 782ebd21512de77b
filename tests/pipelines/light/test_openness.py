"""Cloth in creases and behind arms gets less light, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from pipelines.light.openness import ARM, LEAST, LEFT, MOST, NO_ARMS, RIGHT, arm_capsules, less_open
from pipelines.types import Surface

RADIUS_M = 0.04
NOBODYS = np.zeros(0, np.int32)


def sheet(bulge=lambda x, y: 0.0 * x, side_m=0.8, cells=40) -> tuple[Surface, np.ndarray]:
    """Return a sheet that faces +z, z = bulge(x, y), and its edges."""
    line = np.linspace(-side_m / 2, side_m / 2, cells + 1)
    x, y = (one.reshape(-1) for one in np.meshgrid(line, line))
    points = np.stack([x, y, bulge(x, y)], axis=1)
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    a, b, c, d = corner, corner + 1, corner + cells + 2, corner + cells + 1
    mesh = trimesh.Trimesh(points, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]), process=False)
    normals = np.array(mesh.vertex_normals, np.float32)
    return Surface(points.astype(np.float32), normals, mesh.faces.astype(np.int32)), mesh.edges_unique.astype(np.int32)


def openness(bulge=lambda x, y: 0.0 * x, arms=NO_ARMS, on_arm=0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return (V,) how open the vertices of a sheet are, and the vertices."""
    shape, edges = sheet(bulge)
    opened = less_open(shape, edges, NOBODYS, np.full(len(shape.vertices_m), on_arm, np.float32), arms)
    assert opened.vertices_m is shape.vertices_m
    return np.linalg.norm(opened.normals, axis=1), shape.vertices_m


def across(away_m: float, side=LEFT, half_m=1.0) -> np.ndarray:
    """Return an arm along x, so far before the sheet."""
    line = np.array([[-half_m, 0.0, away_m], [0.0, 0.0, away_m], [half_m, 0.0, away_m]], np.float32)
    return arm_capsules(line, (RADIUS_M, RADIUS_M), side)


def test_a_flat_sheet_in_the_open_has_all_its_light() -> None:
    open_to, _ = openness()
    assert np.abs(open_to - 1.0).max() < 1e-5


def test_valleys_are_darker_than_ridges_and_the_whole_as_light_as_before() -> None:
    open_to, points = openness(lambda x, y: 0.01 * np.cos(2 * np.pi * x / 0.2))
    inner = np.abs(points[:, 1]) < 0.35
    ridge, valley = (open_to[inner & (np.abs(points[:, 0] - at) < 0.01)].mean() for at in (0.2, 0.1))
    assert valley < 0.95 < 1.05 < ridge
    assert open_to.mean() == pytest.approx(1.0, abs=0.02)
    assert open_to.min() >= LEAST - 1e-6 and open_to.max() <= MOST + 1e-6


def test_deep_folds_are_as_dark_and_as_light_as_it_gets() -> None:
    open_to, _ = openness(lambda x, y: 0.05 * np.cos(2 * np.pi * x / 0.1))
    assert (open_to.min(), open_to.max()) == pytest.approx((LEAST, MOST), abs=1e-6)


@pytest.mark.parametrize("spoilt", ["vertices_m", "normals"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_vertex_that_is_not_finite_darkens_no_other(spoilt: str, value: float) -> None:
    shape, edges = sheet(lambda x, y: 0.01 * np.cos(2 * np.pi * x / 0.2))
    broken = replace(shape, **{spoilt: getattr(shape, spoilt).copy()})
    getattr(broken, spoilt)[800] = value
    nowhere = np.zeros(len(shape.vertices_m), np.float32)
    before, after = (less_open(one, edges, NOBODYS, nowhere, NO_ARMS).normals for one in (shape, broken))
    near = np.unique(edges[(edges == 800).any(axis=1)])
    near = np.unique(edges[np.isin(edges, near).any(axis=1)])
    far = np.setdiff1d(np.arange(len(before)), near)
    assert np.abs(after[far] - before[far]).max() < 1e-3
    assert np.isfinite(np.delete(after, 800, axis=0)).all()


def test_normals_keep_their_direction() -> None:
    shape, edges = sheet(lambda x, y: 0.02 * np.sin(20 * x))
    opened = less_open(shape, edges, NOBODYS, np.zeros(len(shape.vertices_m), np.float32), across(0.1))
    unit = opened.normals / np.linalg.norm(opened.normals, axis=1, keepdims=True)
    assert np.abs(unit - shape.normals).max() < 1e-5


@pytest.mark.parametrize("away_m", [0.06, 0.1, 0.2])
def test_a_long_arm_takes_its_radius_over_its_distance(away_m: float) -> None:
    open_to, points = openness(arms=across(away_m, half_m=50.0))
    middle = np.hypot(points[:, 0] - 0.3, points[:, 1]) < 0.011  # beside the elbow, of which each part takes half
    assert open_to[middle].mean() == pytest.approx(1.0 - ARM * RADIUS_M / away_m, abs=0.03)


def test_an_arm_darkens_what_is_near_it_softly() -> None:
    open_to, points = openness(arms=across(0.08))
    aside = [open_to[np.abs(np.abs(points[:, 1]) - at) < 0.001].mean() for at in (0.0, 0.06, 0.12, 0.3)]
    assert aside == sorted(aside)
    assert aside[0] < 0.8 and aside[-1] > 0.97


def test_an_arm_behind_the_cloth_takes_nothing() -> None:
    assert (openness(arms=across(-0.05))[0] > 1.0 - 1e-6).all()


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_an_arm_takes_nothing_of_its_own_sleeve(side: float) -> None:
    assert (openness(arms=across(0.05, side), on_arm=side)[0] > 1.0 - 1e-6).all()
    assert openness(arms=across(0.05, side), on_arm=-side)[0].min() < 0.6
    half = openness(arms=across(0.05, side), on_arm=0.5 * side)[0].min()
    assert openness(arms=across(0.05, side))[0].min() < half < 1.0


def test_hems_are_as_light_as_the_cloth_that_they_follow() -> None:
    shape, edges = sheet(lambda x, y: 0.01 * np.cos(2 * np.pi * x / 0.2))
    parents = np.array([5, 900, 37], np.int32)
    whole = Surface(
        np.concatenate([shape.vertices_m, shape.vertices_m[parents]]),
        np.concatenate([shape.normals, shape.normals[parents]]),
        shape.faces,
    )
    opened = less_open(whole, edges, parents, np.zeros(len(whole.vertices_m), np.float32), NO_ARMS)
    open_to = np.linalg.norm(opened.normals, axis=1)
    assert np.abs(open_to[-3:] - open_to[parents]).max() < 1e-6


def test_an_arm_without_length_and_cloth_on_its_axis_are_finite() -> None:
    still = np.zeros((3, 3), np.float32)
    open_to, _ = openness(arms=np.concatenate([arm_capsules(still, (0.05, 0.05), LEFT), across(0.0)]))
    assert np.isfinite(open_to).all() and (open_to > 0.0).all()
