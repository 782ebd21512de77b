"""Numbers in a text with their units: feet and inches, 1米7, 2尺3, 七十二, fractions, ranges, 52*2."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.sizing.quantity import CM
from pipelines.sizing.text.numerals import VALUE, follows_a_measure, length_at, numeral_at

if TYPE_CHECKING:
    from pipelines.sizing.text.tokens import Token

FEET = re.compile(
    r"([3-7])\s?(?:'|ft\.?|foot|feet)(?!')(?:\s?(\d{1,2}(?:\.\d{1,2})?)(?:\s?(?:\"|''|in(?:ch(?:es)?|s)?(?![a-z]))|(?!\d|\.\d)))?(?![a-z])"
)
METRES = re.compile(r"([12])\s?(?:米|m)\s?(\d{1,2})(?!\d)|(\d\.\d{1,2})\s?(?:米|m(?![a-z0-9]))")
CHI = re.compile(r"([1-5])(?:\.(\d))?\s?尺\s?(\d)?(?![\d寸])")
NUMBER = re.compile(r"(\d{1,5}(?:\.\d{1,2})?)(?!\d)(?:\s(\d)/(\d{1,2})(?!\d))?")
LONG = re.compile(r"\d[\d.,]*[a-z]?[a-z0-9]*")
UNITS = re.compile(
    r" ?(?:(?P<cm>cms?(?![a-z])|厘米|公分|centimet(?:er|re)s?)|(?P<mm>mm(?![a-z])|毫米)"
    r"|(?P<inch>\"|''|in(?:ch(?:es)?|s)?(?![a-z])\.?|英寸|寸)"
    r"|(?P<kg>kgs?(?![a-z])|公斤|千克|斤|lbs?(?![a-z])|pounds?|磅|stone|st(?![a-z]))|(?P<tag>[码号](?![型数])|#(?![a-z0-9]))"
    r"|(?P<other>%|g(?![a-z0-9])|元|块|件|条|折|天|小时|克|gsm|ml(?![a-z])|oz(?![a-z])|支|岁|年|月|日|度|°"
    r"|degrees?|days?|hours?|months?|years?|yrs?|pcs|pieces|items?|denier|way|usd|euros?|eur(?![a-z])|rmb|万|人|个|位|张|款|双|米|次|片|包|楼"
    r"|pack|star|minutes?|weeks?|色|层|根|股|buttons?|pockets?|people|colou?rs|s(?=\s?[纱支精双高])))"
    r"|(?P<letter>[hgldxmk](?![a-z0-9])|(?:th|nd|rd)(?![a-z]))"
)
DOUBLE = re.compile(r"\s?[*x]\s?2(?!\d|\.\d)")
TWICE = re.compile(r"2\s?[*x]\s?(?=\d{2,3}(?!\d))")
MONEY = "$£€¥#"
RANGE_GAP = re.compile(r"\s?(?:-|to|至|到|through|–)\s?")
LIST_GAP = re.compile(r"\s?(?:[/,、，|]|and|&|和)\s?")
DUAL_GAP = re.compile(r"\s?[/(=,]\s?")
INCH_CM = 2.54
TAG_RATIO = 0.03


def number_at(text: str, place: int, last: int) -> tuple[float, float, str, int, str] | None:
    """Return low, high, unit, end and style of the number that begins at `place`; style "tagged" is 28码.

    `last` is the end of the token before: a number that touches a Latin letter which is no token is no number.
    """
    if text[place] in VALUE or text[place] == "十":
        return _in_characters(text, place)
    if not text[place].isdigit() or not text[place].isascii():
        return None
    before = text[place - 1] if place else " "
    if before.isascii() and (before.isalnum() or before == "_") and last < place:
        return None
    for length in (_feet, _metres, _chi, length_at):
        if found := length(text, place):
            return found[0], found[0], "cm", found[1], ""
    twice = TWICE.match(text, place)
    number = NUMBER.match(text, twice.end() if twice else place)
    if number is None:
        return 0.0, 0.0, "other", LONG.match(text, place).end(), ""  # type: ignore[union-attr]
    value = float(number[1]) + (float(number[2]) / float(number[3]) if number[2] and float(number[3]) else 0.0)
    unit, factor, end, style = _unit(text, number.end())
    if doubled := DOUBLE.match(text, end):
        end, factor = doubled.end(), factor * 2
    if (
        before in MONEY
        or (before == " " and text[max(0, place - 2) : place - 1] in tuple(MONEY))
        or _glued(text, end, unit)
    ):
        unit = "other"
    value = round(value * factor * (2 if twice else 1), 4)
    return value, value, unit, end, style


def _in_characters(text: str, place: int) -> tuple[float, float, str, int, str] | None:
    """Return the same of a number in Chinese characters: with a unit, or right behind a measure."""
    if length := length_at(text, place):
        return length[0], length[0], "cm", length[1], ""
    numeral = numeral_at(text, place)
    if numeral is None:
        return None
    unit, factor, end, style = _unit(text, numeral[1])
    if unit == "other" or style or not unit and not follows_a_measure(text, place):
        return None
    value = round(numeral[0] * factor, 4)
    return value, value, unit, end, ""


def _glued(text: str, end: int, unit: str) -> bool:
    """Whether letters follow directly that are no unit: 7up, 5g."""
    after = text[end : end + 1]
    return not unit and after.isascii() and (after.isalpha() or after == ":" and text[end + 1 : end + 2].isdigit())


def _feet(text: str, place: int) -> tuple[float, int] | None:
    feet = FEET.match(text, place)
    if feet is None or feet[2] is None and feet[0].endswith("'") or float(feet[2] or 0) >= 12:
        return None
    return round(float(feet[1]) * 30.48 + float(feet[2] or 0) * INCH_CM, 2), feet.end()


def _metres(text: str, place: int) -> tuple[float, int] | None:
    metres = METRES.match(text, place)
    if metres is None:
        return None
    if metres[3]:
        return round(float(metres[3]) * CM["m"], 1), metres.end()
    return float(metres[1]) * 100 + float(metres[2]) * (10 if len(metres[2]) == 1 else 1), metres.end()


def _chi(text: str, place: int) -> tuple[float, int] | None:
    chi = CHI.match(text, place)
    return (
        None if chi is None else (round((float(chi[1]) + float(chi[2] or chi[3] or 0) / 10) * CM["尺"], 1), chi.end())
    )


def _unit(text: str, place: int) -> tuple[str, float, int, str]:
    """Return unit, factor to it, end and style of what follows a number."""
    unit = UNITS.match(text, place)
    if unit is None:
        return "", 1.0, place, ""
    if unit["tag"]:
        return "", 1.0, unit.end(), "tagged"
    if unit["mm"]:
        return "cm", 0.1, unit.end(), ""
    if unit["other"] or unit["letter"]:
        return "other", 1.0, unit.end(), ""
    kind = "cm" if unit["cm"] else "in" if unit["inch"] else "kg"
    return kind, 1.0, unit.end(), ""


def fold_numbers(tokens: list[Token], text: str) -> list[Token]:
    """Join ranges (94-98 cm) and the same length in two units (104cm/41"); hand units back along lists."""
    found: list[Token] = []
    for token in tokens:
        joined = _joined(found[-1], token, text) if found else None
        if joined is None:
            found.append(token)
        else:
            found[-1] = joined
    for i in range(len(found) - 2, -1, -1):
        one, after = found[i], found[i + 1]
        if _are_numbers(one, after) and not one.unit and after.unit in ("cm", "in") and not one.style:
            if LIST_GAP.fullmatch(text, one.end, after.start):
                found[i] = replace(one, unit=after.unit)
    return found


def _joined(one: Token, other: Token, text: str) -> Token | None:
    if not _are_numbers(one, other) or other.start - one.end > 9:
        return None
    gap = (one.end, other.start)
    if RANGE_GAP.fullmatch(text, *gap) and one.low < other.low and one.low == one.high and other.low == other.high:
        if one.unit in ("", other.unit):
            return replace(other, start=one.start, low=one.low, high=other.low)
    if (
        one.unit == other.unit == "cm"
        and "=" in text[slice(*gap)]
        and other.low
        and abs(one.low / other.low - 1) < TAG_RATIO
    ):
        return replace(other, start=one.start)
    if {one.unit, other.unit} == {"cm", "in"} and DUAL_GAP.fullmatch(text, *gap):
        metric, inch = (one, other) if one.unit == "cm" else (other, one)
        if inch.low and abs(metric.low / (inch.low * INCH_CM) - 1) < TAG_RATIO:
            return replace(metric, start=one.start, end=other.end)
    return None


def _are_numbers(*tokens: Token) -> bool:
    return all(token.kind == "number" for token in tokens)
