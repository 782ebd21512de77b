import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.body.model import Body, BodyModel, shape_body
from pipelines.errors import GarmentRejected
from pipelines.garment.catalogue import DEFAULT_FOLDER
from pipelines.garment.fabric import material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage, load_package
from tests.pipelines.garment.glb_files import fields_and_binary, pack, png, tube


def _package(folder: Path, glb: bytes, **more: Any) -> GarmentPackage:
    fields = json.loads((DEFAULT_FOLDER / "tee_crew" / "garment.json").read_text("utf-8"))
    del fields["template"]
    folder.mkdir(exist_ok=True)
    (folder / "garment.json").write_text(json.dumps(fields | {"id": "tube", "mesh": "garment.glb"} | more))
    (folder / "garment.glb").write_bytes(glb)
    return load_package(folder)


@pytest.fixture
def package(tmp_path: Path) -> GarmentPackage:
    return _package(tmp_path / "tube", pack(*fields_and_binary(*tube(), png())))


def test_mesh_is_welded_for_the_drape_and_keeps_its_texture_seam(package: GarmentPackage, mean_body: Body) -> None:
    worn = fit_garment(package, "M", mean_body)
    points, faces, uv = tube()
    assert len(worn.rest_m) == len(points)
    assert worn.cloth.count == 14 * 40
    assert len(worn.faces) == len(faces)
    assert np.allclose(np.sort(worn.uv, 0), np.sort(uv, 0))
    seam = worn.rest_m[worn.cloth.count :] - worn.rest_m[worn.cloth.followers.parent]
    assert np.abs(seam).max() < 1e-6


def test_mesh_resizes_with_the_body(package: GarmentPackage, mean_body: Body, model: BodyModel) -> None:
    tall = shape_body(model, 1.5 * np.eye(24)[0])
    on_mean, on_tall = (fit_garment(package, "M", body) for body in (mean_body, tall))
    moved = on_tall.rest_m[:, 1].mean() - on_mean.rest_m[:, 1].mean()
    spine = model.bone("spine02")
    assert np.sign(moved) == np.sign(tall.heads_m[spine, 1] - mean_body.heads_m[spine, 1])
    assert abs(moved) == pytest.approx(abs(tall.heads_m[spine, 1] - mean_body.heads_m[spine, 1]), rel=0.4)


def test_mesh_grows_with_the_size(package: GarmentPackage, mean_body: Body) -> None:
    width = {size: np.ptp(fit_garment(package, size, mean_body).rest_m[:, 0]) for size in ("M", "L", "XXL")}
    assert width["M"] < width["L"] < width["XXL"]


def test_mesh_inherits_the_weights_of_the_trunk(package: GarmentPackage, mean_body: Body) -> None:
    worn = fit_garment(package, "M", mean_body)
    assert worn.arm_weight.max() < 0.5
    assert np.allclose(worn.skin_weight.sum(1), 1, atol=1e-5)
    assert "left_hand" in worn.occluder_parts


def test_mesh_with_inward_faces_is_turned(tmp_path: Path, mean_body: Body) -> None:
    points, faces, uv = tube()
    turned = _package(tmp_path / "a", pack(*fields_and_binary(points, np.ascontiguousarray(faces[:, ::-1]), uv, png())))
    worn = fit_garment(turned, "M", mean_body)
    corner = worn.rest_m[worn.faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    assert ((normal * (corner.mean(1) - [0, 1.1, 0.03])).sum(1) > 0).mean() > 0.95


def test_mesh_in_another_frame_is_refused_until_its_frame_is_told(tmp_path: Path, mean_body: Body) -> None:
    points, faces, uv = tube()
    inches = fields_and_binary(points / 0.0254 * 0.1, faces, uv, png())
    with pytest.raises(GarmentRejected, match="off the body"):
        fit_garment(_package(tmp_path / "wrong", pack(*inches)), "M", mean_body)
    told = _package(tmp_path / "told", pack(*inches), mesh_frame={"scale": 0.254})
    assert np.abs(fit_garment(told, "M", mean_body).rest_m[:, 1].mean() - 1.1) < 0.05


def test_material_of_a_mesh_is_its_own_texture(package: GarmentPackage) -> None:
    texture = material_of(package).texture
    assert texture is not None
    assert texture[3, 3].tolist() == [200, 40, 40]


def test_real_garment_binds_and_stays_on_the_body(media: Path, tmp_path: Path, mean_body: Body) -> None:
    glb = (media / "meshes" / "mh_female_casualsuit02.glb").read_bytes()
    frame = {"scale": 1.042, "offset_m": [0, 0.8156, -0.0013]}  # MakeHuman's base mesh to the mean body
    worn = fit_garment(_package(tmp_path / "suit", glb, mesh_frame=frame), "M", mean_body)
    assert np.isfinite(worn.rest_m).all()
    assert {"head", "left_hand", "left_calf"} <= worn.occluder_parts
    assert "torso" not in worn.occluder_parts
