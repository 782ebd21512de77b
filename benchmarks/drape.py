"""Draping a garment over a moving body: time, stillness, stretch and depth in the skin.

The peer is the same physics in plain numpy: the same mesh, substeps, springs and limits, with the springs
coloured so that numpy can project a whole colour at once. Then every garment of the wardrobe on slim, middling and
heavy bodies, in the size that is advised: how much it stretches, and how much of it lies in the skin.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.measure import measure
from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.drape.cloth import ClothState, DrapeSettings, drape, start
from pipelines.garment.bind import gap_to
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage
from pipelines.garment.worn import ClothModel, WornGarment
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import size_of
from pipelines.viewpoint.sheet import BUILDS, build

GARMENTS = ("tee_crew", "long_sleeve", "trousers_chino", "skirt_a_line")
WEARERS = BUILDS[0], BUILDS[5], BUILDS[7]
WORST = 5  # are named
FRAMES, STILL_FRAMES, STRIDE_FRAMES = 90, 60, 33
STEP_S = 1 / 30
TARGET_MS, TARGET_STILL_MM, TARGET_STRAIN, TARGET_PENETRATION = 3.0, 0.05, 8.0, 0.5
Metric = dict[str, Any]


def run(args: argparse.Namespace) -> dict[str, Metric]:
    """Measure every built-in template in its base size on the mean body, and the wardrobe on others."""
    body = shape_body(load_body_model(), np.zeros(24))
    metrics: dict[str, Metric] = {}
    for name in GARMENTS:
        worn = fit_garment(load_catalogue().get(name), "M", body)
        metrics |= _measure(name, worn, body)
    return metrics | _wardrobe()


def _wardrobe() -> dict[str, Metric]:
    """Measure all garments over a stride on three builds; the worst counts, and some are printed."""
    catalogue, found = load_catalogue(), []
    for package in catalogue.list():
        for who in WEARERS:
            body = build(*who)
            size = size_of(measure(body), item_of(package))
            found.append((f"{package.id} {size} on {who[0]} {who[1]} cm {who[2]} kg", *_walked(package, size, body)))
    metrics: dict[str, Metric] = {}
    for name, column, target in (("strain_p95", 1, TARGET_STRAIN), ("penetration", 2, TARGET_PENETRATION)):
        found.sort(key=lambda one: -float(one[column]))
        print(f"most {name}: " + ", ".join(f"{one[0]} {one[column]:.2g} %" for one in found[:WORST]), flush=True)
        values = [float(one[column]) for one in found]
        over = sum(value > target for value in values)
        metrics[f"wardrobe_{name}"] = {
            "value": max(values), "unit": "%", "target": target, "better": "lower",
            "peers": {"mean": float(np.mean(values)), f"of {len(values)} over": float(over)},
        }  # fmt: skip
    return metrics


def _walked(package: GarmentPackage, size: str, body: Body) -> tuple[float, float]:
    """Return strain and penetration, per cent, of a garment over a stride, in the mean."""
    worn = fit_garment(package, size, body)
    state, strain, inside = start(worn, worn.rest_m), [], []
    for n in range(15 + STRIDE_FRAMES):
        _, state = drape(worn, worn.rest_m, _stride(body, n * STEP_S), state, STEP_S)
        if n >= 15 and n % 4 == 0:
            strain.append(_strain(worn, state))
            inside.append(_inside(worn, state))
    return float(np.mean(strain)), float(np.mean(inside))


def _measure(name: str, worn: WornGarment, body: Body) -> dict[str, Metric]:
    start(worn, worn.rest_m)  # compiles where there is no cache yet
    began = time.perf_counter()
    state = start(worn, worn.rest_m)
    settle_ms = 1000 * (time.perf_counter() - began)
    for n in range(15):  # into step; the first of them also compiles
        _, state = drape(worn, worn.rest_m, _stride(body, (n - 15) * STEP_S), state, STEP_S)
    spent, strain, inside = [], [], []
    for n in range(FRAMES):
        T = _stride(body, n * STEP_S)
        began = time.perf_counter()
        _, state = drape(worn, worn.rest_m, T, state, STEP_S)
        spent.append(1000 * (time.perf_counter() - began))
        strain.append(_strain(worn, state))
        inside.append(_inside(worn, state))
    moves: NDArray[np.float32] = np.zeros(0, np.float32)
    T = _stride(body, 0.0)
    for _ in range(STILL_FRAMES):
        before = state.x
        _, state = drape(worn, worn.rest_m, T, state, STEP_S)
        moves = 1000 * np.linalg.norm(state.x - before, axis=1)
    peer = _numpy_frame_ms(worn, state)
    low = {"better": "lower", "peers": {}}
    return {
        f"{name}_ms": {"value": float(np.median(spent)), "unit": "ms", "target": TARGET_MS, **low,
                       "peers": {"numpy": peer}},
        f"{name}_min_ms": {"value": min(spent), "unit": "ms", "target": None, **low},
        f"{name}_vertices": {"value": float(worn.cloth.count), "unit": "1", "target": None, **low},
        f"{name}_settle_ms": {"value": settle_ms, "unit": "ms", "target": None, **low},
        f"{name}_still_mm": {"value": float(moves.mean()), "unit": "mm/frame", "target": TARGET_STILL_MM, **low},
        f"{name}_strain_p95": {"value": float(np.median(strain)), "unit": "%", "target": TARGET_STRAIN, **low},
        f"{name}_penetration": {"value": float(np.mean(inside)), "unit": "%", "target": TARGET_PENETRATION, **low},
    }  # fmt: skip


def _stride(body: Body, at_s: float) -> NDArray[np.float32]:
    """Return the bones of somebody who walks on the spot with arms hanging."""
    model = body.model
    R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
    swing = np.sin(2 * np.pi * 0.9 * at_s)
    for side, sign in (("L", 1), ("R", -1)):
        R[model.bone(f"upperarm01.{side}")] = _turn(0, -0.3 * sign * swing) @ _turn(2, -0.45 * sign)
        R[model.bone(f"upperleg01.{side}")] = _turn(0, 0.3 * sign * swing)
    at = np.eye(4)
    at[:3, :3] = _turn(1, 0.2 * np.sin(at_s))
    at[:3, 3] = [0.05 * np.sin(at_s), -1.0, -2.6]
    return pose_bones(body.heads_m, model.bone_parents, R, at)


def _turn(axis: int, angle: float) -> NDArray[np.float64]:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    R = np.eye(3)
    R[i, i] = R[j, j] = np.cos(angle)
    R[i, j], R[j, i] = -np.sin(angle), np.sin(angle)
    return R


def _strain(worn: WornGarment, state: ClothState) -> float:
    """Return the stretch that 95 % of the cloth stays under, edges weighted by their length, in per cent."""
    i, j = worn.cloth.edges.T
    rest = np.linalg.norm(worn.rest_m[i] - worn.rest_m[j], axis=1)
    stretch = np.maximum(np.linalg.norm(state.x[i] - state.x[j], axis=1) / rest - 1, 0)
    order = np.argsort(stretch)
    share = np.cumsum(rest[order]) / rest.sum()
    return 100 * float(stretch[order][np.searchsorted(share, 0.95)])


def _inside(worn: WornGarment, state: ClothState) -> float:
    """Return how many of the vertices lie more than 1 mm inside of the skin, in per cent."""
    skin = worn.cloth.skin
    posed = replace(skin, rest_m=skin_points(skin.rest_m, skin.skin_index, skin.skin_weight, state.T_root_rest))
    gap, _ = gap_to(posed, worn.cloth.candidates, state.x.astype(np.float64))
    return 100 * float(((gap < -0.001) & (gap > -0.05)).mean())


def _numpy_frame_ms(worn: WornGarment, state: ClothState, frames: int = 5) -> float:
    """Return the median time of a frame of the numpy peer, from the settled state."""
    model, settings = worn.cloth, DrapeSettings()
    groups = [(pairs, stiff) for pairs, stiff in _coloured(model)]
    rest = [np.linalg.norm(worn.rest_m[p[:, 0]] - worn.rest_m[p[:, 1]], axis=1) for p, _ in groups]
    spent = []
    x, v = state.x.copy(), np.zeros_like(state.x)
    h = np.float32(STEP_S / settings.substeps)
    for _ in range(frames):
        began = time.perf_counter()
        for _ in range(settings.substeps):
            v[:, 1] -= settings.gravity_m_s2 * h
            before = x.copy()
            x += h * v
            for (pairs, soft), length in zip(groups, rest, strict=True):
                i, j = pairs[:, 0], pairs[:, 1]
                d = x[i] - x[j]
                now = np.linalg.norm(d, axis=1)
                move = ((now - length) / (now * (2 + soft / h**2)))[:, None] * d
                x[i] -= move
                x[j] += move
            away = x - state.anchor
            far = np.linalg.norm(away, axis=1)
            x -= (np.maximum(1 - model.limit_m / np.maximum(far, 1e-9), 0))[:, None] * away
            v = 0.97 * (x - before) / h
        spent.append(1000 * (time.perf_counter() - began))
    return float(np.median(spent))


def _coloured(model: ClothModel) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Sort the springs into groups in which no vertex occurs twice."""
    groups: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = []
    for pairs, soft in ((model.bends, model.bend_s2), (model.edges, model.edge_pull_s2)):
        colour = np.zeros(len(pairs), np.int64)
        taken: list[set[int]] = [set() for _ in range(model.count)]
        for n, (i, j) in enumerate(pairs.tolist()):
            used = taken[i] | taken[j]
            c = next(c for c in range(len(used) + 1) if c not in used)
            colour[n] = c
            taken[i].add(c)
            taken[j].add(c)
        groups += [(pairs[colour == c], soft[colour == c]) for c in range(int(colour.max()) + 1)]
    return groups
