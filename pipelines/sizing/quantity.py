"""What a shopper typed, as centimetres or kilograms: 172 cm, 1.72 m, 5'7", 68 kg, 150 lb, 115斤, 2尺3, 一米七."""

from __future__ import annotations

import math
import re
import unicodedata

from pipelines.errors import MeasurementRejected
from pipelines.sizing.measures import MEASURES
from pipelines.sizing.text.numerals import CHI_CM, length_at, numeral_at

CM = {
    "cm": 1.0, "centimetre": 1.0, "centimetres": 1.0, "centimeter": 1.0, "centimeters": 1.0, "厘米": 1.0, "公分": 1.0,
    "mm": 0.1, "毫米": 0.1, "m": 100.0, "metre": 100.0, "metres": 100.0, "meter": 100.0, "meters": 100.0, "米": 100.0,
    "in": 2.54, "inch": 2.54, "inches": 2.54, '"': 2.54, "英寸": 2.54, "寸": 10 / 3,
    "ft": 30.48, "foot": 30.48, "feet": 30.48, "'": 30.48, "英尺": 30.48,
    "chi": CHI_CM, "尺": CHI_CM, "市尺": CHI_CM,
}  # fmt: skip
KG = {
    "kg": 1.0, "kgs": 1.0, "kilo": 1.0, "kilos": 1.0, "公斤": 1.0, "千克": 1.0, "jin": 0.5, "斤": 0.5, "市斤": 0.5,
    "lb": 0.45359237, "lbs": 0.45359237, "pound": 0.45359237, "pounds": 0.45359237, "磅": 0.45359237,
    "st": 6.35029318, "stone": 6.35029318,
}  # fmt: skip
YEARS: dict[str, float] = dict.fromkeys(("years", "year", "yrs", "yr", "y", "岁"), 1.0)
UNITS: dict[str, dict[str, float]] = {"cm": CM, "kg": KG, "years": YEARS}
# What a second number without a unit counts, after the first one's: 5'7, 1米72, 2尺3, 11 st 4.
THEN = {
    "'": 2.54,
    "ft": 2.54,
    "feet": 2.54,
    "foot": 2.54,
    "英尺": 2.54,
    "米": 1.0,
    "m": 1.0,
    "尺": 10 / 3,
    "st": 0.45359237,
}
THEN |= {"stone": THEN["st"]}
MAX_LENGTH = 40
BEFORE, AFTER = " \t\r\n:~≈", " \t\r\n.,;:!。、…"  # around a quantity, where they mean nothing; in NFKC
ABOUT = re.compile(r"^(?:约|大约|大概|about|approx|ca)(?=[\s.\d])|(?:左右|上下)$")  # what is told is always about
PART = re.compile(r"\s*(\d{1,4}(?:\.\d{1,4})?)\s*(?:([^\W\d_]+)\.?|('|\"))?")


def quantity(name: str, text: str) -> float:
    """Return what `text` says of the measure `name`, in its unit.

    A number without a unit is in the measure's own.  Raises MeasurementRejected for anything else.
    """
    if name not in MEASURES:
        raise MeasurementRejected(f"{name}: unknown measurement; known are {', '.join(MEASURES)}", name, "unknown")
    unit = MEASURES[name].unit
    parts = _parts(name, text)
    total, previous, room = 0.0, "", math.inf
    for place, (number, written) in enumerate(parts):
        if not written and place:
            factor = _then(name, text, previous, number)
        elif not written:
            factor = 1.0
        elif written in UNITS[unit]:
            factor = UNITS[unit][written]
        else:
            raise _refused(name, text, f"is in {written}; it is told in {unit}")
        if float(number) * factor >= room:  # 5'13 is no height: thirteen inches are more than a foot
            raise _refused(name, text, f"is two numbers that do not go together; type one in {unit}")
        total, previous, room = total + float(number) * factor, written, factor
    return round(total, 4)


def _parts(name: str, text: str) -> list[tuple[str, str]]:
    """Split into one or two numbers with their units."""
    plain = unicodedata.normalize("NFKC", text[: MAX_LENGTH + 1]).lower()
    plain = ABOUT.sub("", plain.lstrip(BEFORE).rstrip(AFTER)).lstrip(BEFORE).rstrip(AFTER)
    plain = plain.translate(str.maketrans("’′‘”“,", "'''\"\"."))
    plain = _in_digits(plain.replace("''", '"'))
    found, at = [], 0
    while at < len(plain):
        part = PART.match(plain, at)
        if part is None or part.end() == at:
            break
        found.append((part[1], part[2] or part[3] or ""))
        at = part.end()
    if not found or at < len(plain) or len(found) > 2 or len(text) > MAX_LENGTH:
        raise _refused(name, text, f"is not understood; type a number in {MEASURES[name].unit}")
    return found


def _in_digits(plain: str) -> str:
    """Return `plain` with a number in Chinese characters that it begins with in digits: 一米七, 六十公斤."""
    for read, unit in ((length_at, "cm"), (numeral_at, "")):
        found = read(plain, 0)
        if found is not None:
            return f"{found[0]:g}{unit}{plain[found[1] :]}"
    return plain


def _then(name: str, text: str, unit: str, number: str) -> float:
    """Return what one of a second number without a unit is worth after a first in `unit`."""
    if unit not in THEN or "." in number:
        raise _refused(name, text, f"is two numbers; type one in {MEASURES[name].unit}")
    if unit in ("米", "m") and len(number) == 1:  # 1米7 is 1.70 m
        return 10.0
    return THEN[unit]


def _refused(name: str, text: str, why: str) -> MeasurementRejected:
    return MeasurementRejected(f"{MEASURES[name].en}: “{text[:MAX_LENGTH]}” {why}", name, "number")
