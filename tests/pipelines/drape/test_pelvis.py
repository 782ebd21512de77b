import numpy as np
import pytest

from pipelines.drape.pelvis import TOP_M_S2, felt

DT_S = 1 / 30


def _at(x_m: float = 0.0, turned: float = 0.0) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = [[np.cos(turned), 0, np.sin(turned)], [0, 1, 0], [-np.sin(turned), 0, np.cos(turned)]]
    T[0, 3] = x_m
    return T


def test_who_stands_still_feels_gravity_alone_in_the_own_axes() -> None:
    lying = np.eye(4)
    lying[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    force, gradient, linear, angular = felt((lying, lying), (np.zeros(3), np.zeros(3)), DT_S, 7.0, 0.3)
    assert np.allclose(force, [-7.0, 0, 0])
    assert not gradient.any()
    assert not linear.any()
    assert not angular.any()


def test_cloth_is_pushed_back_by_its_share_of_a_start_and_of_no_jump() -> None:
    still = (np.zeros(3), np.zeros(3))
    force, _, linear, _ = felt((_at(0.02), _at()), still, DT_S, 7.0, 0.3)
    assert linear[0] == pytest.approx(0.5 * 0.02 / DT_S)
    assert force[0] == pytest.approx(-0.3 * linear[0] / DT_S)
    force, _, _, _ = felt((_at(5.0), _at()), still, DT_S, 7.0, 0.3)
    assert force[0] == pytest.approx(-0.3 * TOP_M_S2)


def test_steady_turn_pulls_outward() -> None:
    turn = 2.0 * DT_S
    spin = np.array([0.0, np.sin(turn) / DT_S, 0.0])
    _, gradient, _, angular = felt((_at(turned=turn), _at()), (np.zeros(3), spin), DT_S, 7.0, 1.0)
    assert angular == pytest.approx(spin, abs=1e-9)
    assert (gradient @ [0.2, 0, 0])[0] == pytest.approx(0.2 * spin[1] ** 2, rel=0.01)
