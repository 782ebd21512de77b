"""A shopper who comes to the shop's desk in a test."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.schema import Known
from server.shop import bodies, carts, goods, people, voices
from server.shop.keeper import Keeper
from server.shop.wire import BodyCard, BodySaid, EventSaid, FitSaid, ReturnSaid, ReviewSaid

CANARY = "Zephyrine Quillfeather"
TITLE = "Canarybirdlike cloth"


class Person:
    """A shopper at the desk."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.token = keeper.write(lambda db: people.new_session(db, keeper.now_s())).token

    def does(self, job: Any) -> Any:
        """Do `job` (session, own id, now), as a route would."""
        now_s = self.keeper.now_s()
        return self.keeper.write(lambda db: job(db, people.session_of(db, self.token, now_s, self.keeper.lives), now_s))

    @property
    def id(self) -> str:
        return self.does(lambda db, me, now_s: me)

    def agrees(self, purpose: str) -> None:
        self.does(lambda db, me, now_s: people.agree(db, me, purpose, "1", "en", now_s))

    def saves(self, name: str = CANARY, **known: float) -> BodyCard:
        said = body(name, **(known or {"height": 171.25, "weight": 64.5}))
        keeper = self.keeper
        return self.does(lambda db, me, now_s: bodies.save(db, keeper.vault, me, said, "en", now_s, keeper.lives))

    def has(self) -> list[BodyCard]:
        return self.does(lambda db, me, now_s: bodies.saved(db, self.keeper.vault, me, now_s).bodies)

    def lives_a_little(self) -> None:
        """Leave something in every table that can hold something of a shopper."""
        self.agrees("bodies")
        self.agrees("history")
        self.saves()
        self.does(lambda db, me, now_s: carts.put(db, me, a_sku(db), 1, goods.Wish(), now_s))
        self.does(lambda db, me, now_s: voices.say_fit(db, me, "block", FitSaid(size="M", fit="small"), "en", now_s))
        back = ReturnSaid(size="M", reason="colour")
        self.does(lambda db, me, now_s: voices.say_return(db, me, "block", back, "en", now_s))
        review = ReviewSaid(rating=4, title=TITLE, text="as told")
        self.does(lambda db, me, now_s: voices.say_review(db, me, "block", review, "en", now_s))
        seen = EventSaid(product="block", kind="viewed")
        self.does(lambda db, me, now_s: people.remember(db, me, seen, "en", now_s))


def body(name: str, **known: float) -> BodySaid:
    return BodySaid(name=name, known=tuple(Known(name=key, value=value) for key, value in known.items()), sex="female")


def a_sku(db: Session) -> str:
    found = goods.cards(db, ["block"], goods.Wish())[0].variants
    return next(one.sku for one in found if one.available)
