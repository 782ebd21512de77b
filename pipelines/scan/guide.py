"""The guided scan as a small state machine: what to do now, how far it is, and when enough was seen.

Pure: frames carry their own time. A view is done when it was seen well for VIEW_S altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np

from pipelines.framing import DARK_LUMA, is_black, is_dark
from pipelines.pose.finder import Sighting
from pipelines.scan.figures import Clothes, measured
from pipelines.scan.outline import EARS, EDGE, HEELS, HIPS, KNEES, LEVELS, Outline, Upright, View, outline_of, yaw_deg
from pipelines.scan.words import Hint
from pipelines.sizing.evidence import Evidence
from pipelines.types import CameraFrame, Landmarks, SeenJoints

Step: TypeAlias = Literal["front", "side", "done", "refused", "cancelled"]

VIEW_S = 4.0  # of good frames
FRAMES_MIN = 12  # of them, where few come a second
LONGEST_STEP_S = 0.4  # that one frame counts for
LOST_S, TIMEOUT_S = 10.0, 60.0
SMALLEST = 0.5  # of the picture's height
ROOM_ABOVE = 0.07  # of the height: the crown is so far above the ears
TOES = [31, 32]  # rows of the landmarks
TOES_CUT = 0.02  # of the height: so far out of the picture toes may be
STEEPEST = 0.105  # 6°: of the line from ears to heels, seen from the front
LEAST_THIGH = 0.15  # hips to knees, of the height: who sits has less
FRONT_DEG, SIDE_DEG = 16.0, 22.0  # so far off its view somebody may be turned
FASTEST_CM_S = 15.0  # of the hips; who breathes and sways is slower
CLEAR = 0.6  # share of the levels between hip and chest whose ends must be seen
TRUNK = (LEVELS > 0.49) & (LEVELS < 0.70)
SEEN = 0.5
ASIDE = 0.5  # of the shopper's torso: smaller people are far away, or pictures on a wall


@dataclass(frozen=True, slots=True)
class ScanWish:
    """What was asked for."""

    height_cm: float  # as well as it is known: it gives the scale
    height_error: float = 0.0  # standard deviation, a share of it
    views: tuple[View, ...] = ("front", "side")
    clothes: Clothes = "fitted"


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one frame shows, as far as a scan needs it."""

    frame: CameraFrame
    landmarks: Landmarks | None  # None when nobody is believed to be there
    joints: SeenJoints | None
    alone: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """How far a scan is."""

    wish: ScanWish
    step: Step = "front"
    hint: Hint | None = "nobody"
    outlines: tuple[Outline, ...] = ()
    good_s: float = 0.0  # seen well, in this view
    began_s: float | None = None  # this view
    seen_s: float = 0.0  # somebody, last
    at_s: float = 0.0  # the last frame
    hips_cm: tuple[float, float] | None = None  # where they were then
    found: tuple[Evidence, ...] = ()

    @property
    def running(self) -> bool:
        """Whether more frames are wanted."""
        return self.step in ("front", "side")

    @property
    def view(self) -> View:
        """From where the shopper is looked at now."""
        return "side" if self.step == "side" else "front"

    @property
    def progress(self) -> float:
        """How much of it is done, 0 … 1."""
        if self.step == "done":
            return 1.0
        done = sum(any(one.view == view for one in self.outlines) and view != self.step for view in self.wish.views)
        now = min(1.0, self.good_s / VIEW_S) if self.running else 0.0
        return min(1.0, (done + now) / len(self.wish.views))


def begin(wish: ScanWish) -> Scan:
    """Return a scan of which nothing was seen yet."""
    return Scan(wish, step=wish.views[0])


def cancelled(scan: Scan) -> Scan:
    """Return `scan` as it is when the shopper has had enough of it; what was seen is forgotten."""
    return replace(scan, step="cancelled", hint=None, outlines=(), good_s=0.0)


def advance(scan: Scan, sight: Sight) -> Scan:
    """Return the scan after one more frame."""
    if not scan.running:
        return scan
    now_s = sight.frame.captured_s
    if scan.began_s is None:
        scan = replace(scan, began_s=now_s, seen_s=now_s, at_s=now_s)
    began_s = now_s if scan.began_s is None else scan.began_s
    if sight.landmarks is not None:
        scan = replace(scan, seen_s=now_s)
    if now_s - scan.seen_s > LOST_S:
        return _refused(scan, "lost")
    if now_s - began_s > TIMEOUT_S:
        return _refused(scan, "timeout")
    hips = hips_at(sight, scan.wish.height_cm)
    found = look(sight, scan.view, scan.wish.height_cm)
    if isinstance(found, Outline) and _moves(scan, hips, now_s):
        found = "hold_still"
    step_s = min(LONGEST_STEP_S, max(0.0, now_s - scan.at_s))
    scan = replace(scan, at_s=now_s, hips_cm=hips)
    if not isinstance(found, Outline):
        return replace(scan, hint=found)
    scan = replace(scan, hint="hold", good_s=scan.good_s + step_s, outlines=(*scan.outlines, found))
    seen = sum(one.view == scan.step for one in scan.outlines)
    return _next(scan) if scan.good_s >= VIEW_S and seen >= FRAMES_MIN else scan


def look(sight: Sight, view: View, height_cm: float) -> Outline | Hint:
    """Return the trunk's outline in one frame, or what keeps it from being measured."""
    frame, landmarks, joints = sight.frame, sight.landmarks, sight.joints
    if landmarks is None or joints is None:
        return "covered" if is_black(frame) else "more_light" if is_dark(frame) else "nobody"
    if not sight.alone:
        return "one_person"
    if is_dark(frame) and _is_dark_person(frame, landmarks):
        return "more_light"
    size_px = frame.width_px, frame.height_px
    tall_px = Upright.of(size_px, landmarks, view, height_cm).tall_px
    ears, heels, toes = (landmarks.uv_px[part].mean(axis=0) for part in (EARS, HEELS, TOES))
    above, below = ears[1] - ROOM_ABOVE * tall_px, max(heels[1], toes[1] - TOES_CUT * tall_px)
    if above < 0 or below >= frame.height_px or landmarks.visibility[27:29].max() < SEEN:
        return "step_back"
    if tall_px < SMALLEST * frame.height_px:
        return "come_closer"
    thigh_px = float(joints.uv_px[KNEES, 1].mean() - joints.uv_px[HIPS, 1].mean())
    turned = yaw_deg(joints)
    askew = min(turned, 180.0 - turned)  # a back has the outline of a front, and a small face is taken for a back
    leans = view == "front" and abs(heels[0] - ears[0]) > STEEPEST * tall_px
    if leans or thigh_px < LEAST_THIGH * tall_px:
        return "stand_straight"
    if view == "front" and askew > FRONT_DEG:
        return "face_camera"
    if view == "side" and abs(turned - 90.0) > SIDE_DEG:
        return "turn_sideways"
    found = outline_of(size_px, landmarks, joints, view, height_cm)
    if found is None or np.isfinite(found.breadth_cm[TRUNK]).mean() < CLEAR:
        return "arms_away" if view == "front" else "arms_forward"
    return found


def _is_dark_person(frame: CameraFrame, landmarks: Landmarks) -> bool:
    """Whether the person, too, is dark: the background alone may be black."""
    if landmarks.matte is None:
        return True
    luma = cv2.resize(frame.y, landmarks.matte.shape[::-1], interpolation=cv2.INTER_AREA)
    person = luma[landmarks.matte > EDGE]
    return not len(person) or float(person.mean()) < DARK_LUMA


def is_alone_among(sightings: Sequence[Sighting]) -> bool:
    """Whether nobody else in the picture is about as large as the largest."""
    sizes = sorted(float(np.linalg.norm(one.shoulders_px - one.hips_px)) for one in sightings)
    return len(sizes) < 2 or sizes[-2] < ASIDE * sizes[-1]


def hips_at(sight: Sight, height_cm: float) -> tuple[float, float] | None:
    """Return where the hips are in the picture, cm at the body's distance."""
    if sight.landmarks is None or sight.joints is None:
        return None
    size_px = sight.frame.width_px, sight.frame.height_px
    x, y = sight.joints.uv_px[HIPS].mean(axis=0) * Upright.of(size_px, sight.landmarks, "front", height_cm).cm_px
    return float(x), float(y)


def _moves(scan: Scan, hips: tuple[float, float] | None, now_s: float) -> bool:
    if hips is None or scan.hips_cm is None or now_s <= scan.at_s:
        return False
    way = np.hypot(hips[0] - scan.hips_cm[0], hips[1] - scan.hips_cm[1])
    return bool(way > FASTEST_CM_S * max(now_s - scan.at_s, 0.05))


def _next(scan: Scan) -> Scan:
    """Go on to the next view, or to the result."""
    views = scan.wish.views
    left = views[views.index(scan.step) + 1 :]
    if left:
        return replace(scan, step=left[0], hint="turn_sideways", good_s=0.0, began_s=None, hips_cm=None)
    found = measured(scan.outlines, scan.wish.clothes, scan.wish.height_error)
    if not found:
        return _refused(scan, "unclear")
    return replace(scan, step="done", hint=None, outlines=(), found=found)


def _refused(scan: Scan, why: Hint) -> Scan:
    return replace(scan, step="refused", hint=why, outlines=())
