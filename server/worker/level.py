"""How much is computed for a frame: less where the machine cannot keep up, before fewer than 15 a second are shown.

Level 0 everything; 1 coarser cloth, and own clothes are not painted out; 2 also the pose only in every second frame.
One step down when the slower of the two stage threads is over its budget for WINDOW_S, one up when it would be well
under it for CALM_S (the hysteresis of Jitsi's load reducer), never two within REST_S. Time is an argument.
"""

from __future__ import annotations

from collections import deque

MOST = 2
BUDGET_S = 1.0 / 15.0  # a frame, in either thread: under 15 frames a second motion falls apart
WINDOW_S, CALM_S, REST_S = 2.0, 10.0, 5.0
UNDER = 0.8  # of the budget: so much has to be left before more is computed
DEARER = (1.0, 1.1, 2.0)  # what the slower thread takes a level higher up, by level; at 2 half the poses are left out


class Level:
    """The level of one sitting."""

    def __init__(self) -> None:
        self.now = 0
        self._spent: deque[tuple[float, float, float]] = deque()  # (when, track, dress), s
        self._changed_s = self._calm_s = -1e9
        self._began_s: float | None = None

    def note(self, now_s: float, track_s: float, dress_s: float) -> None:
        """Take down what both threads took for one frame."""
        if self._began_s is None:
            self._began_s = self._calm_s = now_s
        self._spent.append((now_s, track_s, dress_s))
        while now_s - self._spent[0][0] > WINDOW_S:
            self._spent.popleft()
        slower_s = max(sum(column) / len(self._spent) for column in list(zip(*self._spent, strict=True))[1:])
        if slower_s * DEARER[self.now] > UNDER * BUDGET_S:
            self._calm_s = now_s
        if now_s - max(self._changed_s, self._began_s - REST_S + WINDOW_S) < REST_S:
            return
        if slower_s > BUDGET_S and self.now < MOST:
            self._change(now_s, 1)
        elif self.now > 0 and now_s - self._calm_s >= CALM_S:
            self._change(now_s, -1)

    def _change(self, now_s: float, step: int) -> None:
        self.now += step
        self._changed_s = self._calm_s = now_s
        self._spent.clear()
