"""What of the picture a narrow network gets: first the quality goes (the encoder's own doing), then size, then rate.

The measure is bits a pixel: below the low mark a frame is mush whatever the encoder does, and a smaller one that is
scaled up looks better. Steps down are taken at once, as many as are needed, steps up one by one after some seconds:
each costs a key frame.
"""

from __future__ import annotations

from dataclasses import dataclass

TICKS_PER_S = 90_000
SCALES = (1.0, 0.75, 0.5, 0.375, 0.25)
SIDE_MIN_PX = 320  # the longer side is not scaled below this
KEEP_MAX = 3  # at the end of the ladder, every third frame
LOW, ENOUGH = 0.045, 0.07  # bits a pixel: to leave a rung, and to be had on the next higher one
UP_S = 4.0
SMOOTH_S = 0.7


@dataclass(frozen=True, slots=True)
class Rung:
    """A size, and how many frames there are for one that is sent."""

    scale: float = 1.0
    keep: int = 1

    @property
    def share(self) -> float:
        """Pixels a second over those of the highest rung."""
        return self.scale**2 / self.keep


class Ladder:
    """Chooses the rung; the frames' times in 1/90000 s are the only clock."""

    def __init__(self) -> None:
        self.rung = Rung()
        self._bps: float | None = None
        self._last = self._enough_since = 0

    def climb(self, bps: float, width: int, height: int, fps: float, ticks: int) -> Rung:
        """Return the rung for a picture of that size and rate."""
        pixels = width * height * fps
        rungs = _rungs(max(width, height))
        bps = self._smooth(bps, ticks)
        if self.rung not in rungs:
            self.rung = rungs[0]
        place = rungs.index(self.rung)
        if bps < LOW * pixels * self.rung.share and place + 1 < len(rungs):
            fitting = (rung for rung in rungs[place + 1 :] if bps >= LOW * pixels * rung.share)
            self.rung = next(fitting, rungs[-1])
            self._enough_since = ticks
        elif place == 0 or bps < ENOUGH * pixels * rungs[place - 1].share:
            self._enough_since = ticks
        elif ticks - self._enough_since > UP_S * TICKS_PER_S:
            self.rung = rungs[place - 1]
            self._enough_since = ticks
        return self.rung

    def _smooth(self, bps: float, ticks: int) -> float:
        passed_s = (ticks - self._last) / TICKS_PER_S
        self._last = ticks
        before = bps if self._bps is None else self._bps
        self._bps = before + (bps - before) * min(1.0, max(0.0, passed_s / SMOOTH_S))
        return self._bps


def _rungs(side_px: int) -> list[Rung]:
    scales = [scale for scale in SCALES if scale == 1.0 or scale * side_px >= SIDE_MIN_PX]
    return [Rung(scale) for scale in scales] + [Rung(scales[-1], keep) for keep in range(2, KEEP_MAX + 1)]
