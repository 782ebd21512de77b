"""The body dimensions that are estimated: their units, what adults have, and what they are called.

Names follow ISO 8559-1:2017 where it has the dimension. Two waists are kept apart, because they differ by centimetres:
`waist` is the standard's, midway between the lowest rib and the top of the hip bone, where size charts mean it;
`navel_waist` is at the navel, where most people put their tape and where the survey measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["cm", "kg", "years"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One body dimension; `low` and `high` are what adults have, in `unit`."""

    low: float
    high: float
    en: str
    zh: str
    unit: Unit = "cm"


MEASURES: dict[str, Measure] = {
    "age": Measure(16, 100, "age", "年龄", "years"),
    "height": Measure(130, 220, "height", "身高"),
    "weight": Measure(32, 220, "weight", "体重", "kg"),
    "neck": Measure(24, 60, "neck girth", "颈围"),
    "shoulder_girth": Measure(75, 175, "shoulder girth", "肩围"),
    "chest": Measure(65, 170, "chest girth", "胸围"),
    "underbust": Measure(52, 160, "underbust girth", "下胸围"),
    "waist": Measure(50, 180, "waist girth", "腰围"),
    "navel_waist": Measure(50, 185, "waist girth at the navel", "肚脐处腰围"),
    "hip": Measure(70, 180, "hip girth", "臀围"),
    "thigh": Measure(35, 100, "thigh girth", "大腿围"),
    "calf": Measure(24, 65, "calf girth", "小腿围"),
    "upper_arm": Measure(17, 60, "upper arm girth", "上臂围"),
    "wrist": Measure(11, 26, "wrist girth", "腕围"),
    "shoulder_width": Measure(29, 60, "shoulder width over the nape", "总肩宽"),
    "biacromial": Measure(27, 52, "breadth between the shoulder points", "两肩峰宽"),
    "sleeve": Measure(40, 80, "arm length", "臂长"),
    "inseam": Measure(55, 110, "inside leg height", "内腿长"),
    "back_waist": Measure(26, 62, "back waist length", "背长"),
    "back_navel": Measure(30, 66, "nape to the level of the navel along the back", "后颈点至肚脐水平"),
    "nape_height": Measure(105, 195, "height of the nape", "颈椎点高"),
    "upper_arm_length": Measure(22, 46, "upper arm length", "上臂长"),
    "forearm_length": Measure(17, 37, "forearm length", "前臂长"),
    "thigh_length": Measure(28, 58, "thigh length", "大腿长"),
    "calf_length": Measure(26, 56, "lower leg length", "小腿长"),
    "shoulder_breadth": Measure(32, 75, "breadth across the upper arms", "肩部最大宽"),
    "chest_breadth": Measure(19, 56, "chest breadth", "胸宽"),
    "waist_breadth": Measure(18, 66, "waist breadth at the navel", "腰宽"),
    "hip_breadth": Measure(24, 66, "hip breadth", "臀宽"),
    "chest_depth": Measure(14, 52, "chest depth", "胸厚"),
    "waist_depth": Measure(11, 60, "waist depth at the navel", "腰厚"),
    "hip_depth": Measure(13, 55, "buttock depth", "臀厚"),
}
FRONT_BREADTHS = ("shoulder_breadth", "chest_breadth", "waist_breadth", "hip_breadth")
SIDE_DEPTHS = ("chest_depth", "waist_depth", "hip_depth")
# Bones: what weight hardly changes, so that these stay as certain on a heavy body as on any.
BONES = (
    "age", "height", "weight", "wrist", "shoulder_width", "biacromial", "sleeve", "inseam", "back_waist", "back_navel",
    "nape_height",    "upper_arm_length", "forearm_length", "thigh_length", "calf_length",
)  # fmt: skip
