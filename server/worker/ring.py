"""Frames between two processes: slots of planar yuv 4:2:0 in an anonymous shared mapping.

One writer, one reader, no lock. The writer fills slot `n % slots`, then publishes `n`; the reader takes the
newest `n`, copies it out, and checks that the slot still says `n` (a seqlock: with four slots a copy would have
to last three frames to fail). Newest wins; what was skipped is counted by the gap in `n`. Sequence numbers
are aligned 64-bit words, which x86-64 and ARM64 store whole.

The mapping is a memfd: no name in /dev/shm, and the kernel frees it with the last process that holds it.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES = 64
SLOT_HEADER_BYTES = 64
_LATEST, _TAKEN = 0, 1
_SEQ, _WIDTH, _HEIGHT, _TIME = 0, 1, 2, 3

Planes: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class RingFrame:
    """A frame that left the ring: its own memory."""

    planes: Planes  # y (H, W), u and v (H/2, W/2), views of `packed`
    packed: NDArray[np.uint8]  # (H*3/2*W,), y then u then v
    ticks: int  # capture time, 1/90000 s
    seq: int


class FrameRing:
    """A ring of `slots` frames of at most `pixels` pixels each."""

    def __init__(self, fd: int, slots: int, pixels: int) -> None:
        self.fd, self.slots, self.pixels = fd, slots, pixels
        self._stride = SLOT_HEADER_BYTES + _round_up(pixels * 3 // 2)
        self._map = mmap.mmap(fd, HEADER_BYTES + slots * self._stride)
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._header = self._bytes[:HEADER_BYTES].view(np.int64)

    @classmethod
    def create(cls, slots: int, pixels: int) -> FrameRing:
        """Make a new ring; pages that are never written cost no memory."""
        fd = os.memfd_create("lookglass-ring", os.MFD_CLOEXEC)
        try:
            os.ftruncate(fd, HEADER_BYTES + slots * (SLOT_HEADER_BYTES + _round_up(pixels * 3 // 2)))
            return cls(fd, slots, pixels)
        except BaseException:
            os.close(fd)
            raise

    @property
    def latest(self) -> int:
        """Number of the newest frame; 0 before the first."""
        return int(self._header[_LATEST])

    @property
    def taken(self) -> int:
        """Number that the reader took last."""
        return int(self._header[_TAKEN])

    def write(self, planes: Planes, ticks: int) -> int:
        """Copy a frame in and publish it.  Returns its number.  Raises ValueError when it does not fit."""
        y, u, v = planes
        height, width = y.shape
        if width % 2 or height % 2 or width * height > self.pixels or not width or not height:
            raise ValueError(f"frame of {width}x{height} does not fit a ring of {self.pixels} pixels")
        seq = self.latest + 1
        head, body = self._slot(seq)
        head[_SEQ] = -seq
        luma, chroma = width * height, width * height // 4
        np.copyto(body[:luma].reshape(height, width), y)
        np.copyto(body[luma : luma + chroma].reshape(height // 2, width // 2), u)
        np.copyto(body[luma + chroma : luma + 2 * chroma].reshape(height // 2, width // 2), v)
        head[_WIDTH], head[_HEIGHT], head[_TIME] = width, height, ticks
        head[_SEQ] = seq
        self._header[_LATEST] = seq
        return seq

    def read_newest(self, after: int) -> RingFrame | None:
        """Copy the newest frame out when its number is above `after`, else None."""
        while (seq := self.latest) > after:
            head, body = self._slot(seq)
            width, height, ticks = int(head[_WIDTH]), int(head[_HEIGHT]), int(head[_TIME])
            luma = width * height
            if head[_SEQ] != seq or not 0 < luma <= self.pixels:
                continue
            packed = body[: luma * 3 // 2].copy()
            if head[_SEQ] == seq:
                self._header[_TAKEN] = seq
                return RingFrame(planes_of(packed, width, height), packed, ticks, seq)
        return None

    def wipe(self) -> None:
        """Give the memory of every picture back to the kernel; the next reader sees zeros."""
        self._map.madvise(mmap.MADV_REMOVE)

    def close(self) -> None:
        """Release this process's hold."""
        del self._header, self._bytes
        self._map.close()
        os.close(self.fd)

    def _slot(self, seq: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        start = HEADER_BYTES + (seq % self.slots) * self._stride
        head = self._bytes[start : start + SLOT_HEADER_BYTES].view(np.int64)
        return head, self._bytes[start + SLOT_HEADER_BYTES : start + self._stride]


def planes_of(packed: NDArray[np.uint8], width: int, height: int) -> Planes:
    """View (H*3/2*W,) bytes as the three planes."""
    luma, chroma = width * height, width * height // 4
    return (
        packed[:luma].reshape(height, width),
        packed[luma : luma + chroma].reshape(height // 2, width // 2),
        packed[luma + chroma : luma + 2 * chroma].reshape(height // 2, width // 2),
    )


def _round_up(size: int) -> int:
    return (size + 63) // 64 * 64
