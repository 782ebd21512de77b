"""The painted path with a tailor that has much to prepare, and writes down each step."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.server.painted_path import *  # noqa: F403
from tests.server.painted_path import load_tailor as load_idle_tailor


def load_tailor() -> tuple[Callable[[dict[str, Any]], dict[str, Any]], Iterator[None]]:
    return load_idle_tailor()[0], _steps(Path(os.environ["AHEAD_STEPS"]))


def _steps(written: Path) -> Iterator[None]:
    while True:
        time.sleep(0.01)
        with written.open("a") as file:
            file.write(".")
        yield
