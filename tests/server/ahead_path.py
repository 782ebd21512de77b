"""The painted path with a tailor that has much to prepare, and writes down each step."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.server.painted_path import *  # noqa: F403
from tests.server.painted_path import Tailor
from tests.server.painted_path import load_tailor as load_idle_tailor


def load_tailor() -> Tailor:
    fit, _, foresee = load_idle_tailor()
    return fit, _steps(Path(os.environ["AHEAD_STEPS"])), foresee


def _steps(written: Path) -> Iterator[None]:
    while True:
        time.sleep(0.01)
        with written.open("a") as file:
            file.write(".")
        yield
