"""Product text in one spelling, each character with its place in what was written.

Half width, lower case, simplified characters, one kind of dash and quote; control characters are blanks. The tags of a
page's source are blanks too, but for those that end a cell or a line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.errors import InputRejected

MAX_TEXT = 200_000  # characters; a product page has some thousands
_TRADITIONAL = (
    "碼圍長寬褲號適體單領鬆緊裝試現貨補缺斷釐選議誤個兩韓經標準圖兒為無數襯連淨範實測參襠擺內側嬰庫賣餘請購買較時發熱銷絕對這倆侶們媽產"
    "評論覺過剛當應該還沒歡雙質專門僅剩齡歲腳總後處夠寸絨貼廓條間話訂級東網頁關閉開別點換絲棉麻樣與從顏於裡層邊齊調彈織針綫線縮員瘦顯給讓"
)
_SIMPLIFIED = (
    "码围长宽裤号适体单领松紧装试现货补缺断厘选议误个两韩经标准图儿为无数衬连净范实测参裆摆内侧婴库卖余请购买较时发热销绝对这俩侣们妈产"
    "评论觉过刚当应该还没欢双质专门仅剩龄岁脚总后处够寸绒贴廓条间话订级东网页关闭开别点换丝棉麻样与从颜于里层边齐调弹织针线线缩员瘦显给让"
)
_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−~～〜∼", "-"), **dict.fromkeys("“”″〃＂", '"'), **dict.fromkeys("’‘′＇`´", "'"),
    **dict.fromkeys("×✕", "*"), "⁄": "/", "｜": "|", "【": "[", "】": "]", "〔": "[", "〕": "]", "·": " ", "•": " ",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,500})?/?>")
_NEW_LINE = ("tr", "br", "p", "div", "li", "ul", "table", "h1", "h2", "h3", "h4", "h5", "h6")
_CELL = ("td", "th")
_ONE_TO_ONE = str.maketrans(_TRADITIONAL, _SIMPLIFIED) | str.maketrans(_SIGNS)


@dataclass(frozen=True, slots=True)
class Plain:
    """A text to read, and where each of its characters stood."""

    raw: str
    text: str  # lower case
    cased: str  # the same, letters as written
    at: tuple[int, ...]  # place in `raw` of each character, and of the end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` was written."""
        return self.at[start], self.at[end - 1] + 1 if end > start else self.at[start]


def plain_text(raw: str) -> Plain:
    """Return `raw` to read.  Raises InputRejected for more than `MAX_TEXT` characters."""
    if len(raw) > MAX_TEXT:
        raise InputRejected(f"text: {len(raw)} characters; at most {MAX_TEXT} are read")
    cased: list[str] = []
    at: list[int] = []
    for place, char in _shown(raw):
        for one in _spelt(char):
            cased.append(one)
            at.append(place)
    lower = [low if len(low := one.lower()) == 1 else one for one in cased]
    return Plain(raw, "".join(lower), "".join(cased), (*at, len(raw)))


def _shown(raw: str) -> Iterator[tuple[int, str]]:
    """Yield each character with its place; of a tag of a page's source one, a blank or what it does to the layout."""
    place = 0
    while place < len(raw):
        tag = _TAG.match(raw, place) if raw[place] == "<" else None
        if tag is None:
            yield place, raw[place]
            place += 1
            continue
        ends, name = bool(tag[1]), tag[2].lower()
        if name in _NEW_LINE:
            yield place, "\n"
        elif name not in _CELL:
            yield place, " "
        elif ends:
            yield place, "\t"
        place = tag.end()


def _spelt(char: str) -> str:
    if char.isascii():
        if char == "~":
            return "-"
        return char if char.isprintable() or char in "\n\t" else "\n" if char == "\r" else " "
    char = char.translate(_ONE_TO_ONE)
    kind = unicodedata.category(char)[0]
    if kind == "C" or unicodedata.category(char) == "Mn":
        return ""  # zero-width, variation selectors, lone surrogates
    if kind == "Z":
        return " "
    wide = unicodedata.normalize("NFKC", char)[:4]
    return f" {wide.translate(_ONE_TO_ONE)}" if "⁄" in wide else wide.translate(_ONE_TO_ONE)
