"""What a column of a size table is, by its header: sizes, a measure of body or garment, a system, or unknown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from pipelines.errors import ChartRejected
from pipelines.sizing.cells import UNITS
from pipelines.sizing.charts import ISO_8559_1, POINTS
from pipelines.sizing.text.values import HALF
from pipelines.sizing.text.words import NAMES

Kind: TypeAlias = Literal["body", "garment"]
Role: TypeAlias = Literal["measure", "size", "system", "type", "group", "unknown"]
Flat: TypeAlias = Literal["", "flat", "half"]
OURS = {  # besides the measures of product texts
    "size": (
        "size", "sizes", "尺码", "号型", "尺寸", "码数", "码", "规格", "部位", "サイズ", "size label", "tag size",
        "label", "measurement", "measurements", "int", "international size", "alpha size", "国际码",
    ),
    "system": ("size system",),
    "type": ("size type",),
    "group": ("gender", "sex", "size group", "性别", "适用性别", "适用人群"),
    "height": ("height", "stature", "身高", "身長"),
    "weight": ("weight", "体重"),
    "underbust": ("underbust", "under bust", "下胸围"),
    "chest": ("胸囲", "バスト"),
    "waist": ("ウエスト",),
    "hip": ("ヒップ",),
    "upper_arm": ("上臂围",),
}  # fmt: skip
ROLES: dict[str, Role] = {"size": "size", "system": "system", "type": "type", "group": "group"}
SYSTEMS = {
    "us": "US", "usa": "US", "美码": "US", "美国": "US", "uk": "UK", "gb": "UK", "英码": "UK", "英国": "UK",
    "eu": "EU", "eur": "EU", "europe": "EU", "european": "EU", "欧码": "EU", "欧洲": "EU",
    "cn": "CN", "china": "CN", "中国码": "CN", "国码": "CN", "中国": "CN",
    "jp": "JP", "japan": "JP", "日码": "JP", "日本": "JP", "de": "DE", "德国": "DE",
    "fr": "FR", "法码": "FR", "法国": "FR", "it": "IT", "意码": "IT", "意大利": "IT",
    "au": "AU", "mex": "MEX", "br": "BR",
}  # fmt: skip
OF_BODY = (
    "body", "suits", "fits", "to fit", "your", "wearer", "recommended", "suggested",
    "适合", "适穿", "净", "人体", "建议", "推荐", "参考", "ヌード",
)  # fmt: skip
OF_GARMENT = (
    "garment", "finished", "product", "item", "actual", "成衣", "成品", "衣物", "衣服", "实物", "实测", "平铺", "平量",
)  # fmt: skip
HALVES = ("1/2", "/2", "half", "半")
FLATS = ("laid flat", "lying flat", "lay flat", "measured flat", "flat", "平铺", "平量", "平放", "across")
BODY_NAMES = {"shoulder": "shoulder_width"}  # where a body's name differs from the garment's
GIRTHS = frozenset(("chest", "waist", "hip", "hem", "thigh", "upper_arm", "cuff", "leg_opening", "knee", "neck"))
PIECE = re.compile(r"[a-z][a-z'\- ]*[a-z]|[a-z]|[\u3040-\u30ff\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says.  `name` is a dimension or point of measure, or "size" …; `kind` None: it does not say."""

    text: str
    role: Role
    name: str = ""
    kind: Kind | None = None
    unit: str = ""
    flat: Flat = ""
    system: str = ""


def read_header(header: str) -> Header:
    """Return what a header says.  Raises ChartRejected where it is of body and garment at once."""
    text = " ".join(unicodedata.normalize("NFKC", header).casefold().replace("_", " ").split())
    name, bare = _name(text)
    system = next((code for word, code in SYSTEMS.items() if has(text, word)), "")
    unit = _unit(text)
    if name == "" and system and bare == "":
        name = "size"
    if name in ROLES:
        return Header(header, ROLES[name], name, None, unit, "", system)
    if name == "" or name == "weight":
        return Header(header, "unknown", name)
    flat = _flat(text, name)
    name = HALF.get(name, name)
    kind = _kind(header, text, bare, name, flat)
    return Header(header, "measure", name, kind, unit, flat if name in GIRTHS else "")


def has(text: str, word: str) -> bool:
    """Return whether `word` stands in `text`, a Latin one as a word of its own."""
    return re.search(_alone(word), text) is not None


def unit_of(text: str) -> str:
    """Return the one unit that a title, a caption or a header names, "" for none or several."""
    return _unit(unicodedata.normalize("NFKC", text).casefold())


def _unit(text: str) -> str:
    units = {unit for word, unit in UNITS.items() if has(text, word)}
    return units.pop() if len(units) == 1 else ""


def _alone(word: str) -> str:
    """Return a pattern for `word`, a Latin one only where no other Latin letter touches it."""
    return rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() and word[0].isalpha() else re.escape(word)


@cache
def _names() -> dict[str, str]:
    """Return what columns are called."""
    known = {phrase: name for name, phrases in OURS.items() for phrase in phrases}
    return known | {phrase: name for name, phrases in NAMES.items() for phrase in phrases if phrase not in known}


def _name(text: str) -> tuple[str, str]:
    """Return the one measure that a header names, "" where none or several, and its words without all else."""
    outside = " ".join(re.sub(r"[(\[].*?[)\]]", " ", text).replace(":", " ").split())
    if outside in _names():
        return _names()[outside], outside
    bare = outside
    for word in sorted((*OF_BODY, *OF_GARMENT, *FLATS, *HALVES, *UNITS, *SYSTEMS), key=len, reverse=True):
        bare = re.sub(_alone(word), " ", bare)
    bare = " ".join(bare.split()).strip(" -/.,'")
    if bare in _names():
        return _names()[bare], bare
    found = {_names()[piece] for piece in map(str.strip, PIECE.findall(bare)) if piece in _names()}
    whole = {HALF.get(name, name) for name in found if name != "size"} or found
    return (whole.pop() if len(whole) == 1 else ""), bare


def _flat(text: str, name: str) -> Flat:
    if name in HALF or any(has(text, word) for word in HALVES):
        return "half"
    return "flat" if any(has(text, word) for word in FLATS) else ""


def _kind(header: str, text: str, bare: str, name: str, flat: Flat) -> Kind | None:
    """Return whose a measure is: as the header says, or as it cannot be otherwise."""
    rest = text.replace(bare, " ", 1) if bare in _names() else text  # a body length is a garment's
    is_body = any(has(rest, word) for word in OF_BODY)
    is_garment = bool(flat) or any(has(text, word) for word in OF_GARMENT)
    if is_body and is_garment:
        raise ChartRejected(f"column {header[:40]!r}: of the body and of the garment at once")
    if is_body or name not in POINTS:
        return "body"
    return "garment" if is_garment or BODY_NAMES.get(name, name) not in ISO_8559_1 else None
