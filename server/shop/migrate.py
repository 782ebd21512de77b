"""Bringing a database to this version's tables, or refusing to touch it.

A database of a newer Lookglass, one with tables that are not ours, and a broken one are refused and left as they are.
Before an older one is changed a copy is laid beside it; the change is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from server.shop.store import COPY, Store, StoreClosed, explained, make_file

SCRIPTS = Path(__file__).resolve().parent / "migrations"


def config() -> Config:
    """Return Alembic's settings; there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return settings


def head() -> str:
    """Return the revision of this version's tables."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    if revision is None:
        raise StoreClosed("migration", "there are no migrations")
    return revision


def revision_of(engine: Engine) -> str | None:
    """Return the revision that a database has, None of an empty one.  Raises DBAPIError."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def bring_up(store: Store, what: str) -> bool:
    """Bring the database to `head`; True where it was changed.  Raises StoreClosed, DBAPIError and OSError."""
    wanted, has = head(), revision_of(store.engine)
    if has == wanted:
        return False
    _refuse_strange(store.engine, has, what)
    copy = None if has is None or store.file is None else _copy(store.file, wanted)
    try:
        migrate(store.engine, wanted)
    except Exception as error:
        beside = f"; a copy lies in {copy}" if copy else ""
        raise StoreClosed(
            "migration", f"{what} could not be brought to {wanted} and is as before{beside}: {error}"
        ) from error
    return True


def migrate(engine: Engine, revision: str, *, down: bool = False) -> None:
    """Run the migrations up (or down) to `revision` in one transaction."""
    settings = config()
    with engine.connect().execution_options(writes=True) as connection, _unlinked(connection), connection.begin():
        settings.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(settings, revision)


@contextmanager
def _unlinked(connection: Connection) -> Iterator[None]:
    """Let SQLite drop tables that others refer to: a table that is made anew would take its variants, carts … along."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")  # within a transaction this would do nothing
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def _refuse_strange(engine: Engine, has: str | None, what: str) -> None:
    """Raise StoreClosed for tables that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if has is not None and has not in known:
        raise StoreClosed(
            "newer", f"{what} was written by a newer version ({has}); update Lookglass, or name another database"
        )
    if has is None and inspect(engine).get_table_names():
        raise StoreClosed("foreign", f"{what} holds tables of something else; name another database in [shop]")


def _copy(file: Path, wanted: str) -> Path:
    """Lay a copy beside `file`.  Raises StoreClosed."""
    target = file.with_name(f"{file.name}{COPY}{wanted}")
    try:
        target.unlink(missing_ok=True)
        make_file(target)
        source: Any
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise explained(error, f"the copy {target} that is made before a change") from error
    return target
