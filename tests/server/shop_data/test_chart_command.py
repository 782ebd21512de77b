"""`run_server.py shop chart`, as it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from run_server import main
from tests.server.shop_data.conftest import dump
from tests.server.shop_data.test_merchants import UK, sell

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOKGLASS_SERVER__VAR_DIR", str(tmp_path))
    yield tmp_path
    structlog.reset_defaults()


@pytest.fixture
def table(var_dir: Path, capsys: Told) -> Path:
    """A merchant's table, beside a shop that sells a coat which cannot be tried on."""
    assert main(["shop", "seed"]) == 0
    sell(var_dir / "shop.db", "8", "10", "16")
    capsys.readouterr()
    file = var_dir / "uk.csv"
    file.write_text(UK.replace("Bust cm", "Bust cm,price").replace("-86", "-86,49.90"))
    return file


def chart(*args: object) -> int:
    return main(["shop", "chart", *map(str, args)])


def test_a_chart_is_shown_and_nothing_is_written(table: Path, capsys: Told) -> None:
    before = dump(table.parent / "shop.db")
    assert chart(table, "--product", "coat", "--of", "body", "--for", "women") == 0
    told = capsys.readouterr().out
    assert "a table (UTF-8) with sizes 8, 10, 12 of the system UK for women" in told
    assert "'Bust cm': chest of the body, in cm" in told
    assert "left out: column 'price'" in told
    assert "8      82–86       " in told and "EU 36" in told and "US 5" in told and "CN 160/84A" in told
    assert "coat does not come in 12: left out" in told
    assert "coat also comes in 16, of which the chart says nothing" in told
    assert told.endswith("nothing was written: --write puts it into the shop's database\n")
    assert dump(table.parent / "shop.db") == before


def test_a_language_model_is_not_looked_at_where_no_text_is_read(
    table: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKGLASS_LANGUAGE_MODEL__MODEL", str(table.parent / "none.gguf"))
    assert chart(table, "--product", "coat", "--of", "body") == 0
    text = table.with_suffix(".txt")
    text.write_text("M is 52 across the front panel")
    assert chart(text, "--product", "coat") == 2
    assert "language_model.model" in capsys.readouterr().err


def test_a_chart_is_written_and_undone(table: Path, capsys: Told) -> None:
    ask = ("--product", "coat", "--of", "body", "--write")
    assert chart(table, *ask) == 0
    assert "`shop chart --product coat --undo` brings the former one back" in capsys.readouterr().out
    rows = [line for line in dump(table.parent / "shop.db") if "body_sizes" in line and "'coat'" in line]
    assert len(rows) == 2
    assert chart("--product", "coat", "--undo") == 0
    assert capsys.readouterr().out.endswith("the chart of coat is as it was before; --undo again undoes that\n")
    assert not [line for line in dump(table.parent / "shop.db") if "body_sizes" in line and "'coat'" in line]


@pytest.mark.parametrize(
    ("args", "wrong"),
    [
        (("uk.csv", "--product", "coat"), "column 'Bust cm': say whether it is of the body or of the garment (--of)"),
        (("uk.csv", "--product", "coad", "--of", "body"), "product 'coad' is not in the shop; is it coat"),
        (("uk.csv", "--product", "moon", "--of", "body"), "product 'moon' is not in the shop; --product is an id"),
        (("none.csv", "--product", "coat"), "none.csv: cannot be read: No such file or directory"),
        (("--product", "coat"), "name the FILE that holds the chart, or --undo"),
        (("uk.csv", "--product", "coat", "--undo"), "name the FILE that holds the chart, or --undo"),
        (("uk.csv", "--product", "coat", "--of", "body", "--system", "MARS"), "--system MARS: known are AU, BR"),
        (("--product", "coat", "--undo"), "coat: no chart was put in by `shop chart`; there is nothing to undo"),
        (("bad.csv", "--product", "coat"), "bad.csv: chest: 96 in L is below 104 in M, the smaller size"),
        (("letters.csv", "--product", "coat"), "coat comes in 8, 10, 16; the chart has M"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_that_says_why(
    table: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], wrong: str
) -> None:
    monkeypatch.chdir(table.parent)
    Path("bad.csv").write_text("size,body chest cm\nM,104-112\nL,96-104\n")
    Path("letters.csv").write_text("size,body chest cm\nM,104-112\n")
    assert chart(*args) == 2
    told = capsys.readouterr().err
    assert wrong in told
    assert told.startswith("lookglass: ") and told.count("\n") == 1


def test_what_is_tried_on_is_compared_and_not_written(table: Path, capsys: Told) -> None:
    table.write_text("size,garment chest cm\nM,99\nXXL,127.5\n")
    assert chart(table, "--product", "tee_v") == 0
    told = capsys.readouterr().out
    assert "tee_v is tried on; from its garment's own chart this differs:" in told
    assert "  M garment chest: 99 in the file, " in told and "XXL garment chest" not in told
    before = dump(table.parent / "shop.db")
    for args in ((table, "--product", "tee_v", "--write"), ("--product", "tee_v", "--undo")):
        assert chart(*args) == 2
        assert (
            "tee_v is tried on, and drawn and advised is what garment.json says: edit that" in capsys.readouterr().err
        )
    assert dump(table.parent / "shop.db") == before
