"""The judge's camera: a lens with radial distortion, sensor noise, and H.264 at the bit rate of a phone call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Mat33, PointsF32

MARGIN = 0.08  # drawn beyond each edge, so that the lens finds pixels to bend in
BIT_RATE = 1_000_000


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole with Brown's first radial coefficient; nothing of it is told to the pipeline."""

    width_px: int
    height_px: int
    focal: float  # of the longer side
    k1: float

    @property
    def K(self) -> Mat33:  # noqa: N802 - the field's name for it
        """Intrinsics of the picture, pixels."""
        f = self.focal * max(self.width_px, self.height_px)
        return np.array([[f, 0.0, self.width_px / 2], [0.0, f, self.height_px / 2], [0.0, 0.0, 1.0]])

    @property
    def margin_px(self) -> int:
        """Pixels drawn beyond each edge."""
        return round(MARGIN * max(self.width_px, self.height_px))

    @property
    def canvas(self) -> tuple[int, int, Mat33]:
        """Width, height and intrinsics of the undistorted picture to draw."""
        K, margin = self.K.copy(), self.margin_px
        K[:2, 2] += margin
        return self.width_px + 2 * margin, self.height_px + 2 * margin, K

    def project(self, points_m: PointsF32) -> NDArray[np.float64]:
        """Return the pixels (N, 2) of points (N, 3) in the camera frame."""
        p = np.asarray(points_m, np.float64)
        xy = np.stack([p[:, 0] / -p[:, 2], p[:, 1] / p[:, 2]], 1)
        xy *= 1.0 + self.k1 * (xy**2).sum(1, keepdims=True)
        return xy * self.K[0, 0] + self.K[:2, 2]

    def bend(self, drawn: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the picture of the lens from the undistorted `drawn`, which has the size of `canvas`."""
        source = _bending(self)
        return np.asarray(cv2.remap(drawn, source[..., 0], source[..., 1], cv2.INTER_LINEAR))


@lru_cache(maxsize=4)
def _bending(lens: Lens) -> NDArray[np.float32]:
    """Return for each pixel (H, W, 2) where on the undistorted canvas it comes from."""
    u, v = np.meshgrid(np.arange(lens.width_px), np.arange(lens.height_px))
    pixels = np.stack([u, v], -1).reshape(-1, 1, 2).astype(np.float64) + 0.5
    xy = cv2.undistortPoints(pixels, lens.K, np.array([lens.k1, 0.0, 0.0, 0.0])).reshape(*u.shape, 2)
    return (xy * lens.K[0, 0] + lens.K[:2, 2] + lens.margin_px - 0.5).astype(np.float32)


def expose(bgr: NDArray[np.floating], rng: np.random.Generator, noise: float) -> NDArray[np.uint8]:
    """Return `bgr` (H, W, 3) 0..255 as a sensor sees it: Poisson noise that grows with light, and a Gaussian floor."""
    sigma = noise * np.sqrt(0.035 * np.maximum(bgr, 0.0) + 1.5)
    grain = rng.standard_normal(bgr.shape, np.float32)
    blotches = cv2.resize(rng.standard_normal((bgr.shape[0] // 2, bgr.shape[1] // 2), np.float32), bgr.shape[1::-1])
    return np.clip(bgr + sigma * (0.7 * grain + 0.5 * blotches[:, :, None]) + 0.5, 0, 255).astype(np.uint8)


def through_codec(pictures: Iterable[NDArray[np.uint8]], fps: int) -> Iterator[tuple[NDArray[np.uint8], ...]]:
    """Yield the (y, u, v) planes of BGR `pictures` after H.264 at BIT_RATE, as a call's receiver decodes them."""
    encoder, decoder = av.CodecContext.create("libx264", "w"), av.CodecContext.create("h264", "r")
    decoder.thread_type = "NONE"
    for index, bgr in enumerate(pictures):
        if index == 0:
            encoder.width, encoder.height, encoder.pix_fmt = bgr.shape[1], bgr.shape[0], "yuv420p"
            encoder.bit_rate, encoder.time_base, encoder.framerate = BIT_RATE, Fraction(1, fps), Fraction(fps)
            encoder.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "threads": "1"}
        picture = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
        picture.pts = index
        for packet in encoder.encode(picture):
            yield from map(_planes, decoder.decode(packet))
    for packet in encoder.encode(None):
        yield from map(_planes, decoder.decode(packet))
    yield from map(_planes, decoder.decode(None))


def _planes(picture: av.VideoFrame) -> tuple[NDArray[np.uint8], ...]:
    shapes = ((picture.height, picture.width), *((picture.height // 2, picture.width // 2),) * 2)
    return tuple(
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:h, :w].copy()
        for plane, (h, w) in zip(picture.planes, shapes, strict=True)
    )
