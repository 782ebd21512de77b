"""The mannequin: the shopper's shape, nobody's face, no skin through the cloth."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.body.measure import measure
from pipelines.body.model import load_body_model
from pipelines.outfit import Outfit, Tailor, Wish
from pipelines.viewpoint.avatar import avatar_of
from pipelines.viewpoint.head import egg_of


def test_head_is_a_smooth_egg_as_large_as_the_skull(outfit: Outfit) -> None:
    model = load_body_model()
    head = outfit.body.rest_m[model.vertices_of("head")].astype(np.float64)
    egg = egg_of(head)
    skull, drawn = np.ptp(head, axis=0), np.ptp(egg.points_m, axis=0)
    assert np.all(np.abs(drawn - skull)[1:] < 0.035), "as tall and deep, give or take the nose"
    corners = egg.points_m[egg.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    outward = ((corners.mean(1) - egg.centre_m) * normal).sum(1)
    assert (outward > 0).all(), "seen from outside, counter-clockwise"
    edges = np.sort(np.concatenate([egg.faces[:, [0, 1]], egg.faces[:, [1, 2]], egg.faces[:, [2, 0]]]), 1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all(), "closed"
    unit = normal / area[:, None]
    pairs = _neighbours(egg.faces)
    bend = np.degrees(np.arccos(np.clip((unit[pairs[:, 0]] * unit[pairs[:, 1]]).sum(1), -1, 1)))
    assert np.percentile(bend, 99) < 15, "no nose, no lips, no sockets"


def _neighbours(faces: np.ndarray) -> np.ndarray:
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    owner = np.tile(np.arange(len(faces)), 3)
    order = np.lexsort(edges.T)
    return owner[order].reshape(-1, 2)


def test_nothing_of_the_face_is_left_in_the_mannequin(outfit: Outfit) -> None:
    avatar = avatar_of(outfit.body, ())
    eyes = outfit.body.heads_m[[outfit.body.model.bone(f"eye.{side}") for side in "LR"]]
    front = avatar.patch.rest_m[np.abs(avatar.patch.rest_m[:, 1] - eyes[:, 1].mean()) < 0.03]
    middle = front[(np.abs(front[:, 0]) < 0.05) & (front[:, 2] > eyes[:, 2].mean() - 0.03)]
    depth = middle[:, 2]
    curve = np.polyval(np.polyfit(middle[:, 0], depth, 2), middle[:, 0])
    assert len(middle) > 8
    assert np.abs(depth - curve).max() < 0.012, "between the temples runs one smooth curve"


@pytest.mark.parametrize("height_cm", [150.0, 190.0])
def test_mannequin_has_the_shoppers_height_and_girths(tailor: Tailor, height_cm: float) -> None:
    body = tailor.prepare(Wish((), height_cm)).body
    avatar = avatar_of(body, ())
    assert np.ptp(avatar.patch.rest_m[:, 1]) == pytest.approx(height_cm / 100, abs=0.02)
    waist_m = measure(body)["waist"] / 100
    y = float(body.rest_m[body.model.landmarks["waist_front"], 1])
    ring = avatar.patch.rest_m[(np.abs(avatar.patch.rest_m[:, 1] - y) < 0.015) & (avatar.patch.arms < 0.1)]
    wide, deep = np.ptp(ring[:, 0]) / 2, np.ptp(ring[:, 2]) / 2
    ellipse_m = np.pi * (3 * (wide + deep) - np.sqrt((3 * wide + deep) * (wide + 3 * deep)))
    assert ellipse_m == pytest.approx(waist_m, rel=0.08)


def test_covered_skin_is_not_drawn_but_hands_and_feet_are(outfit: Outfit) -> None:
    bare, dressed = avatar_of(outfit.body, ()), avatar_of(outfit.body, outfit.garments)
    assert len(dressed.patch.faces) < 0.8 * len(bare.patch.faces)
    assert bare.key != dressed.key

    def drawn(points: np.ndarray, near: np.ndarray) -> int:
        return int((np.linalg.norm(points - near, axis=1) < 0.06).sum())

    model, heads = outfit.body.model, outfit.body.heads_m
    for bone in ("finger3-1.L", "finger3-1.R", "toe2-1.L", "toe2-1.R"):
        assert drawn(dressed.patch.rest_m, heads[model.bone(bone)]) == drawn(bare.patch.rest_m, heads[model.bone(bone)])
    navel = outfit.body.rest_m[model.landmarks["navel"]]
    assert drawn(bare.patch.rest_m, navel) > 20
    assert drawn(dressed.patch.rest_m, navel) == 0
