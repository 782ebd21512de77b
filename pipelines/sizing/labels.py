"""What sizes are called, and how the labels of one system stand to each other."""

from __future__ import annotations

import re
import unicodedata

LETTERS = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL", "6XL", "7XL", "8XL", "9XL")
ONE = "ONE"
_WORDS = {
    "xxl": "XXL", "xxxl": "3XL", "xxxxl": "4XL", "2xl": "XXL", "1xl": "XL", "2xs": "XXS", "xxs": "XXS", "ll": "XL",
    "3l": "XXL", "4l": "3XL", "small": "S", "medium": "M", "large": "L", "extrasmall": "XS", "extralarge": "XL",
    "xsmall": "XS", "xlarge": "XL", "xxlarge": "XXL", "均码": ONE, "f": ONE, "free": ONE, "freesize": ONE,
    "onesize": ONE, "os": ONE, "one": ONE, "大号": "L", "中号": "M", "小号": "S", "加大号": "XL",
}  # fmt: skip


def plain_label(text: str) -> str:
    """Return a size's label in one spelling: 2XL, xxl and XX-Large are XXL, 均码 is ONE; others as they stand."""
    label = unicodedata.normalize("NFKC", text).strip()
    bare = re.sub(r"[\s\-_.]", "", label).casefold()
    bare = bare if bare == "均码" else bare.removesuffix("码")
    if bare in _WORDS:
        return _WORDS[bare]
    return bare.upper() if bare.upper() in LETTERS else label


def label_rank(label: str) -> tuple[str, float] | None:
    """Return a label's scale and its place on it, None where a label has no order of its own.

    Letters, plain numbers (38, 00), `165/88A` by its girth and `30x32` by its waist.
    """
    if label in LETTERS:
        return "letter", float(LETTERS.index(label))
    if label == "00":
        return "number", -1.0
    if re.fullmatch(r"\d{1,3}(\.\d)?", label):
        return "number", float(label)
    if code := re.fullmatch(r"(\d{2,3})/(\d{2,3})([YABC])?", label):
        return f"GB/T {code[3] or ''}", 1000 * float(code[2]) + float(code[1])
    if pair := re.fullmatch(r"(\d{2})[xX/](\d{2})", label):
        return "waist x inseam", 1000 * float(pair[1]) + float(pair[2])
    return None
