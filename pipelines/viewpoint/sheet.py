"""Contact sheets: one garment on bodies of every build, from three sides, so that one can look at the cut."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from pipelines.body.fit import body_from_measurements
from pipelines.body.measure import measure
from pipelines.body.model import Body, Sex, load_body_model
from pipelines.composite.backend import Compositor
from pipelines.garment.fabric import material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage
from pipelines.outfit import outfit_on
from pipelines.render.backend import Renderer
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import size_of
from pipelines.viewpoint.studio import View
from pipelines.viewpoint.turntable import RgbU8, stand, still

BUILDS: tuple[tuple[Sex, float, float], ...] = (  # height cm, weight kg: BMI 18 to 36
    ("female", 152, 43),
    ("female", 156, 86),
    ("female", 167, 63),
    ("female", 180, 60),
    ("male", 165, 96),
    ("male", 176, 76),
    ("male", 192, 70),
    ("male", 190, 120),
)
SIDES_DEG = (0.0, 90.0, 180.0)
STILL_PX, CAPTION_PX = (210, 280), 22


def contact_sheet(package: GarmentPackage, backends: tuple[Renderer, Compositor]) -> RgbU8:
    """Return a picture with a column for each build, in the recommended size, and a row for each side."""
    columns = []
    for sex, height_cm, weight_kg in BUILDS:
        body = build(sex, height_cm, weight_kg)
        size = size_of(measure(body), item_of(package))
        figure = stand(outfit_on(body, [fit_garment(package, size, body)], material_of))
        stills = [still(figure, View(yaw), STILL_PX, backends) for yaw in SIDES_DEG]
        caption = f"{sex[0]} {height_cm:g} cm {weight_kg:g} kg: {size}"
        columns.append(np.concatenate([_caption(caption), *stills]))
    return np.concatenate(columns, axis=1)


@lru_cache(len(BUILDS))
def build(sex: Sex, height_cm: float, weight_kg: float) -> Body:
    """Return the most probable body of that height and weight."""
    return body_from_measurements(load_body_model(), {"height": height_cm, "weight": weight_kg}, sex)


def _caption(text: str) -> RgbU8:
    strip = np.full((CAPTION_PX, STILL_PX[0], 3), 255, np.uint8)
    cv2.putText(strip, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
    return strip
