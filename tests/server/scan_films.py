"""The two films of one judging shopper's scan, painted once for all tests: a picture takes a second."""

from __future__ import annotations

import functools

from benchmarks.judge.people import Looks
from benchmarks.judge.scanned import scenes
from benchmarks.judge.scenes import Film, shoot

PERSON = 2  # a woman


@functools.cache
def scan_films() -> tuple[Film, ...]:
    """Return the film from the front and the one from the side."""
    return tuple(shoot(scene) for scene in scenes(PERSON, Looks(fitted=True), 1))
