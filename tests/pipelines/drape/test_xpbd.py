import numpy as np
import pytest

from pipelines.drape import xpbd

F = np.float32


def _chain(count: int = 11) -> tuple[np.ndarray, np.ndarray]:
    x = np.zeros((count, 3), F)
    x[:, 0] = np.arange(count) * 0.1
    return x, np.stack([np.arange(count - 1), np.arange(1, count)], 1).astype(np.int32)


def test_stiff_springs_come_back_to_their_length_and_keep_the_middle() -> None:
    x, pairs = _chain()
    length = np.full(10, 0.1, F)
    x[:, 0] *= 1.5
    middle = x.mean(0)
    for _ in range(400):
        xpbd.project_lengths(x, pairs, length, np.full(10, 0.5, F), np.full(10, 0.5, F))
    assert np.abs(np.linalg.norm(np.diff(x, axis=0), axis=1) - 0.1).max() < 1e-4
    assert np.allclose(x.mean(0), middle, atol=1e-5)


def test_creases_of_an_edges_length_are_evened_out_and_what_moves_as_one_stays() -> None:
    anchor, pairs = _chain(21)
    x = anchor + np.array([0.0, 0.02, 0.0], F)
    before = x.copy()
    xpbd.even_out(x, anchor, pairs, F(0.25))
    assert np.allclose(x, before, atol=1e-7)
    x[:, 2] += np.where(np.arange(21) % 2, 0.005, -0.005)
    fold = 0.02 * np.sin(np.arange(21) * np.pi / 10)
    x[:, 1] += fold
    for _ in range(4):
        xpbd.even_out(x, anchor, pairs, F(0.25))
    assert np.abs(x[2:-2, 2]).max() < 0.001
    assert np.allclose(x[3:-3, 1] - 0.02, fold[3:-3], atol=0.003)


def test_soft_springs_give_more_to_the_side_that_is_soft() -> None:
    pairs = np.array([[0, 1]], np.int32)
    ends = {}
    for name, factor in (("pulled", 2.0), ("pushed", 0.5)):
        x = np.array([[0, 0, 0], [0.1 * factor, 0, 0]], F)
        xpbd.project_lengths(x, pairs, np.array([0.1], F), np.full(1, 0.5, F), np.full(1, 1 / 8, F))
        ends[name] = float(x[1, 0] - x[0, 0])
    assert ends["pulled"] == pytest.approx(0.1, abs=1e-6)
    assert ends["pushed"] == pytest.approx(0.05 + 2 * 0.05 / 8, abs=1e-6)


def test_rest_lengths_follow_the_shape() -> None:
    x, pairs = _chain()
    out = np.empty(10, F)
    xpbd.rest_lengths(x * 2, pairs, np.full(10, 1.1, F), out)
    assert np.allclose(out, 0.22, atol=1e-6)


def test_vertex_stays_within_its_sphere() -> None:
    anchor = np.zeros((3, 3), F)
    x = np.array([[0.05, 0, 0], [0, 0.3, 0.4], [0, 0, 0]], F)
    xpbd.keep_near(x, anchor, np.full(3, 0.1, F))
    assert np.allclose(x, [[0.05, 0, 0], [0, 0.06, 0.08], [0, 0, 0]], atol=1e-6)


def test_tie_stops_a_fall_and_allows_slack() -> None:
    x = np.array([[0, 1, 0], [0, 0.2, 0], [0, 0.9, 0]], F)
    xpbd.keep_tied(x, np.array([[1, 0], [2, 0]], np.int32), np.full(2, 0.5, F))
    assert np.allclose(x[:, 1], [1, 0.5, 0.9], atol=1e-6)


def test_skin_pushes_out_what_is_shallow_and_leaves_what_is_not_its_own() -> None:
    plane = np.tile(np.array([0, 0, 1, 0.003], F), (3, 1))
    x = np.array([[0, 0, 0.0], [0, 0, 0.01], [0, 0, -0.2]], F)
    xpbd.keep_outside(x, x.copy(), plane, F(0.05), F(0.4))
    assert np.allclose(x[:, 2], [0.003, 0.01, -0.2], atol=1e-6)


def test_friction_takes_its_share_of_the_slide() -> None:
    plane = np.array([[0, 0, 1, 0]], F)
    prev, x = np.array([[0, 0, 0.001]], F), np.array([[0.01, 0, -0.001]], F)
    xpbd.keep_outside(x, prev, plane, F(0.05), F(0.4))
    assert np.allclose(x, [[0.006, 0, 0]], atol=1e-6)


def test_capsule_pushes_cloth_off_the_limb_along_its_taper() -> None:
    capsule = np.array([[0, 0, 0, 0, 1, 0, 0.1, 0.05]], F)
    x = np.array([[0.02, 0.0, 0], [0.02, 1.0, 0], [0.2, 0.5, 0], [0.02, 0.0, 0]], F)
    xpbd.keep_off_capsules(x, np.array([[0, 0], [1, 0], [2, 0]], np.int32), capsule)
    assert np.allclose(x[:, 0], [0.1, 0.05, 0.2, 0.02], atol=1e-5)


def test_cloth_under_a_limb_is_pressed_to_its_own_skin_and_no_further() -> None:
    across = np.array([[-1, 0, 0, -0.01]] * 4, F)  # an arm whose inner side is 1 cm off the skin
    plane = np.array([[1, 0, 0, 0.0]] * 4, F)
    x = np.array([[0.012, 0.5, 0], [0.03, 0.5, 0], [0.005, 0.5, 0], [-0.01, 0.5, 0]], F)
    for _ in range(30):
        xpbd.press_between(x, across, plane)
    assert np.allclose(x[:, 0], [0.01, 0.01, 0.005, -0.01], atol=1e-6)
    across[:, 3] = 0.02  # an arm that has sunk into the skin leaves no room
    for _ in range(30):
        xpbd.press_between(x, across, plane)
    assert np.allclose(x[:, 0], [0, 0, 0, -0.01], atol=1e-6)


PLATES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0.04], [0, 1, 0.04], [1, 0, 0.04]], F) * F([0.1, 0.1, 1])


def _across(x: np.ndarray, own: list[int], met: np.ndarray) -> np.ndarray:
    """Two faces that look at each other, 4 cm apart: of limb 0 below, of limb 1 above."""
    plane = np.empty((len(x), 4), F)
    numbers = np.array([0, 1, 2], np.int32), np.array([0, 1], np.int32), np.array(own, np.int32)
    xpbd.bind_across(x, PLATES, np.array([[0, 1, 2], [3, 4, 5]], np.int32), *numbers, met, F(0.002), plane)
    return plane


def test_cloth_meets_the_nearest_skin_of_another_limb_within_reach() -> None:
    x = np.array([[0.03, 0.03, 0.01]] * 3 + [[0.03, 0.03, 0.2]], F)
    met = np.full(4, -1, np.int32)
    plane = _across(x, [0, 1, -1, 0], met)
    assert met.tolist() == [1, 0, -1, -1]
    assert np.allclose(plane[:2], [[0, 0, -1, -0.038], [0, 0, 1, 0.002]], atol=1e-6)
    assert (plane[2:, :3] == 0).all() and (plane[2:, 3] < 0).all()  # nothing lies below such a plane


def test_cloth_that_left_what_it_met_meets_nothing() -> None:
    met = np.array([1], np.int32)
    assert (_across(np.array([[0.03, 0.03, 0.3]], F), [0], met)[:, :3] == 0).all()
    assert met[0] == -1


def test_anchors_are_lifted_out_of_the_skin_that_they_lie_just_below() -> None:
    plane = np.array([[0, 0, 1, 1.0]] * 3, F)
    points = np.array([[0, 0, 0.98], [0, 0, 0.5], [0, 0, 1.2]], F)
    xpbd.lift_out(points, plane, F(0.05))
    assert np.allclose(points[:, 2], [1.0, 0.5, 1.2])


def test_planes_are_those_of_the_nearest_candidate() -> None:
    body = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 5], [1, 0, 5], [0, 1, 5]], F)
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    x = np.array([[0.3, 0.3, 0.2], [0.3, 0.3, 4.8], [0.3, 0.3, 4.8]], F)
    plane = np.empty((3, 4), F)
    bound = np.full(3, -1, np.int32)
    candidates = np.array([[0, 1], [0, 1], [-1, -1]], np.int32)
    xpbd.bind_planes(x, body, faces, candidates, bound, F(0.003), plane)
    assert bound.tolist() == [0, 1, -1]
    assert np.allclose(plane, [[0, 0, 1, 0.003], [0, 0, 1, 5.003], [0, 0, 0, 0]], atol=1e-6)


def test_vertex_between_two_triangles_keeps_the_one_it_had() -> None:
    body = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]], F)
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    for had, height in ((0, 0.53), (1, 0.47)):
        bound, plane = np.array([had], np.int32), np.empty((1, 4), F)
        x = np.array([[1 / 3, 1 / 3, height]], F)
        xpbd.bind_planes(x, body, faces, np.array([[0, 1]], np.int32), bound, F(0), plane)
        assert bound[0] == had


def test_tiny_moves_are_damped_and_others_are_not() -> None:
    before = np.zeros((2, 3), F)
    x = np.array([[1e-4, 0, 0], [1e-3, 0, 0]], F)
    xpbd.calm(x, before, F(4e-4), F(0.8))
    assert np.allclose(x[:, 0], [0.2e-4, 0.8e-3])


def test_slow_cloth_comes_to_rest_and_fast_cloth_is_capped() -> None:
    prev = np.zeros((3, 3), F)
    x = np.array([[1e-5, 0, 0], [0.01, 0, 0], [1, 0, 0]], F)
    v = np.empty_like(x)
    xpbd.update_velocity(x, prev, v, F(0.01), F(1.0), F(0.01), F(3.0))
    assert v[0, 0] == pytest.approx(1e-3 * 0.1, rel=0.01)
    assert v[1, 0] == pytest.approx(1.0, rel=0.01)
    assert v[2, 0] == pytest.approx(3.0, rel=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_noticed(bad: float) -> None:
    x = np.zeros((50, 3), F)
    assert xpbd.all_finite(x)
    x[31, 1] = bad
    assert not xpbd.all_finite(x)


def test_hanging_sheet_falls_and_settles_at_its_length() -> None:
    n = 12
    x = np.stack([*np.meshgrid(np.arange(n), -np.arange(n)), np.zeros((n, n))], 2).reshape(-1, 3).astype(F) * F(0.02)
    grid = np.arange(n * n).reshape(n, n)
    pairs = np.concatenate([
        np.stack([grid[:, :-1].ravel(), grid[:, 1:].ravel()], 1), np.stack([grid[:-1].ravel(), grid[1:].ravel()], 1)
    ]).astype(np.int32)  # fmt: skip
    length = np.empty(len(pairs), F)
    xpbd.rest_lengths(x, pairs, np.ones(len(pairs), F), length)
    anchor, radius = x.copy(), np.full(n * n, 1.0, F)
    radius[:n] = 0
    v, prev, push = np.zeros_like(x), np.empty_like(x), np.tile(np.array([0, -9.81, 0], F), (n * n, 1))
    ties = np.stack([np.arange(n, n * n), np.arange(n, n * n) % n], 1).astype(np.int32)
    reach = np.empty(len(ties), F)
    xpbd.rest_lengths(x, ties, np.full(len(ties), 1.005, F), reach)
    stiff, h = np.full(len(pairs), 0.5, F), F(1 / 240)
    for step in range(960):
        if step == 950:
            before = x.copy()
        xpbd.predict(x, v, prev, push, h)
        xpbd.project_lengths(x, pairs, length, stiff, stiff)
        xpbd.keep_tied(x, ties, reach)
        xpbd.keep_near(x, anchor, radius)
        xpbd.update_velocity(x, prev, v, h, F(0.98), F(0.01), F(3))
    assert xpbd.all_finite(x)
    assert x[-1, 1] == pytest.approx(-0.22, abs=0.005)
    assert np.abs(x - before).max() < 5e-4
