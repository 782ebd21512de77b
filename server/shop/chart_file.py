"""A merchant's file as charts: a CSV table, a JSON(-LD) document with SizeSpecifications, or a product's text."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import ChartRejected, InputRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.drafts import Charts
from pipelines.sizing.headers import Kind
from pipelines.sizing.merchant import charts_from_csv, charts_from_facts, charts_from_schema, specifications_in
from pipelines.sizing.tables import is_table
from pipelines.sizing.text.extract import extract
from pipelines.sizing.text.facts import SizeFacts

MOST = 1024 * 1024  # bytes
TITLE_MOST = 120  # characters, of the column
FORMS = {".csv": "table", ".tsv": "table", ".json": "document", ".jsonld": "document"}
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, ods; xls


@dataclass(frozen=True, slots=True)
class Asked:
    """What a merchant says beside the file, "" and None for nothing."""

    kind: Kind | None = None
    unit: str = ""
    system: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: its charts, and what it was taken for."""

    charts: Charts
    form: str
    encoding: str


def read_chart(file: Path, asked: Asked, read: Callable[[str], SizeFacts] = extract) -> Read:
    """Return the charts of a file; `read` reads a text.  Raises InputRejected, which names the file."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST + 1)
    except OSError as error:
        raise InputRejected(f"{file}: cannot be read: {error.strerror or error}") from None
    try:
        text, encoding = decoded(data)
        form = FORMS.get(file.suffix.lower()) or _form(text)
        source = Source(f"size chart {file.name}"[:TITLE_MOST], "brand")
        return Read(_charts(text, form, source, asked, read), form, encoding)
    except InputRejected as error:
        raise InputRejected(f"{file}: {error}") from None


def decoded(data: bytes) -> tuple[str, str]:
    """Return a file's text and in which encoding it is: what spreadsheets save in Europe and China.

    Raises InputRejected for what is no text.
    """
    if len(data) > MOST:
        raise InputRejected(f"more than {MOST // 1024} KiB: no size chart")
    if data.startswith(SPREADSHEETS):
        raise InputRejected("a spreadsheet; save it as CSV")
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("UTF-16",) if marked else ("UTF-8-SIG", "GB18030", "CP1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding.removesuffix("-SIG")
    raise InputRejected("no text; save it as CSV in UTF-8")


def _form(text: str) -> str:
    if text.lstrip().startswith(("{", "[")):
        return "document"
    return "table" if is_table(text) else "text"


def _charts(text: str, form: str, source: Source, asked: Asked, read: Callable[[str], SizeFacts]) -> Charts:
    if form == "table":
        return charts_from_csv(text, source, asked.kind, asked.system, unit=asked.unit, group=asked.group)
    if form == "text":
        return charts_from_facts(read(text), source, system=asked.system, group=asked.group)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ChartRejected(f"no JSON: {error}") from None
    specifications = specifications_in(document)
    if not specifications:
        raise ChartRejected("no SizeSpecification of schema.org in it")
    return charts_from_schema(specifications, source, system=asked.system, group=asked.group)
