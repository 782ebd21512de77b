"""A shop's database in a folder of the test's own, and a clock that the test moves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.shop.keeper import Keeper
from tests.server.shop import Shop, shop_settings
from tests.server.shop_data.person import Person

NOW_S = 1_800_000_000.0


@dataclass
class Clock:
    """Unix time, as the test has it."""

    now_s: float = NOW_S

    def __call__(self) -> float:
        return self.now_s

    def days_pass(self, days: float) -> None:
        self.now_s += days * 86_400


Open = Callable[..., Keeper]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_shop(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Open a keeper over `tmp_path`/shop.db; another catalogue and other settings if the test wishes."""
    opened: list[Keeper] = []

    def make(catalogue: Any = None, **overrides: Any) -> Keeper:
        keeper = Keeper(shop_settings(tmp_path, **overrides), catalogue or Shop(), clock)
        opened.append(keeper)
        return keeper

    yield make
    for keeper in opened:
        keeper.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


def bytes_beside(file: Path) -> bytes:
    """Return everything in the database's files: itself, its log and its index."""
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(file.name + "*")))


def dump(file: Path) -> list[str]:
    """Return a database as SQL."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


@pytest.fixture
def keeper(open_shop: Open) -> Keeper:
    return open_shop()


@pytest.fixture
def anna(keeper: Keeper) -> Person:
    return Person(keeper)
