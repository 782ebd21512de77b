"""What may go wrong with the file, told in words and gone as soon as its cause is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.settings import SettingsRejected
from server.shop import keeper as keeper_module
from server.shop import people, store
from server.shop.keeper import Keeper
from server.shop.store import COPY, StoreClosed
from server.shop.tables import Product, Review, ShopSession
from tests.server.shop import Shop, shop_settings
from tests.server.shop_data.conftest import Clock, Open, bytes_beside


def products(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Product)) or 0


def come(db: Session) -> None:
    people.new_session(db, 1)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_S", 0.05)
    monkeypatch.setattr(keeper_module, "RETRY_S", 0.0)


def refused(keeper: Keeper, job: Any) -> StoreClosed:
    with pytest.raises(StoreClosed) as closed:
        job(keeper)
    return closed.value


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, open_shop: Open) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    keeper = open_shop(shop__database=f"sqlite:///{tmp_path / 'taken' / 'shop.db'}")
    closed = refused(keeper, lambda one: one.read(products))
    assert closed.kind == "read_only"
    assert str(tmp_path / "taken") in str(closed)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, open_shop: Open) -> None:
    (tmp_path / "shop.db").mkdir()
    closed = refused(open_shop(), lambda one: one.read(products))
    assert closed.kind == "read_only"
    assert str(tmp_path / "shop.db") in str(closed)


def test_a_file_without_the_right_to_write_is_told_as_such(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE x (y)")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reader, pytest.raises(sqlite3.Error) as error:
        reader.execute("INSERT INTO x VALUES (1)")
    closed = store.explained(error.value, "it")
    assert (closed.kind, str(closed)) == (
        "read_only", "it cannot be written; give this user the right to write it and its folder",
    )  # fmt: skip


def test_a_full_disk_stops_writing_alone_and_passes(open_shop: Open) -> None:
    keeper = open_shop()
    pages = keeper.read(lambda db: db.scalar(text("PRAGMA page_count")))
    keeper.read(lambda db: db.execute(text(f"PRAGMA max_page_count = {pages}")).all())

    def much(db: Session) -> None:
        for n in range(2000):
            db.add(ShopSession(id=f"{n}", token_hash=f"{n}", created_s=0, expires_s=2**40))

    closed = refused(keeper, lambda one: one.write(much))
    assert (closed.kind, "make room" in str(closed)) == ("full", True)
    assert keeper.read(products) > 0
    keeper.read(lambda db: db.execute(text("PRAGMA max_page_count = 100000")).all())
    keeper.write(much)
    assert keeper.closed is None


def test_a_locked_file_is_read_still_and_written_again_when_it_is_free(open_shop: Open, file: Path) -> None:
    keeper = open_shop()
    count = keeper.read(products)
    with locked(file):
        closed = refused(keeper, lambda one: one.write(come))
        assert (closed.kind, "end that" in str(closed)) == ("locked", True)
        assert keeper.read(products) == count
    keeper.write(come)
    assert keeper.closed is None


def test_a_file_that_is_locked_at_the_start_is_opened_later(open_shop: Open, file: Path) -> None:
    first = open_shop()
    count = first.read(products)
    first.close()
    keeper = open_shop()
    with locked(file):
        assert refused(keeper, lambda one: one.read(products)).kind == "locked"
        assert not keeper.is_open
    assert keeper.read(products) == count


def test_a_file_that_breaks_while_it_is_open_closes_the_shop(open_shop: Open, file: Path) -> None:
    keeper = open_shop()
    keeper.write(come)
    keeper.read(lambda db: db.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).all())
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (file.stat().st_size - 4096))
    other = open_shop()
    assert refused(other, lambda one: one.read(products)).kind == "broken"
    assert not other.is_open


def test_a_key_that_is_none_is_named(open_shop: Open, tmp_path: Path) -> None:
    (tmp_path / "body_key").write_text("short")
    closed = refused(open_shop(), lambda one: one.read(products))
    assert (closed.kind, str(tmp_path / "body_key") in str(closed)) == ("key", True)


def test_a_database_elsewhere_has_its_key_in_the_servers_own_folder(tmp_path: Path) -> None:
    settings = shop_settings(tmp_path / "var", shop__database=f"sqlite:///{tmp_path / 'data' / 'goods.db'}")
    keeper = Keeper(settings, Shop())
    assert keeper.read(products) > 0
    keeper.close()
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["body_key"]
    assert (tmp_path / "data" / "goods.db").exists()


def test_a_database_needs_its_driver_and_a_password_is_not_told(open_shop: Open) -> None:
    keeper = open_shop(shop__database="postgresql://shop:hunter2@127.0.0.1:1/shop")
    closed = refused(keeper, lambda one: one.read(products))
    assert closed.kind in ("driver", "unreachable")
    assert "hunter2" not in str(closed)


def test_settings_name_a_database_that_we_know(tmp_path: Path) -> None:
    with pytest.raises(SettingsRejected, match=r"^shop.database: is no sqlite: or postgresql: URL"):
        shop_settings(tmp_path, shop__database="oracle://x")


def test_a_shop_in_memory_leaves_no_file(open_shop: Open, tmp_path: Path) -> None:
    keeper = open_shop(shop__database="sqlite://")
    keeper.write(come)
    assert keeper.read(lambda db: db.scalar(select(func.count()).select_from(ShopSession))) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_fails_leaves_nothing_behind(open_shop: Open) -> None:
    keeper = open_shop()

    def half(db: Session) -> None:
        come(db)
        raise LookupError

    with pytest.raises(LookupError):
        keeper.write(half)
    assert keeper.read(lambda db: db.scalar(select(func.count()).select_from(ShopSession))) == 0


def test_tidying_deletes_old_copies_and_scrubs_the_file(open_shop: Open, file: Path, clock: Clock) -> None:
    copy = file.with_name(f"{file.name}{COPY}0001")
    copy.write_bytes(b"old")
    clock.now_s = copy.stat().st_mtime + 6 * 86_400
    keeper = open_shop()
    token = keeper.write(lambda db: people.new_session(db, keeper.now_s())).token
    id_ = keeper.read(lambda db: people.session_of(db, token, keeper.now_s()))
    assert keeper.tidy() == 0
    assert copy.exists()
    assert id_.encode() in bytes_beside(file)
    clock.days_pass(1.1)
    assert keeper.tidy() == 1
    assert not copy.exists()
    assert id_.encode() not in bytes_beside(file)


def test_what_was_found_is_found_again_until_anybody_writes(open_shop: Open, file: Path) -> None:
    keeper, asked = open_shop(), []

    def count(db: Session) -> int:
        asked.append(1)
        return db.scalar(select(func.count()).select_from(ShopSession)) or 0

    assert [keeper.recall("count", count) for _ in range(3)] == [0, 0, 0]
    assert len(asked) == 1
    keeper.write(come, seen=False)
    assert keeper.recall("count", count) == 0, "what is a shopper's own is nothing to the others"
    keeper.write(come)
    assert [keeper.recall("count", count) for _ in range(2)] == [2, 2]
    with closing(sqlite3.connect(file)) as other:
        other.execute("DELETE FROM sessions")
        other.commit()
    assert [keeper.recall("count", count) for _ in range(2)] == [0, 0]
    assert len(asked) == 3
    keeper.close()
    assert keeper.recall("count", count) == 0
    assert len(asked) == 4


def test_who_looks_at_what_is_theirs_lets_no_answer_be_found_anew(open_shop: Open) -> None:
    keeper, asked = open_shop(), []
    token = keeper.write(lambda db: people.new_session(db, keeper.now_s())).token
    for _ in range(3):
        keeper.write(lambda db: people.session_of(db, token, keeper.now_s(), keeper.lives))
        keeper.recall("key", lambda _: asked.append(1))
    assert len(asked) == 1


def test_what_a_killed_server_had_deleted_goes_with_the_next_tidying(open_shop: Open, file: Path) -> None:
    killed = open_shop()
    token = killed.write(lambda db: people.new_session(db, killed.now_s())).token
    id_ = killed.read(lambda db: people.session_of(db, token, killed.now_s()))
    killed.drop(lambda db: people.erase(db, id_))
    assert id_.encode() in bytes_beside(file)
    keeper = open_shop()
    assert keeper.tidy() == 0
    assert id_.encode() not in bytes_beside(file)


def test_an_error_of_ours_does_not_tell_what_was_to_be_written(open_shop: Open) -> None:
    keeper = open_shop()
    with pytest.raises(IntegrityError) as error:
        keeper.write(lambda db: db.execute(insert(Review).values(product_id="moon", title="Canarybirdlike")))
    assert "Canarybirdlike" not in str(error.value)


def test_few_answers_are_kept(open_shop: Open) -> None:
    keeper = open_shop()
    for n in range(3 * keeper_module.KEPT_MAX):
        assert keeper.recall(n, lambda _, n=n: n) == n
    assert len(keeper._kept) <= keeper_module.KEPT_MAX
