"""What is behind the judge's people, under the same lamps: painted rooms, shelves and streets, a real empty room.

What is flat is taken for a wall that faces the camera; the wall of the real room is white.
"""

from __future__ import annotations

from functools import cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.exposure import Exposed, linear_of, srgb_of
from benchmarks.judge.media import MEDIA
from pipelines.synthetic.paint import Painter
from pipelines.synthetic.room import paint_room

WHITE = 0.75  # what a white wall reflects
EMPTY_ROOM = MEDIA / "people_video" / "onebyone_p1.mp4"  # nobody is in its first frame


def background(
    seed: int, painter: Painter, K: NDArray[np.float64], T: NDArray[np.float64], light: Exposed, photo: bool
) -> NDArray[np.uint8]:
    """Return what fills the canvas of intrinsics `K` behind a person placed by `T`; a photo where there is one.

    One `seed` is one room, however bright the `light`.
    """
    rng = np.random.default_rng(seed)
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    kind = int(rng.integers(3))
    if photo and EMPTY_ROOM.is_file():
        seen = linear_of(_filling(_empty_room(), width, height))
        return _lit(seen * (WHITE / float(np.percentile(seen, 75))), light)
    if kind == 0:
        return paint_room(painter, K, T, int(rng.integers(1 << 30)), light.lights, light.ambient)
    wall = _shelves(rng, K) if kind == 1 else _street(rng, K)
    return _lit(linear_of(wall), light)


def _lit(albedo: NDArray[np.float32], light: Exposed) -> NDArray[np.uint8]:
    """Return the picture (H, W, 3) BGR of a wall of linear `albedo` that faces the camera."""
    return srgb_of(albedo * light.facing_rgb()[::-1])


@cache
def _empty_room() -> NDArray[np.uint8]:
    with av.open(str(EMPTY_ROOM)) as clip:
        return np.asarray(next(clip.decode(video=0)).to_ndarray(format="bgr24"))


def _filling(photo: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return the middle of `photo`, scaled to cover `width` x `height`."""
    scale = max(width / photo.shape[1], height / photo.shape[0])
    large = cv2.resize(photo, (int(np.ceil(photo.shape[1] * scale)), int(np.ceil(photo.shape[0] * scale))))
    left, top = (large.shape[1] - width) // 2, (large.shape[0] - height) // 2
    return np.asarray(large[top : top + height, left : left + width])


def _shelves(rng: np.random.Generator, K: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return a wall of shelves with things on them, out of focus."""
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    wall = np.full((height, width, 3), rng.uniform(90, 190, 3), np.float32)
    for top in np.arange(rng.integers(5, 30), height, height / 6):
        x = 0.0
        while x < width:
            wide, tall = rng.uniform(8, 40), rng.uniform(0.3, 0.85) * height / 6
            floor = int(top + height / 6) - 6
            if rng.random() < 0.85:
                colour = [float(c) for c in rng.uniform(20, 220, 3)]
                cv2.rectangle(wall, (int(x), int(floor - tall)), (int(x + wide) - 2, floor), colour, -1)
            x += wide
        cv2.rectangle(wall, (0, floor), (width, floor + 6), (50.0, 70.0, 95.0), -1)
    return cv2.GaussianBlur(wall, (0, 0), 2.2).astype(np.uint8)


def _street(rng: np.random.Generator, K: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return sky, foliage and pavement: noise of several sizes in three bands."""
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    texture = sum(
        cv2.resize(rng.standard_normal((n, n)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * w
        for n, w in ((6, 10.0), (24, 14.0), (90, 12.0))
    )
    rows = np.linspace(0, 1, height)[:, None, None]
    sky, leaf, stone = (np.array(c, np.float32) for c in ((225, 205, 180), (60, 105, 80), (130, 135, 140)))
    base = np.where(rows < 0.25, sky, np.where(rows < 0.72, leaf, stone)) * np.ones((1, width, 1))
    gain = np.where(rows < 0.25, 0.15, np.where(rows < 0.72, 1.5, 0.35))
    return np.clip(cv2.GaussianBlur(base + gain * np.asarray(texture)[:, :, None], (0, 0), 1.5), 0, 255).astype(
        np.uint8
    )
