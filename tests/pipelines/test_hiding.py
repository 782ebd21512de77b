"""What of a body stands before its garments, on films of synthetic shoppers."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from pipelines.body.conform import project
from pipelines.outfit import Outfit, Tailor
from pipelines.synthetic.shopper import SyntheticShopper
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    TryOnSettings,
    Wish,
    dress,
    load_dress_engine,
    load_track_engine,
    track,
)
from pipelines.types import JOINTS, CameraFrame, GarmentLayer


def film(outfits: list[Outfit]) -> Iterator[tuple[CameraFrame, list[tuple[np.ndarray, GarmentLayer]]]]:
    """Yield frames of somebody who sways, and what each of the outfits draws: where the neck is, and the layer."""
    track_engine, engine = load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())
    shopper = SyntheticShopper(2, motion="sway", framing="knees", fps=10.0)
    tracking, states = TrackState(), [DressState() for _ in outfits]
    try:
        for index in range(8):
            frame, drawn = shopper.frame(index).frame, []
            tracked, tracking = track(frame, tracking, track_engine, lambda _: nullcontext())
            for n, outfit in enumerate(outfits):
                result, states[n] = dress(tracked, outfit, states[n], engine, lambda _: nullcontext())
                pose = states[n].of(0).pose
                if pose is not None:
                    drawn.append((pose.joints_m[JOINTS.index("neck")], result.layer))
            if drawn:
                yield frame, drawn
    finally:
        for one in (shopper, track_engine, engine):
            one.close()


@pytest.mark.parametrize("garment", ["tee_crew", "tee_v"])
def test_between_neck_and_neckline_one_sees_no_inside_of_the_back(garment: str, tailor: Tailor) -> None:
    outfit = tailor.prepare(Wish((GarmentChoice(garment, "M"),)))
    behind = [_behind_the_neck(neck_m, frame.K, layer).any() for frame, [(neck_m, layer)] in film([outfit])]
    assert len(behind) > 4 and not any(behind)


@pytest.mark.parametrize(
    "worn", [("coat_wool", "tee_v"), ("jacket_denim", "tee_stripe"), ("hoodie_fleece",), ("tank_top",)], ids="+".join
)
def test_what_is_behind_a_neckline_takes_nothing_of_what_is_before_it(worn: tuple[str, ...], tailor: Tailor) -> None:
    outfit = tailor.prepare(Wish(tuple(GarmentChoice(name, "M") for name in worn)))
    frames = 0
    for _, [(neck_m, whole), (_, layer)] in film([replace(outfit, throat=None), outfit]):
        frames += 1
        assert whole.region == layer.region
        lost = (whole.rgba[..., 3] > 127) & (layer.rgba[..., 3] < 128)
        assert np.count_nonzero(lost & (whole.depth_m < -neck_m[2])) <= 2
    assert frames > 4


def _behind_the_neck(neck_m: np.ndarray, K: np.ndarray, layer) -> np.ndarray:
    """Return which pixels of the layer in the middle below the neck's root lie more than 3 cm behind it."""
    (u, v), metre_px = project(neck_m[None], K)[0], K[0, 0] / -neck_m[2]
    x0, x1 = (int(u + side * 0.07 * metre_px) - layer.region.x0 for side in (-1, 1))
    y0 = max(0, int(v - 0.02 * metre_px) - layer.region.y0)
    depth_m = layer.depth_m[y0 : y0 + int(0.15 * metre_px), x0:x1]
    assert np.isfinite(depth_m).sum() > 100
    return np.isfinite(depth_m) & (depth_m > 0.03 - neck_m[2])
