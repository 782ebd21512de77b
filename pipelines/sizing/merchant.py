"""Size charts from what merchants have: CSV, schema.org's `SizeSpecification`, Google Merchant's attributes, text.

Whether a number is of the body or of the garment must be said, by the table or by who reads it: it is never guessed,
and nor is a unit. What is not understood is told, and so is what was made of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.errors import ChartRejected
from pipelines.sizing.cells import UNIT_CM, UNITS
from pipelines.sizing.charts import POINTS, Range, Source
from pipelines.sizing.drafts import Charts, Measure, Notes, Row, charts_of, group_of
from pipelines.sizing.headers import Kind
from pipelines.sizing.labels import plain_label
from pipelines.sizing.systems import SCHEMA_SYSTEMS
from pipelines.sizing.tables import Table, read_table
from pipelines.sizing.text.facts import Fact, SizeFacts
from pipelines.sizing.text.values import HALF

UNIT_CODES = {"CMT": "cm", "MMT": "mm", "MTR": "m", "INH": "in", "FOT": "ft"}  # of UN/CEFACT, as schema.org has them
CODE_CM = {**UNIT_CM, "m": 100.0, "ft": 30.48}
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
SIZE_TYPES = ("regular", "petite", "plus", "tall", "big", "maternity")  # of Google Merchant
NODES_MOST = 100_000  # of a JSON document


def charts_from_csv(
    text: str, source: Source, kind: Kind | None = None, system: str = "", *, unit: str = "", group: str = ""
) -> Charts:
    """Return the charts of a table.

    `kind` and `unit` ("cm", "mm", "in") are for columns that do not say; `system` is that of the labels, and `group`
    whom the sizes are for, where the table has several or none.  Raises ChartRejected.
    """
    table = read_table(text, kind, unit, system)
    doubts = tuple(column.doubt for column in table.columns if column.doubt)
    notes = Notes(tuple(column.measure for column in table.columns), table.left_out, doubts)
    return charts_of([_row_of(table, i) for i in range(len(table.rows))], source, notes, system, group)


def _row_of(table: Table, i: int) -> Row:
    """Return one size of a table.  Raises ChartRejected."""
    cells = [(header, cell.strip()) for header, cell in zip(table.headers, table.rows[i], strict=True)]
    label, system = plain_label(table.rows[i][table.label_at]), table.headers[table.label_at].system
    told = {role: ",".join(cell for header, cell in cells if header.role == role) for role in ("system", "type")}
    types: tuple[str, ...] = ()
    if label and any(told.values()):
        label, named, types = google_size({"size": label, "size_system": told["system"], "size_type": told["type"]})
        system = named or system
    whom = [cell for header, cell in cells if header.role == "group"]
    labels = {header.system: cell for header, cell in cells if header.role == "size" and header.system and cell}
    found: dict[Kind, dict[str, Range]] = {"body": {}, "garment": {}}
    for column in table.columns:
        if (value := column.values[i]) is not None:
            _add(found[column.measure.kind], label, column.measure.name, value)
    return Row(label, found["body"], found["garment"], group_of((*whom, *types)), system, labels)


def charts_from_schema(
    specifications: Sequence[object], source: Source, *, system: str = "", group: str = ""
) -> Charts:
    """Return the charts of schema.org SizeSpecifications, one a size.

    `suggestedMeasurement` is of the body, `hasMeasurement` of the garment; `sizeGroup` and `suggestedGender` say whom
    a size is for, and `group` which of several is meant.  Raises ChartRejected.
    """
    rows, measures = [], []
    for one in specifications:
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), str):
            raise ChartRejected("SizeSpecification: no name")
        size = plain_label(one["name"])
        body = _measurements(size, one.get("suggestedMeasurement"), "body")
        garment = _measurements(size, one.get("hasMeasurement"), "garment")
        measures += [measure for measure, _ in (*body, *garment)]
        rows.append(Row(size, _by_name(size, body), _by_name(size, garment), _whom(one), _system_of(one)))
    return charts_of(rows, source, Notes(tuple(dict.fromkeys(measures))), system, group)


def specifications_in(document: object) -> list[object]:
    """Return every SizeSpecification of a JSON(-LD) document: a product's, its variants', a list's."""
    found: list[object] = []
    waiting = [document]
    for _ in range(NODES_MOST):
        if not waiting:
            return found
        one = waiting.pop()
        if isinstance(one, Mapping) and _is_specification(one):
            found.insert(0, one)  # the last is taken first
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    raise ChartRejected(f"more than {NODES_MOST} parts: no document of a product")


def _is_specification(one: Mapping[str, Any]) -> bool:
    types = _terms(one.get("@type"), "")
    return "SizeSpecification" in types or (not types and bool({"suggestedMeasurement", "hasMeasurement"} & one.keys()))


def _terms(value: object, prefix: str) -> list[str]:
    """Return the ends of addresses or names, https://schema.org/WearableSizeGroupMens as Mens."""
    many = value if isinstance(value, list) else [value]
    texts = [str(one.get("@id") or one.get("name", "")) if isinstance(one, Mapping) else str(one or "") for one in many]
    return [text.rpartition("/")[2].rpartition(":")[2].removeprefix(prefix) for text in texts if text]


def _whom(one: Mapping[str, Any]) -> str:
    genders = _terms(one.get("suggestedGender"), "")
    return group_of((*_terms(one.get("sizeGroup"), "WearableSizeGroup"), *genders))


def _system_of(one: Mapping[str, Any]) -> str:
    of_schema = {theirs: ours for ours, theirs in SCHEMA_SYSTEMS.items()}
    names = [name for name in _terms(one.get("sizeSystem"), "WearableSizeSystem") if not name.startswith("SizeSystem")]
    return of_schema.get(names[0], names[0]) if names else ""


def _measurements(size: str, given: object, kind: Kind) -> list[tuple[Measure, Range]]:
    """Return what one property of a SizeSpecification measures, in cm.  Raises ChartRejected."""
    prefix, names = ("BodyMeasurement", SCHEMA_BODY) if kind == "body" else ("WearableMeasurement", SCHEMA_GARMENT)
    found = []
    for one in given if isinstance(given, list) else [given] if given else []:
        if not isinstance(one, Mapping):
            raise ChartRejected(f"{size}: a measurement is a QuantitativeValue")
        name = "".join(_terms(one.get("valueReference") or one.get("name", ""), prefix))
        if name not in names:
            raise ChartRejected(f"{size}: {name[:40]!r} is no {prefix} that is known")
        if names[name]:
            unit = _unit_of(f"{size} {name}", one)
            found.append((Measure(prefix + name, names[name], kind, unit), _ends(f"{size} {name}", one, CODE_CM[unit])))
    return found


def _unit_of(what: str, one: Mapping[str, Any]) -> str:
    unit = UNIT_CODES.get(str(one.get("unitCode", ""))) or UNITS.get(str(one.get("unitText", "")).strip().casefold())
    if unit is None:
        raise ChartRejected(f"{what}: unitCode {str(one.get('unitCode'))[:10]!r}; known are {', '.join(UNIT_CODES)}")
    return unit


def _ends(what: str, one: Mapping[str, Any], factor: float) -> Range:
    low, high = (str(one.get(key, one.get("value"))) for key in ("minValue", "maxValue"))
    try:
        return round(float(low) * factor, 2), round(float(high) * factor, 2)
    except ValueError:
        raise ChartRejected(f"{what}: no number") from None


def _by_name(size: str, measured: Iterable[tuple[Measure, Range]]) -> dict[str, Range]:
    found: dict[str, Range] = {}
    for measure, value in measured:
        _add(found, size, measure.name, value)
    return found


def _add(found: dict[str, Range], size: str, name: str, value: Range) -> None:
    if name in found and found[name] != value:
        one, other = ("-".join(f"{end:g}" for end in dict.fromkeys(ends)) for ends in (found[name], value))
        raise ChartRejected(f"{size} {name}: stands there twice, as {one} and as {other}")
    found[name] = value


def google_size(item: Mapping[str, object]) -> tuple[str, str, tuple[str, ...]]:
    """Return label, system and types of a Google Merchant item's `size`, `size_system`, `size_type`.

    A size may be a number, as in JSON.  Raises ChartRejected for values that Merchant Center does not know.
    """
    size, system, types = (_plain(item, key) for key in ("size", "size_system", "size_type"))
    if not 1 <= len(size) <= 100:
        raise ChartRejected("size: 1 to 100 characters")
    if system.upper() not in ("", *SCHEMA_SYSTEMS):
        raise ChartRejected(f"size_system {system[:20]}: known are {', '.join(SCHEMA_SYSTEMS)}")
    named = tuple(part.strip().lower() for part in types.split(",") if part.strip())
    if len(named) > 2 or not set(named) <= set(SIZE_TYPES):
        raise ChartRejected(f"size_type {types[:40]!r}: at most two of {', '.join(SIZE_TYPES)}")
    return plain_label(size), system.upper(), named


def _plain(item: Mapping[str, object], key: str) -> str:
    value = item.get(key)
    value = "" if value is None else ",".join(map(str, value)) if isinstance(value, list) else value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ChartRejected(f"{key}: a text or a number")
    return str(value).strip()


def charts_from_facts(found: SizeFacts, source: Source, *, system: str = "", group: str = "") -> Charts:
    """Return the garment's chart of a product text, each measure with words that say it.  Raises ChartRejected.

    What a language model added must not spoil a chart: where it does, the chart is made of what the rules read.
    """
    try:
        return _chart_of_facts(found, source, system, group)
    except ChartRejected:
        by_rules = tuple(fact for fact in found.facts if fact.by == "rules")
        if by_rules == found.facts:
            raise
        charts = _chart_of_facts(replace(found, facts=by_rules), source, system, group)
        return replace(charts, left_out=(*charts.left_out, "what the language model added: it contradicts the rest"))


def _chart_of_facts(found: SizeFacts, source: Source, system: str, group: str) -> Charts:
    rows: dict[str, dict[str, Range]] = {}
    measures: dict[str, Measure] = {}
    left_out = []
    for fact in found.of("value"):
        name, times = HALF.get(fact.name, fact.name), 2 if fact.name in HALF else 1
        if fact.size == "*" or name not in POINTS:
            left_out.append(f"{_words(found, fact)!r}: {'of no size by name' if fact.size == '*' else 'in no chart'}")
            continue
        _add(rows.setdefault(fact.size, {}), fact.size, name, (fact.low * times, fact.high * times))
        halves = ["half of a girth, taken twice"] if times == 2 else []
        how = ", ".join([*halves, *(["read by the language model"] if fact.by == "model" else [])])
        measures.setdefault(name, Measure(_words(found, fact), name, "garment", "cm", how))
    for label in dict.fromkeys(fact.value for fact in (*found.of("letter"), *found.of("number"))):
        rows.setdefault(label, {})  # told, as it has no measurements
    if not any(rows.values()):
        raise ChartRejected("text: no size with its own measurements in it")
    doubts = [f"{_words(found, fact)!r}: not believed, {fact.problem}" for fact in found.doubted]
    doubts += [found.note] if found.note else []
    whom = group_of(fact.value for fact in found.of("gender"))
    notes = Notes(tuple(measures.values()), tuple(left_out), tuple(doubts))
    return charts_of([Row(size, {}, row, whom, system) for size, row in rows.items()], source, notes, system, group)


def _words(found: SizeFacts, fact: Fact) -> str:
    return " ".join(found.text[fact.start : fact.end].split())
