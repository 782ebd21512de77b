import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from benchmarks.judge.cloth import inside
from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.drape.cloth import ClothState, DrapeSettings, drape, start
from pipelines.errors import ShapeError
from pipelines.garment.bind import gap_to
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.mesh import boundary_loops
from pipelines.garment.worn import WornGarment
from pipelines.types import Surface

STEP_S = 1 / 30
Worn = Callable[[str], tuple[WornGarment, ClothState]]


@pytest.fixture(scope="module")
def body() -> Body:
    return shape_body(load_body_model(), np.zeros(24))


@pytest.fixture(scope="module")
def dressed(body: Body) -> Worn:
    """Returns a garment and its settled cloth, each made once."""

    @functools.cache
    def make(garment: str) -> tuple[WornGarment, ClothState]:
        worn = fit_garment(load_catalogue().get(garment), "L", body)
        return worn, start(worn, worn.rest_m)

    return make


def _turn(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    x, y, z = axis
    t = np.radians(degrees)
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(t) * K + (1 - np.cos(t)) * K @ K


def _pose(body: Body, arms: float = 0, leg: float = 0, at: np.ndarray | None = None, sit: float = 0) -> np.ndarray:
    """Arms lifted by `arms` degrees, left thigh forward by `leg`, both thighs forward by `sit`."""
    model = body.model
    R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
    for side, sign in (("L", 1), ("R", -1)):
        R[model.bone(f"upperarm01.{side}")] = _turn((0, 0, 1), sign * arms)
    R[model.bone("upperleg01.L")] = _turn((1, 0, 0), -leg - sit)
    R[model.bone("upperleg01.R")] = _turn((1, 0, 0), -sit)
    return pose_bones(body.heads_m, model.bone_parents, R, np.eye(4) if at is None else at)


def _run(
    worn: WornGarment, state: ClothState, poses: list[np.ndarray], settings: DrapeSettings | None = None
) -> tuple[Surface, ClothState]:
    for T in poses:
        surface, state = drape(worn, worn.rest_m, T, state, STEP_S, settings)
    return surface, state


def _strain(worn: WornGarment, state: ClothState) -> np.ndarray:
    i, j = worn.cloth.edges.T
    rest = np.linalg.norm(worn.rest_m[i] - worn.rest_m[j], axis=1)
    return np.linalg.norm(state.x[i] - state.x[j], axis=1) / rest - 1


@pytest.mark.parametrize("garment", ["tee_crew", "long_sleeve", "trousers_chino", "skirt_a_line"])
def test_settled_cloth_lies_still_on_a_still_body(dressed: Worn, body: Body, garment: str) -> None:
    worn, state = dressed(garment)
    T = _pose(body)
    _, state = _run(worn, state, [T] * 30)
    moves = []
    for _ in range(5):
        before = state.x
        _, state = _run(worn, state, [T])
        moves.append(np.linalg.norm(state.x - before, axis=1) * 1000)
    assert np.mean(moves) < 0.03
    assert np.quantile(moves, 0.99) < 0.4


def test_wide_cloth_hangs_below_raised_arms_as_wide_as_cloth_that_is_swept_often(body: Body) -> None:
    worn = fit_garment(load_catalogue().get("tee_heather"), "XXL", body)
    rest = worn.rest_m[: worn.cloth.count]
    chest_y = body.heads_m[body.model.bone("upperarm01.L"), 1] - 0.22
    chest = (worn.arm_weight[: worn.cloth.count] < 0.2) & (np.abs(rest[:, 1] - chest_y) < 0.03)

    def width_m(settings: DrapeSettings) -> float:
        _, state = _run(worn, start(worn, worn.rest_m, settings), [_pose(body, arms=45)] * 60, settings)
        return float(np.ptp(state.x[chest, 0]))

    assert abs(width_m(DrapeSettings()) - width_m(DrapeSettings(substeps=24))) < 0.01


@pytest.mark.parametrize(("garment", "pose", "strain"), [
    ("tee_crew", {"arms": -28}, 0.08), ("tee_crew", {"arms": 20}, 0.09), ("long_sleeve", {"arms": -28}, 0.08),
    ("trousers_chino", {"leg": 20}, 0.12), ("skirt_a_line", {"leg": 20}, 0.09),
])  # fmt: skip
def test_cloth_follows_a_moving_body_without_tearing_or_sinking_in(
    dressed: Worn, body: Body, garment: str, pose: dict[str, float], strain: float
) -> None:
    worn, state = dressed(garment)
    part = [_pose(body, **{name: value * min(1, n / 15) for name, value in pose.items()}) for n in range(30)]
    _, state = _run(worn, state, part)
    assert np.quantile(np.maximum(_strain(worn, state), 0), 0.95) < strain
    skin = worn.cloth.skin
    points = skin_points(skin.rest_m, skin.skin_index, skin.skin_weight, state.T_root_rest)
    posed = replace(skin, rest_m=points)
    gap, _ = gap_to(posed, worn.cloth.candidates, state.x.astype(float))
    touching = (gap < -0.001) & (gap > -0.05)
    assert touching.mean() < 0.005


def test_loose_cloth_falls_from_where_it_was_laid(dressed: Worn) -> None:
    worn, state = dressed("tee_crew")
    rest = worn.rest_m[: worn.cloth.count]
    low = rest[:, 1] < rest[:, 1].min() + 0.1
    sag = (rest[low, 1] - state.x[low, 1]).mean()
    assert 0.0 < sag < 0.03
    assert np.linalg.norm(state.x - rest, axis=1).max() > 0.01  # it drapes, it is no armour


def test_no_vertex_leaves_its_sphere(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    rng = np.random.default_rng(5)
    poses = [_pose(body, arms=float(rng.uniform(-30, 60))) for _ in range(12)]
    _, state = _run(worn, state, poses)
    away = np.linalg.norm(state.x - state.anchor, axis=1)
    assert (away - worn.cloth.limit_m).max() < 0.06  # skin may push farther, nothing else
    assert np.quantile(away - worn.cloth.limit_m, 0.98) < 5e-4  # but where the anchor itself lies in the skin


def test_surface_is_the_pelvis_frame_seen_by_the_camera(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    at = np.eye(4)
    at[:3, :3] = _turn((0, 1, 0), 40)
    at[:3, 3] = [0.2, -1.0, -2.5]
    here, _ = _run(worn, state, [_pose(body)] * 3)
    there, _ = _run(worn, replace(state, T_cam_root=at), [_pose(body, at=at)] * 3)
    expected = here.vertices_m @ at[:3, :3].T + at[:3, 3]
    assert np.abs(there.vertices_m - expected).max() < 2e-3
    assert np.allclose(np.linalg.norm(there.normals, axis=1), 1, atol=1e-3)
    assert there.vertices_m.shape == worn.rest_m.shape


def test_normals_point_outward(dressed: Worn, body: Body) -> None:
    worn, state = dressed("trousers_chino")
    surface, _ = _run(worn, state, [_pose(body)])
    cloth = slice(0, worn.cloth.count)
    out = worn.rest_m[cloth] * [1, 0, 1]
    high = worn.rest_m[cloth, 1] > worn.rest_m[:, 1].max() - 0.15
    assert ((surface.normals[cloth] * out).sum(1)[high] > 0).mean() > 0.99


def test_camera_shake_does_not_shake_the_cloth(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    rng = np.random.default_rng(1)
    _, calm = _run(worn, state, [_pose(body)] * 10)
    poses = []
    for _ in range(20):
        at = np.eye(4)
        at[:3, 3] = rng.normal(0, 0.002, 3)
        poses.append(_pose(body, at=at))
    _, shaken = _run(worn, calm, poses)
    assert np.linalg.norm(shaken.x - calm.x, axis=1).mean() < 0.002


def test_cloth_feels_a_share_of_the_pelvis_acceleration(dressed: Worn, body: Body) -> None:
    worn, state = dressed("skirt_a_line")
    poses = []
    for n in range(6):
        at = np.eye(4)
        at[0, 3] = 0.5 * 6.0 * (n * STEP_S) ** 2
        poses.append(_pose(body, at=at))
    hem = worn.rest_m[: worn.cloth.count, 1] < worn.rest_m[:, 1].min() + 0.1
    lag = {}
    for share in (0.0, 0.6):
        _, moved = _run(worn, state, poses, DrapeSettings(inertia=share))
        lag[share] = float((moved.x - state.x)[hem, 0].mean())
    assert lag[0.6] < lag[0.0] - 0.001  # it stays behind


def test_tracking_jump_carries_the_cloth_along(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    surface, jumped = _run(worn, state, [_pose(body, arms=75)])
    assert np.isfinite(surface.vertices_m).all()
    away = np.linalg.norm(jumped.x - jumped.anchor, axis=1)
    assert np.quantile(away - worn.cloth.limit_m, 0.98) < 1e-4
    assert np.abs(jumped.v).max() < 3.1
    assert np.quantile(np.maximum(_strain(worn, jumped), 0), 0.95) < 0.35  # arms high stretch any skinned shirt


def test_cloth_that_is_not_finite_starts_again_at_its_anchors(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    x = state.x.copy()
    x[17] = np.nan
    surface, healed = _run(worn, replace(state, x=x), [_pose(body)])
    assert np.isfinite(surface.vertices_m).all()
    assert np.isfinite(healed.x).all()
    assert np.isfinite(healed.v).all()


def test_pose_that_is_not_finite_leaves_the_cloth_where_it_was(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    T = _pose(body)
    T[5] = np.nan
    T[worn.cloth.root_bone] = np.nan
    surface, same = _run(worn, state, [T])
    assert np.isfinite(surface.vertices_m).all()
    assert np.array_equal(same.x, state.x)


def _widened(points: np.ndarray, arms: np.ndarray, factor: float) -> np.ndarray:
    scale = 1 + (factor - 1) * np.clip((0.37 - arms) / 0.25, 0, 1)
    return (points * np.stack([scale, np.ones_like(scale), np.ones_like(scale)], 1)).astype(np.float32)


def test_cloth_follows_the_conform_of_the_torso(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    T = _pose(body)
    width = {}
    for factor in (0.9, 1.0, 1.2):
        rest = _widened(worn.rest_m, worn.arm_weight, factor)
        skin = _widened(worn.cloth.skin.rest_m, worn.cloth.skin.arms, factor)
        conformed = state
        for _ in range(25):
            _, conformed = drape(worn, rest, T, conformed, STEP_S, skin_m=skin)
        trunk = (worn.arm_weight[: worn.cloth.count] < 0.1) & (np.abs(rest[: worn.cloth.count, 1] - 1.05) < 0.05)
        width[factor] = float(np.ptp(conformed.x[trunk, 0]))
    assert width[0.9] / width[1.0] == pytest.approx(0.9, abs=0.045)  # loose cloth falls in a little by itself
    assert width[1.2] / width[1.0] == pytest.approx(1.2, abs=0.08)


def test_drape_does_not_change_what_it_is_given(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    x, v = state.x.copy(), state.v.copy()
    one, _ = _run(worn, state, [_pose(body, arms=-20)])
    two, _ = _run(worn, state, [_pose(body, arms=-20)])
    assert np.array_equal(state.x, x)
    assert np.array_equal(state.v, v)
    assert np.array_equal(one.vertices_m, two.vertices_m)


def test_drape_refuses_a_rest_shape_of_another_garment(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    with pytest.raises(ShapeError):
        drape(worn, worn.rest_m[:-1], _pose(body), state, STEP_S)


@pytest.mark.parametrize("substeps", [3, 6, 8])
def test_every_quality_level_holds_the_shape(dressed: Worn, body: Body, substeps: int) -> None:
    worn, state = dressed("tee_crew")
    _, state = _run(worn, state, [_pose(body, arms=-20)] * 20, DrapeSettings(substeps=substeps))
    assert np.quantile(np.maximum(_strain(worn, state), 0), 0.95) < 0.10


def _inside(body: Body, state: ClothState, near: tuple[str, ...]) -> np.ndarray:
    """Which vertices lie in the posed skin and nearest to one of the parts `near`."""
    model, here = body.model, body.model.body.vertices
    index, weight = (np.ascontiguousarray(one[here]) for one in (model.skin_index, model.skin_weight))
    skin = skin_points(np.ascontiguousarray(body.rest_m[here]), index, weight, state.T_root_rest)
    faces = np.ascontiguousarray(model.body.faces[: model.skin_faces] - np.int32(here.start))
    _, nearest = cKDTree(skin).query(state.x)
    return inside(state.x, skin, faces) & model.vertices_of(*near)[here][nearest]


@pytest.mark.parametrize("garment", ["tee_crew", "hoodie_fleece"])
def test_cloth_before_the_hips_lies_on_the_thighs_of_who_sits(dressed: Worn, body: Body, garment: str) -> None:
    worn, state = dressed(garment)
    _, state = _run(worn, state, [_pose(body, sit=82 * min(1, n / 20)) for n in range(40)])
    low = _inside(body, state, ("left_thigh", "right_thigh")) & (worn.rest_m[: worn.cloth.count, 2] > 0.05)
    assert low.mean() < 0.006


def test_cloth_of_the_trunk_lies_below_an_arm_that_is_held_close(dressed: Worn, body: Body) -> None:
    worn, state = dressed("tee_crew")
    _, state = _run(worn, state, [_pose(body, arms=-38 * min(1, n / 15)) for n in range(30)])
    trunk = worn.arm_weight[: worn.cloth.count] < 0.3
    caught = _inside(body, state, ("left_upper_arm", "right_upper_arm", "left_forearm", "right_forearm"))
    assert (caught & trunk).mean() < 0.013


def test_trouser_hem_stays_with_the_calf_when_the_foot_pitches(dressed: Worn, body: Body) -> None:
    worn, state = dressed("trousers_chino")
    model = body.model
    rim = next(loop for loop in boundary_loops(worn.cloth.faces) if worn.rest_m[loop, 0].mean() > 0.05)

    def hem(degrees: float) -> np.ndarray:
        R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
        R[model.bone("foot.L")] = _turn((1, 0, 0), degrees)
        T = pose_bones(body.heads_m, model.bone_parents, R, np.eye(4))
        return _run(worn, state, [T] * 20)[1].x[rim]

    flat = hem(0)
    for degrees in (-40, 40):
        assert np.linalg.norm(hem(degrees) - flat, axis=1).max() < 0.012
