"""Does size advice ask for what helps: what is open of the size once its first question was answered by a tape.

Of the shop's own garments, whose charts speak of the standard's waist: by the model that serves, which alone has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.body_scores import Guess, Person, metric
from pipelines.errors import MeasurementRejected
from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import TAPES, Advice, Item, advise

GARMENTS = {
    "female": ("dress_a_line", "skirt_pencil", "tee_crew", "jeans_straight"),
    "male": ("tee_crew", "jeans_straight"),
}
EVERY = 30  # of the people: some seconds


def asking_metrics(done: Sequence[Guess]) -> dict[str, Any]:
    """Return bits that are open after the first tape that is asked for, and after others; share of sure answers."""
    asked, others, best, sure = [], [], [], []
    for after, first in _answered(done[::EVERY]):
        bits = {name: _open_bits(advice) for name, advice in after.items()}
        asked.append(bits[first])
        others.append(np.mean(list(bits.values())))
        best.append(min(bits.values()))
        sure.append(after[first].verdict == "sure")
    peers = {"any tape": float(np.mean(others)), "the best in hindsight": float(np.mean(best)), "n": len(asked)}
    return {
        "ask_first_open": metric(float(np.mean(asked)), "bits", float(np.mean(others)), "lower", peers),
        "ask_first_sure": metric(float(np.mean(sure)), "share", None, "higher"),
    }


def _answered(done: Sequence[Guess]) -> Iterator[tuple[dict[str, Advice], str]]:
    """Yield, of people and garments where a tape is asked for, the advice after each tape, and the one asked for."""
    items = {id_: item_of(load_catalogue().get(id_)) for id_ in {one for some in GARMENTS.values() for one in some}}
    for guess in done:
        for id_ in GARMENTS[guess.person.sex]:
            start = _told(guess.person, None, items[id_])
            first = next((name for name in start.ask if name in TAPES), None) if start else None
            after = {name: _told(guess.person, name, items[id_]) for name in TAPES}
            told = {name: advice for name, advice in after.items() if advice is not None}
            if first in told:
                yield told, first


def _told(person: Person, name: str | None, item: Item) -> Advice | None:
    """Return the advice once a tape, if any, is told as well; None for who is refused then."""
    tape = () if name is None else (Evidence(name, person.all_cm[name], "tape"),)
    try:
        return advise(estimate([*person.evidence, *tape], person.sex), item)
    except MeasurementRejected:
        return None


def _open_bits(advice: Advice) -> float:
    shares = np.array([*advice.chances.values(), advice.none_fits])
    return float(-(shares[shares > 0.0] * np.log2(shares[shares > 0.0])).sum())
