"""Migrations: they make what the models say, go up and down, and refuse what they do not know."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, delete, inspect, make_url, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from server.shop import migrate
from server.shop.store import Store, StoreClosed, old_copies
from server.shop.tables import Base, Product
from tests.server.shop_data.conftest import Open, bytes_beside, dump

NEXT = '''"""One more column."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"

def upgrade():
    op.add_column("products", sa.Column("brand", sa.String(20), nullable=True))
    op.execute("UPDATE products SET brand = 'ours'")
    {then}

def downgrade():
    with op.batch_alter_table("products") as products:
        products.drop_column("brand")
'''


def sql_of(file: Path) -> set[frozenset[str]]:
    """Return what makes each table and index, in parts: their order may differ."""
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
        return {frozenset(re.sub(r"\s+", " ", sql).removesuffix(" )").split(", ")) for (sql,) in found}


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the migrations have one more step, which works."""
    _add_step(tmp_path, monkeypatch, "pass")


@pytest.fixture
def remade_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the migrations have one more step, for which SQLite has to make `products` anew."""
    widen = 'products.alter_column("name_en", type_=sa.String(200))'
    _add_step(tmp_path, monkeypatch, f'with op.batch_alter_table("products") as products: {widen}')


@pytest.fixture
def broken_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the migrations have one more step, which fails halfway."""
    _add_step(tmp_path, monkeypatch, "raise RuntimeError('half way')")


def _add_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, scripts)
    (scripts / "versions" / "9999_next.py").write_text(NEXT.format(head=migrate.head(), then=then))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    made, migrated = (Store(make_url(f"sqlite:///{tmp_path / name}.db")) for name in ("made", "migrated"))
    Base.metadata.create_all(made.engine)
    migrate.migrate(migrated.engine, "head")
    with migrated.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    made.close(), migrated.close()
    assert sql_of(tmp_path / "migrated.db") == sql_of(tmp_path / "made.db")


def test_migrations_go_down_to_nothing_and_up_again(tmp_path: Path) -> None:
    store = Store(make_url(f"sqlite:///{tmp_path / 'x.db'}"))
    migrate.migrate(store.engine, "head")
    migrate.migrate(store.engine, "base", down=True)
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    migrate.migrate(store.engine, "head")
    assert set(Base.metadata.tables) < set(inspect(store.engine).get_table_names())
    store.close()


def test_tables_can_be_made_in_postgresql() -> None:
    for table in Base.metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=postgresql.dialect())).count("CREATE TABLE") == 1
        for index in table.indexes:
            assert len(str(CreateIndex(index).compile(dialect=postgresql.dialect()))) > 10
            assert len(index.name or "") < 60


def test_a_new_shop_is_one_that_nobody_else_can_read(open_shop: Open, file: Path) -> None:
    open_shop().read(lambda _: None)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir() if path.is_file()}
    assert {"shop.db", "body_key"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_an_older_database_is_copied_and_brought_up(
    open_shop: Open, file: Path, request: pytest.FixtureRequest
) -> None:
    old = migrate.head()
    open_shop().read(lambda _: None)
    before = dump(file)
    request.getfixturevalue("next_version")
    keeper = open_shop()
    names = keeper.read(lambda db: db.scalars(select(Product.name_en)).all())
    assert "Block" in names
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT DISTINCT brand FROM products").fetchall() == [("ours",)]
    (copy,) = old_copies(file)
    assert dump(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert old in "".join(before)


def test_a_shop_of_the_first_tables_keeps_its_charts(open_shop: Open, file: Path) -> None:
    open_shop().read(lambda _: None)
    before = [line for line in dump(file) if line.startswith("INSERT") and "_sizes" in line]
    store = Store(make_url(f"sqlite:///{file}"))
    migrate.migrate(store.engine, "0001", down=True)
    assert "merchant_charts" not in inspect(store.engine).get_table_names()
    store.close()
    assert open_shop().read(lambda db: len(db.execute(select(Base.metadata.tables["merchant_charts"])).all())) == 0
    assert [line for line in dump(file) if line.startswith("INSERT") and "_sizes" in line] == before


def test_a_table_that_is_made_anew_leaves_what_refers_to_it(
    open_shop: Open, file: Path, request: pytest.FixtureRequest
) -> None:
    def counts(db: Session) -> dict[str, int]:
        return {name: len(db.execute(select(table)).all()) for name, table in Base.metadata.tables.items()}

    before = open_shop().read(counts)
    request.getfixturevalue("remade_version")
    keeper = open_shop()
    assert keeper.read(counts) == before
    assert min(before[name] for name in ("variants", "stock", "prices", "garment_sizes", "reviews")) > 0
    keeper.write(lambda db: db.execute(delete(Product)))
    assert keeper.read(counts)["stock"] == 0  # the references hold again


def test_a_migration_that_fails_changes_nothing(open_shop: Open, file: Path, request: pytest.FixtureRequest) -> None:
    open_shop().read(lambda _: None)
    before = dump(file)
    request.getfixturevalue("broken_version")
    with pytest.raises(StoreClosed, match="half way") as closed:
        open_shop().read(lambda _: None)
    assert closed.value.kind == "migration"
    assert str(old_copies(file)[0]) in str(closed.value)
    assert dump(file) == before


def test_a_database_of_a_newer_version_is_left_alone(open_shop: Open, file: Path) -> None:
    open_shop().read(lambda _: None)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
        connection.commit()
    before = dump(file)
    with pytest.raises(StoreClosed, match=r"newer version \(later\); update Lookglass") as closed:
        open_shop().read(lambda _: None)
    assert closed.value.kind == "newer"
    assert dump(file) == before


def test_a_database_of_something_else_is_left_alone(open_shop: Open, file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE cats (name TEXT)")
    engine.dispose()
    before = dump(file)
    with pytest.raises(StoreClosed, match="tables of something else") as closed:
        open_shop().read(lambda _: None)
    assert closed.value.kind == "foreign"
    assert dump(file) == before


@pytest.mark.parametrize("how", ["no database", "cut off"])
def test_a_broken_database_is_left_alone(open_shop: Open, file: Path, how: str) -> None:
    if how == "cut off":
        keeper = open_shop()
        keeper.read(lambda _: None)
        keeper.close()
        file.write_bytes(file.read_bytes()[:5000])
    else:
        file.write_bytes(b"a shopping list, not a database\n" * 200)
    before = bytes_beside(file)
    with pytest.raises(StoreClosed, match="move it away, or put a copy in its place") as closed:
        open_shop().read(lambda _: None)
    assert closed.value.kind == "broken"
    assert file.read_bytes() in before
