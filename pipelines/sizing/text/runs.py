# ruff: noqa: E501 - lists of phrases, which read better in long lines
"""How an item runs, small, true or large: the phrases, in both languages, and those that say it of nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VERB = "(?:拍|选|买|换|选择|购买|要|订|挑|入|穿|建议|需要|往|下单|择)"
_UP_VERBS = "(?:go|goes|going|gone|went|move|order|ordered|ordering|take|took|choose|choosing|pick|get|got|buy|buying|need|needed|recommend|suggest|please|chose|bought)"
_SOFT = r"(?: (?:a|an|the|one|bit|little|tad|touch|slightly|very|really|quite|pretty|so|super|extremely|rather|somewhat|way|true|on|tiny|too|just|size|half|definitely|usually|generally|fairly))"
SMALL = (
    "偏小|偏紧|有一?点小|有些小|有点儿小|太小|做小|买小|小了|有一?点紧|有些紧|太紧|紧了|扣不上|穿不上|穿不下|偏瘦|(?:码数|码子|尺码|尺寸|版型|型号)(?:很|有点|都)?小",
    f"{_VERB}(?:择)?大(?:一|1|两|半)(?:个)?(?:尺码|码|号)", f"{_VERB}大(?:码|号)", "往大(?:了)?(?:拍|选|买)|小(?:一|半|1|两)(?:个)?(?:码|号)|尽量(?:拍|选|买)大",
    rf"(?:runs?|ran|running|comes? up|came up|cuts?|fits?|fitted|made|comes? out|sized|sizing is|sizes are){_SOFT}{{0,4}} (?:small(?:er)?|tight|narrow|snug|tiny)(?! (?:and|to) \w)",
    rf"{_UP_VERBS}(?: \w{{1,9}}){{0,3}}? (?:up (?:a|one|1|two) sizes?|(?:a|one|1|two|2) sizes? (?:up|larger|bigger)|(?:larger|bigger) size|one up|size up|sizing up|next size up)",
    r"siz(?:e|es|ed|ing) up|too (?:small|tight|snug)|on the (?:small|tight|smaller|snug) side|smaller than (?:expected|usual|normal|stated|i expected)|small(?:er)? fit(?:ting)?(?![a-z])|(?:very|way|so|really|bit|little|super) small(?! \w)|one size (?:bigger|larger|up)(?! fits)|(?:a|1|one) size (?:bigger|larger)|small fitting|(?:still|bit|little|rather|very) tight|tight (?:around|across|in|on)(?! cuffs)|snugger than|couldn't (?:zip|button|close)|could not (?:zip|button|close)|up a size",
)  # fmt: skip
LARGE = (
    "偏大(?:一|半|1|两)?(?:个)?(?:码|号)?|有一?点大|有些大|有点儿大|太大|做大|买大|大了(?!一)|偏肥|(?:码数|码子|尺码|尺寸|版型|型号)(?:很|有点|都)?大(?![码号一])",
    f"{_VERB}(?:择)?小(?:一|1|两|半)(?:个)?(?:尺码|码|号)", f"{_VERB}小(?:码|号)", "往小(?:了)?(?:拍|选|买)|大(?:一|半|1|两)(?:个)?(?:码|号)|尽量(?:拍|选|买)小|偏大",
    rf"(?:runs?|ran|running|comes? up|came up|cuts?|fits?|fitted|made|comes? out|sized|sizing is|sizes are){_SOFT}{{0,4}} (?:big(?:ger)?|large(?:r)?|huge|wide|generous(?:ly)?|roomy|oversized)(?! (?:and|to) \w)",
    rf"{_UP_VERBS}(?: \w{{1,9}}){{0,3}}? (?:down (?:a|one|1|two) sizes?|(?:a|one|1|two|2) sizes? (?:down|smaller)|smaller size|one down|size down|sizing down|next size down)",
    r"siz(?:e|es|ed|ing) down|too (?:big|large|loose|baggy)|on the (?:large|big|larger|bigger|generous) side|(?:larger|bigger) than (?:expected|usual|normal|stated|i expected)|(?:very|way|so|really|super) (?:big|huge)|(?:it's|is|was) huge|drop (?:a|one) size|one size (?:smaller|down)|(?:a|1|one|two|2) sizes? smaller|(?:large|generous) (?:fit(?:ting)?|sizing)|down a size|swims? on|swimming in|hangs off",
)  # fmt: skip
TRUE = (
    "不偏大也?不偏小|不偏小也?不偏大|不大也?不小|不大不小|不小不大|正码|标准码|标准尺码|正常码|(?:尺码|码数|码子|尺寸|大小|号码)(?:也|都|是|真的|很|挺|非常|蛮|比较|特别|还|刚)?(?:标准|正常|准确|准|合适|正好|刚好|合身|正)(?!常)?",
    "按(?:照)?(?:您|你|自己)?(?:平时|正常|平常|日常|往常|平日)(?:的|穿的|所穿的|穿)?(?:尺码|码数|码|号|拍|选|买)?|拍平时(?:的)?(?:尺)?码|刚刚好|正合适|(?<!尺寸)刚好合适|很合身|穿(?:着|上)?(?:正好|刚好|合适)|很合适|(?:正|刚)好(?=[ ，,。!！]|$)|(?:码|号|了|型)[^，。,]{0,4}刚好",
    r"true[ -]to[ -]sizes?|true sizes?(?! up)|tts(?![a-z])|fits? (?:just |exactly )?(?:as|like) (?:expected|described)|as expected|(?:takes?|order|ordered|choose|buy|get|pick|go with|stick to|stick with|select|wear)(?: \w{1,9}){0,2}? (?:usual|normal|regular|own|true|standard) sizes?",
    r"fits? (?:me |him |her |my \w{1,9} |absolutely |so |really )?(?:perfect(?:ly)?|great|nicely|just right|right|well|like a glove|exactly)|perfect fit|spot[ -]on|(?:standard|accurate|normal|regular|correct) siz(?:ing|e)(?! up)|siz(?:ing|e) (?:is|was|are) (?:accurate|correct|perfect|right|spot on|good|standard|as expected)|was (?:just )?right(?! \w)|just right|perfect size",
)  # fmt: skip
# Said of nothing: negated, or on a condition, or of a step between sizes.
_NOTHING = (
    r"(?:并?不(?:会|是|算)?|没有?|别|无)(?:偏|太)[大小紧]|(?:并?不(?:会)?)(?:做)?[大小]一?[码号]|每[大小]一[码号]|大一[码号]小一[码号]|"
    r"偏瘦[^。，,;；]{0,6}[选拍买穿]小|偏[胖壮][^。，,;；]{0,6}[选拍买穿]大|"
    r"(?:不|怕|避免|以免)(?:买|拍|选)[大小]|不要买[大小]哦?|[大小]码(?=[女男])|大了?小了?(?:都|可)?(?:包|可)?退|[大小]小(?=[孩朋])|从小|[最较]小|减小|缩小|最大|(?:放|扩)大|加大(?![号码])"
)
_RUNS = re.compile(
    f"(?P<nothing>{_NOTHING})|(?P<true>{'|'.join(TRUE)})|(?P<small>{'|'.join(SMALL)})|(?P<large>{'|'.join(LARGE)})"
)
NEGATED = re.compile(
    r"(?:\bnot|n't|\bno need to|\bnever|\bwithout|\bno|\bneither|\bnor|不需要|无需|不用|不必|没必要|不要)(?: \w{1,9}){0,2} ?$"
)
CONDITION = re.compile(
    r"\bif\b|prefer|\bfor (?:a|an|that|the|more|extra)\b(?! (?:perfect|true))[^.!?\n]{0,30}(?:look|fit|feel|style|effect|room|silhouette)|between sizes|in[ -]between|like it|you like|you want|\bwant(?:s|ing)?\b|喜欢|想要|想穿|想内搭|想|如果|若|怕|担心|追求|为了|的话|the way|afraid|"
    r"can also|could also|feel free"
)
CLAUSE_END = re.compile(r"[.!?。！？;；\n](?!\d)")
REACH = 80


def runs_phrases(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and "small", "true" or "large" of every phrase; "" for those that say nothing."""
    for found in _RUNS.finditer(text):
        start = found.start()
        if found[0][0].isascii() and start and text[start - 1].isascii() and text[start - 1].isalnum():
            continue
        kind = found.lastgroup or ""
        if kind == "nothing" or NEGATED.search(text[max(0, start - 25) : start]):
            yield start, found.end(), ""
            continue
        yield start, found.end(), "" if kind != "true" and _on_condition(text, start, found.end()) else kind


def _on_condition(text: str, start: int, end: int) -> bool:
    """Whether the clause around says "if you like it loose" and the like."""
    before = text[max(0, start - REACH) : start]
    ends = [found.end() for found in CLAUSE_END.finditer(before)]
    after = text[end : end + REACH]
    stop = CLAUSE_END.search(after)
    clause = before[ends[-1] if ends else 0 :] + text[start:end] + after[: stop.start() if stop else None]
    return CONDITION.search(clause) is not None
