"""One open database: an engine, sessions that read or write, and what goes wrong told in words.

SQLite files are opened in WAL mode with foreign keys and `secure_delete` (what is deleted is overwritten), mode 0600.
A writing session takes the write lock at its start, so that two writers wait for each other instead of failing.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

COPY = ".before-"  # of a copy, between the names of the file and of the revision that it was changed to
BUSY_S = 1.0  # how long a lock of another program is waited for
PRAGMAS = (
    "foreign_keys = ON",
    "secure_delete = ON",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "temp_store = MEMORY",  # nothing of a shopper in temporary files
)
# What SQLite says, for machines and for who runs the shop.
TROUBLES = {
    "SQLITE_READONLY": ("read_only", "cannot be written; give this user the right to write it and its folder"),
    "SQLITE_PERM": ("read_only", "cannot be written; give this user the right to write it and its folder"),
    "SQLITE_CANTOPEN": ("read_only", "cannot be opened; give this user the right to write it and its folder"),
    "SQLITE_FULL": ("full", "cannot grow: the disk is full; make room"),
    "SQLITE_IOERR": ("io", "cannot be read or written: the disk fails or is full"),
    "SQLITE_BUSY": ("locked", "is locked by another program; end that"),
    "SQLITE_LOCKED": ("locked", "is locked by another program; end that"),
    "SQLITE_NOTADB": ("broken", "is no database; move it away, or put a copy in its place"),
    "SQLITE_CORRUPT": ("broken", "is broken; move it away, or put a copy in its place"),
}


class StoreClosed(Exception):
    """The database cannot be used: `kind` is a word for machines, the text says what to do."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Store:
    """A database that is open.  One thread only."""

    def __init__(self, url: URL) -> None:
        self.engine = _engine(url)
        self.file = file_of(url)
        self._writes = 0  # that all see

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the data."""
        with Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self, *, seen: bool = True) -> Iterator[Session]:
        """Give a session whose changes are all kept at its end, or none; `seen`: by others than their owner."""
        with self.engine.connect().execution_options(writes=True) as connection:
            before = _changes(connection)
            with Session(connection) as session, session.begin():
                yield session
            self._writes += seen and _changes(connection) != before

    def version(self) -> tuple[int, int]:
        """Return what differs once anybody wrote what all see: at once on SQLite, elsewhere within a second."""
        if self.engine.dialect.name != "sqlite":
            return round(time.monotonic()), self._writes
        with closing(self.engine.raw_connection()) as connection:  # always the same: there is one thread
            raw: Any = connection.driver_connection
            return raw.execute("PRAGMA data_version").fetchone()[0], self._writes  # others' changes, and our own

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in the file or its log; False where a reader of another program hinders.

        SQLite alone: what PostgreSQL deletes is its own VACUUM's matter.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        with closing(self.engine.raw_connection()) as connection:
            raw: Any = connection.driver_connection
            raw.execute("VACUUM")
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def close(self) -> None:
        """Give the file back."""
        self.engine.dispose()


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database, None of one in memory or on a server."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database)


def explained(error: BaseException, what: str) -> StoreClosed:
    """Return in words why the database `what` cannot be used."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    name = str(getattr(cause, "sqlite_errorname", "") or "")
    for prefix, (kind, words) in TROUBLES.items():
        if name.startswith(prefix):
            return StoreClosed(kind, f"{what} {words}")
    if isinstance(cause, OSError):
        return StoreClosed("read_only", f"{what} cannot be opened: {cause.strerror or cause}")
    if isinstance(cause, ModuleNotFoundError):
        return StoreClosed("driver", f"{what} needs the Python package {cause.name!r}")
    return StoreClosed("unreachable", f"{what} cannot be used: {' '.join(str(cause).split())[:200]}")


def _changes(connection: Connection) -> int:
    """Return how many rows were changed over a connection, as far as SQLite counts; elsewhere a number that differs."""
    raw: Any = connection.connection.driver_connection
    return int(raw.total_changes) if connection.dialect.name == "sqlite" else time.monotonic_ns()


def old_copies(file: Path) -> list[Path]:
    """Return the copies that were laid beside `file` before its tables were changed."""
    return sorted(file.parent.glob(f"{file.name}{COPY}*"))


def make_file(file: Path) -> None:
    """Make the file of a new database, readable by nobody else.  Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": {"timeout": BUSY_S, "check_same_thread": False}}
    if file_of(url) is None:
        options["poolclass"] = StaticPool  # one connection: each would have a memory of its own
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # the driver would begin late, and never before a table is changed
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
