"""Who keeps the shop's database: opens it, migrates it, fills a new one, tidies it.  One thread only.

A database that cannot be used is told by StoreClosed and tried again after a while; what is open is closed after an
error that does not pass by itself.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from server.catalogue import Catalogue
from server.settings import Settings
from server.shop.copies import HOW, astray
from server.shop.people import DAY_S, Lives, sweep
from server.shop.seed import is_untouched, seed
from server.shop.store import Store, StoreClosed, explained, file_of, make_file, old_copies
from server.shop.vault import Vault, load_vault

T = TypeVar("T")
RETRY_S = 10.0  # after which a database that could not be used is tried again
KEPT_MAX = 256  # answers that are kept until somebody writes
PASSING = ("locked", "full")  # what goes away without opening the database anew
FAILURES = (DBAPIError, sqlite3.Error, OSError, ModuleNotFoundError)
BUGS = (IntegrityError, ProgrammingError, DataError)  # ours, not the database's
log = structlog.get_logger("lookglass.shop")


def url_of(settings: Settings) -> URL:
    """Return where the shop's database is."""
    return make_url(settings.shop.database or f"sqlite:///{settings.server.var_dir / 'shop.db'}")


class Keeper:
    """The database of one shop.  `clock` tells Unix time."""

    def __init__(self, settings: Settings, catalogue: Catalogue, clock: Callable[[], float] = time.time) -> None:
        self._url = url_of(settings)
        self._file = file_of(self._url)
        in_memory = self._file is None and self._url.get_backend_name() == "sqlite"
        self._key = None if in_memory else settings.server.var_dir / "body_key"
        self.catalogue, self._clock, self._settings = catalogue, clock, settings.shop
        self.lives = Lives(settings.shop.session_days, settings.shop.body_days, settings.shop.event_days)
        self._store: Store | None = None
        self._vault: Vault | None = None
        self.closed: StoreClosed | None = None
        self.new_products = 0  # that opening put into a new database
        self._tried_s = -RETRY_S
        self._unclean = False
        self._kept: dict[Hashable, tuple[tuple[int, int], Any]] = {}  # what was read, by key, of which version

    @property
    def what(self) -> str:
        """The database in words, without a password."""
        return f"the shop's database {self._url.render_as_string(hide_password=True)}"

    @property
    def is_open(self) -> bool:
        """Whether the database is open."""
        return self._store is not None

    @property
    def vault(self) -> Vault:
        """What seals saved bodies; within a job alone."""
        if self._vault is None:
            raise StoreClosed("opening", f"{self.what} is not open")
        return self._vault

    def now_s(self) -> int:
        """Return Unix time."""
        return int(self._clock())

    def read(self, job: Callable[[Session], T]) -> T:
        """Return what `job` finds.  Raises StoreClosed, and what the job raises."""
        with self._opened() as store, store.reading() as db:
            return job(db)

    def recall(self, key: Hashable, job: Callable[[Session], T]) -> T:
        """Return what `job` finds, or found under this key since anybody last wrote.  Raises like `read`."""
        with self._opened() as store:
            version = store.version()
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                if len(self._kept) >= KEPT_MAX:
                    self._kept.clear()
                with store.reading() as db:
                    kept = self._kept[key] = version, job(db)
            answer: T = kept[1]
            return answer

    def write(self, job: Callable[[Session], T], *, seen: bool = True) -> T:
        """Return what `job` answers once its changes are kept; if it raises, none is.  Raises like `read`.

        Changes that nobody but their owner sees, not `seen`, leave what is recalled as it is.
        """
        with self._opened() as store, store.writing(seen=seen) as db:
            return job(db)

    def drop(self, job: Callable[[Session], T]) -> T:
        """Do a job that deletes; what is left of it in the file goes with the next `tidy`.  Raises like `read`."""
        answer = self.write(job)
        self._unclean = True
        return answer

    def erase(self, job: Callable[[Session], T]) -> tuple[T, bool]:
        """Do a job that deletes; tell whether the file holds nothing of it any more.  Raises like `read`."""
        answer = self.drop(job)
        with suppress(StoreClosed):  # what is deleted is deleted; `tidy` scrubs again
            self._scrub()
        return answer, not self._unclean

    def tidy(self) -> int:
        """Delete what has outlived its time and leave no trace of it; return how many rows.  Raises StoreClosed."""
        gone = self.write(lambda db: sweep(db, self.now_s(), self.lives))
        self._unclean |= gone > 0
        if self._unclean:
            self._scrub()
        for copy in old_copies(self._file) if self._file else []:
            if copy.stat().st_mtime < self.now_s() - self._settings.copy_days * DAY_S:
                copy.unlink(missing_ok=True)
        return gone

    def fill(self) -> int:
        """Put in what of the demo shop is missing; return how many products.  Raises StoreClosed."""
        return self.write(lambda db: seed(db, self.catalogue, self.now_s()))

    def close(self) -> None:
        """Give the database back."""
        if self._store is not None:
            self._store.close()
        self._store = None
        self._kept.clear()

    def _scrub(self) -> None:
        with self._opened() as store:
            self._unclean = not store.scrub()

    @contextmanager
    def _opened(self) -> Iterator[Store]:
        try:
            yield self._store or self._open()
        except BUGS:
            raise
        except FAILURES as error:
            raise self._note(explained(error, self.what)) from error
        self.closed = None

    def _open(self) -> Store:
        """Open, migrate, fill and tidy.  Raises StoreClosed and FAILURES."""
        from server.shop.migrate import bring_up  # Alembic takes 0.2 s to load: here nobody waits for it

        if self.closed is not None and time.monotonic() < self._tried_s + RETRY_S:
            raise self.closed
        self._tried_s = start_s = time.monotonic()
        store = None
        try:
            if self._file is not None:
                make_file(self._file)
            store = Store(self._url)
            migrated = bring_up(store, self.what)
            with store.writing() as db:
                new = self._settings.demo and is_untouched(db)
                self.new_products = seed(db, self.catalogue, self.now_s()) if new else 0
                sweep(db, self.now_s(), self.lives)
                for product, what in astray(db, self.catalogue).items():
                    log.warning("a size chart in the database counts for nothing", product=product, what=what, how=HOW)
            self._unclean = True  # and who was killed before has left what was deleted in the log
            self._vault = load_vault(self._key)
        except (*FAILURES, StoreClosed, ValueError) as error:
            if store is not None:
                store.close()
            raise self._note(_as_closed(error, self.what)) from error
        log.info("shop open", database=self._url.render_as_string(hide_password=True), migrated=migrated,
                 new_products=self.new_products, seconds=round(time.monotonic() - start_s, 2))  # fmt: skip
        self._store, self.closed = store, None
        return store

    def _note(self, closed: StoreClosed) -> StoreClosed:
        """Log why the database cannot be used, once, and close it where that does not pass by itself."""
        if self.closed is None or self.closed.kind != closed.kind:
            log.error("shop closed; trying on goes on", kind=closed.kind, reason=str(closed))
        self.closed = closed
        if closed.kind not in PASSING:
            self.close()
        return closed


def _as_closed(error: BaseException, what: str) -> StoreClosed:
    if isinstance(error, StoreClosed):
        return error
    return StoreClosed("key", str(error)) if isinstance(error, ValueError) else explained(error, what)
