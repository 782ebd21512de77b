"""The bundled tracker on pictures of the synthetic shopper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from pipelines.errors import BackendUnavailable
from pipelines.pose.bundled_tracker import BundledTracker
from pipelines.pose.tracker import MATTE_SIDE_PX, Tracker, load_tracker
from pipelines.types import CameraFrame
from server.media_files import intrinsics, open_source
from server.worker.live_path import WARM_CLIP


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    tracker = BundledTracker()
    yield tracker
    tracker.close()


@pytest.fixture(scope="module")
def film() -> list[CameraFrame]:
    with open_source(WARM_CLIP) as source:
        return list(islice(source.frames, 4))


def cropped(frame: CameraFrame, later_s: float) -> CameraFrame:
    """Return the upper four fifths of `frame`."""
    height = frame.height_px * 4 // 5 // 4 * 4
    y, u, v = frame.y[:height], frame.u[: height // 2], frame.v[: height // 2]
    planes = (np.ascontiguousarray(plane) for plane in (y, u, v))
    return CameraFrame(*planes, frame.captured_s + later_s, intrinsics(frame.width_px, height))


def test_tracker_finds_the_shopper_with_a_matte(tracker: Tracker, film: list[CameraFrame]) -> None:
    tracker.reset()
    for frame in film:
        found = tracker.track(frame)
    assert found is not None and found.matte is not None
    assert max(found.matte.shape) == MATTE_SIDE_PX
    left, right = found.uv_px[11], found.uv_px[12]
    assert left[0] > right[0], "the shopper faces the camera, so the left shoulder is on the image's right"
    row, column = (found.uv_px[[11, 12, 23, 24]].mean(axis=0)[::-1] * found.matte.shape[0] / film[0].height_px).astype(
        int
    )
    assert found.matte[row, column] > 200, "the middle of the trunk belongs to the person"


def test_tracker_goes_on_when_the_frame_changes_its_size(tracker: Tracker, film: list[CameraFrame]) -> None:
    tracker.reset()
    tall = [tracker.track(frame) for frame in film]
    short = [tracker.track(cropped(frame, 1.0)) for frame in film]
    again = [tracker.track(CameraFrame(f.y, f.u, f.v, f.captured_s + 2.0, f.K)) for f in film]
    assert tall[-1] is not None and short[-1] is not None and again[-1] is not None
    width_px = np.linalg.norm(tall[-1].uv_px[11] - tall[-1].uv_px[12])
    for other in (short[-1], again[-1]):
        assert np.abs(other.uv_px[[11, 12]] - tall[-1].uv_px[[11, 12]]).max() < 0.1 * width_px


def test_tracker_is_refused_when_its_model_is_no_task_file() -> None:
    with pytest.raises(BackendUnavailable, match="task"):
        load_tracker("no/such/model.bin")
