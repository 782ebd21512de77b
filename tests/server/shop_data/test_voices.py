"""What shoppers say of how things fitted, counted once each."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from pipelines.sizing.feedback import tendencies
from server.shop import voices
from server.shop.keeper import Keeper
from server.shop.tables import FitFeedback, Return
from server.shop.wire import FitSaid, ReturnSaid
from tests.server.shop_data.conftest import Clock, Open
from tests.server.shop_data.person import Person


def counts(person: Person) -> tuple[int, int, int]:
    """Return how many called the block too small, right and too large."""
    return person.keeper.read(lambda db: voices.counts_in(db, "block"))


def returns(person: Person, reason: str) -> None:
    back = ReturnSaid(size="M", reason=reason)
    person.does(lambda db, me, now_s: voices.say_return(db, me, "block", back, "en", now_s))


def test_a_voice_counts_once_and_the_last_word_holds(anna: Person) -> None:
    def fits(fit: str) -> None:
        anna.does(lambda db, me, now_s: voices.say_fit(db, me, "block", FitSaid(size="M", fit=fit), "en", now_s))

    small, fit, large = counts(anna)
    fits("fit")
    fits("fit")
    assert counts(anna) == (small, fit + 1, large)
    returns(anna, "quality")
    assert counts(anna) == (small, fit + 1, large)
    returns(anna, "too_small")
    assert counts(anna) == (small + 1, fit, large)
    fits("large")
    assert counts(anna) == (small, fit, large + 1)
    anna.does(lambda db, me, now_s: voices.unsay(db, FitFeedback, me, "block"))
    assert counts(anna) == (small, fit, large)


def test_a_return_taken_back_no_longer_says_how_it_fitted(anna: Person, clock: Clock) -> None:
    small, fit, large = counts(anna)
    returns(anna, "too_small")
    returns(anna, "too_large")
    assert counts(anna) == (small, fit, large + 1)
    returns(anna, "colour")
    assert counts(anna) == (small, fit, large)
    returns(anna, "too_small")
    anna.does(lambda db, me, now_s: voices.unsay(db, Return, me, "block"))
    assert counts(anna) == (small, fit, large)
    returns(anna, "too_small")
    clock.now_s += 60
    own = FitSaid(size="M", fit="small")
    anna.does(lambda db, me, now_s: voices.say_fit(db, me, "block", own, "en", now_s))
    anna.does(lambda db, me, now_s: voices.unsay(db, Return, me, "block"))
    assert counts(anna) == (small + 1, fit, large)  # said by themselves


def test_feedback_moves_what_is_said_of_an_item(keeper: Keeper) -> None:
    before = keeper.read(lambda db: voices.runs_in(db, "block"))
    for _ in range(60):
        person = Person(keeper)
        person.does(lambda db, me, now_s: voices.say_fit(db, me, "block", FitSaid(size="M", fit="small"), "en", now_s))
    after = keeper.read(lambda db: voices.runs_in(db, "block"))
    assert after.count == before.count + 60
    assert after.sizes > before.sizes + 0.2
    words = keeper.read(lambda db: voices.runs_card(db, "block", "zh")).words
    assert words == f"{after.count} 条反馈显示此款偏小"


def test_kinds_are_learnt_anew_once_a_hundredth_more_has_been_said(
    open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[int] = []

    def learn(said: Any, kinds: Any) -> Any:
        learnt.append(sum(map(sum, said.values())))
        return tendencies(said, kinds)

    monkeypatch.setattr(voices, "tendencies", learn)
    keeper = open_shop()
    keeper.read(lambda db: voices.runs_in(db, "block"))
    voiced = keeper.read(lambda db: db.scalar(select(func.count()).select_from(FitFeedback)))
    assert learnt == [voiced]
    more = voiced // 100 + 1
    for _ in range(more):
        keeper.write(lambda db: db.add(FitFeedback(product_id="slow", size="M", fit="small", at_s=1)))
        keeper.read(lambda db: [voices.runs_in(db, id_) for id_ in ("block", "slow", "moon")])
    assert learnt == [voiced, voiced + more]
    keeper.write(lambda db: db.execute(delete(FitFeedback)))
    assert keeper.read(lambda db: voices.runs_in(db, "slow")).count == 0
    assert learnt[2:] == [0]
