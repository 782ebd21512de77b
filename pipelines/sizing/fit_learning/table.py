"""Fit feedback as columns: who wore what in which size, and whether it was too small, right or too large.

Read from a CSV table with a header of

    user_id,item_id,size,height_cm,weight_kg,age,body_type,category,fit,time

in any order. Only `fit` has to be there; cells may be empty, other columns are ignored.
"""

from __future__ import annotations

import csv
import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import InputRejected, MeasurementRejected
from pipelines.sizing.labels import plain_label
from pipelines.sizing.measures import MEASURES
from pipelines.sizing.people import F64
from pipelines.sizing.quantity import quantity

FITS = ("small", "fit", "large")
FIT_WORDS = {
    "small": 0, "too small": 0, "小": 0, "偏小": 0, "太小": 0, "fit": 1, "fits": 1, "合适": 1, "正好": 1, "合身": 1,
    "large": 2, "too large": 2, "大": 2, "偏大": 2, "太大": 2,
}  # fmt: skip
TEXTS = {"user": "user_id", "item": "item_id", "size": "size", "body_type": "body_type", "category": "category"}
NUMBERS = {"height": "height_cm", "weight": "weight_kg", "age": "age"}
HEADERS = (
    "user_id", "item_id", "size", "height_cm", "weight_kg", "age", "body_type", "category", "fit", "time",
)  # fmt: skip
MAX_TEXT, MAX_ROWS = 200, 2_000_000
MILLISECONDS_FROM = 1e11  # an epoch above is in milliseconds: in seconds it would be the year 5138
DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?\s*(?:(Z)|([+-]\d{2}):?(\d{2}))?"
)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts."""

    codes: NDArray[np.int64]  # (N,) places in `names`, -1 where nothing was told
    names: tuple[str, ...]

    def rows(self, kept: NDArray[np.generic]) -> Texts:
        """Return the rows `kept`: a mask (N,) or places."""
        return Texts(self.codes[kept], self.names)

    def as_in(self, names: tuple[str, ...]) -> NDArray[np.int64]:
        """Return the codes (N,) that these texts have among `names`, -1 where they are not."""
        if names is self.names:
            return self.codes
        place = {name: i for i, name in enumerate(names)}
        known = np.array([*(place.get(name, -1) for name in self.names), -1], np.int64)
        return known[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Feedback:
    """N pieces of feedback."""

    user: Texts
    item: Texts
    size: Texts  # labels in one spelling
    body_type: Texts
    category: Texts
    height: F64  # (N,) cm, NaN where it was not told
    weight: F64  # (N,) kg
    age: F64  # (N,) years
    time_s: F64  # (N,) seconds since 1970, UTC
    fit: NDArray[np.int64]  # (N,) places in FITS

    def __len__(self) -> int:
        return len(self.fit)

    def rows(self, kept: NDArray[np.generic]) -> Feedback:
        """Return the rows `kept`: a mask (N,) or places."""
        columns: dict[str, Any] = {}
        for one in fields(self):
            column = getattr(self, one.name)
            columns[one.name] = column.rows(kept) if isinstance(column, Texts) else column[kept]
        return Feedback(**columns)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a table held."""

    feedback: Feedback
    refused: tuple[str, ...]  # a line number and what is wrong with it, of each row that makes no sense
    repeats: int  # rows left out because the very same row stands there before


def read_feedback(lines: Iterable[str]) -> Reading:
    """Return the feedback in a CSV table.

    A row that equals an earlier one in every cell is left out where it tells who wore it, by name or by height and
    weight: it is the same piece of feedback again. Without that two equal rows may be two people's.
    Raises InputRejected for a table without a column `fit`, or without rows.
    """
    reader = csv.DictReader(lines, restkey="")
    try:
        headers = {(header or "").strip().lower(): header for header in reader.fieldnames or ()}
        _check_headers(headers)
        table = _Table()
        for row in reader:
            if table.count == MAX_ROWS:
                raise InputRejected(f"more than {MAX_ROWS} rows")
            table.add(reader.line_num, {name: row.get(headers.get(name)) or "" for name in HEADERS}, "" in row)
    except csv.Error as error:
        raise InputRejected(f"line {reader.line_num}: cannot be read as CSV ({error})") from error
    if not table.count:
        raise InputRejected("no rows")
    return Reading(table.feedback(), tuple(table.refused), table.repeats)


def _check_headers(headers: Mapping[str, str | None]) -> None:
    if "fit" not in headers:
        semicolons = any(";" in header for header in headers)
        hint = "; its columns are separated by semicolons, commas are expected" if semicolons else ""
        raise InputRejected(f"no column `fit` among {', '.join(headers)[:200] or 'no columns at all'}{hint}")


class _Table:
    """Columns that grow by a row at a time."""

    def __init__(self) -> None:
        self.count = self.repeats = 0
        self.refused: list[str] = []
        self._names: dict[str, dict[str, int]] = {name: {} for name in TEXTS}
        self._texts: dict[str, list[int]] = {name: [] for name in TEXTS}
        self._numbers: dict[str, list[float]] = {name: [] for name in (*NUMBERS, "time_s", "fit")}
        self._seen: set[int] = set()

    def add(self, line: int, cells: Mapping[str, str], beyond: bool) -> None:
        """Take a row, or its refusal."""
        self.count += 1
        try:
            if beyond:
                raise InputRejected("more cells than columns")
            texts = {name: _text(header, cells[header]) for name, header in TEXTS.items()}
            texts["size"] = _label(texts["size"])
            numbers = {name: _number(name, cells[header]) for name, header in NUMBERS.items()}
            numbers |= {"time_s": seconds_of(cells["time"]), "fit": float(_fit(cells["fit"]))}
            _check_tells(texts, numbers)
        except InputRejected as error:
            self.refused.append(f"line {line}: {error}")
            return
        if self._is_repeat(texts, numbers):
            self.repeats += 1
            return
        for name, text in texts.items():
            names = self._names[name]
            self._texts[name].append(names.setdefault(text, len(names)) if text else -1)
        for name, value in numbers.items():
            self._numbers[name].append(value)

    def _is_repeat(self, texts: Mapping[str, str], numbers: Mapping[str, float]) -> bool:
        if not texts["user"] and math.isnan(numbers["height"] + numbers["weight"]):
            return False
        row = hash((*texts.values(), *(value if value == value else None for value in numbers.values())))
        repeat = row in self._seen
        self._seen.add(row)
        return repeat

    def feedback(self) -> Feedback:
        """Return what was taken."""
        columns: dict[str, Any] = {name: np.array(values, np.float64) for name, values in self._numbers.items()}
        for name, codes in self._texts.items():
            columns[name] = Texts(np.array(codes, np.int64), tuple(self._names[name]))
        return Feedback(**{**columns, "fit": columns["fit"].astype(np.int64)})


def _check_tells(texts: Mapping[str, str], numbers: Mapping[str, float]) -> None:
    body = any(not math.isnan(numbers[name]) for name in ("height", "weight"))
    if not (texts["item"] or texts["user"] or body):
        raise InputRejected("neither item nor wearer is told")


def _text(header: str, cell: str) -> str:
    text = cell.strip()
    if len(text) > MAX_TEXT:
        raise InputRejected(f"{header}: longer than {MAX_TEXT} characters")
    return text


@functools.lru_cache(4096)
def _label(text: str) -> str:
    return plain_label(text)


@functools.lru_cache(4096)
def _fit(cell: str) -> int:
    word = cell.strip().lower()
    if word not in FIT_WORDS:
        raise InputRejected(f"fit {word[:40]!r}: {', '.join(FITS)}")
    return FIT_WORDS[word]


@functools.lru_cache(65536)
def _number(name: str, cell: str) -> float:
    """Return a measure in cm, kg or years, NaN for an empty cell.  Raises InputRejected."""
    text = cell.strip()
    if not text:
        return math.nan
    measure = MEASURES[name]
    try:
        value = quantity(name, text)
    except MeasurementRejected as error:
        raise InputRejected(str(error)) from None
    if not measure.low <= value <= measure.high:
        raise InputRejected(f"{name} {value:g}: adults have {measure.low:g} to {measure.high:g} {measure.unit}")
    return value


def seconds_of(cell: str) -> float:
    """Return a time in seconds since 1970, NaN for an empty cell.

    ISO 8601 (without an offset taken for UTC), or a number of seconds or milliseconds.  Raises InputRejected.
    """
    text = cell.strip()
    if not text:
        return math.nan
    try:
        number = float(text)
    except ValueError:
        return _date_seconds(text)
    if not 0 <= number < 1e15:
        raise InputRejected(f"time {text[:40]!r}: no time")
    return number / 1000 if number >= MILLISECONDS_FROM else number


def _date_seconds(text: str) -> float:
    found = DATE.fullmatch(text)
    if found is None:
        raise InputRejected(f"time {text[:40]!r}: neither like 2026-03-01T12:00:00 nor seconds since 1970")
    year, month, day, hour, minute, second, _, zone_hours, zone_minutes = found.groups(default="0")
    clock = (int(hour), int(minute), float(second))
    if clock[0] > 23 or clock[1] > 59 or clock[2] >= 61:
        raise InputRejected(f"time {text[:40]!r}: no time of day")
    zone = 60.0 * (60 * int(zone_hours) + math.copysign(int(zone_minutes), -1 if zone_hours[0] == "-" else 1))
    return _day(year, month, day) + 3600 * clock[0] + 60 * clock[1] + clock[2] - zone


@functools.lru_cache(65536)
def _day(year: str, month: str, day: str) -> float:
    try:
        date = np.datetime64(f"{year}-{int(month):02}-{int(day):02}", "s")
    except ValueError:
        raise InputRejected(f"time {year}-{month}-{day}: no day of any calendar") from None
    return float(date.astype(np.int64))
