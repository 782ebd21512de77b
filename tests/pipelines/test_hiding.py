"""What of a body stands before its garments, on films of synthetic shoppers."""

from contextlib import nullcontext

import numpy as np
import pytest

from pipelines.body.conform import project
from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import prepare
from pipelines.synthetic.shopper import SyntheticShopper
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    TryOnSettings,
    Wish,
    load_dress_engine,
    load_track_engine,
    step,
)
from pipelines.types import JOINTS


@pytest.mark.parametrize("garment", ["tee_crew", "tee_v"])
def test_between_neck_and_neckline_one_sees_no_inside_of_the_back(garment: str) -> None:
    outfit = prepare(Wish((GarmentChoice(garment, "M"),)), load_catalogue(), load_body_model())
    engines = load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())
    states, looked = (TrackState(), DressState()), 0
    shopper = SyntheticShopper(2, motion="sway", framing="knees", fps=10.0)
    try:
        for index in range(8):
            frame = shopper.frame(index).frame
            result, states = step(frame, outfit, states, engines, lambda _: nullcontext())
            pose = states[1].of(0).pose
            if pose is not None:
                looked += 1
                assert not _behind_the_neck(pose.joints_m[JOINTS.index("neck")], frame.K, result.layer).any()
    finally:
        for one in (shopper, *engines):
            one.close()
    assert looked > 4


def _behind_the_neck(neck_m: np.ndarray, K: np.ndarray, layer) -> np.ndarray:
    """Return which pixels of the layer in the middle below the neck's root lie more than 3 cm behind it."""
    (u, v), metre_px = project(neck_m[None], K)[0], K[0, 0] / -neck_m[2]
    x0, x1 = (int(u + side * 0.07 * metre_px) - layer.region.x0 for side in (-1, 1))
    y0 = max(0, int(v - 0.02 * metre_px) - layer.region.y0)
    depth_m = layer.depth_m[y0 : y0 + int(0.15 * metre_px), x0:x1]
    assert np.isfinite(depth_m).sum() > 100
    return np.isfinite(depth_m) & (depth_m > 0.03 - neck_m[2])
