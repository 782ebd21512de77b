"""Lay a garment of one size around one body, in true scale.

Girths and lengths follow the size chart in centimetres. Where the garment is larger than the body the
ease shows as looseness; where it is smaller the cloth lies on the skin and `ease_cm` says how tight.
"""

from __future__ import annotations

import numpy as np

from pipelines.body.model import Body, load_body_model
from pipelines.garment.fit_bottom import fit_skirt, fit_trousers
from pipelines.garment.fit_mesh import fit_mesh
from pipelines.garment.fit_top import fit_top
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage
from pipelines.garment.patterns import cut
from pipelines.garment.worn import WornGarment
from pipelines.types import PointsF32, require_shape


def fit_garment(package: GarmentPackage, size: str, body: Body | PointsF32) -> WornGarment:
    """Return `package` in `size` on `body`, or on rest vertices (V, 3) of the body's template.

    Raises GarmentNotFound for an unknown size, ShapeError.
    """
    model = body.model if isinstance(body, Body) else load_body_model()
    rest = np.asarray(body.rest_m if isinstance(body, Body) else body, np.float64)
    require_shape("body", rest, model.mean_m.shape)
    row = package.row(size)
    shape = BodyShape.of(model, rest)
    if package.template is None:
        return fit_mesh(package, row, shape)
    fitters = {"top": fit_top, "skirt": fit_skirt, "trousers": fit_trousers}
    return fitters[package.template.kind](package, row, shape, cut(model, package.template))
