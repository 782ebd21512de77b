"""Merchants' files as they come: encodings, spreadsheets, tables, documents and texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import InputRejected
from server.shop.chart_file import MOST, Asked, Read, decoded, read_chart

TABLE = "尺码,成衣胸围cm\nM,104\nL,108\n"
SPECIFICATION: dict[str, Any] = {
    "@type": "SizeSpecification",
    "name": "M",
    "hasMeasurement": {"name": "WearableMeasurementChest", "value": 104, "unitCode": "CMT"},
}


def read(folder: Path, name: str, data: bytes | str, asked: Asked | None = None) -> Read:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_chart(file, asked or Asked())


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("gb18030", "GB18030"), ("gbk", "GB18030")],
)
def test_what_chinese_spreadsheets_save_is_read(tmp_path: Path, encoding: str, told: str) -> None:
    found = read(tmp_path, "x.csv", TABLE.encode(encoding))
    assert found.encoding == told
    assert [dict(row.garment_cm) for row in found.charts.garment.rows] == [{"chest": 104}, {"chest": 108}]  # type: ignore[union-attr]


def test_what_western_spreadsheets_save_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "x.csv", "size,body chest (in)\nM,36½\n".encode("cp1252"))
    assert found.encoding == "CP1252"
    assert found.charts.body.rows[0].body_cm["chest"][0] == 92.71  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("x.csv", TABLE, "table"),
        ("x.txt", TABLE, "table"),
        ("x.json", json.dumps([SPECIFICATION]), "document"),
        ("x", json.dumps({"size": SPECIFICATION}), "document"),
        ("x.txt", "尺码: M, 胸围: 104cm\n尺码: L, 胸围: 108cm\n", "text"),
    ],
)
def test_a_file_is_taken_for_what_it_is(tmp_path: Path, name: str, text: str, form: str) -> None:
    found = read(tmp_path, name, text)
    assert found.form == form
    assert found.charts.garment.rows[0].garment_cm == {"chest": 104}  # type: ignore[union-attr]
    assert found.charts.garment.rows[0].source.title == f"size chart {name}"  # type: ignore[union-attr]


def test_what_is_said_beside_the_file_counts(tmp_path: Path) -> None:
    found = read(tmp_path, "x.csv", "size,bust\n8,32\n", Asked("body", "in", "UK", "women")).charts
    assert (found.system, found.group) == ("UK", "women")
    assert found.body is not None and found.body.rows[0].body_cm == {"chest": (81.28, 81.28)}


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("x.xlsx", b"PK\x03\x04...", "a spreadsheet; save it as CSV"),
        ("x.csv", b"\0\1\2", "no text"),
        ("x.csv", b"\x81\xff\x81", "no text"),
        ("x.csv", b"x" * (MOST + 1), "no size chart"),
        ("x.json", b"{", "no JSON"),
        ("x.json", b"[" * 100_000, "no JSON"),
        ("x.json", b"{}", "no SizeSpecification"),
        ("x.txt", b"A coat.", "no size with its own measurements"),
        ("x.csv", b"size,body chest cm\nM,104-112\nL,96-104\n", "96 in L is below 104 in M"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_names_the_file(
    tmp_path: Path, name: str, data: bytes, wrong: str
) -> None:
    with pytest.raises(InputRejected, match=wrong) as refused:
        read(tmp_path, name, data)
    assert str(refused.value).startswith(str(tmp_path / name))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="cannot be read: No such file"):
        read_chart(tmp_path / "x.csv", Asked())
    with pytest.raises(InputRejected, match="cannot be read: Is a directory"):
        read_chart(tmp_path, Asked())


def test_any_bytes_are_text_or_refused() -> None:
    for seed in range(64):
        try:
            decoded(bytes((seed * n * n + n) % 256 for n in range(64)))
        except InputRejected:
            pass
