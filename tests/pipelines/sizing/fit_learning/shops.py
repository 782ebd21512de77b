"""Small made-up shops."""

from __future__ import annotations

import numpy as np

from pipelines.sizing.fit_learning.table import HEADERS, Feedback, read_feedback

HEADER = ",".join(HEADERS)


def shop_lines(count: int = 4000, items: int = 40, seed: int = 0) -> list[str]:
    """A table whose items run small or large by up to a size, and whose wearers do not know that."""
    rng = np.random.default_rng(seed)
    offset = rng.normal(0, 0.6, items)
    lines = [HEADER]
    for n in range(count):
        who, which = rng.integers(0, count // 2), rng.integers(0, items)
        body = np.random.default_rng(int(who))
        height, weight, age = body.normal(166, 7), np.exp(body.normal(4.15, 0.15)), 20 + 30 * body.random()
        size = int(np.clip(np.round((weight - 45) / 6 + rng.normal(0, 0.5)), 0, 9))
        tight = (weight - 45) / 6 + offset[which] - size + rng.normal(0, 0.4)
        fit = "small" if tight > 0.7 else "large" if tight < -0.7 else "fit"
        kind, when = ("pear", "athletic", "")[which % 3], 1.5e9 + 1e4 * n
        lines.append(
            f"u{who},i{which},{2 * size},{height:.0f},{weight:.1f},{age:.0f},{kind},c{which % 4},{fit},{when:.0f}"
        )
    return lines


def shop(count: int = 4000, items: int = 40, seed: int = 0) -> Feedback:
    return read_feedback(shop_lines(count, items, seed)).feedback
