"""Who is spoken of: the model in the picture, a buyer, or whatever body the size is meant for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.links import Link

HEIGHT_CM = (135.0, 215.0)
SELLS = ("selling", "for sale", "i sell", "转让", "出售", "闲置", "出一件")
ENGLISH_WEARS = ("wears", "wearing", "is wearing", "size worn", "has on", "dressed in")
CHINESE_WEARS = ("著用", "着用", "身穿", "身上", "试的")
BEHIND = ("可以穿", "都能", "可穿", "能穿", "以下", "以内", "的姐妹", "的女生", "的小", "的人")
NO_BODY_NAMES = ("length", "sleeve", "shoulder", "hem", "cuff", "rise")
GARMENT_NAMES = (
    "length", "hem", "cuff", "rise", "leg_opening", "chest_width", "waist_width", "hip_width", "hem_width",
)  # fmt: skip
GIRTHS = ("chest", "waist", "hip")


def model_tokens(layout: Layout, roles: Sequence[str]) -> list[int]:
    """Return the tokens that say how tall the model is and what size they wear."""
    found: list[int] = []
    open_since: int | None = None  # the sentence that named a model and told nothing yet
    for sentence in _sentences(layout):
        begins = _model_begins(layout, sentence)
        if begins is None and open_since is not None and layout.sentence(sentence[0]) - open_since <= 1:
            begins = sentence[0]
        if begins is None:
            open_since = None
            continue
        told = list(_height(layout, begins, sentence)) + list(_worn(layout, roles, begins, sentence))
        found += told
        open_since = layout.sentence(sentence[0]) if len(told) < 2 and _tells_of_model(layout, sentence) else None
    return found


def _tells_of_model(layout: Layout, sentence: range) -> bool:
    return any(layout.is_cue(i, "model") for i in sentence)


def _sentences(layout: Layout) -> Iterator[range]:
    at = 0
    while at < len(layout.tokens):
        sentence = range(at, layout.same_sentence(at)[-1] + 1)
        yield sentence
        at = sentence[-1] + 1


def _model_begins(layout: Layout, sentence: range) -> int | None:
    """Return the first token that is of a model in a sentence."""
    text = layout.plain.text
    for i in sentence:
        if layout.is_cue(i, "model"):
            return i if not _height_before(layout, i, sentence) else sentence[0]
    words = [text[layout.tokens[i].start : layout.tokens[i].end] for i in sentence]
    wears = [i for i, word in zip(sentence, words, strict=True) if word in (*ENGLISH_WEARS, *CHINESE_WEARS)]
    if wears and not any(layout.is_cue(i, "buyer") for i in sentence):
        return sentence[0]
    return None


def _height_before(layout: Layout, model: int, sentence: range) -> bool:
    """Whether the sentence begins with the height: "height of model", "on a 178 cm model"."""
    return any(is_height(layout, i) or layout.tokens[i].value == "of a body" for i in range(sentence[0], model))


def is_height(layout: Layout, i: int) -> bool:
    """Whether token i is a number that can be how tall somebody is."""
    if i >= len(layout.tokens):
        return False
    token = layout.tokens[i]
    ours = token.kind == "number" and token.unit in ("cm", "") and token.low == token.high and token.style != "tagged"
    return ours and HEIGHT_CM[0] <= token.low <= HEIGHT_CM[1]


def _height(layout: Layout, begins: int, sentence: range) -> Iterator[int]:
    for i in range(begins, sentence[-1] + 1):
        named = i and layout.tokens[i - 1].kind == "name" and layout.tokens[i - 1].value != "of a body"
        if is_height(layout, i) and not named:
            yield i
            return


def _worn(layout: Layout, roles: Sequence[str], begins: int, sentence: range) -> Iterator[int]:
    """Return the size that the model has on: behind the last word for wearing, else the first behind the model."""
    stop = sentence[-1] + 1
    sizes = [i for i in range(begins, stop) if roles[i] == "offer" or _bare_size(layout, i)]
    wears = [i for i in range(sentence[0], stop) if layout.is_cue(i, "wears", "model")]
    usual = [i for i in sizes if any(layout.is_cue(j, "buyer") for j in range(max(begins, i - 2), i))]
    behind = [i for i in sizes if i not in usual and any(wear < i for wear in wears)] or [
        i for i in sizes if i not in usual
    ]
    last = [i for i in behind if wears and i > wears[-1]]
    yield from (last or behind)[:1]
    yield from ()


def _bare_size(layout: Layout, i: int) -> bool:
    """Whether a number is a size for standing right behind a word for size or wearing."""
    token = layout.tokens[i]
    if token.kind != "number" or token.unit or token.low > 60 or token.low != token.high:
        return False
    return i > 0 and layout.is_cue(i - 1, "size", "wears", "system") and layout.is_soft(i - 1)


def buyer_sentence(layout: Layout, i: int) -> bool:
    """Whether a size is what a buyer has: in a sentence with "I", "bought", "my usual", and behind that word."""
    if layout.says(SELLS):
        return False
    cues = [j for j in layout.same_sentence(i) if layout.is_cue(j, "buyer")]
    return bool(cues) and (cues[0] < i or not layout.is_cue(i - 1, "size"))


def of_a_body(layout: Layout, link: Link) -> bool:
    """Whether a linked number measures a body."""
    name = layout.tokens[link.name].value
    if name.startswith("of "):
        return True
    if link.table:
        return _heading(layout, link.name) == "body"
    if name in GARMENT_NAMES or _says_garment(layout, link.name):
        return False
    if layout.is_question(link.number) or _body_behind(layout, link.number) or _beside_a_height(layout, link):
        return True
    return _last_owner(layout, link.name) not in ("", "garment")


def _says_garment(layout: Layout, name: int) -> bool:
    """Whether the word for the measure says itself that it is the garment's: 成衣胸围."""
    token = layout.tokens[name]
    return (
        layout.plain.text.startswith(("成衣", "衣服", "上身"), token.start)
        or layout.is_cue(name - 1, "garment")
        and (layout.gap(name - 1) in ("", " "))
    )


def _beside_a_height(layout: Layout, link: Link) -> bool:
    """Whether the sentence gives somebody's height and nothing that only garments have."""
    near = [i for i in layout.same_sentence(link.name) if layout.tokens[i].kind == "name"]
    if any(layout.tokens[i].value in NO_BODY_NAMES for i in near):
        return False
    return any(layout.tokens[i].value == "of a body" and is_height(layout, i + 1) for i in near)


def _body_behind(layout: Layout, number: int) -> bool:
    """Whether "or less", "choose M" and the like follow the number."""
    if layout.is_cue(number + 1, "body") and layout.gap(number).strip() in ("", "的", "左右", "之间"):
        return True
    sentence = layout.same_sentence(number)
    if any(layout.is_cue(i, "garment") for i in range(sentence[0], number)):
        return False
    if _list_is_of_body(layout, number, sentence):
        return True
    rest = range(number + 1, sentence[-1] + 1)
    advised = any(layout.is_cue(i, "advice") and _names_a_size(layout, i + 1, rest) for i in rest)
    return advised or any(layout.is_cue(i, "body") and _can_wear(layout, i) for i in rest)


def _list_is_of_body(layout: Layout, number: int, sentence: range) -> bool:
    """Whether a list of measures ends with whose they are: bust 94, waist 76, hip 101 body measurements."""
    at = number
    while at + 2 in sentence and layout.tokens[at + 1].kind == "name" and layout.tokens[at + 2].kind == "number":
        at += 2
    if at + 1 not in sentence or not layout.is_cue(at + 1, "body"):
        return False
    behind = any(layout.tokens[i].kind in ("number", "name") for i in range(at + 2, sentence[-1] + 1))
    return not behind and layout.gap(at).strip() in ("", "(", "-", ",") and _is_noun_of_body(layout, at + 1)


def _is_noun_of_body(layout: Layout, cue: int) -> bool:
    return layout.plain.text.startswith(("body", "身体", "人体", "净体"), layout.tokens[cue].start)


def _names_a_size(layout: Layout, i: int, within: range) -> bool:
    """Whether a size follows, with or without the word for it."""
    at = i + 1 if layout.is_cue(i, "size") else i
    return at in within and layout.tokens[at].kind == "size"


def _can_wear(layout: Layout, cue: int) -> bool:
    return layout.plain.text.startswith(("可以穿", "都能", "可穿", "能穿"), layout.tokens[cue].start)


def _last_owner(layout: Layout, name: int) -> str:
    """Return whose the nearest word before a measure says it is, "" where none does."""
    crossed_numbers = False
    for i in range(name - 1, layout.same_sentence(name)[0] - 1, -1):
        token = layout.tokens[i]
        if layout.clause(i) != layout.clause(name):
            break
        if layout.is_cue(i, "body") and _looks_back(layout, i):
            continue
        if token.kind == "cue" and token.value in ("body", "model", "buyer", "garment", "wears"):
            split = crossed_numbers and token.value == "body" and layout.phrase(i) != layout.phrase(name)
            return "" if split or token.value == "wears" else token.value
        if (
            token.kind == "number"
            and token.unit in ("kg", "cm", "")
            and (i == 0 or layout.tokens[i - 1].value not in GIRTHS)
        ):
            crossed_numbers = True
        if token.kind == "size" and token.style != "one" and crossed_numbers:
            return ""
    return _heading_above(layout, name)


def _looks_back(layout: Layout, cue: int) -> bool:
    """Whether a word for bodies is about what stands before it (以内), or advises a size."""
    if layout.plain.text.startswith(BEHIND, layout.tokens[cue].start):
        return True
    after = cue + 2 if layout.is_cue(cue + 1, "advice") else cue + 1
    return after < len(layout.tokens) and layout.tokens[after].kind == "size"


def _heading_above(layout: Layout, name: int) -> str:
    """Return whose the line above says, where that line holds no number of its own."""
    return "body" if _heading(layout, name, own_line=False) == "body" else ""


def _heading(layout: Layout, name: int, own_line: bool = True) -> str:
    """Return "body" or "garment" by the nearest line above (or this header's own words) that names whose it is."""
    last = ""
    for i in range(max(0, name - 60), min(len(layout.tokens), name + 8)):
        if i > name and (layout.line(i) != layout.line(name) or layout.tokens[i].kind == "number"):
            break
        if not own_line and layout.line(i) == layout.line(name):
            break
        if layout.is_cue(i, "body", "garment") and _is_heading(layout, i, name):
            last = layout.tokens[i].value
    return last


def _is_heading(layout: Layout, i: int, name: int) -> bool:
    """Whether the line of cue i holds no numbers, or is the measure's own header."""
    line = layout.line(i)
    near = range(max(0, i - 12), min(len(layout.tokens), i + 12))
    if layout.line(name) == line:
        return not any(layout.tokens[j].kind == "number" for j in range(min(i, name), max(i, name)))
    return not any(layout.tokens[j].kind == "number" for j in near if layout.line(j) == line)


def orders(layout: Layout) -> Iterator[int]:
    """Yield the tokens of sentences that tell a reader what to answer: they are nothing that a shop says of sizes."""
    for sentence in _sentences(layout):
        if any(layout.is_cue(i, "orders") for i in sentence):
            yield from sentence
