"""What is kept of shoppers ends: by their wish, by the clock, and then it is nowhere in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.errors import MeasureRefused, TokenRefused
from server.shop import bodies, people
from server.shop.errors import NotAgreed, TextOutdated, TooManyKept
from server.shop.keeper import Keeper
from server.shop.tables import Base, ConsentGiven, Event, Review, SavedBody, ShopSession, Variant
from server.shop.wire import EventSaid
from tests.server.shop_data.conftest import Clock, Open, bytes_beside
from tests.server.shop_data.person import CANARY, TITLE, Person, body


def rows_of(keeper: Keeper, id_: str) -> dict[str, int]:
    """Return how many rows each table has of a shopper."""

    def count(db: Session) -> dict[str, int]:
        found = {}
        for table in Base.metadata.sorted_tables:
            column = table.c.get("session_id") if table.name != "sessions" else table.c.id
            if column is not None:
                found[table.name] = db.scalar(select(func.count()).select_from(table).where(column == id_)) or 0
        return found

    return keeper.read(count)


def test_a_body_is_kept_only_after_consent_to_the_text_that_is_shown(anna: Person) -> None:
    with pytest.raises(NotAgreed):
        anna.saves()
    with pytest.raises(TextOutdated):
        anna.does(lambda db, me, now_s: people.agree(db, me, "bodies", "0", "zh", now_s))
    anna.agrees("history")
    with pytest.raises(NotAgreed):
        anna.saves()
    anna.agrees("bodies")
    assert anna.saves().name == CANARY


def test_consent_to_an_older_text_counts_no_longer(anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    anna.agrees("bodies")
    monkeypatch.setitem(people.TEXT_VERSION, "bodies", "2")
    with pytest.raises(NotAgreed):
        anna.saves()
    told = anna.does(lambda db, me, now_s: people.consents(db, me, "en", anna.keeper.lives)).consents[0]
    assert (told.text_version, told.outdated, "90 days" in told.text) == ("2", True, True)
    anna.does(lambda db, me, now_s: people.agree(db, me, "bodies", "2", "en", now_s))
    anna.saves()
    kept = anna.keeper.read(
        lambda db: [(row.text_version, row.revoked_s is None) for row in db.scalars(select(ConsentGiven))]
    )
    assert kept == [("1", False), ("2", True)]


def test_consent_is_recorded_once_with_its_time_and_taken_back(anna: Person, clock: Clock) -> None:
    anna.agrees("bodies")
    given_s = int(clock.now_s)
    clock.days_pass(1)
    anna.agrees("bodies")
    anna.saves()
    clock.days_pass(1)
    anna.does(lambda db, me, now_s: people.revoke(db, me, "bodies", now_s))
    (row,) = anna.keeper.read(lambda db: [vars(row) for row in db.scalars(select(ConsentGiven))])
    assert (row["purpose"], row["text_version"], row["given_s"]) == ("bodies", "1", given_s)
    assert row["revoked_s"] == given_s + 2 * 86_400
    assert anna.has() == []


def test_bodies_are_sealed_in_the_file_and_open_for_their_owner_alone(anna: Person, file: Path) -> None:
    anna.agrees("bodies")
    saved = anna.saves()
    other = Person(anna.keeper)
    other.agrees("bodies")
    content = bytes_beside(file)
    assert anna.id.encode() in content
    assert CANARY.encode() not in content and b"171.25" not in content
    assert other.has() == []
    other.does(lambda db, me, now_s: bodies.forget(db, me, saved.id))
    assert [one.name for one in anna.has()] == [CANARY]
    assert {one.name: one.value for one in anna.has()[0].known} == {"height": 171.25, "weight": 64.5}


def test_a_body_moved_to_another_row_does_not_open(anna: Person) -> None:
    anna.agrees("bodies")
    first, second = anna.saves("one"), anna.saves("two")

    def swap(db: Session) -> None:
        one, two = db.get(SavedBody, first.id), db.get(SavedBody, second.id)
        one.sealed, two.sealed = two.sealed, one.sealed

    anna.keeper.write(swap)
    assert [(one.readable, one.name, one.known) for one in anna.has()] == [(False, None, [])] * 2


def test_without_its_key_a_body_is_unreadable_and_can_be_deleted(open_shop: Open, anna: Person, tmp_path: Path) -> None:
    anna.agrees("bodies")
    saved = anna.saves()
    anna.keeper.close()
    (tmp_path / "body_key").unlink()
    anna.keeper = open_shop()
    assert [(one.id, one.readable) for one in anna.has()] == [(saved.id, False)]
    anna.does(lambda db, me, now_s: bodies.forget(db, me, saved.id))
    assert anna.has() == []


def test_bodies_are_few_have_names_of_their_own_and_make_sense(anna: Person) -> None:
    anna.agrees("bodies")
    with pytest.raises(MeasureRefused):
        anna.saves(height=17.0)
    for n in range(bodies.BODIES_MAX):
        anna.saves(f"body {n}")
    with pytest.raises(TooManyKept):
        anna.saves("one more")
    first = anna.has()[0]
    anna.does(lambda db, me, now_s: bodies.forget(db, me, first.id))
    with pytest.raises(TooManyKept, match="body 1"):
        anna.saves("body 1")
    assert [one.name for one in anna.has()] == [f"body {n}" for n in range(1, bodies.BODIES_MAX)]


def test_what_a_deleted_body_left_in_the_file_goes_with_the_next_tidying(anna: Person, file: Path) -> None:
    anna.agrees("bodies")
    saved, keeper, me = anna.saves(), anna.keeper, anna.id
    sealed = keeper.read(lambda db: db.get(SavedBody, saved.id).sealed)
    keeper.drop(lambda db: bodies.forget(db, me, saved.id))
    assert anna.has() == []
    keeper.tidy()
    assert not any(part in bytes_beside(file) for part in (sealed, saved.id.encode()))


def test_a_body_expires_after_its_days_and_a_correction_begins_them_anew(anna: Person, clock: Clock) -> None:
    anna.agrees("bodies")
    old, new = anna.saves("old"), anna.saves("new")
    keeper = anna.keeper
    clock.days_pass(60)
    said = body("new", height=180.0)
    anna.does(lambda db, me, now_s: bodies.correct(db, keeper.vault, me, new.id, said, "en", now_s, keeper.lives))
    clock.days_pass(29.9)
    assert keeper.tidy() == 0
    assert [one.name for one in anna.has()] == ["old", "new"]
    clock.days_pass(0.2)
    assert [one.name for one in anna.has()] == ["new"], "what has expired is not shown, even before it is swept"
    assert keeper.tidy() == 1
    assert keeper.read(lambda db: list(db.scalars(select(SavedBody.id)))) == [new.id]
    assert old.expires_s == old.changed_s + 90 * 86_400


def test_days_are_those_of_the_settings(open_shop: Open, clock: Clock) -> None:
    person = Person(open_shop(shop__body_days=3))
    person.agrees("bodies")
    person.saves()
    clock.days_pass(3.1)
    assert person.has() == []


def test_who_never_comes_back_is_forgotten_after_a_day_and_who_does_after_ninety(keeper: Keeper, clock: Clock) -> None:
    once, often = Person(keeper), Person(keeper)
    clock.days_pass(0.5)
    often_id = often.id
    clock.days_pass(0.6)
    assert keeper.tidy() == 1
    with pytest.raises(TokenRefused):
        once.id  # noqa: B018
    clock.days_pass(85)
    assert often.id == often_id
    clock.days_pass(89)
    assert often.id == often_id
    clock.days_pass(91)
    with pytest.raises(TokenRefused):
        often.id  # noqa: B018


def test_who_comes_every_day_stays_where_a_session_lasts_a_day(open_shop: Open, clock: Clock) -> None:
    often = Person(open_shop(shop__session_days=1))
    for _ in range(4):
        clock.days_pass(0.9)
        assert often.id
    clock.days_pass(1.1)
    with pytest.raises(TokenRefused):
        often.id  # noqa: B018


def test_what_an_expired_shopper_said_stays_without_a_hint_whose_it_was(
    keeper: Keeper, clock: Clock, file: Path
) -> None:
    anna = Person(keeper)
    anna.lives_a_little()
    id_ = anna.id
    clock.days_pass(120)
    keeper.tidy()
    assert set(rows_of(keeper, id_).values()) == {0}
    said = keeper.read(lambda db: db.scalar(select(Review.session_id).where(Review.title == TITLE)))
    assert said is None
    assert keeper.read(lambda db: db.scalar(select(func.count()).where(Review.title == TITLE))) == 1
    assert id_.encode() not in bytes_beside(file)


def test_events_are_kept_only_after_consent_and_are_forgotten(
    anna: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = EventSaid(product="block", kind="tried_on", size="M")

    def look() -> None:
        anna.does(lambda db, me, now_s: people.remember(db, me, seen, "en", now_s))

    def kept() -> int:
        return anna.keeper.read(lambda db: db.scalar(select(func.count()).select_from(Event)))

    with pytest.raises(NotAgreed):
        look()
    anna.agrees("history")
    monkeypatch.setattr(people, "EVENTS_MAX", 3)
    for _ in range(5):
        look()
    assert kept() == 3
    clock.days_pass(60)
    look()
    clock.days_pass(31)
    anna.keeper.tidy()
    assert kept() == 1
    anna.does(lambda db, me, now_s: people.revoke(db, me, "history", now_s))
    assert kept() == 0


def test_erasing_leaves_nothing_in_any_table_nor_in_the_file(anna: Person, file: Path) -> None:
    anna.lives_a_little()
    other = Person(anna.keeper)
    other.lives_a_little()
    id_, keeper = anna.id, anna.keeper
    before = rows_of(keeper, id_)
    assert set(before.values()) - {1} == {2} and before["consents"] == 2, "every table holds something"
    hashed = keeper.read(lambda db: db.get(ShopSession, id_).token_hash)
    sealed = keeper.read(lambda db: db.scalar(select(SavedBody.sealed).where(SavedBody.session_id == id_)))
    assert all(text in bytes_beside(file) for text in (id_.encode(), hashed.encode(), sealed))
    counts, scrubbed = keeper.erase(lambda db: people.erase(db, id_))
    assert counts == before
    assert scrubbed
    assert set(rows_of(keeper, id_).values()) == {0}
    content = bytes_beside(file)
    assert not any(text in content for text in (id_.encode(), hashed.encode(), sealed))
    assert content.count(TITLE.encode()) == 1, "the other's review alone"
    assert rows_of(keeper, other.id) == before
    with pytest.raises(TokenRefused):
        anna.id  # noqa: B018


def test_erasing_counts_as_done_only_when_the_file_is_clean(anna: Person, file: Path) -> None:
    anna.lives_a_little()
    id_, keeper = anna.id, anna.keeper
    reader = Keeper(keeper_settings(keeper), keeper.catalogue, keeper._clock)  # another program that reads meanwhile
    with reader._opened() as store, store.reading() as db:
        db.scalar(select(func.count()).select_from(Variant))
        _, scrubbed = keeper.erase(lambda db: people.erase(db, id_))
        assert not scrubbed
    reader.close()
    keeper.tidy()
    assert id_.encode() not in bytes_beside(file)


def keeper_settings(keeper: Keeper) -> Any:
    from tests.server.shop import shop_settings

    return shop_settings(keeper._file.parent, shop__demo=False)
