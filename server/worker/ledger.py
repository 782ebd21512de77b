"""Times of the stages of one frame."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Ledger:
    """Books milliseconds a stage; a stage that is entered twice is summed."""

    def __init__(self) -> None:
        self.stage_ms: dict[str, float] = {}

    @contextmanager
    def watch(self, stage: str) -> Iterator[None]:
        """Book the time until the block ends."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent_ms = (time.perf_counter() - start) * 1000
            self.stage_ms[stage] = self.stage_ms.get(stage, 0.0) + spent_ms
