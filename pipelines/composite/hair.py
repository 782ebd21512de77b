"""Hair that falls over the garment: the shopper's own, found by its colour and by hanging together with the head.

No hair network runs. What the matte shows of the head and is no face tells the colours of the hair, or of the scarf or
hood that is worn in its place: three Gaussians of luma and chroma, for roots, lengths and lights. From the head it is
followed downwards, over pixels that are likelier hair than the own clothes and than skin. Where hair and clothes look
alike, nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.face import INNER, shows_face
from pipelines.composite.matte import matte_over
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, MatteU8, Region

F64 = NDArray[np.float64]
Colours = NDArray[np.float64]  # (G, 13) of Gaussians: mean (3), precision (9) row by row, log determinant of covariance

EARS, TORSO = (7, 8), (11, 12, 24, 23)
BELOW_EAR, JAW, LONG = 0.16, 0.04, 0.5  # shoulder widths below an ear, and about that; so much is hair if it is long
HEAD = (0.36, 0.5)  # half axes of what is taken for the head, in shoulder widths
FACE_REACH = 0.13  # around INNER: brows, lips, glasses and beards are no hair
CHEST, ON_CHEST = 0.15, 0.06  # half width of the chest's middle; share of it that may be hair from the front
SHOULDERS, BEYOND = 0.55, 0.05  # half their width and a little more; share of hair that may lie beyond
FACING = 0.7  # of `_head`'s width, from which on the back or the front is seen
CHIN = 0.25  # below the middle of the ears
ASIDE, ABOVE, FALLS = 0.8, 0.5, 1.9  # of the window in which hair is looked for, about the middle of the ears
PERSON, PERHAPS = 160, 128  # of 255, of the matte: surely of the person, and perhaps
RENEW_S, RENEWAL = 0.2, 0.3  # so often the colours are taken again, with this weight
FLOOR = (40.0, 5.0, 5.0)  # least variances of luma and chroma
LEAST_SAMPLES = 60
ALIKE2, FARTHEST2 = 9.0, 14.0  # squared Mahalanobis distances within which a colour is like hair, and may be hair
ARMS, THICK = ((11, 13), (12, 14)), 0.2  # of an upper arm, in its lengths
FOREARMS, FOREARM = ((13, 15, 17, 19), (14, 16, 18, 20)), 0.35  # and how thick one is, in its lengths
BELOW_HAIR = 0.65  # of the torso
LEAST_UNLIKE = (0.45, 0.7)  # share of the samples there and on the arms, to go on and to begin
DOUBTS = 3  # that share may be too small so many times in a row: hair that is gone for a blink is worse
_S, _T = (axis.reshape(-1, 1) for axis in np.meshgrid(np.linspace(0.15, 0.85, 14), np.linspace(0.15, 0.85, 14)))


@dataclass(frozen=True, slots=True, eq=False)
class HairState:
    """The colours that the last frames told; None: never seen, or not to be told from each other."""

    hair: Colours | None = None
    skin: Colours | None = None
    clothes: Colours | None = None
    taken_s: float = -1e9
    doubts: int = 0  # how often in a row hair and clothes looked alike


def hair_occlusion(
    frame: CameraFrame, landmarks: Landmarks, layer: GarmentLayer, before: HairState
) -> tuple[NDArray[np.uint8] | None, HairState]:
    """Return (how much (h, w) of each of the layer's pixels is hair, 255 all, or None where there is none, state)."""
    head = _head(landmarks)
    window = None if head is None else _window(frame, *head)
    if head is None or window is None or landmarks.matte is None:
        return None, before
    picture, matte = cut(frame, landmarks.matte, window)
    matte = np.where(on_forearms(landmarks, window, matte.shape), np.uint8(0), matte)
    of_head = _head_mask(landmarks, window, *head, matte)
    state = before
    if not 0.0 <= frame.captured_s - before.taken_s < RENEW_S:
        state = _renewed(frame, landmarks, picture, of_head, before)
    if state.hair is None or state.clothes is None:
        return None, state
    hair = _hanging(picture, matte, of_head, state.hair, state.clothes, _or_none(state.skin))
    below = hair[max(0, round(0.5 * (head[0][1] + CHIN * head[1] - window.y0))) :]
    on_chest = (of_head == 1).any() and _fills_the_chest(below, 0.5 * (head[0][0] - window.x0), 0.5 * head[1])
    if on_chest or _goes_over_shoulders(below, landmarks, window, head[1]):
        return None, state
    fallen = _on_layer(_smooth(hair), window, layer.region) if below.any() else None
    return fallen if fallen is not None and fallen.any() else None, state


def _fills_the_chest(below: NDArray[np.uint8], middle: float, width: float) -> bool:
    """Return whether what is `below` the chin (h, w) lies on the middle of the chest: a print, hair falls beside it."""
    chest = below[round(0.3 * width) :, max(0, round(middle - CHEST * width)) : max(0, round(middle + CHEST * width))]
    return chest.size > 0 and float((chest > 0).mean()) > ON_CHEST


def _goes_over_shoulders(below: NDArray[np.uint8], landmarks: Landmarks, window: Region, width: float) -> bool:
    """Return whether much of what is `below` the chin (h, w) lies beyond the shoulders: a hood goes on in sleeves.

    Seen from the side, where they are much narrower than `width`, that is not told.
    """
    left, right = landmarks.uv_px[list(TORSO[:2]), 0].astype(np.float64)
    across = abs(left - right)
    if across < FACING * width:
        return False
    columns = np.count_nonzero(below, axis=0)
    x = window.x0 + 2.0 * np.arange(len(columns))
    beyond = np.abs(x - 0.5 * (left + right)) > SHOULDERS * across
    return float(columns[beyond].sum()) > BEYOND * float(columns.sum())


def _head(landmarks: Landmarks) -> tuple[F64, float] | None:
    """Return (middle between the ears (2,), shoulder width) in pixels; None where they are not known."""
    uv = landmarks.uv_px.astype(np.float64)
    if not np.isfinite(uv[[*EARS, *TORSO]]).all():
        return None
    ears, left, right = uv[list(EARS)].mean(axis=0), uv[TORSO[0]], uv[TORSO[1]]
    width = max(float(np.linalg.norm(left - right)), float(np.linalg.norm(0.5 * (left + right) - ears)))
    return (ears, width) if width > 24.0 else None


def _window(frame: CameraFrame, ears: F64, width: float) -> Region | None:
    """Return the even region in which hair is looked for."""
    box = _even(frame, ears - (ASIDE * width, ABOVE * width), ears + (ASIDE * width, FALLS * width))
    return box if box.x1 - box.x0 > 16 and box.y1 - box.y0 > 16 else None


def _even(frame: CameraFrame, low: F64, high: F64) -> Region:
    """Return the even region from `low` to `high` (x, y), inside `frame`."""
    x0, y0 = (max(0, int(value)) & ~1 for value in low)
    x1, y1 = (int(value) & ~1 for value in high)
    return Region(x0, y0, min(frame.width_px & ~1, x1), min(frame.height_px & ~1, y1))


def cut(frame: CameraFrame, matte: MatteU8, window: Region) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the window's yuv (h, w, 3) at the chroma's size, and the matte (h, w) in it."""
    x0, y0, x1, y1 = window.x0, window.y0, window.x1, window.y1
    half, size = np.s_[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2], ((x1 - x0) // 2, (y1 - y0) // 2)
    luma = cv2.resize(frame.y[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.merge([luma, frame.u[half], frame.v[half]]), np.uint8), matte_over(matte, frame, window, 2)


def _head_mask(
    landmarks: Landmarks, window: Region, ears: F64, width: float, matte: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return 2 where the head is and no face, 1 in the middle of the face, else 0 (h, w)."""
    corner, size = np.array([window.x0, window.y0]), 0.5 * width
    out, (x, y) = np.zeros(matte.shape, np.uint8), np.round((ears - corner) / 2.0).astype(int).tolist()
    cv2.ellipse(out, (x, y), (round(HEAD[0] * size), round(HEAD[1] * size)), 0.0, 0.0, 360.0, (2,), -1)
    if shows_face(landmarks):
        points = np.round((landmarks.uv_px[list(INNER)] - corner) / 2.0).astype(np.int32)
        face = np.zeros_like(out)
        cv2.fillConvexPoly(face, cv2.convexHull(points), (1,))
        reach = 2 * round(FACE_REACH * size) + 1
        out[cv2.dilate(face, np.ones((reach, reach), np.uint8)) > 0] = 0
        out[max(0, y + round(CHIN * size)) :] = 0  # there may be a collar
        out[face > 0] = 1
    out[matte < PERSON] = 0
    return out


def on_forearms(landmarks: Landmarks, window: Region, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where (h, w) forearms and hands are, which nobody's hair falls over: it leads no farther there."""
    out = np.zeros(shape, np.uint8)
    points = (np.nan_to_num(landmarks.uv_px.astype(np.float64), nan=-1e4) - (window.x0, window.y0)) / 2.0
    for elbow, wrist, *fingers in FOREARMS:
        line = np.stack([points[elbow], points[wrist], points[fingers].mean(axis=0)])
        thick = FOREARM * float(np.linalg.norm(line[1] - line[0]))
        line = np.clip(line.round(), -1e4, 1e4).astype(np.int32)
        cv2.polylines(out, [line.reshape(-1, 1, 2)], False, (1,), max(1, round(min(thick, max(shape)))))
    return np.asarray(out > 0)


def _renewed(
    frame: CameraFrame, landmarks: Landmarks, picture: NDArray[np.uint8], of_head: NDArray[np.uint8], before: HairState
) -> HairState:
    """Return the colours as this frame shows them, mixed with those before."""
    skin = _mixed(before.skin, _gaussians(picture[of_head == 1], 1))
    head = picture[of_head == 2]
    hair = _mixed(before.hair, _gaussians(head if skin is None else head[_distances2(head, skin) > ALIKE2], 3))
    if hair is None:
        return HairState(None, skin, before.clothes, frame.captured_s)
    torso, away = _torso(frame, landmarks)
    unlike = _distances2(torso, hair) > ALIKE2
    least = LEAST_UNLIKE[before.clothes is None]
    if away.sum() >= LEAST_SAMPLES and unlike[away].mean() >= least:
        return HairState(hair, skin, _mixed(before.clothes, _gaussians(torso[unlike], 3)), frame.captured_s)
    kept = before.clothes if before.doubts < DOUBTS else None
    return HairState(hair, skin, kept, frame.captured_s, before.doubts + 1)


def _torso(frame: CameraFrame, landmarks: Landmarks) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return colours (N, 3) on the torso and the upper arms, and which (N,) lie where hair hardly ever falls."""
    uv = landmarks.uv_px.astype(np.float64)
    a, b, c, d = uv[list(TORSO)]
    places = [(1 - _T) * ((1 - _S) * a + _S * b) + _T * ((1 - _S) * d + _S * c)]
    for shoulder, elbow in ARMS:
        along = uv[elbow] - uv[shoulder]
        aside = THICK * np.array([-along[1], along[0]])
        places.append(uv[shoulder] + _T * along + (_S - 0.5) * aside)
    away = np.concatenate([_T[:, 0] > BELOW_HAIR, *(np.ones(len(_T), bool),) * len(ARMS)])
    x, y = np.nan_to_num(np.concatenate(places), nan=-1.0).T
    inside = (x >= 0) & (x < frame.width_px - 1) & (y >= 0) & (y < frame.height_px - 1)
    i, j = x[inside].astype(int), y[inside].astype(int)
    return np.stack([frame.y[j, i], frame.u[j // 2, i // 2], frame.v[j // 2, i // 2]], axis=1), away[inside]


def _gaussians(samples: NDArray[np.uint8], count: int) -> Colours | None:
    """Return `count` Gaussians of samples (N, 3), parted by their luma; None of too few samples."""
    if len(samples) < LEAST_SAMPLES:
        return None
    ordered = samples[np.argsort(samples[:, 0])].astype(np.float64)
    return np.stack([_gaussian(part) for part in np.array_split(ordered, count)])


@njit(cache=True, nogil=True)
def _gaussian(samples: F64) -> F64:
    """Return mean (3), precision (9) and log determinant (1) of samples (N, 3), without stray ones."""
    middle, away = np.empty(3), np.empty(3)
    for c in range(3):
        middle[c], away[c] = np.median(samples[:, c]), 2.5 * np.std(samples[:, c]) + 1.0
    total, square, count = np.zeros(3), np.zeros((3, 3)), 0
    for n in range(samples.shape[0]):
        d = samples[n] - middle
        if abs(d[0]) <= away[0] and abs(d[1]) <= away[1] and abs(d[2]) <= away[2]:
            count += 1
            for i in range(3):
                total[i] += d[i]
                for j in range(3):
                    square[i, j] += d[i] * d[j]
    mean = total / count
    cov = square / count - np.outer(mean, mean)
    for c in range(3):
        cov[c, c] += FLOOR[c]
    out = np.empty(13)
    out[:3], out[3:12], out[12] = (
        middle + mean,
        np.ascontiguousarray(np.linalg.inv(cov)).reshape(9),
        np.log(np.linalg.det(cov)),
    )
    return out


def _mixed(before: Colours | None, fresh: Colours | None) -> Colours | None:
    if before is None or fresh is None:
        return before if fresh is None else fresh
    return before + RENEWAL * (fresh - before)


def _or_none(colours: Colours | None) -> Colours:
    return np.zeros((0, 13)) if colours is None else colours


@njit(cache=True, nogil=True)
def _nearest(y: float, u: float, v: float, colours: Colours) -> tuple[float, float]:
    """Return (least squared distance, least cost: distance and log determinant) of a pixel to Gaussians (G, 13)."""
    distance2, cost = 1e9, 1e9
    for g in range(colours.shape[0]):
        c = colours[g]
        a, b, d = y - c[0], u - c[1], v - c[2]
        away = a * (c[3] * a + 2.0 * c[4] * b + 2.0 * c[5] * d) + b * (c[7] * b + 2.0 * c[8] * d) + c[11] * d * d
        distance2, cost = min(distance2, away), min(cost, away + c[12])
    return distance2, cost


@njit(cache=True, nogil=True)
def _distances2(samples: NDArray[np.uint8], colours: Colours) -> F64:
    """Return the least squared Mahalanobis distance (N,) of samples (N, 3) to any of the Gaussians."""
    out = np.empty(samples.shape[0])
    for n in range(samples.shape[0]):
        out[n] = _nearest(float(samples[n, 0]), float(samples[n, 1]), float(samples[n, 2]), colours)[0]
    return out


def is_long(frame: CameraFrame, landmarks: Landmarks, known: HairState) -> bool:
    """Return whether hair falls below the ears: whether there is some below one, beside the jaw."""
    uv = landmarks.uv_px.astype(np.float64)
    head = _head(landmarks)
    if landmarks.matte is None or head is None or known.hair is None:
        return True
    side = max(2.0, JAW * head[1])
    for ear in uv[list(EARS)]:
        below = ear + (0.0, BELOW_EAR * head[1])
        box = _even(frame, below - side, below + side)
        if box.is_empty:
            continue
        picture, matte = cut(frame, landmarks.matte, box)
        samples = picture.reshape(-1, 3)
        from_hair, from_skin = _costs(samples, known.hair), _costs(samples, _or_none(known.skin))
        if ((from_hair < from_skin) & (matte.ravel() >= PERSON)).mean() > LONG:
            return True
    return False


def likely_hair(picture: NDArray[np.uint8], hair: Colours, own: F64) -> NDArray[np.bool_]:
    """Return where `picture` (h, w, 3) may be hair and is likelier that than `own` clothes (3, 6), see `own_top`."""
    clothes = np.stack([[*c[:3], *np.diag(1.0 / c[3:]).ravel(), np.log(c[3:].prod())] for c in own])
    samples = picture.reshape(-1, 3)
    return np.asarray((_costs(samples, hair) < _costs(samples, clothes)).reshape(picture.shape[:2]))


@njit(cache=True, nogil=True)
def _costs(samples: NDArray[np.uint8], colours: Colours) -> F64:
    """Return the least cost (N,) of samples (N, 3) to any of the Gaussians; without bound what is far from all."""
    out = np.empty(samples.shape[0])
    for n in range(samples.shape[0]):
        y, u, v = float(samples[n, 0]), float(samples[n, 1]), float(samples[n, 2])
        distance2, cost = _nearest(y, u, v, colours)
        out[n] = cost if distance2 <= FARTHEST2 else 1e9
    return out


@njit(cache=True, nogil=True)
def _hanging(
    picture: NDArray[np.uint8],
    matte: NDArray[np.uint8],
    of_head: NDArray[np.uint8],
    hair: Colours,
    clothes: Colours,
    skin: Colours,
) -> NDArray[np.uint8]:
    """Return 255 (h, w) where the picture is likelier hair than clothes or skin, all the way from the head."""
    height, width = matte.shape
    out, known = np.zeros(matte.shape, np.uint8), np.zeros(matte.shape, np.bool_)
    stack, count = np.empty((height * width, 2), np.int64), 0
    for j in range(height):
        for i in range(width):
            if of_head[j, i] == 2:
                known[j, i] = True
                stack[count, 0], stack[count, 1] = j, i
                count += 1
    while count > 0:
        count -= 1
        j, i = stack[count, 0], stack[count, 1]
        y, u, v = float(picture[j, i, 0]), float(picture[j, i, 1]), float(picture[j, i, 2])
        distance2, cost = _nearest(y, u, v, hair)
        if distance2 > FARTHEST2 or cost > min(_nearest(y, u, v, clothes)[1], _nearest(y, u, v, skin)[1]):
            continue
        out[j, i] = 255
        for b, a in ((j - 1, i), (j + 1, i), (j, i - 1), (j, i + 1)):
            if 0 <= b < height and 0 <= a < width and not known[b, a] and matte[b, a] >= PERHAPS:
                known[b, a] = True
                stack[count, 0], stack[count, 1] = b, a
                count += 1
    return out


def _smooth(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `mask` without pinholes and what is as thin as a ribbon, its edge soft."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    mask = mask & np.asarray(cv2.dilate(thick, np.ones((7, 7), np.uint8)), np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    return np.asarray(cv2.GaussianBlur(mask, (5, 5), 0.0), np.uint8)


def _on_layer(hair: NDArray[np.uint8], window: Region, region: Region) -> NDArray[np.uint8]:
    """Return `hair` (h, w) of half the window's size as a mask over `region`."""
    x, y = 0.5 * (region.x0 - window.x0) - 0.25, 0.5 * (region.y0 - window.y0) - 0.25
    size, flags = (region.x1 - region.x0, region.y1 - region.y0), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(hair, np.array([[0.5, 0.0, x], [0.0, 0.5, y]]), size, flags=flags), np.uint8)
