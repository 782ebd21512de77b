"""The filter rests on still points and follows moving ones."""

import numpy as np

from pipelines.pose.one_euro import one_euro


def run(samples: np.ndarray, step_s: float = 1 / 30, beta: float = 0.6) -> np.ndarray:
    state, out = None, []
    for i, sample in enumerate(samples):
        state = one_euro(sample, i * step_s, state, 1.5, beta, 100.0)
        out.append(state.value)
    return np.array(out)


def test_filter_calms_a_still_point() -> None:
    noise = np.random.default_rng(0).normal(0, 1.0, (200, 12, 2))
    calm = run(noise)[50:]
    assert calm.std() < 0.5 * noise.std()


def test_filter_stays_between_what_it_saw() -> None:
    samples = np.random.default_rng(1).uniform(-5, 5, (100, 3, 2))
    out = run(samples)
    assert out.min() >= -5 and out.max() <= 5


def test_filter_lags_less_when_points_move_fast() -> None:
    ramp = np.arange(60)[:, None, None] * np.full((1, 4, 2), 20.0)
    assert np.abs(run(ramp, beta=0.6)[-1] - ramp[-1]).max() < 0.5 * np.abs(run(ramp, beta=0.0)[-1] - ramp[-1]).max()


def test_filter_starts_afresh_after_a_gap() -> None:
    state = one_euro(np.zeros((2, 2)), 0.0, None, 1.5, 0.6, 100.0)
    state = one_euro(np.full((2, 2), 50.0), 2.0, state, 1.5, 0.6, 100.0)
    assert np.all(state.value == 50.0)


def test_filter_moves_all_points_with_one_gain() -> None:
    still = np.zeros((2, 2))
    moved = np.array([[0.0, 0.0], [10.0, 0.0]])
    state = one_euro(moved, 1 / 30, one_euro(still, 0.0, None, 1.5, 0.6, 100.0), 1.5, 0.6, 100.0)
    assert np.all(state.value[0] == 0.0)
    assert 0.0 < state.value[1, 0] < 10.0


def test_filter_follows_a_fast_arm_while_the_trunk_rests() -> None:
    groups = np.array([0, 0, 1])
    samples = np.zeros((40, 3, 2))
    samples[:, 2, 0] = np.arange(40) * 10.0
    alone, together = None, None
    for i, sample in enumerate(samples):
        alone = one_euro(sample, i / 30, alone, 1.5, 1.0, 100.0, groups)
        together = one_euro(sample, i / 30, together, 1.5, 1.0, 100.0)
    assert abs(alone.value[2, 0] - samples[-1, 2, 0]) < 0.8 * abs(together.value[2, 0] - samples[-1, 2, 0])
    assert np.all(alone.value[:2] == 0.0)
