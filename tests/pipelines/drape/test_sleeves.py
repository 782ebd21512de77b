import numpy as np

from pipelines.drape.sleeves import untwisted
from pipelines.garment.worn import Shoulders

HEAD, AXIS = np.array([0.2, 1.4, 0.0]), np.array([0.8, -0.6, 0.0])


def _turn(axis: np.ndarray, degrees: float) -> np.ndarray:
    x, y, z = axis / np.linalg.norm(axis)
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(np.radians(degrees)) * K + (1 - np.cos(np.radians(degrees))) * K @ K


def _bones(swing: np.ndarray, twist: float, stretch: float = 1.0) -> np.ndarray:
    """A turned chest, and an arm that hangs from it by `swing`, turned by `twist` about itself."""
    chest = _turn(np.array([0.0, 1.0, 0.2]), 50.0)
    T = np.tile(np.eye(4), (2, 1, 1))
    T[0, :3, :3] = chest
    T[1, :3, :3] = chest @ swing @ _turn(AXIS, twist) @ (np.eye(3) + (stretch - 1) * np.outer(AXIS, AXIS))
    T[1, :3, 3] = T[0, :3, :3] @ HEAD - T[1, :3, :3] @ HEAD
    return T.astype(np.float32)


def _shoulders() -> Shoulders:
    one = np.ones(1, np.int32)
    return Shoulders(one, 0 * one, HEAD[None].astype(np.float32), AXIS[None].astype(np.float32))


def test_twist_of_the_arm_does_not_reach_the_sleeve_but_its_swing_does() -> None:
    swing = _turn(np.cross(AXIS, [0.3, 0.4, 0.9]), 70.0)
    for twist in (-120.0, -20.0, 0.0, 45.0, 110.0):
        out = untwisted(_bones(swing, twist), _shoulders())
        assert np.allclose(out, _bones(swing, 0.0), atol=2e-5)


def test_limb_that_was_stretched_stays_so_and_the_joint_stays_in_place() -> None:
    T = _bones(np.eye(3), 30.0, stretch=1.1)
    out = untwisted(T, _shoulders())
    assert np.allclose(out, _bones(np.eye(3), 0.0, stretch=1.1), atol=2e-5)
    assert np.allclose(out[1, :3, :3] @ HEAD + out[1, :3, 3], T[1, :3, :3] @ HEAD + T[1, :3, 3], atol=1e-6)
    assert np.array_equal(T, _bones(np.eye(3), 30.0, stretch=1.1))
