"""What is said to somebody who is being measured."""

from __future__ import annotations

from typing import Literal, TypeAlias

Hint: TypeAlias = Literal[
    "hold", "nobody", "one_person", "covered", "more_light", "step_back", "come_closer", "stand_straight",
    "face_camera", "turn_sideways", "arms_away", "arms_forward", "hold_still", "timeout", "lost", "unclear",
    "interrupted",
]  # fmt: skip

WORDS: dict[Hint, dict[str, str]] = {
    "hold": {"en": "Good. Hold still.", "zh": "很好，请保持不动。"},
    "nobody": {"en": "Step into the picture.", "zh": "请走进画面。"},
    "one_person": {"en": "Only one person, please.", "zh": "画面中请只留一个人。"},
    "covered": {
        "en": "The camera shows only black: uncover it, or turn on a light.",
        "zh": "镜头画面全黑：请移开遮挡，或打开灯光。",
    },
    "more_light": {"en": "It is too dark: turn on a light.", "zh": "光线太暗，请开灯。"},
    "step_back": {
        "en": "Step back until you are seen from head to feet.",
        "zh": "请往后退，直到从头到脚都在画面里。",
    },
    "come_closer": {"en": "Come a little closer.", "zh": "请走近一点。"},
    "stand_straight": {
        "en": "Stand upright, and put the phone upright too.",
        "zh": "请站直，并把手机竖直放好。",
    },
    "face_camera": {"en": "Face the camera.", "zh": "请正对镜头。"},
    "turn_sideways": {
        "en": "Turn to either side, both arms stretched forward.",
        "zh": "请侧身对着镜头（左右都可以），双臂向前平举。",
    },
    "arms_away": {
        "en": "Hold your arms out to your sides a little, away from the body.",
        "zh": "请把双臂向两侧稍微张开，离开身体。",
    },
    "arms_forward": {"en": "Stretch both arms straight forward.", "zh": "请把双臂向前平举。"},
    "hold_still": {"en": "Hold still.", "zh": "请不要动。"},
    "timeout": {
        "en": "That took too long. Try again, with the phone standing so that all of you is seen.",
        "zh": "时间太长了。请把手机放稳，让全身都在画面里，再试一次。",
    },
    "lost": {"en": "Nobody was in the picture any more. Try again.", "zh": "画面里没有人了，请再试一次。"},
    "unclear": {
        "en": "The outline was not clear enough. Try again in clothes that lie close, before a plain wall.",
        "zh": "轮廓不够清楚。请穿贴身的衣服，站在简单的背景前再试一次。",
    },
    "interrupted": {"en": "The scan was interrupted. Begin again.", "zh": "测量中断了，请重新开始。"},
}


def words(hint: Hint | None) -> dict[str, str]:
    """Return what `hint` says, by language; nothing for none."""
    return {} if hint is None else WORDS[hint]
