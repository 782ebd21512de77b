"""Lay a garment of one size around one body, in true scale.

Girths and lengths follow the size chart in centimetres. Where the garment is larger than the body the
ease shows as looseness; where it is smaller the cloth lies on the skin and `ease_cm` says how tight.
"""

from __future__ import annotations

import functools

import numpy as np

from pipelines.body.model import Body, BodyModel, load_body_model
from pipelines.garment import patterns
from pipelines.garment.fit_bottom import fit_skirt, fit_trousers
from pipelines.garment.fit_mesh import fit_mesh
from pipelines.garment.fit_top import GIVES, fit_top
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage, TopTemplate
from pipelines.garment.patterns import Cutter
from pipelines.garment.worn import WornGarment
from pipelines.types import PointsF32, require_shape

UNBUTTONED_CM = 2.0  # between the front edges of a shirt that could still be buttoned there


def fit_garment(
    package: GarmentPackage, size: str, body: Body | PointsF32, cutter: Cutter = patterns.cut
) -> WornGarment:
    """Return `package` in `size`, cut by `cutter`, on `body`, or on rest vertices (V, 3) of the body's template.

    Raises GarmentNotFound for an unknown size, ShapeError.
    """
    row = package.row(size)
    shape = _shape_of(body) if isinstance(body, Body) else _measured(load_body_model(), body)
    if package.template is None:
        return fit_mesh(package, row, shape)
    fitters = {"top": fit_top, "skirt": fit_skirt, "trousers": fit_trousers}
    worn = fitters[package.template.kind](package, row, shape, cutter(shape.model, package.template))
    opened = unbuttoned(worn)
    if opened is None:
        return worn
    return fit_top(package.model_copy(update={"template": opened}), row, shape, cutter(shape.model, opened))


@functools.lru_cache(4)
def _shape_of(body: Body) -> BodyShape:
    """Return `body` as it was measured for the garment before."""
    return _measured(body.model, body.rest_m)


def _measured(model: BodyModel, rest_m: PointsF32) -> BodyShape:
    require_shape("body", rest_m, model.mean_m.shape)
    return BodyShape.of(model, np.asarray(rest_m, np.float64))


def unbuttoned(worn: WornGarment) -> TopTemplate | None:
    """Return what a shirt becomes that cannot be buttoned on the body it is on: open in front; None for all others."""
    package, template = worn.package, worn.package.template
    if not isinstance(template, TopTemplate) or template.front != "buttoned" or template.open_front_cm:
        return None
    row, gives = worn.package.row(worn.size), GIVES * package.fabric.stretch_weft
    girths = {name: row.garment_cm[name] for name in ("chest", "waist") if name in row.garment_cm}
    if all(worn.ease_cm.get(str(name), 0.0) + gives * girth >= 0.0 for name, girth in girths.items()):
        return None
    return template.model_copy(update={"open_front_cm": UNBUTTONED_CM})
