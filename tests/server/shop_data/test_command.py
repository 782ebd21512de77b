"""`run_server.py shop`, as it is typed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from run_server import main


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOKGLASS_SERVER__VAR_DIR", str(tmp_path))
    yield tmp_path
    structlog.reset_defaults()


def test_seed_fills_a_new_database_once(var_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shop", "seed"]) == 0
    assert re.search(r"shop\.db: \d\d+ new products\n$", capsys.readouterr().out)
    assert main(["shop", "seed"]) == 0
    assert capsys.readouterr().out.endswith("shop.db: nothing was missing\n")


def test_status_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shop", "status"]) == 0
    counts = dict(re.findall(r"^  (.+?) +(\d+)$", capsys.readouterr().out, re.MULTILINE))
    assert int(counts["variants"]) >= 120
    assert 0 < int(counts["variants sold out"]) < int(counts["variants"])
    assert counts["saved_bodies"] == "0"


def test_a_database_that_cannot_be_used_is_one_line(var_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (var_dir / "shop.db").write_bytes(b"no database at all\n" * 100)
    assert main(["shop", "status"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"lookglass: the shop's database sqlite:.*shop\.db is no database; move it away.*\n", told.err)


def test_settings_that_are_none_are_one_line(var_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = var_dir / "x.toml"
    config.write_text("[shop]\ndatabse = 'x'\n")
    assert main(["shop", "seed", "--config", str(config)]) == 2
    assert capsys.readouterr().err == "lookglass: settings: shop.databse: no such key\n"


def test_a_chart_that_somebody_edited_is_told_by_status_and_renewed(
    var_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shop", "seed"]) == 0
    with closing(sqlite3.connect(var_dir / "shop.db")) as connection:
        connection.execute("UPDATE products SET stretch = 0.9 WHERE id = 'tee_v'")
        connection.commit()
    capsys.readouterr()
    assert main(["shop", "status"]) == 0
    told = capsys.readouterr().out
    assert (
        "chart of tee_v: stretch is 0.9 in the database, 0." in told
        and "what garment.json says: edit that, restart" in told
    )
    assert main(["shop", "charts"]) == 0
    assert capsys.readouterr().out.endswith("shop.db: 1 charts renewed\n")
    assert main(["shop", "charts"]) == 0
    assert capsys.readouterr().out.endswith("shop.db: every chart is its garment's\n")
