"""A frame that is not tracked: where the people probably are, from the two frames before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.tryon import Tracked
from pipelines.types import CameraFrame
from pipelines.wearer import Seen

GOES_ON = 0.7  # share of the last move that is added again: it errs less than all of it, and than none
LONGEST_S = 0.2  # between two frames; after a longer pause nothing is known of the motion


def carried(frame: CameraFrame, before: Tracked, last: Tracked) -> Tracked:
    """Return `frame` with the people of `last`, moved on as they moved from `before`.

    Mattes stay where they were: whoever moves fast has an old outline for one frame.
    """
    passed_s, coming_s = last.frame.captured_s - before.frame.captured_s, frame.captured_s - last.frame.captured_s
    known = 0.0 < passed_s <= LONGEST_S and 0.0 < coming_s <= LONGEST_S
    share = GOES_ON * min(1.0, coming_s / passed_s) if known else 0.0
    earlier = {seen.id: seen for seen in before.people}
    return replace(last, frame=frame, people=tuple(_moved(seen, earlier.get(seen.id), share) for seen in last.people))


def _moved(seen: Seen, before: Seen | None, share: float) -> Seen:
    if before is None or before.landmarks is None or seen.landmarks is None:
        return seen
    landmarks, joints = seen.landmarks, seen.joints
    landmarks = replace(landmarks, uv_px=_on(landmarks.uv_px, before.landmarks.uv_px, share))
    if joints is not None and before.joints is not None:
        joints = replace(
            joints,
            uv_px=_on(joints.uv_px, before.joints.uv_px, share),
            points_m=_on(joints.points_m, before.joints.points_m, share),
        )
    return replace(seen, landmarks=landmarks, joints=joints)


def _on(now: NDArray[Any], before: NDArray[Any], share: float) -> NDArray[Any]:
    return np.asarray(now + share * (now - before), now.dtype)
