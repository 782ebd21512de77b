"""Size charts from what merchants have: a CSV table, schema.org's `SizeSpecification`, Google Merchant's attributes.

Whether a number is of the body or of the garment must be said, by the table or by who reads it: it is never guessed.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Range, Source, in_order
from pipelines.sizing.labels import plain_label
from pipelines.sizing.standards import SCHEMA_SYSTEMS

Kind: TypeAlias = Literal["body", "garment"]
MAX_TEXT = 256 * 1024
SEPARATORS = ",;\t"
UNIT_CM = {
    "cm": 1.0, "厘米": 1.0, "公分": 1.0, "mm": 0.1,
    "in": 2.54, "inch": 2.54, "inches": 2.54, '"': 2.54, "英寸": 2.54,
}  # fmt: skip
UNIT_CODES = {"CMT": 1.0, "MMT": 0.1, "MTR": 100.0, "INH": 2.54, "FOT": 30.48}  # of UN/CEFACT, as schema.org has them
WORDS = {
    "size": ("size", "尺码", "号型", "尺寸", "码数", "サイズ"),
    "height": ("height", "stature", "身高"),
    "chest": ("chest", "bust", "chest girth", "bust girth", "胸围", "净胸围"),
    "chest_width": ("chest width", "pit to pit", "胸宽", "半胸围", "1/2胸围", "1/2 chest"),
    "underbust": ("underbust", "under bust", "下胸围"),
    "waist": ("waist", "waist girth", "腰围"),
    "hip": ("hip", "hips", "seat", "hip girth", "臀围"),
    "neck": ("neck", "collar", "领围", "颈围"),
    "shoulder": ("shoulder", "shoulders", "shoulder width", "肩宽"),
    "sleeve": ("sleeve", "sleeve length", "arm length", "袖长"),
    "length": ("length", "body length", "back length", "衣长", "裙长", "裤长"),
    "hem": ("hem", "sweep", "下摆"),
    "upper_arm": ("upper arm", "bicep", "biceps", "袖肥", "上臂围"),
    "cuff": ("cuff", "袖口"),
    "thigh": ("thigh", "腿围", "大腿围"),
    "inseam": ("inseam", "inside leg", "inside leg length", "内长", "内缝长"),
    "outseam": ("outseam", "outside leg", "外侧长"),
    "leg_opening": ("leg opening", "裤脚", "脚口"),
    "rise": ("rise", "front rise", "前裆"),
}  # fmt: skip
OF_BODY = ("body", "suits", "fits", "to fit", "适合", "适穿", "净", "人体")
OF_GARMENT = ("garment", "finished", "product", "成衣", "平铺", "衣物")
BODY_NAMES = {"shoulder": "shoulder_width"}  # where a body's name differs from the garment's
TWICE = {"chest_width": "chest"}  # laid flat: half of the girth
# schema.org's measurement types, without their prefix; "" for those that say nothing of the sizes here. Its own example
# has `WearableMeasurementChest`, which its vocabulary does not.
SCHEMA_BODY = {
    "Arm": "sleeve", "Bust": "chest", "Chest": "chest", "Height": "height", "Hips": "hip", "InsideLeg": "inseam",
    "Neck": "neck", "Underbust": "underbust", "Waist": "waist", "Foot": "", "Hand": "", "Head": "", "Weight": "",
}  # fmt: skip
SCHEMA_GARMENT = {
    "ChestOrBust": "chest", "Chest": "chest", "Collar": "neck", "Hips": "hip", "Inseam": "inseam", "Length": "length",
    "OutsideLeg": "outseam", "Sleeve": "sleeve", "Waist": "waist", "Back": "", "Cup": "", "Height": "", "Width": "",
}  # fmt: skip
NUMBER = re.compile(
    r"(\d{1,4}(?:[.,]\d{1,2})?)(?:\s*(?:-|–|~|to|至|～)\s*(\d{1,4}(?:[.,]\d{1,2})?))?\s*(cm|mm|in(?:ches|ch)?|\"|厘米|公分|英寸)?"
)


@dataclass(frozen=True, slots=True)
class Charts:
    """What a merchant's table holds; at least one of the two."""

    body: BodyChart | None
    garment: GarmentChart | None


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    name: str  # of WORDS
    kind: Kind
    factor: float | None  # to cm, None where cells must say


def charts_from_csv(text: str, source: Source, kind: Kind | None = None, system: str = "") -> Charts:
    """Return the charts of a table with a header, one size a row.

    `kind` tells what columns are of whose header says neither body nor garment.  Raises ChartRejected.
    """
    if len(text) > MAX_TEXT:
        raise ChartRejected(f"table: more than {MAX_TEXT // 1024} KiB")
    try:
        lines = csv.reader(io.StringIO(text := text.lstrip("\ufeff")), delimiter=_separator(text))
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ChartRejected(f"table: no CSV ({error})") from error
    if len(rows) < 2:
        raise ChartRejected("table: a header and at least one size are needed")
    size_at = next((i for i, cell in enumerate(rows[0]) if _bare(cell) in WORDS["size"]), None)
    if size_at is None:
        raise ChartRejected("table: no column named size")
    columns = {i: _column(cell, kind) for i, cell in enumerate(rows[0]) if i != size_at and cell.strip()}
    sizes = []
    found: dict[Kind, list[dict[str, Range]]] = {"body": [], "garment": []}
    for row in rows[1:]:
        sizes.append(plain_label(row[size_at] if size_at < len(row) else ""))
        for which, values in found.items():
            mine = {i: column for i, column in columns.items() if column.kind == which}
            values.append(_values(sizes[-1], mine, row))
    return _charts(sizes, found["body"], found["garment"], source, system)


def charts_from_schema(specifications: Sequence[Mapping[str, Any]], source: Source) -> Charts:
    """Return the charts of schema.org SizeSpecifications, one a size.

    `suggestedMeasurement` is of the body, `hasMeasurement` of the garment.  Raises ChartRejected.
    """
    sizes, body, garment = [], [], []
    for one in specifications:
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
            raise ChartRejected("SizeSpecification: no name")
        sizes.append(plain_label(one["name"]))
        body.append(_measurements(sizes[-1], one.get("suggestedMeasurement"), "BodyMeasurement", SCHEMA_BODY))
        garment.append(_measurements(sizes[-1], one.get("hasMeasurement"), "WearableMeasurement", SCHEMA_GARMENT))
    systems = {str(one.get("sizeSystem", "")).rpartition("WearableSizeSystem")[2] for one in specifications}
    if len(systems) > 1:
        raise ChartRejected(f"sizeSystem: {', '.join(sorted(systems))} in one chart")
    of_schema = {theirs: ours for ours, theirs in SCHEMA_SYSTEMS.items()}
    system = systems.pop() if systems else ""
    return _charts(sizes, body, garment, source, of_schema.get(system, system))


def google_size(item: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    """Return label, system and types of a Google Merchant item's `size`, `size_system`, `size_type`.

    Raises ChartRejected for values that Merchant Center does not know.
    """
    size = item.get("size", "").strip()
    if not 1 <= len(size) <= 100:
        raise ChartRejected("size: 1 to 100 characters")
    system = item.get("size_system", "").strip().upper()
    if system and system not in SCHEMA_SYSTEMS:
        raise ChartRejected(f"size_system {system}: known are {', '.join(SCHEMA_SYSTEMS)}")
    types = tuple(part.strip().lower() for part in item.get("size_type", "").split(",") if part.strip())
    known = ("regular", "petite", "plus", "tall", "big", "maternity")
    if len(types) > 2 or not set(types) <= set(known):
        raise ChartRejected(f"size_type {item.get('size_type', '')[:40]!r}: at most two of {', '.join(known)}")
    return plain_label(size), system, types


def _charts(
    sizes: list[str], body: list[dict[str, Range]], garment: list[dict[str, Range]], source: Source, system: str
) -> Charts:
    if not sizes:
        raise ChartRejected("no sizes")
    order = in_order(sizes)
    body_chart = garment_chart = None
    if any(body):
        body_chart = BodyChart(system, tuple(BodyRow(sizes[i], body[i], source) for i in order))
    if any(garment):
        rows = []
        for i in order:
            for name, (low, high) in garment[i].items():
                if low != high:
                    raise ChartRejected(f"{sizes[i]} {name}: a garment measures one value, not {low:g} to {high:g}")
            rows.append(GarmentRow(sizes[i], {name: low for name, (low, _) in garment[i].items()}, source))
        garment_chart = GarmentChart(tuple(rows))
    if body_chart is None and garment_chart is None:
        raise ChartRejected("no measurements")
    return Charts(body_chart, garment_chart)


def _separator(text: str) -> str:
    """Return what separates the cells: of the header, whichever is there most often."""
    header = text.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _values(size: str, columns: Mapping[int, _Column], row: Sequence[str]) -> dict[str, Range]:
    """Return what `columns` say of one size."""
    found: dict[str, Range] = {}
    for i, column in columns.items():
        name, value = _name(column), _cell(size, column, row[i] if i < len(row) else "")
        _add(found, size, name, value)
    return found


def _add(found: dict[str, Range], size: str, name: str, value: Range) -> None:
    if name in found and found[name] != value:
        one, other = ("-".join(f"{end:g}" for end in dict.fromkeys(ends)) for ends in (found[name], value))
        raise ChartRejected(f"{size} {name}: stands there twice, as {one} and as {other}")
    found[name] = value


def _bare(header: str) -> str:
    """Return a header's words without unit and without whose they are."""
    text = unicodedata.normalize("NFKC", header).casefold().replace("_", " ")
    text = re.sub(r"[(\[（].*?[)\]）]", " ", text)
    for word in (*OF_BODY, *OF_GARMENT):
        text = re.sub(_alone(word), " ", text)
    for unit in UNIT_CM:
        text = re.sub(_alone(unit), " ", text)
    return " ".join(text.replace(":", " ").split())


def _column(header: str, kind: Kind | None) -> _Column:
    bare, text = _bare(header), unicodedata.normalize("NFKC", header).casefold().replace("_", " ")
    name = next((name for name, words in WORDS.items() if bare in words), "")
    if not name or name == "size":
        raise ChartRejected(f"column {header[:40]!r}: not a measurement that is known")
    is_body, is_garment = (any(_has(text, word) for word in words) for words in (OF_BODY, OF_GARMENT))
    if is_body and is_garment:
        raise ChartRejected(f"column {header[:40]!r}: of the body and of the garment at once")
    told: Kind | None = "body" if is_body else "garment" if is_garment or name in TWICE else kind
    if told is None:
        raise ChartRejected(f"column {header[:40]!r}: say whether it is of the body or of the garment")
    factor = next((factor for unit, factor in UNIT_CM.items() if _has(text, unit)), None)
    return _Column(header, name, told, factor)


def _has(text: str, word: str) -> bool:
    return re.search(_alone(word), text) is not None


def _alone(word: str) -> str:
    """Return a pattern for `word`, a Latin one only where no other Latin letter touches it."""
    return rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() and word.isalpha() else re.escape(word)


def _name(column: _Column) -> str:
    name = TWICE.get(column.name, column.name)
    return BODY_NAMES.get(name, name) if column.kind == "body" else name


def _cell(size: str, column: _Column, cell: str) -> Range:
    match = NUMBER.fullmatch(unicodedata.normalize("NFKC", cell).strip().casefold())
    if match is None:
        raise ChartRejected(f"{size} {column.header[:40]}: {cell[:40]!r} is no number and no range")
    factor = UNIT_CM[match[3]] if match[3] else column.factor
    if factor is None:
        raise ChartRejected(f"{size} {column.header[:40]}: no unit; cm or inches?")
    factor *= 2 if column.name in TWICE else 1
    low, high = (float((match[i] or match[1]).replace(",", ".")) * factor for i in (1, 2))
    return round(low, 2), round(high, 2)


def _measurements(size: str, given: object, prefix: str, names: Mapping[str, str]) -> dict[str, Range]:
    """Return what one property of a SizeSpecification measures, in cm."""
    found: dict[str, Range] = {}
    for one in given if isinstance(given, list) else [given] if given else []:
        if not isinstance(one, Mapping):
            raise ChartRejected(f"{size}: a measurement is a QuantitativeValue")
        name = str(one.get("valueReference") or one.get("name", "")).rpartition(prefix)[2]
        if name not in names:
            raise ChartRejected(f"{size}: {name[:40]!r} is no {prefix} that is known")
        if not names[name]:
            continue
        unit = UNIT_CODES.get(str(one.get("unitCode", "")))
        if unit is None:
            raise ChartRejected(
                f"{size} {name}: unitCode {str(one.get('unitCode'))[:10]!r}; known are {', '.join(UNIT_CODES)}"
            )
        low, high = (one.get(key, one.get("value")) for key in ("minValue", "maxValue"))
        try:
            value = (round(float(str(low)) * unit, 2), round(float(str(high)) * unit, 2))
        except ValueError:
            raise ChartRejected(f"{size} {name}: no number") from None
        _add(found, size, names[name], value)
    return found
