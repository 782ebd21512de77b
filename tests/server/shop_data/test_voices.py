"""What is learnt of what shoppers say, and how seldom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from pipelines.sizing.feedback import tendencies
from server.shop import voices
from server.shop.tables import FitFeedback
from tests.server.shop_data.conftest import Open


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
