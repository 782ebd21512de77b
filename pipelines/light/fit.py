"""The light of the room, read from the shopper's own face and neck.

Their normals are known from the posed body, and what their brightness over its median says of the light is read in two
steps (real-time light from the user's face: Knorr and Kurz, ISMAR 2014):

  1. nine harmonics are fitted with Tukey's weights, which leaves out brows, hair, highlights and the shadow under
     the chin. It is done at some places around the one that the landmarks tell, and the face goes where it fits
     best: a few pixels off, the light would be read from what is beside the face.
  2. what is left is explained by an ambient light and lamps all around, none of them negative. So few, only from
     the front, tell the harmonics badly, but cannot be explained by many different lamps that are there.

Two things stay open, since nobody knows how dark a person's skin is:

  exposure   a camera makes a frame bright; how bright its mean and its bright parts are tells most of what a white
             surface would be, and skin of the albedo that its chroma suggests tells the rest
  tint       a camera balances white by itself, and skins differ in red against green; so only a part of how warm
             this skin is, red against blue, counts as the light's, and never much: a white garment stays white
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.light.lamps import F64, Gather, gather, solve_lamps
from pipelines.light.sh import DEFAULT_LIGHT, sh_basis, without_negative
from pipelines.light.shading import LitSkin, lit_skin
from pipelines.types import CameraFrame, Sh9, require_shape

TAU_S = 0.5
EVERY_S = 0.09  # between fits: light changes slower
RESET_S = 2.0  # after a gap this long the light starts afresh
LEAST_SAMPLES = 40
MOST_SAMPLES = 1000
EXPOSURE = (0.04, 1.05)
STANDARD, SPREAD = 0.86, 0.75  # exposure of a frame of usual brightness, and the power with which it follows that
MEAN_ALBEDO, WHITE_ALBEDO = 0.2, 0.8  # of all that a frame shows, and of its brightest fiftieth
BRIGHTEST = 0.98  # of its pixels are darker than those
USUAL = 0.85  # what these two say of a frame of usual brightness
SKIN_TRUST = 0.1  # weight of the skin's guess of the exposure against the frame's: skins differ twentyfold
SKIN_ALBEDO = (0.03, 0.25, 0.60)  # luminance, linear: darkest, middle, lightest
SKIN_WARMTH = 2.6  # red over blue of skin of middle albedo, linear
SKIN_SLOPE = 0.9  # how much darker skin is that is redder; weak, since a camera's white balance varies as much
TINT_WARMTH = 2.1  # red over blue that counts as white light
TINT_TRUST = 0.2
TINT_LIMIT = 0.04
REWEIGHTED, OUTLIER = 2, 3.0  # times; in spreads
FIRST_SPREAD, LEAST_SPREAD = 0.2, 0.02  # of the samples, of their median
LEAST_SHARE = 0.15  # of the mean irradiance, from any direction
FRONT = (0.6, 1.7)  # light on what faces the camera, of that on the median skin: believed within these
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_FRONT = sh_basis(np.array([[0.0, 0.0, 1.0]], np.float32))
_DEFAULT_FRONT = float((_FRONT @ DEFAULT_LIGHT)[0, 0])
_LEVELS = np.clip((np.arange(256) - 16.0) / 219.0, 0.0, 1.0)
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)  # of a luma


@dataclass(frozen=True, slots=True, eq=False)
class LightState:
    """The light so far; holds no picture and nothing of a face."""

    light: Sh9 = field(default_factory=lambda: DEFAULT_LIGHT)
    captured_s: float | None = None
    samples: int = 0  # of skin that the last try found; 0: too few to fit
    fitted: Sh9 | None = None  # the last fit, before smoothing; None: never fitted
    fitted_s: float = -1.0  # when
    fitted_brightness: float = 1.0  # of the frame that it was made on
    offset: tuple[float, float] | None = None  # how far the samples lay off the landmarks, in sizes of the face


def fit_light(
    frame: CameraFrame,
    points_px: NDArray[np.float32],
    normals: NDArray[np.float32],
    state: LightState,
    gather_by: Gather = gather,
) -> tuple[Sh9, LightState]:
    """Return (light, state) from skin seen near `points_px` (N, 2) with camera-frame `normals` (N, 3).

    Points may lie outside the frame or on hair, glasses or background: what is not of the skin's colour is
    dropped. With too few left the last fit follows the frame's exposure; before any fit, the default light does.
    Raises ShapeError.
    """
    require_shape("points_px", points_px, ("N", 2))
    require_shape("normals", normals, (len(points_px), 3))
    gap_s = RESET_S + 1.0 if state.captured_s is None else frame.captured_s - state.captured_s
    is_fresh = not 0.0 <= gap_s <= RESET_S
    brightness = _brightness(frame)
    if is_fresh or not 0.0 <= frame.captured_s - state.fitted_s < EVERY_S:
        state = _renewed(frame, points_px, normals, brightness, state, is_fresh, gather_by)
    fitted = state.fitted
    if fitted is None:
        fresh = DEFAULT_LIGHT * np.float32(np.clip(_frame_exposure(brightness), *EXPOSURE) / _DEFAULT_FRONT)
    else:  # while the face is turned away: the same light, brighter or darker with the frame
        fresh = fitted * np.float32(np.clip(brightness / state.fitted_brightness, 0.5, 2.0))
    weight = 1.0 if is_fresh else 1.0 - float(np.exp(-gap_s / TAU_S))
    light = (state.light + np.float32(weight) * (fresh - state.light)).astype(np.float32)
    return light, replace(state, light=light, captured_s=frame.captured_s)


def _renewed(
    frame: CameraFrame,
    points_px: NDArray[np.float32],
    normals: NDArray[np.float32],
    brightness: float,
    state: LightState,
    is_fresh: bool,
    gather_by: Gather,
) -> LightState:
    """Return `state` with the fit to this frame; the last one where too little skin is seen."""
    step = max(1, -(-len(points_px) // MOST_SAMPLES))
    skin = lit_skin(frame, points_px[::step], normals[::step], None if is_fresh else state.offset, LEAST_SAMPLES)
    if skin is None:
        fitted = None if is_fresh else state.fitted
        offset = state.offset or (0.0, 0.0)
        return replace(state, samples=0, fitted=fitted, fitted_s=frame.captured_s, offset=offset)
    return LightState(
        light=state.light,
        samples=int((skin.weight > 0.0).sum()),
        fitted=_fit(skin, brightness, gather_by),
        fitted_s=frame.captured_s,
        fitted_brightness=brightness,
        offset=skin.offset,
    )


def _fit(skin: LitSkin, brightness: float, gather_by: Gather) -> Sh9:
    kept = skin.weight > 0.0
    median = np.maximum(np.median(skin.rgb[kept], axis=0).astype(np.float64), 1e-4)
    level = float(_LUMA @ median)
    shape = _lamps(skin, skin.rgb @ _LUMA / level, gather_by)
    warmth = float(np.log(median[0] / median[2]))
    lean = float(np.clip(TINT_TRUST * (warmth - np.log(TINT_WARMTH)), -TINT_LIMIT, TINT_LIMIT))
    tint = np.exp([lean, 0.0, -lean])
    tint = tint / float(_LUMA @ tint)
    front = float(np.clip((_FRONT @ shape)[0, 0], *FRONT))
    exposure = _exposure(level * front, warmth, brightness) / front
    return without_negative((shape * (exposure * tint)).astype(np.float32), LEAST_SHARE)


def _lamps(skin: LitSkin, target: F64, gather_by: Gather) -> Sh9:
    """Return the white light that gives `target` (N,), with Tukey's weights about it."""
    weight, basis, spread = skin.weight, sh_basis(skin.normals), FIRST_SPREAD
    possible = weight > 0.0
    for _ in range(REWEIGHTED):
        light = solve_lamps(*gather_by(skin.normals, target, weight), spread)
        away = target - basis @ light[:, 0]
        spread = 1.4826 * float(np.median(np.abs(away[possible]))) + LEAST_SPREAD
        weight = np.asarray(np.clip(1.0 - (away / (OUTLIER * spread)) ** 2, 0.0, None) ** 2, np.float64)
    return solve_lamps(*gather_by(skin.normals, target, weight), spread)


def _exposure(skin_level: float, warmth: float, brightness: float) -> float:
    """Return the irradiance over pi on what faces the camera.

    `skin_level` is the luminance of skin that does, `warmth` its log red over blue.
    """
    darkest, middle, lightest = SKIN_ALBEDO
    albedo = float(np.clip(middle * np.exp(-SKIN_SLOPE * (warmth - np.log(SKIN_WARMTH))), darkest, lightest))
    guess = (skin_level / albedo) ** SKIN_TRUST * _frame_exposure(brightness) ** (1.0 - SKIN_TRUST)
    return float(np.clip(np.clip(guess, skin_level / lightest, skin_level / darkest), *EXPOSURE))


def _frame_exposure(brightness: float) -> float:
    """Return the irradiance over pi that a frame's brightness tells: a difference is partly the room's own albedo."""
    return float(STANDARD * brightness**SPREAD)


def _brightness(frame: CameraFrame) -> float:
    """Return how bright `frame` is, 1 as usual: the mean of what a grey world and a white brightest part say."""
    count = np.bincount(frame.y[::4, ::4].reshape(-1), minlength=256)
    mean = float(count @ _LINEAR / count.sum())
    bright = float(_LINEAR[np.searchsorted(np.cumsum(count), BRIGHTEST * count.sum())])
    return float(np.sqrt(max(mean, 0.002) / MEAN_ALBEDO * max(bright, 0.01) / WHITE_ALBEDO) / USUAL)
