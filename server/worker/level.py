"""How much is computed for a frame: less where the machine cannot keep up, before the frame rate falls.

Two steps can be taken, first the one that spares the slower of the two stage threads: the pose is looked at in every
second frame only, or cloth is coarser and own clothes are not painted out. One step down when the slower thread is
over its budget for WINDOW_S, one up when it would be well under it for CALM_S (the hysteresis of Jitsi's load reducer),
never two within REST_S. Time is an argument.
"""

from __future__ import annotations

from collections import deque

BUDGET_S = 1.0 / 15.0  # a frame, in either thread: under 15 frames a second motion falls apart
WINDOW_S, CALM_S, REST_S = 2.0, 10.0, 5.0
UNDER = 0.8  # of the budget: so much has to be left before more is computed
DEARER = {"rests": 2.0, "coarse": 1.1}  # what the slower thread takes without that step


class Level:
    """The level of one sitting."""

    def __init__(self) -> None:
        self._taken: tuple[str, ...] = ()  # steps, the last one last
        self._spent: deque[tuple[float, float, float]] = deque()  # (when, track, dress), s
        self._changed_s = self._calm_s = -1e9
        self._began_s: float | None = None

    @property
    def now(self) -> int:
        """How many steps are taken."""
        return len(self._taken)

    @property
    def rests(self) -> bool:
        """Whether every second pose is left out."""
        return "rests" in self._taken

    @property
    def is_coarse(self) -> bool:
        """Whether cloth is coarser, and nothing is painted out."""
        return "coarse" in self._taken

    def note(self, now_s: float, track_s: float, dress_s: float) -> None:
        """Take down what both threads took for one frame."""
        if self._began_s is None:
            self._began_s = self._calm_s = now_s
        self._spent.append((now_s, track_s, dress_s))
        while now_s - self._spent[0][0] > WINDOW_S:
            self._spent.popleft()
        track_s, dress_s = (sum(column) / len(self._spent) for column in list(zip(*self._spent, strict=True))[1:])
        slower_s = max(track_s, dress_s)
        dearer = DEARER[self._taken[-1]] if self._taken else 1.0
        if slower_s * dearer > UNDER * BUDGET_S:
            self._calm_s = now_s
        if now_s - max(self._changed_s, self._began_s - REST_S + WINDOW_S) < REST_S:
            return
        if slower_s > BUDGET_S and len(self._taken) < len(DEARER):
            steps = ("rests", "coarse") if track_s > dress_s else ("coarse", "rests")
            self._change(now_s, (*self._taken, next(step for step in steps if step not in self._taken)))
        elif self._taken and now_s - self._calm_s >= CALM_S:
            self._change(now_s, self._taken[:-1])

    def _change(self, now_s: float, steps: tuple[str, ...]) -> None:
        self._taken = steps
        self._changed_s = self._calm_s = now_s
        self._spent.clear()
