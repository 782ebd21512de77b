"""The cut of each template, made once a process."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

from pipelines.body.model import BodyModel
from pipelines.garment.cut import Cut
from pipelines.garment.cut_bottom import cut_skirt, cut_trousers
from pipelines.garment.cut_top import cut_top
from pipelines.garment.package import SkirtTemplate, TopTemplate, TrousersTemplate

Template: TypeAlias = TopTemplate | SkirtTemplate | TrousersTemplate
Cutter: TypeAlias = Callable[[BodyModel, Template], Cut]


@functools.lru_cache(maxsize=64)
def cut(model: BodyModel, template: Template) -> Cut:
    """Return the cut of `template`; made once a process for each set of parameters."""
    match template:
        case TopTemplate():
            return cut_top(model, template)
        case TrousersTemplate():
            return cut_trousers(model, template)
        case SkirtTemplate():
            return cut_skirt(model, template)
