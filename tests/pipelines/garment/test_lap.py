import numpy as np
import pytest

from pipelines.body.model import Body, BodyModel
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.lap import lap_faces
from pipelines.garment.layout import BodyShape
from pipelines.garment.patterns import cut


@pytest.mark.parametrize("garment", ["tee_crew", "dress_shift", "skirt_a_line"])
def test_cloth_before_the_hips_meets_the_front_of_the_thighs(
    catalogue: Catalogue, model: BodyModel, mean_body: Body, garment: str
) -> None:
    package = catalogue.get(garment)
    assert package.template is not None
    worn, shape = fit_garment(package, "M", mean_body), BodyShape.of(model, mean_body.rest_m.astype(np.float64))
    points = worn.rest_m[: worn.cloth.count].astype(np.float64)
    here, faces = lap_faces(cut(model, package.template), shape, points)
    assert len(here) == len(faces) > 50
    hip = mean_body.heads_m[model.bone("upperleg01.L")]
    assert (points[here, 2] > hip[2]).all()
    assert (worn.arm_weight[here] < 0.5).all()
    met = mean_body.rest_m[model.body.faces[faces]].reshape(-1, 3)
    assert (met[:, 1] < hip[1] + 0.05).mean() > 0.99
    assert np.median(met[:, 2]) > hip[2] + 0.03
    beside = np.sign(points[here, 0])[:, None] == np.sign(mean_body.rest_m[model.body.faces[faces]].mean(2)[..., 0])
    assert beside.mean() > 0.9
