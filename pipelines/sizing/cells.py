"""What merchants write into the cells of a size table: numbers, fractions, ranges, tolerances, units, or nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

UNIT_CM = {"cm": 1.0, "mm": 0.1, "in": 2.54}
UNITS = {
    "cm": "cm", "厘米": "cm", "公分": "cm", "センチ": "cm", "centimetres": "cm", "centimeters": "cm",
    "mm": "mm", "毫米": "mm",
    "in": "in", "inch": "in", "inches": "in", "ins": "in", '"': "in", "''": "in", "英寸": "in", "英吋": "in",
    "吋": "in",
}  # fmt: skip
NOTHING = frozenset("- -- – — / \\ * n/a na n.a. nil none tbc tbd 无 暂无".split()) | {""}
VULGAR = "½¼¾⅛⅜⅝⅞⅓⅔"
CELL_MOST = 60  # characters; a cell holds a number or two
AGREE = 0.03  # how far apart two units' figures of one thing may be: they were rounded
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_ONE = re.compile(rf"({_NUMBER})\s*({_UNIT})?(?:\s*±\s*({_NUMBER})\s*({_UNIT})?)?")
_RANGE = re.compile(rf"({_NUMBER})\s*({_UNIT})?\s*(?:-|to|至|到)\s*({_NUMBER})\s*({_UNIT})?")
_ABOUT = re.compile(r"^(?:约|大约|about|approx\.?|ca\.?)\s*|\s*(?:左右|上下)$")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: `low` to `high` in `unit`, "" where it names none; a piece may be off by `tolerance`."""

    low: float
    high: float
    unit: str = ""
    tolerance: float = 0.0

    def in_cm(self, unit: str) -> tuple[float, float]:
        """Return both ends in cm; `unit` is the column's, for a cell without its own."""
        factor = UNIT_CM[self.unit or unit]
        return round(self.low * factor, 2), round(self.high * factor, 2)


def read_cell(text: str) -> Cell | None:
    """Return what a cell says, None where it says nothing.  Raises ValueError for what is no number and no range."""
    if len(text.strip()) > CELL_MOST:
        raise ValueError("more than a number or a range")
    plain = _plain(text)
    if plain in NOTHING:
        return None
    if "/" in plain:
        return _in_two_units([read_cell(part) for part in plain.split("/")])
    if one := _ONE.fullmatch(plain):
        return Cell(float(one[1]), float(one[1]), _unit(one[2], one[4]), float(one[3] or 0))
    if ends := _RANGE.fullmatch(plain):
        return Cell(float(ends[1]), float(ends[3]), _unit(ends[2], ends[4]))
    raise ValueError("no number and no range")


def _plain(text: str) -> str:
    """Return a cell in one spelling: fractions as decimals, no thousands' commas, one kind of dash and sign."""
    text = re.sub(rf"(\d*)\s*([{VULGAR}])", _vulgar, text)
    text = unicodedata.normalize("NFKC", text).strip().casefold()
    text = re.sub(r"[–—−‒~～〜]", "-", text).replace("”", '"').replace("″", '"').replace("＋", "+")
    text = re.sub(r"\(?\s*(?:\+/-|\+-|±)\s*([\d.,]+[^)]*)\)?", r"±\1", text)
    text = re.sub(r"(\d{1,3})[\s-](\d{1,2})/(2|3|4|8|16)(?!\d)", _mixed, text)
    text = re.sub(r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,])", r"\1\2", text)
    text = re.sub(r"(\d),(\d{1,2})(?!\d)", r"\1.\2", text)
    return _ABOUT.sub("", text).strip()


def _vulgar(found: re.Match[str]) -> str:
    return f"{int(found[1] or 0) + unicodedata.numeric(found[2]):.3f}"


def _mixed(found: re.Match[str]) -> str:
    """Return 34 1/2 and 34-1/2 as 34.5; what is no fraction as it stands."""
    whole, part, of = (int(found[n]) for n in (1, 2, 3))
    return f"{whole + part / of:.3f}" if part < of else found[0]


def _unit(*told: str | None) -> str:
    """Return the unit that is told, "" for none.  Raises ValueError for two."""
    units = {UNITS[one] for one in told if one}
    if len(units) > 1:
        raise ValueError(f"{' and '.join(sorted(units))} in one number")
    return units.pop() if units else ""


def _in_two_units(cells: list[Cell | None]) -> Cell:
    """Return the first of `91 cm / 36 in`.  Raises ValueError where they are not one thing in two units."""
    one, *others = cells
    if one is None or not one.unit or not others:
        raise ValueError("two numbers; one, or a range, is wanted")
    for other in others:
        if other is None or not other.unit:
            raise ValueError("two numbers; one, or a range, is wanted")
        pairs = zip(one.in_cm(""), other.in_cm(""), strict=True)
        if any(abs(here - there) > AGREE * here for here, there in pairs):
            raise ValueError("two units that do not say the same")
    return one
