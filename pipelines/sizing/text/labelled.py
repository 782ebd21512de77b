"""Size labels in a text: letters, words, codes, waist and leg, children's, one size for all."""

from __future__ import annotations

import re

from pipelines.sizing.labels import ONE, plain_label
from pipelines.sizing.text.plain import Plain

CODE = re.compile(r"(\d{3})\s?/\s?(\d{2,3})\s?([abcy])(?![a-z0-9])")
CODE_BARE = re.compile(r"(1[4-9][05])/(\d{2,3})(?!\d|\.\d)(?!\s?(?:kg|斤|公斤|cm|米|lb))")
PAIR = re.compile(
    r"w\s?(?P<a>\d\d)\s?[/x*,-]?\s?l\s?(?P<b>\d\d)(?!\d)|(?P<c>\d\d)\s?w\s?[/x*,-]?\s?(?P<d>\d\d)\s?l(?![a-z])"
    r'|(?P<e>\d\d)\s?[x*]\s?(?P<f>\d\d)(?!\d|\.\d)(?!\s?(?:cm|mm|厘米|公分|[x*]|in(?![a-z])|inch|"|px))'
)
SHIRT = re.compile(r"(1[3-9](?:\.5)?)\s?/\s?(3[0-9])(?!\d|\.\d)(?!\s?(?:/|cm|%))")
TAGGED = re.compile(r"w\s?(\d\d)(?!\d|\.\d)(?!\s?(?:%|cm|in|mm|\"))")
SLASHED = re.compile(r"(\d\d)/(\d\d)(?![/\d])")
SLASHED_NEXT = re.compile(r"\s?[,、;]\s?\d\d/\d\d(?![/\d])")
SLASHED_LAST = re.compile(r"\d\d/\d\d\s?[,、;]\s?$")
CHILD = re.compile(
    r"(\d{1,2}(?:-\d{1,2})?)(?:\s?(y)(?![a-z])|(t)(?![a-z恤]|-s)|(?<=-\d)(m)(?![a-z0-9])|(?<=-\d\d)(m)(?![a-z0-9]))"
)
SUIT = re.compile(r"(?:[345]\d[rsl]|[2345]\dp)(?![a-z0-9\u4e00-\u9fff])")
ONE_SIZE = re.compile(
    r"均码|均一码|单一尺[寸码]|统一尺?码|free[ -]?size|osf[am]|o/s(?![a-z])|f[码号]|onesize(?![a-z])"
    r"|one[ -]?size(?: fits (?:all|most))?(?! (?:small|large|up|down|bigger|too|more|less))"
)
LETTER = re.compile(
    r"(?:[2-9]\s?x\s?-?l(?:arge)?|[23]xs|x{1,5}\s?-?large|x{1,3}\s?-?small|x{1,5}-?l|x{1,3}-?s"
    r"|extra[ -](?:extra[ -])?(?:large|small)|small|medium|large|sml|med|lrg|[sml])(?![a-z])"
)
ZH_WORD = re.compile(r"(?:加大|特大|超大|大|中|小|加小)[号码](?!型)")
ZH_LABEL = {"加": "XL", "特": "XL", "超": "XXL", "大": "L", "中": "M", "小": "S"}
NOT_AFTER = re.compile(r"[型形字领家记]|-shaped|-hook|-neck|[\s-]?(?:logo|hook)")
NOT_SIZE_AFTER = re.compile(
    r"\s?(?:logo|print|pocket|check|stripe|floral|side|wash|weight|scale|amount|bag|fit(?!s)|dots?|polka|pattern|collar"
    r"|button|heat|batch|hole|stain|family|business|number|mark|flower|patch|tear|graphic|hands?|part|kids"
    r"|字母|口袋|印花|刺绣|衣架|购物袋|波点|格|图案|花|包|手提|快递|的?脸|个子|仙女|衣橱)"
)
ADVERB_BEFORE = re.compile(
    r"(?:too|bit|little|very|so|quite|runs?|slightly|rather|it's|fits|feels|way|extremely|how|comes up|looks|really"
    r"|and a|with|pretty|seems|像|不|很|太|好|有点|不分|无论|点)\s?$"
)


def label_at(plain: Plain, place: int, last: int) -> tuple[str, int, str] | None:
    """Return the label that begins at `place`, its end and its style; `last` is the end of the token before."""
    text = plain.text
    char, before = text[place], text[place - 1] if place else " "
    if char.isdigit():
        return None if before.isascii() and (before.isalnum() or before in ".$£€¥#") else _numbered(plain, place)
    if char not in "wxsmloefu均单统加特超大中小":
        return None
    if before.isascii() and before.isalpha() or (before == "'" and char in "sm"):
        return None
    if before.isdigit() and char in "sml" and not text[place + 1 : place + 2].isdigit():
        return None  # 60S is a yarn
    if one := ONE_SIZE.match(text, place):
        return ONE, one.end(), "one"
    if char == "f" or text.startswith(("os", "free"), place):
        return _free(plain, place)
    if char == "w":
        return _waist(text, place)
    if char in "加特超大中小":
        return _chinese(text, place)
    return _letter(plain, place, last)


def _numbered(plain: Plain, place: int) -> tuple[str, int, str] | None:
    text = plain.text
    if code := CODE.match(text, place):
        return f"{code[1]}/{code[2]}{code[3].upper()}", code.end(), "code"
    if bare := CODE_BARE.match(text, place):
        if 64 <= int(bare[2]) <= 136 and int(bare[2]) % 4 == 0 and "型" in text[max(0, place - 8) : place]:
            return f"{bare[1]}/{bare[2]}", bare.end(), "code"
    if pair := PAIR.match(text, place):
        return _pair(pair)
    if shirt := SHIRT.match(text, place):
        return f"{shirt[1]}/{shirt[2]}", shirt.end(), "pair"
    if (slashed := SLASHED.match(text, place)) and text[place - 1 : place] not in tuple("/."):
        listed = SLASHED_NEXT.match(text, slashed.end()) or SLASHED_LAST.search(text[max(0, place - 9) : place])
        if listed and 24 <= int(slashed[1]) <= 46 and 26 <= int(slashed[2]) <= 38:
            return f"{slashed[1]}x{slashed[2]}", slashed.end(), "pair"
    if child := CHILD.match(text, place):
        return f"{child[1]}{(child[2] or child[3] or child[4] or child[5]).upper()}", child.end(), "child"
    if (suit := SUIT.match(text, place)) and plain.cased[suit.end() - 1].isupper():
        return suit[0].upper(), suit.end(), "suit"
    if letter := LETTER.match(text, place):  # 2XL
        return _plain(letter[0]), _suffix(text, letter.end()), "letter"
    return None


def _pair(pair: re.Match[str]) -> tuple[str, int, str] | None:
    waist, leg = (next(group for group in groups if group) for groups in (pair.groups()[::2], pair.groups()[1::2]))
    if 22 <= int(waist) <= 56 and 25 <= int(leg) <= 40:
        return f"{waist}x{leg}", pair.end(), "pair"
    return None


def _waist(text: str, place: int) -> tuple[str, int, str] | None:
    pair = PAIR.match(text, place)
    if pair is not None:
        return _pair(pair)
    waist = TAGGED.match(text, place)
    ours = waist is not None and 22 <= int(waist[1]) <= 50
    return (waist[1], waist.end(), "waist") if waist is not None and ours else None


def _free(plain: Plain, place: int) -> tuple[str, int, str] | None:
    """Return ONE for F, FREE and OS that stand alone in capitals, F and FREE behind a word for size."""
    for word in ("free", "f", "os"):
        end = place + len(word)
        if plain.cased[place:end] == word.upper() and not plain.text[end : end + 1].isalnum():
            cue = plain.text[max(0, place - 8) : place].rstrip(" :-[(")
            if word == "os" or cue.endswith(("码", "寸", "size", "规格", "号", "sizes")):
                return ONE, end, "one"
    return None


def _chinese(text: str, place: int) -> tuple[str, int, str] | None:
    word = ZH_WORD.match(text, place)
    if word is None or NOT_SIZE_AFTER.match(text, word.end()) or ADVERB_BEFORE.search(text[max(0, place - 4) : place]):
        return None
    return ZH_LABEL[word[0][0]], word.end(), "plus" if word[0] == "大码" else "letter"


def _letter(plain: Plain, place: int, last: int) -> tuple[str, int, str] | None:
    text = plain.text
    letter = LETTER.match(text, place)
    if letter is None or (
        place and text[place - 1] in "-_./" and last < place - 1 and text[place - 2 : place - 1].isalnum()
    ):
        return None
    end, bare = letter.end(), letter[0]
    after = text[end : end + 1]
    if NOT_AFTER.match(text, end):
        return None
    if after.isdigit():
        glued = re.match(r"\d{2,3}(?:\.\d)?(?!\d|[a-z]{3})", text[end : end + 9])
        ours = (
            glued is not None and len(bare) <= 3 and plain.cased[place:end].isupper() and 20 <= float(glued[0]) <= 199
        )
        return (_plain(bare), end, "glued") if ours else None
    if len(bare) > 1 and bare in ("small", "medium", "large", "med"):
        if NOT_SIZE_AFTER.match(text, end) or ADVERB_BEFORE.search(text[max(0, place - 12) : place]):
            return None
        return _plain({"med": "medium"}.get(bare, bare)), end, "word"
    label = _plain({"sml": "small", "lrg": "large"}.get(bare, bare))
    weak = len(bare) == 1 and plain.cased[place].islower()
    return label, _suffix(text, end), "weak" if weak else "letter"


def _suffix(text: str, end: int) -> int:
    """Return the end with 码 or 号."""
    return end + 1 if text[end : end + 1] in ("码", "号") and text[end + 1 : end + 2] not in ("型", "数") else end


def _plain(label: str) -> str:
    """Return a letter in one spelling: 3x-large, xxx large and XXXL are 3XL."""
    bare = (
        re.sub(r"[\s-]", "", label)
        .replace("extra", "x")
        .replace("large", "l")
        .replace("small", "s")
        .replace("medium", "m")
    )
    many = re.fullmatch(r"(\d?)(x+)([sl])", bare)
    if many is None:
        return plain_label(bare)
    count = int(many[1] or len(many[2]))
    return f"{count}X{many[3].upper()}" if count > 2 else "X" * count + many[3].upper()
