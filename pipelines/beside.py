"""The shopper twice, side by side, in two sizes: the live picture's left and right half.

`dress` here is `pipelines.tryon.dress` and, where an outfit has another one `beside` it, that same function once for
each half: people are tracked once, in the whole picture; what is around the shopper is cut out of it once, and on that
smaller picture either outfit is draped, drawn and blended. Each half has half the pixels, so both take little longer
than one whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines import tryon
from pipelines.framing import Window, framing_hint
from pipelines.light.backend import LightFitter
from pipelines.light.fit import LightState
from pipelines.outfit import Outfit
from pipelines.tryon import DressEngine, DressState, Stopwatch, Tracked
from pipelines.types import (
    CameraFrame,
    GarmentLayer,
    Landmarks,
    Mat33,
    MatteU8,
    PersonReport,
    PlaneU8,
    Region,
    Sh9,
    TryOnResult,
)
from pipelines.wearer import Seen, Wearer

F64 = NDArray[np.float64]

BODY = [11, 12, 13, 14, 23, 24, 25, 26, 27, 28]  # landmarks from shoulder to elbow and from hip to ankle
SEEN = 0.5
ROOM = 0.25  # of the length from shoulders to hips, beside the outermost of them: hands may leave the window
EASY = 1.06  # of what they need: a window that is a little wider needs not breathe with every small move
CALM = 0.06  # of the window: so far a shopper moves within it before it follows
STEADY = 0.15  # share of what is missing that it makes up for in each frame …
SHRINK = 0.02  # … and when it could be smaller, slowly: hands come down again
SPARE = 0.75  # of the window: only when the shopper needs less, it shrinks
MARGIN, SEAM = (24, 128, 128), (210, 128, 128)  # yuv above and below the halves, and between them
SEAM_PX = 4


def dress(
    tracked: Tracked, outfit: Outfit, state: DressState, engine: DressEngine, watch: Stopwatch
) -> tuple[TryOnResult, DressState]:
    """Return the frame with the outfit, or in two halves with either of two."""
    other = outfit.beside
    if other is None:
        return tryon.dress(tracked, outfit, state, engine, watch)
    with watch("composite"):
        window = follow(tracked, state.window)
        halves = Halves.of(tracked.frame, window)
        seen = through(tracked, halves)
    once = replace(engine, light=_Once(engine.light))
    alone = replace(outfit, beside=None, others=(), delivery="composed")
    left, one = tryon.dress(seen, alone, DressState(state.wearers), once, watch)
    mate = replace(other, mirror=outfit.mirror)
    posed = {id: _posed_as(wearer, (state.second or state.wearers).get(id)) for id, wearer in one.wearers.items()}
    right, two = tryon.dress(seen, mate, DressState(posed), once, watch)
    with watch("composite"):
        result = _joined(tracked, halves, (left, right))
    return result, DressState(one.wearers, two.wearers, window)


def _posed_as(first: Wearer, before: Wearer | None) -> Wearer:
    """Return who is beside `first`, in the same pose; cloth and what else is remembered stay their own."""
    return replace(
        before or Wearer(), skeleton=first.skeleton, profile=first.profile, pose=first.pose, posed_s=first.posed_s,
        velocity_px_s=first.velocity_px_s, opacity=first.opacity,
    )  # fmt: skip


class _Once:
    """The LightFitter of a frame that is dressed twice: what it told first holds for both."""

    def __init__(self, fitter: LightFitter) -> None:
        self.name = fitter.name
        self._fitter = fitter
        self._told: tuple[Sh9, LightState] | None = None

    def fit_light(
        self, frame: CameraFrame, points_px: NDArray[np.float32], normals: NDArray[np.float32], state: LightState
    ) -> tuple[Sh9, LightState]:
        if self._told is None:
            self._told = self._fitter.fit_light(frame, points_px, normals, state)
        return self._told


# --- the window


def half_px(frame: CameraFrame) -> int:
    """Return the width of one half of the picture."""
    return frame.width_px // 4 * 2


def follow(tracked: Tracked, before: Window | None) -> Window:
    """Return what of the picture is around the shopper: as wide as a half, or as they need, all of its height."""
    frame, shopper = tracked.frame, _shopper(tracked)
    least, most = float(half_px(frame)), float(frame.width_px)
    if before is None:
        before = Window(frame.width_px / 2.0, least, False)
    if shopper is None or shopper.landmarks is None:
        return before
    centre, need = _extent(shopper.landmarks)
    if not before.found:
        return Window(centre, min(max(EASY * need, least), most), True)
    width = before.width_px
    if need > width:
        width += STEADY * (EASY * need - width)
    elif need < SPARE * width:
        width -= SHRINK * width
    width = min(max(width, least), most)
    away = centre - before.centre_px
    beyond = np.sign(away) * max(0.0, abs(away) - CALM * width)
    return Window(before.centre_px + STEADY * float(beyond), width, True)


def _shopper(tracked: Tracked) -> Seen | None:
    return next((seen for seen in tracked.people if seen.id == 0), None)


def _extent(landmarks: Landmarks) -> tuple[float, float]:
    """Return the middle of the trunk and how wide a window about it holds the body, px."""
    uv = landmarks.uv_px[BODY].astype(np.float64)
    trunk = landmarks.uv_px[[11, 12, 23, 24]].astype(np.float64)
    centre = float(trunk[:, 0].mean())
    seen = landmarks.visibility[BODY] > SEEN
    reach = float(np.abs(uv[seen, 0] - centre).max(initial=0.0))
    torso = float(np.linalg.norm(trunk[:2].mean(axis=0) - trunk[2:].mean(axis=0)))
    return centre, 2.0 * (reach + ROOM * torso)


@dataclass(frozen=True, slots=True)
class Halves:
    """How a window of the picture fills either half of it, px; all of them even."""

    x0: int  # of the window in the camera's picture
    across: int  # width of the window there
    width: int  # of either half, in the picture that is made
    height: int
    top: int

    @staticmethod
    def of(frame: CameraFrame, window: Window) -> Halves:
        """Return the halves of a picture like `frame`."""
        across = min(frame.width_px & ~1, 2 * round(window.width_px / 2))
        x0 = int(min(max(window.centre_px - across / 2, 0.0), frame.width_px - across)) & ~1
        width = half_px(frame)
        height = min(frame.height_px & ~1, 2 * round(frame.height_px * width / across / 2))
        return Halves(x0, across, width, height, (frame.height_px - height) // 4 * 2)

    def corners(self, frame: CameraFrame) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the upper left corners of both."""
        return (0, self.top), ((frame.width_px - self.width) & ~1, self.top)

    def lens(self, frame: CameraFrame) -> Mat33:
        """Return the intrinsics of either half."""
        K = frame.K.copy()
        K[0, 2] -= self.x0
        K[0] *= self.width / self.across
        K[1] *= self.height / frame.height_px
        return K


def through(tracked: Tracked, halves: Halves) -> Tracked:
    """Return the shopper as either half shows them."""
    frame, size = tracked.frame, (halves.width, halves.height)
    small = (halves.width // 2, halves.height // 2)
    planes = (
        _cut(frame.y, halves.x0, halves.across, size),
        _cut(frame.u, halves.x0 // 2, halves.across // 2, small),
        _cut(frame.v, halves.x0 // 2, halves.across // 2, small),
    )
    shopper = _shopper(tracked)
    people = () if shopper is None else (_moved(shopper, frame, halves),)
    passer = None if tracked.passer is None else _matte(tracked.passer, frame, halves)
    return Tracked(CameraFrame(*planes, frame.captured_s, halves.lens(frame)), people, passer)


def _cut(plane: PlaneU8, x0: int, across: int, size: tuple[int, int]) -> PlaneU8:
    part = plane[:, x0 : x0 + across]
    if (part.shape[1], part.shape[0]) == size:
        return part
    if part.shape[1] == size[0]:  # an odd last row
        return part[: size[1]]
    return np.asarray(cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA), np.uint8)


def _moved(seen: Seen, frame: CameraFrame, halves: Halves) -> Seen:
    """Return a person in the pixels of a half."""
    start = np.array([halves.x0, 0.0])
    scale = np.array([halves.width / halves.across, halves.height / frame.height_px])
    landmarks, joints = seen.landmarks, seen.joints
    if landmarks is not None:
        uv = ((landmarks.uv_px - start) * scale).astype(np.float32)
        matte = None if landmarks.matte is None else _matte(landmarks.matte, frame, halves)
        landmarks = replace(landmarks, uv_px=uv, matte=matte)
    if joints is not None:
        joints = replace(joints, uv_px=(joints.uv_px - start) * scale)
    return replace(seen, landmarks=landmarks, joints=joints)


def _matte(matte: MatteU8, frame: CameraFrame, halves: Halves) -> MatteU8:
    """Return the window's part of a whole frame's matte, as fine as it was."""
    height, width = matte.shape
    share = width / frame.width_px
    wide = max(2, round(halves.across * share))
    step = halves.across * share / wide
    turn = np.array([[step, 0.0, halves.x0 * share + 0.5 * step - 0.5], [0.0, 1.0, 0.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(matte, turn, (wide, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


# --- the picture


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """What is seen in one part of the picture, all in shares of it, x to the right and y down."""

    place: tuple[float, float, float, float]  # x0, y0, x1, y1
    outfit: Outfit
    spots: tuple[F64 | None, ...]  # of each garment: where its regions (R, 2) are; None while nobody is seen


def panes(frame: CameraFrame, outfit: Outfit, state: DressState) -> tuple[Pane, ...]:
    """Return where what fits how is in the picture that `dress` made of `frame`."""
    if outfit.beside is None or state.window is None:
        whole = ((0, 0), (frame.width_px, frame.height_px))
        return (_pane(frame, outfit, state.wearers.get(0), whole, (frame.K, outfit.mirror)),)
    halves = Halves.of(frame, state.window)
    lens = (halves.lens(frame), outfit.mirror)
    worn = zip(halves.corners(frame), (outfit, outfit.beside), (state.wearers, state.second), strict=True)
    size = (halves.width, halves.height)
    return tuple(_pane(frame, one, by.get(0), (corner, size), lens) for corner, one, by in worn)


def _pane(
    frame: CameraFrame,
    outfit: Outfit,
    wearer: Wearer | None,
    part: tuple[tuple[int, int], tuple[int, int]],
    lens: tuple[Mat33, bool],
) -> Pane:
    (x0, y0), (width, height) = part
    whole = np.array([frame.width_px, frame.height_px], np.float64)
    place = (x0 / whole[0], y0 / whole[1], (x0 + width) / whole[0], (y0 + height) / whole[1])
    if wearer is None or not wearer.is_drawn or len(wearer.cloth) != len(outfit.fits):
        return Pane(place, outfit, (None,) * len(outfit.fits))
    spots = []
    for fit, cloth in zip(outfit.fits, wearer.cloth, strict=True):
        at = fit.at_px(cloth, lens[0])
        if lens[1]:
            at[:, 0] = width - at[:, 0]
        spots.append((at + (x0, y0)) / whole)
    return Pane(place, outfit, tuple(spots))


def _joined(tracked: Tracked, halves: Halves, made: tuple[TryOnResult, TryOnResult]) -> TryOnResult:
    frame = tracked.frame
    corners = halves.corners(frame)
    planes = []
    for name, share, margin, seam in zip(("y", "u", "v"), (1, 2, 2), MARGIN, SEAM, strict=True):
        whole = np.full_like(getattr(frame, name), margin)
        for (x0, y0), half in zip(corners, made, strict=True):
            plane = getattr(half.frame, name)
            whole[y0 // share : y0 // share + plane.shape[0], x0 // share : x0 // share + plane.shape[1]] = plane
        middle, reach = halves.width // share, SEAM_PX // 2 // share
        whole[:, middle - reach : middle + reach] = seam
        planes.append(whole)
    layers = [_placed(half.layer, *corner) for corner, half in zip(corners, made, strict=True) if half.layer]
    picture = CameraFrame(planes[0], planes[1], planes[2], frame.captured_s, frame.K)
    return TryOnResult(picture, _together(layers), tuple(_told(one, tracked, corners[0]) for one in made[0].people))


def _placed(layer: GarmentLayer, x0: int, y0: int) -> GarmentLayer:
    old = layer.region
    return replace(layer, region=replace(old, x0=old.x0 + x0, y0=old.y0 + y0, x1=old.x1 + x0, y1=old.y1 + y0))


def _together(layers: list[GarmentLayer]) -> GarmentLayer | None:
    """Return the layers of both halves, which nowhere overlap, as one."""
    drawn = [layer for layer in layers if not layer.region.is_empty]
    if not drawn:
        return layers[0] if layers else None
    x0, y0 = min(one.region.x0 for one in drawn), min(one.region.y0 for one in drawn)
    x1, y1 = max(one.region.x1 for one in drawn), max(one.region.y1 for one in drawn)
    rgba, depth_m = np.zeros((y1 - y0, x1 - x0, 4), np.uint8), np.full((y1 - y0, x1 - x0), np.inf, np.float32)
    for one in drawn:
        here = (slice(one.region.y0 - y0, one.region.y1 - y0), slice(one.region.x0 - x0, one.region.x1 - x0))
        rgba[here], depth_m[here] = one.rgba, one.depth_m
    return GarmentLayer(rgba, depth_m, Region(x0, y0, x1, y1))


def _told(report: PersonReport, tracked: Tracked, corner: tuple[int, int]) -> PersonReport:
    """Return the report with its points where they are in the left half; of the framing the camera's picture tells."""
    shopper = _shopper(tracked)
    hint = framing_hint(None if shopper is None else shopper.landmarks, tracked.frame)
    uv = None if report.uv_px is None else report.uv_px + np.array(corner, np.float32)
    return replace(report, uv_px=uv, hint=hint)
