"""A garment is as long as its size says, whatever the lengths of the shopper's trunk and limbs."""

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
    [("tee_crew", [TRUNK]), ("dress_shift", [TRUNK]), ("trousers_chino", LEGS), ("jeans_straight", LEGS)],
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
        rest = as_long(worn.rest_m[:count], maps.astype(np.float32), worn.cloth.hanging)
        carried = np.einsum("vwij,vj->vwi", maps[worn.skin_index[:count], :3, :3], rest)
        carried += maps[worn.skin_index[:count], :3, 3]
        points = (carried * worn.skin_weight[:count, :, None]).sum(1)
        return float(np.linalg.norm(points - head, axis=1)[worn.rest_m[:count, 0] > 0].max())

    assert cuff(times) == pytest.approx(cuff(1.0), abs=SAME_M)


def test_what_hangs_from_the_waist_does_not_follow_the_trunk(body: Body) -> None:
    for garment in ("trousers_chino", "skirt_a_line"):
        hanging = fit_garment(load_catalogue().get(garment), "M", body).cloth.hanging
        assert body.model.bone("spine03") not in hanging.bones


def test_shift_is_what_the_stretch_adds() -> None:
    down = np.array([[0.0, -1.0, 0.0]], np.float32)
    hanging = Hanging(np.zeros(1, np.int32), down, np.array([[0.0], [0.5]], np.float32))
    T = np.diag([1.0, 1.25, 1.0, 1.0]).astype(np.float32)[None]
    rest = np.array([[0.0, 0.0, 0.0], [0.1, -0.5, 0.2]], np.float32)
    assert np.allclose(as_long(rest, T, hanging), [[0.0, 0.0, 0.0], [0.1, -0.4, 0.2]])
