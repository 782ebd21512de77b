"""The judge of fairness and of true size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge import scale
from benchmarks.judge.fairness import BMIS, HEIGHTS_CM, fair, groups
from benchmarks.judge.people import beyond_model, bodies, make_person
from benchmarks.judge.rows import Row, chest_width_px
from benchmarks.judge.trial import Trial
from pipelines.body.measure import measure


def row(joints: float, iou: float, **values: float) -> Row:
    return Row("front", np.full(13, joints), np.full(13, joints), {"iou": iou, "colour": 4.0} | values)


def test_axes_cover_the_skin_tones_weights_heights_and_heads():
    named = {
        axis: [group.name for group in groups() if group.axis == axis] for axis in ("skin", "weight", "height", "hair")
    }
    assert len(named["skin"]) == 10
    assert {"bald", "short", "long", "scarf"} == set(named["hair"])
    assert min(BMIS) == 17 and max(BMIS) == 45
    skins = [sum(group.scene.looks.skin) for group in groups() if group.axis == "skin"]
    assert skins[0] > 3 * skins[6] > 3 * skins[9] > 0.05


def test_groups_of_an_axis_differ_in_that_axis_alone():
    for axis in ("skin", "weight", "height", "hair"):
        scenes = [group.scene for group in groups() if group.axis == axis]
        same = {replace(scene, name="", looks=None) for scene in scenes}
        assert len(same) == 1
        assert len({scene.looks for scene in scenes}) == len(scenes)


@pytest.mark.parametrize(("axis", "wanted"), [("weight", BMIS[0]), ("weight", BMIS[-1]), ("height", HEIGHTS_CM[0])])
def test_bodies_have_the_measures_of_their_group_and_a_shape_beyond_the_model(axis, wanted):
    group = next(one for one in groups() if one.axis == axis and str(wanted) in one.name)
    body = make_person(group.scene.person, 1, group.scene.looks).body
    measured = measure(body)
    expected = dict(group.scene.looks.measures)
    assert measured["height"] == pytest.approx(expected["height"], abs=2.0)
    assert measured["weight"] == pytest.approx(expected["weight"], rel=0.06)
    assert 1000.0 * np.linalg.norm(beyond_model(bodies()[7]), axis=1).mean() > 0.3


def test_worst_group_is_told_as_a_multiple_of_the_mean():
    named = {group.name: group for group in groups()}
    films = {named["bald"]: [row(6.0, 0.8)], named["short"]: [row(3.0, 0.9)], named["long"]: [row(3.0, 0.9)]}
    metrics = fair(films)
    assert metrics["fair_hair_joints"]["value"] == pytest.approx(1.5)
    assert metrics["fair_hair_overlap"]["value"] == pytest.approx(0.2 / (0.4 / 3))
    assert metrics["fair_hair_joints"]["peers"] == {"bald": 6.0, "short": 3.0, "long": 3.0}
    assert metrics["fair_hair_joints"]["target"] == 1.5


def test_size_drawn_too_wide_is_an_error_in_centimetres():
    def worn(drawn: float, true: float) -> Trial:
        rows = [row(1.0, 0.9, chest_cm=drawn, true_chest_cm=true)]
        return Trial("scale", rows, rows)

    metrics = scale.scaled({"S": worn(50.0, 50.4), "XL": worn(57.0, 60.0)})
    assert metrics["true_scale"]["value"] == pytest.approx(3.0)
    assert metrics["true_scale"]["peers"] == {"S": -0.4, "XL": -3.0}
    assert metrics["true_scale_range"]["value"] == pytest.approx(7.0)


@pytest.mark.parametrize("width", [40, 61])
def test_chest_is_measured_between_the_arms(width):
    joints = np.zeros((17, 2))
    joints[4], joints[5], joints[10], joints[11] = (120, 40), (80, 40), (112, 100), (88, 100)
    garment = np.zeros((150, 200), bool)
    garment[30:110, 100 - width // 2 : 100 - width // 2 + width] = True
    garment[30:110, :50] = garment[30:110, 150:] = True
    assert chest_width_px(garment, joints) == width
    garment[60:80] = False
    assert chest_width_px(garment, joints) == 0
