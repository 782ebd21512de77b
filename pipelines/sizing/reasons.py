"""Size advice in words, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from pipelines.errors import MeasurementRejected
from pipelines.sizing.ease import AS_CUT_CM, PointFit, fit_of
from pipelines.sizing.estimate import Figure
from pipelines.sizing.feedback import LEAST
from pipelines.sizing.measures import MEASURES
from pipelines.sizing.recommend import Advice, Item, Runs

Language: TypeAlias = Literal["en", "zh"]

POINTS: dict[str, dict[Language, str]] = {
    "chest": {"en": "chest", "zh": "胸围"},
    "waist": {"en": "waist", "zh": "腰围"},
    "hip": {"en": "hip", "zh": "臀围"},
    "thigh": {"en": "thigh", "zh": "大腿围"},
    "upper_arm": {"en": "upper arm", "zh": "上臂围"},
    "neck": {"en": "neck", "zh": "颈围"},
    "shoulder": {"en": "shoulder", "zh": "肩宽"},
    "sleeve": {"en": "sleeve", "zh": "袖长"},
    "inseam": {"en": "inseam", "zh": "内长"},
}
LENGTH_WORDS = {"snug": "short", "tight": "too short", "loose": "long", "wide": "too long"}
ZH_WORDS = {"snug": "偏紧", "tight": "过紧", "loose": "偏松", "wide": "过松"}
ZH_LENGTH_WORDS = {"snug": "偏短", "tight": "过短", "loose": "偏长", "wide": "过长"}
ZH_UNITS = {"cm": "厘米", "kg": "公斤", "years": "岁"}
ZH_MEANT = {"inches": "英寸", "metres": "米", "millimetres": "毫米", "feet": "英尺", "pounds": "磅", "jin": "斤"}
UNSURE_CM = 3.0  # from which an estimated figure's interval is said
RUNS = 0.15  # of a size: less is not worth saying
WORTH_SAYING = 0.05  # probability from which another size is named
ASKED_FOR = 2  # what would tell most is named; more is no help


def reason(figures: Mapping[str, Figure], item: Item, advice: Advice, language: Language) -> str:
    """Return why `advice` says what it says of the body of `figures`, in one line."""
    if advice.verdict == "none fits":
        return _none_fits(item, advice, language)
    if advice.check:
        return _to_check(advice, language)
    if advice.size is None:
        return _unsure(advice, language)
    fits = fit_of(figures, item, advice.size)
    parts = _fit_words(fits, language)
    others = sorted(((p, size) for size, p in advice.chances.items() if size != advice.size), reverse=True)
    percent = [f"{size} {round(100 * p)} %" for p, size in others if p >= WORTH_SAYING] + _none_share(advice, language)
    for one in [one for one in fits if one.source == "estimated" and one.unsure > UNSURE_CM][:1]:
        name = POINTS[one.point][language]
        if language == "zh":
            parts.append(f"{name}为估算值 {one.body:.0f}±{one.unsure:.0f} 厘米")
        else:
            parts.append(f"{name} estimated at {one.body:.0f} ± {one.unsure:.0f} cm")
    runs = runs_words(item.runs, language)
    parts += [runs] if runs else []
    colon, stop = ("：", "；") if language == "zh" else (": ", "; ")
    own = f"{advice.size} {round(100 * advice.chances[advice.size])} %"
    said = [*parts, *percent, *_at_the_end(item, advice, language)]
    return colon.join([own, stop.join(said)]) if said else own


def refusal(error: MeasurementRejected, language: Language) -> str:
    """Return in words what is wrong with a measurement."""
    measure = MEASURES.get(error.measure)
    if language == "en":
        text = str(error)
        return text[:1].upper() + text[1:]
    if measure is None:
        nothing = error.problem == "nothing"
        return "还不知道您的身材：请告诉我们身高和体重" if nothing else f"{error.measure}：无法识别"
    name, unit = measure.zh, ZH_UNITS[measure.unit]
    if error.problem == "range" and error.low is not None and error.high is not None:
        asked = f"单位是{ZH_MEANT[error.meant]}吗？" if error.meant else "请检查数值和单位"
        return f"{name}：成年人在 {error.low:g} 到 {error.high:g} {unit}之间，{asked}"
    if error.inside is not None:
        part, whole = (f"{MEASURES[which].zh} {value:g} 厘米" for which, value in error.inside)
        return f"{part}不可能大于{whole}，请把两项都重新测量"
    if error.problem == "conflict" and error.likely is not None:
        return f"{name}与其他数据不符：按其他数据约为 {error.likely:.0f} {unit}，请重新测量"
    if error.problem == "conflict":
        return f"{name}与其他数据不符，请检查"
    if error.problem == "unknown":
        return f"{name}：凭记忆说的数值不能采用，请用软尺测量"
    return f"{name}：请输入数字，单位为{unit}"


def _fit_words(fits: Sequence[PointFit], language: Language) -> list[str]:
    """Return what is worth saying of each point: the first that is as cut, and all that are not."""
    as_cut = [one for one in fits if one.sits == "as cut"][:1]
    told = [one for one in fits if one in as_cut or one.sits != "as cut"]
    return [_en(one) if language == "en" else _zh(one) for one in told]


def _en(one: PointFit) -> str:
    name = POINTS[one.point]["en"]
    if one.sits == "does not close":
        return f"does not close at the {name}: {-(one.ease or 0.0):.0f} cm are missing"
    if one.sits == "as cut":
        if one.ease is None:
            return f"{name} in the size's range"
        if one.ease < -AS_CUT_CM:
            return f"{-one.ease:.0f} cm less than the body at the {name} as the cut intends"
        return f"{abs(one.ease):.0f} cm ease at the {name} as the cut intends"
    words: Mapping[str, str] = LENGTH_WORDS if one.point in ("shoulder", "sleeve", "inseam") else {"wide": "too loose"}
    return f"{name} {_cm(one.off)} cm {words.get(one.sits, one.sits)}"


def _zh(one: PointFit) -> str:
    name = POINTS[one.point]["zh"]
    if one.sits == "does not close":
        return f"{name}差 {-(one.ease or 0.0):.0f} 厘米，合不上"
    if one.sits == "as cut":
        if one.ease is None:
            return f"{name}在该尺码范围内"
        how = "比身体小" if one.ease < -AS_CUT_CM else "松量"
        return f"{name}{how} {abs(one.ease):.0f} 厘米，符合版型设计"
    words = ZH_LENGTH_WORDS if one.point in ("shoulder", "sleeve", "inseam") else ZH_WORDS
    return f"{name}{words[one.sits]} {_cm(one.off)} 厘米"


def _cm(off: float) -> str:
    return f"{max(abs(off), 1.0):.0f}"


def _none_fits(item: Item, advice: Advice, language: Language) -> str:
    if advice.gap is not None:
        small, large = advice.gap
        if language == "zh":
            return f"没有合适的尺码：{small} 偏小，{large} 偏大"
        return f"no size fits: {small} is too small, {large} too large"
    last, most, still = _last(item, advice, language)
    if language == "zh":
        return f"没有合适的尺码：最{most}的 {last} 也偏{still}"
    return f"no size fits: even {last}, the {most}, is too {still}"


def _at_the_end(item: Item, advice: Advice, language: Language) -> list[str]:
    """Return that the last size may not do, where that is what else may be."""
    last, most, still = _last(item, advice, language)
    if advice.verdict != "nearest" or advice.size != last or advice.none_fits < WORTH_SAYING:
        return []
    return [
        f"最{most}的 {last} 可能仍偏{still}" if language == "zh" else f"{last}, the {most}, may still be too {still}"
    ]


def _last(item: Item, advice: Advice, language: Language) -> tuple[str, str, str]:
    """Return the size at the end where none fits, which end that is, and what is wrong with it."""
    if advice.too_small:
        return (item.sizes[-1], *(("大", "小") if language == "zh" else ("largest", "small")))
    return (item.sizes[0], *(("小", "大") if language == "zh" else ("smallest", "large")))


def _to_check(advice: Advice, language: Language) -> str:
    """Return which values do not go together, and what would be likely if they were right."""
    odd = []
    for one in advice.check:
        measure = MEASURES[one.name]
        if language == "zh":
            odd.append(f"{measure.zh} {one.value:g} {ZH_UNITS[measure.unit]}（按其他数据约为 {one.likely:.0f}）")
        else:
            odd.append(f"{measure.en} {one.value:g} {measure.unit} (about {one.likely:.0f} would go with the rest)")
    shares = _shares(advice, language, 2)
    if language == "zh":
        return f"数据不太相符，请先检查{'、'.join(odd)}；如果无误：{shares}"
    return f"check first: {', '.join(odd)}; if that is right: {shares}"


def _shares(advice: Advice, language: Language, most: int) -> str:
    """Return the likeliest sizes, at most so many, and no size, with their probabilities."""
    best, *others = sorted(((p, size) for size, p in advice.chances.items()), reverse=True)[:most]
    shares = [best, *(one for one in others if one[0] >= WORTH_SAYING)]
    comma = "，" if language == "zh" else ", "
    return comma.join([*(f"{size} {round(100 * p)} %" for p, size in shares), *_none_share(advice, language)])


def _unsure(advice: Advice, language: Language) -> str:
    said = _shares(advice, language, 3)
    named = [MEASURES[name] for name in advice.ask if name in MEASURES][:ASKED_FOR]
    asked = [one.zh if language == "zh" else one.en for one in named]
    if language == "zh":
        return f"目前还不能确定尺码（{said}）；请提供{'、'.join(asked)}" if asked else f"目前还不能确定尺码（{said}）"
    tail = f"; tell your {' and '.join(asked)}" if asked else ""
    return f"too little is known for one size ({said}){tail}"


def _none_share(advice: Advice, language: Language) -> list[str]:
    """Return how probable it is that no size fits, where that is worth saying."""
    if advice.none_fits < WORTH_SAYING:
        return []
    return [f"{'没有合适的尺码' if language == 'zh' else 'none fits'} {round(100 * advice.none_fits)} %"]


def runs_words(runs: Runs, language: Language) -> str:
    """Return whether an item runs small or large and who says so, empty where that is not worth saying."""
    if abs(runs.sizes) < RUNS:
        return ""
    small = runs.sizes > 0
    if runs.count < LEAST:
        if language == "zh":
            return f"本店此类款式普遍{'偏小' if small else '偏大'}"
        return f"garments of this kind run {'small' if small else 'large'} here"
    if language == "zh":
        return f"{runs.count} 条反馈显示此款{'偏小' if small else '偏大'}"
    return f"runs {'small' if small else 'large'} by {runs.count} pieces of feedback"
