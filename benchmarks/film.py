"""A numbered film for the wire: each frame carries its number in blocks of pixels, so nothing on the way is trusted."""

from __future__ import annotations

from functools import cache

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FILM_FRAMES = 90
MARK_BITS, MARK_PX = 14, 16
BALL = 7 / 18  # of the height


@cache
def film(width: int, height: int) -> list[av.VideoFrame]:
    """Return a closed loop of numbered frames: a textured room in a hand-held camera, a textured ball, noise.

    It is made once a process, and its frames are stamped and timed in place: one player a process.
    """
    chance = np.random.default_rng(20)
    side = round(BALL * height)
    room, ball = _texture(chance, height + 64, width + 96), _texture(chance, side, side)
    noise = [chance.normal(0, 2, (height, width)).astype(np.int8) for _ in range(8)]
    inside = np.hypot(*(np.mgrid[:side, :side] - side / 2)) < side / 2
    frames = []
    for number in range(FILM_FRAMES):
        turn = 2 * np.pi * number / FILM_FRAMES
        top, left = round(32 + 30 * np.sin(turn)), round(48 + 44 * np.cos(turn))
        luma = room[top : top + height, left : left + width] + noise[number % len(noise)]
        y = round((height - side) / 2 * (1 + 0.8 * np.sin(2 * turn)))
        x = round((width - side) / 2 * (1 + 0.8 * np.cos(turn)))
        np.copyto(luma[y : y + side, x : x + side], ball, where=inside)
        packed = np.full((height * 3 // 2, width), 128, np.uint8)
        packed[:height] = np.clip(luma, 16, 235)
        frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
        stamp(frame, number)
        frames.append(frame)
    return frames


def stamp(frame: av.VideoFrame, number: int) -> None:
    """Draw a number of MARK_BITS into a yuv420p frame."""
    bits = number >> np.arange(MARK_BITS) & 1
    _luma(frame)[:MARK_PX, : MARK_BITS * MARK_PX] = np.repeat(np.where(bits, 235, 16), MARK_PX)


def read_mark(frame: av.VideoFrame, width: int) -> int:
    """Return the number that was drawn into a frame when it was `width` pixels wide."""
    cell = MARK_PX * frame.width / width
    centres = ((np.arange(MARK_BITS) + 0.5) * cell).astype(int)
    return int(sum(1 << bit for bit, value in enumerate(_luma(frame)[int(cell / 2), centres]) if value > 125))


def _texture(chance: np.random.Generator, rows: int, columns: int) -> NDArray[np.int16]:
    """Return luma with detail at four scales, like walls, furniture and cloth."""
    sizes = [(columns // step + 1, rows // step + 1) for step in (64, 16, 4, 2)]
    layers = [chance.normal(0, 1, (high, wide)).astype(np.float32) for wide, high in sizes]
    grown = [cv2.resize(layer, (columns, rows), interpolation=cv2.INTER_CUBIC) for layer in layers]
    mixed = 30 * grown[0] + 14 * grown[1] + 6 * grown[2] + 3 * grown[3]
    return np.clip(120 + mixed, 20, 230).astype(np.int16)


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload,no-any-return]
