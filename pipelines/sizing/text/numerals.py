"""Numbers in Chinese characters: 一百零四, 七十二, 九十八点五, 一零四, and lengths like 一米七 and 两尺三."""

from __future__ import annotations

import re

_ONE = "[一二两三四五六七八九]"
_ANY = "[零〇一二两三四五六七八九]"
VALUE = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
NUMERAL = re.compile(
    rf"(?:(?P<hundreds>{_ONE})百(?:零(?P<ones>{_ONE})|(?P<tens>{_ONE})?(?P<ten>十)(?P<rest>{_ONE})?|(?P<short>{_ONE}))?"
    rf"|(?P<few_tens>{_ONE})?(?P<few>十)(?P<few_ones>{_ONE})?|(?P<row>[一二]{_ANY}{{2}}))"
    rf"(?:点(?P<part>{_ANY}{{1,2}}))?(?![零〇一二两三四五六七八九十百千万亿点分足全字几余来多])"
)
LENGTH = re.compile(
    rf"(?:(?P<m>[一二1-2])\s?米(?P<dm>{_ONE})(?P<cm>{_ANY})?|(?P<chi>[一二两三四])尺(?P<cun>{_ONE})?寸?)"
    r"(?![零〇一二两三四五六七八九十百千])"
)
# What a number without a unit stands behind, if it is a measure: 衣长七十二, 胸围约九十六, M码九十二.
MEASURE_BEFORE = re.compile(
    rf"[围宽长高重肥裆口摆腰脚浪袖肩胸臀码号度](?:大?约|约为|是|为|有|[:\s])?\s?$|{_ANY[:-1]}十百](?:cm|厘米|公分)?\s?[、,，/至到\-]\s?$"
)
REACH = 8  # characters
CHI_CM = 100 / 3


def numeral_at(text: str, place: int) -> tuple[float, int] | None:
    """Return value, 10 to 999, and end of the number in characters that begins at `place`."""
    found = NUMERAL.match(text, place)
    if found is None or place and text[place - 1] in "零〇一二两三四五六七八九十百千万点第":
        return None
    if found["row"]:
        whole = float("".join(str(VALUE[char]) for char in found["row"]))
    elif found["hundreds"]:
        tens = VALUE[found["tens"] or "一"] if found["ten"] else VALUE[found["short"] or "零"]
        whole = 100.0 * VALUE[found["hundreds"]] + 10 * tens + VALUE[found["ones"] or found["rest"] or "零"]
    else:
        whole = 10.0 * VALUE[found["few_tens"] or "一"] + VALUE[found["few_ones"] or "零"]
    part = "".join(str(VALUE[char]) for char in found["part"] or "零")
    return float(f"{whole:.0f}.{part}"), found.end()


def length_at(text: str, place: int) -> tuple[float, int] | None:
    """Return cm and end of a length in metres or chi."""
    found = LENGTH.match(text, place)
    if found is None:
        return None
    if found["chi"]:
        return round((VALUE[found["chi"]] + VALUE[found["cun"] or "零"] / 10) * CHI_CM, 1), found.end()
    metres = int(found["m"]) if found["m"].isdigit() else VALUE[found["m"]]
    return 100.0 * metres + 10 * VALUE[found["dm"]] + VALUE[found["cm"] or "零"], found.end()


def follows_a_measure(text: str, place: int) -> bool:
    """Whether what begins at `place` stands right behind a measure, or goes on a list of numbers in characters."""
    return MEASURE_BEFORE.search(text[max(0, place - REACH) : place]) is not None
