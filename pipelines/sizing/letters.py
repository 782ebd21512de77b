"""The letter of EN 13402-3 for a chest, and how probable each is: what a label would say. Never an answer by itself."""

from __future__ import annotations

import math
from bisect import bisect_right

from pipelines.body.model import Sex
from pipelines.sizing.estimate import Estimate
from pipelines.sizing.labels import LETTERS as ALL_LETTERS

# Girth of chest or bust in cm at which the next letter begins: the standard's bands as they are widely quoted, not
# checked against its own text.
LETTERS = ALL_LETTERS[:8]
BEGINS_CM: dict[Sex, tuple[float, ...]] = {
    "male": (78, 86, 94, 102, 110, 118, 129),
    "female": (74, 82, 90, 98, 107, 119, 131),
}


def letter_of(chest_cm: float, sex: Sex) -> str:
    """Return the letter of a chest girth."""
    return LETTERS[bisect_right(BEGINS_CM[sex], chest_cm)]


def letter_probabilities(found: Estimate, sex: Sex) -> dict[str, float]:
    """Return how probable each letter of `sex`'s scale is; they sum to 1."""
    at = found.names.index("chest")
    below = [
        sum(one.probability * one.below(at, math.log(girth)) for one in found.posteriors) for girth in BEGINS_CM[sex]
    ]
    steps = zip((0.0, *below), (*below, 1.0), strict=True)
    return {letter: high - low for letter, (low, high) in zip(LETTERS, steps, strict=True)}
