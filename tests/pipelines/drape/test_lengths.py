"""A garment is as long as its size says, whatever the lengths of the shopper's trunk and limbs, or as the leg is."""

import numpy as np
import pytest

from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.skinning import pose_bones
from pipelines.drape.cloth import drape, start
from pipelines.drape.lengths import as_long
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.worn import Hanging, WornGarment
from pipelines.pose.limbs import TRUNK, stretch
from pipelines.pose.skeleton import Skeleton

STEP_S, FRAMES = 1 / 30, 45
ARMS, LEGS = [0, 1], [2, 3]  # rows of the lengths: upper and lower
SAME_M = 0.006


@pytest.fixture(scope="module")
def body() -> Body:
    return shape_body(load_body_model(), np.zeros(24))


def _reach(body: Body, worn: WornGarment, rows: list[int], times: float) -> float:
    """Return how far below its highest point the lowest hem hangs on `body` with `rows` of its lengths stretched."""
    skeleton = Skeleton.of(body)
    lengths = np.ones(7)
    lengths[rows] = times
    rig, maps = stretch(skeleton.rig, skeleton.limbs, lengths)
    straight = np.broadcast_to(np.eye(3), (len(body.model.bone_names), 3, 3))
    posed = pose_bones(rig.heads_m.astype(np.float32), body.model.bone_parents, straight, np.eye(4))
    T = (posed @ maps.astype(np.float32)).astype(np.float32)
    cloth = start(worn, worn.rest_m)
    for _ in range(FRAMES):
        surface, cloth = drape(worn, worn.rest_m, T, cloth, STEP_S)
    y = surface.vertices_m[:, 1]
    lowest = worn.rest_m[:, 1] < worn.rest_m[:, 1].min() + 0.015
    return float(y.max() - y[lowest].mean())


@pytest.mark.parametrize("times", [0.95, 1.05])
@pytest.mark.parametrize(
    ("garment", "rows"),
    [("tee_crew", [TRUNK]), ("dress_shift", [TRUNK]), ("shorts_chino", LEGS), ("skirt_a_line", LEGS)],
)
def test_hem_hangs_as_low_on_longer_and_shorter_people(body: Body, garment: str, rows: list[int], times: float) -> None:
    worn = fit_garment(load_catalogue().get(garment), "M", body)
    assert _reach(body, worn, rows, times) == pytest.approx(_reach(body, worn, rows, 1.0), abs=SAME_M)


@pytest.mark.parametrize("times", [0.95, 1.05])
def test_cuff_stays_as_far_from_the_shoulder_on_longer_and_shorter_arms(body: Body, times: float) -> None:
    worn = fit_garment(load_catalogue().get("long_sleeve"), "M", body)
    count, head = worn.cloth.count, body.heads_m[body.model.bone("upperarm01.L")]

    def cuff(times: float) -> float:
        lengths = np.ones(7)
        lengths[ARMS] = times
        _, maps = stretch(Skeleton.of(body).rig, Skeleton.of(body).limbs, lengths)
        rest, _ = as_long(worn.rest_m[:count], maps.astype(np.float32), worn.cloth.hanging)
        carried = np.einsum("vwij,vj->vwi", maps[worn.skin_index[:count], :3, :3], rest)
        carried += maps[worn.skin_index[:count], :3, 3]
        points = (carried * worn.skin_weight[:count, :, None]).sum(1)
        return float(np.linalg.norm(points - head, axis=1)[worn.rest_m[:count, 0] > 0].max())

    assert cuff(times) == pytest.approx(cuff(1.0), abs=SAME_M)


def test_what_hangs_from_the_waist_does_not_follow_the_trunk(body: Body) -> None:
    for garment in ("trousers_chino", "skirt_a_line"):
        hanging = fit_garment(load_catalogue().get(garment), "M", body).cloth.hanging
        assert body.model.bone("spine03") not in hanging.bones


@pytest.mark.parametrize("times", [0.95, 1.06])
@pytest.mark.parametrize("garment", ["trousers_chino", "jeans_straight"])
def test_long_trousers_end_at_the_ankle_while_there_is_cloth(body: Body, garment: str, times: float) -> None:
    worn = fit_garment(load_catalogue().get(garment), "M", body)
    legs = [bone for bone, room in enumerate(worn.cloth.hanging.room) if np.isfinite(room)]
    own, room = (float(one[legs[0]]) for one in (worn.cloth.hanging.own, worn.cloth.hanging.room))
    assert min(own, room) == pytest.approx(1.0) and 1.06 < own < 1.2, "longer than the leg, and not without end"
    leg_m = float(np.ptp(body.heads_m[[body.model.bone(f"{bone}.L") for bone in ("upperleg01", "foot")], 1]))
    longer_m = _reach(body, worn, LEGS, times) - _reach(body, worn, LEGS, 1.0)
    assert longer_m == pytest.approx(leg_m * (min(own, times) - 1), abs=SAME_M)


def test_shift_is_what_the_stretch_adds() -> None:
    down, one = np.array([[0.0, -1.0, 0.0]], np.float32), np.ones(1, np.float32)
    far = np.array([[0.0], [0.5]], np.float32)
    T = np.diag([1.0, 1.25, 1.0, 1.0]).astype(np.float32)[None]
    rest = np.array([[0.0, 0.0, 0.0], [0.1, -0.5, 0.2]], np.float32)
    for own, room, hung, laid in ((1, np.inf, -0.4, -0.5), (1.25, 1, -0.5, -0.625), (1.1, 1, -0.44, -0.55)):
        hanging = Hanging(np.zeros(1, np.int32), down, far, own * one, room * one)
        for points, low in zip(as_long(rest, T, hanging), (hung, laid), strict=True):
            assert np.allclose(points, [[0.0, 0.0, 0.0], [0.1, low, 0.2]])
