"""What cloth may meet beside the skin that it is bound to."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.garment.across import PATCH, REST
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered
from pipelines.garment.worn import WornGarment


@pytest.fixture(scope="module")
def body() -> Body:
    return shape_body(load_body_model(), np.zeros(24))


def fitted(body: Body, garment: str) -> WornGarment:
    return fit_garment(load_catalogue().get(garment), "M", body)


def corners(worn: WornGarment, limb: int) -> np.ndarray:
    """Return the corners (n, 3, 3) of the faces of one limb that the cloth may meet."""
    across = worn.cloth.across
    of_face = np.repeat(across.limb, np.diff(across.first))
    return worn.cloth.skin.rest_m[across.faces[of_face == limb]]


def test_sleeve_meets_trunk_and_other_arm_and_the_trunk_both_arms_to_the_fingers(body: Body) -> None:
    worn = fitted(body, "tee_crew")
    sleeve, own = worn.arm_weight[: worn.cloth.count] > 0.9, worn.cloth.across.own
    assert (own[sleeve] == np.where(worn.rest_m[: worn.cloth.count][sleeve, 0] > 0, 0, 1)).all()
    assert (own[worn.arm_weight[: worn.cloth.count] < 0.1] == REST).all()
    heads = dict(zip(body.model.bone_names, body.heads_m, strict=True))
    for limb, side in ((0, "L"), (1, "R")):
        arm = corners(worn, limb).reshape(-1, 3)
        for bone in ("lowerarm01", "wrist", "finger3-3"):
            assert np.linalg.norm(arm - heads[f"{bone}.{side}"], axis=1).min() < 0.06
        assert (np.sign(arm[:, 0]) == (1 if limb == 0 else -1)).all()
    flank = corners(worn, REST).reshape(-1, 3)
    assert np.abs(flank[:, 0]).max() < heads["lowerarm01.L"][0]


def test_garment_without_sleeves_meets_arms_alone(body: Body) -> None:
    assert set(fitted(body, "skirt_a_line").cloth.across.limb) == {0, 1}
    assert set(fitted(body, "tee_crew").cloth.across.limb) == {0, 1, REST}


def test_patches_are_small_and_lie_together(body: Body) -> None:
    worn = fitted(body, "tee_crew")
    across = worn.cloth.across
    assert 0 < np.diff(across.first).min() and np.diff(across.first).max() <= PATCH
    middle = worn.cloth.skin.rest_m[across.faces].mean(1)
    spans = [np.ptp(middle[a:b], axis=0).max() for a, b in zip(across.first[:-1], across.first[1:], strict=True)]
    assert np.median(spans) < 0.2


def test_outer_layer_meets_the_same_limbs_when_its_skin_is_made_anew(body: Body) -> None:
    alone = fitted(body, "jacket_denim")
    over = layered([alone, fitted(body, "tee_crew")], body.model)[-1]
    assert over.package.id == "jacket_denim" and over.cloth.skin.layers
    for limb in range(3):
        assert np.allclose(corners(over, limb), corners(alone, limb))
