"""What is drawn of whom little is known: which size, and for whose body it is said to fit.

Something has to be drawn before anybody told anything. Shops show their middle size, so that is what is worn; and as
nothing speaks against it, how it fits is told of the people whom that size is made for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.sizing.estimate import Estimate, Figure, anybody, estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.recommend import Advice, Item, advise_unasked
from pipelines.sizing.regions import made_for


def drawn_size(known: KnownBody | None, item: Item) -> str:
    """Return the size that is advised or, where none is, the middle of what is possible: something has to be drawn.

    Where nothing is known of the girths that is the middle one of the chart, moved by as much as people of the told
    height differ from all. The middle of all people would not do: of a women's chart that is its largest sizes, because
    men are counted. Where much is possible the likeliest size would be an end of the chart, because everybody beyond
    it is counted there.  Raises MeasurementRejected or ChartRejected.  Some 2 ms.
    """
    found = anybody() if known is None else estimate(known.evidence, known.sex)
    advice = advise_unasked(found, item)
    if advice.size is not None:
        return advice.size
    at = _middle(advice)
    if not _tells_girths(found):
        at += (len(item.sizes) - 1) // 2 - _middle(advise_unasked(anybody(), item))
    return item.sizes[min(max(at, 0), len(item.sizes) - 1)]


def assumed_figures(item: Item, height_cm: float | None) -> dict[str, Figure] | None:
    """Return the dimensions of those whom the size is made for that is drawn of a shopper who told a height or nothing.

    Their source is "assumed". None where nobody has what the chart says.  Raises MeasurementRejected.  Some 5 ms.
    """
    known = None if height_cm is None else KnownBody((evidence_of("height", height_cm),))
    figures = made_for(item, drawn_size(known, item), height_cm)
    return figures and {name: replace(one, source="assumed", drawn_from=()) for name, one in figures.items()}


def _middle(advice: Advice) -> int:
    """Return the number of the size that as many bodies are below as above; who lies between two counts as larger."""
    shares = dict(advice.chances)
    smaller = 0.0 if advice.too_small else advice.none_fits
    if advice.gap is not None:
        smaller = 0.0
        shares[advice.gap[1]] += advice.none_fits
    reached = smaller + np.cumsum(list(shares.values()))
    return min(int(np.searchsorted(reached, 0.5)), len(advice.chances) - 1)


def _tells_girths(found: Estimate) -> bool:
    """Whether more is known than how tall and how old."""
    return any(one.name not in ("height", "age") for one in found.evidence)
