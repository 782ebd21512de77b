import numpy as np

from pipelines.garment.bind import SPREAD, spread_out


def _grid(side: int) -> np.ndarray:
    number = np.arange(side * side).reshape(side, side)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], 1)
    pairs = np.concatenate([across, down])
    return pairs[np.argsort(pairs[:, 0], kind="stable")].astype(np.int32)


def test_constraints_that_follow_on_each_other_share_no_vertex_and_stay_near_their_place() -> None:
    pairs = _grid(40)
    order = spread_out(pairs, 1600)
    assert sorted(order) == list(range(len(pairs)))
    placed = pairs[order]
    shared = sum(len(set(placed[n : n + SPREAD].ravel())) < 2 * SPREAD for n in range(len(placed) - SPREAD))
    assert shared <= 3 * SPREAD  # nothing is left to choose from at the end
    assert np.abs(order - np.arange(len(order))).mean() < 3 * SPREAD


def test_constraints_that_all_share_a_vertex_keep_their_order() -> None:
    fan = np.stack([np.zeros(9), np.arange(1, 10)], 1).astype(np.int32)
    assert spread_out(fan, 10).tolist() == list(range(9))
    assert len(spread_out(np.zeros((0, 2), np.int32), 4)) == 0
