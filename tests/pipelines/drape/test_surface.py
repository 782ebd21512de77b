from dataclasses import replace

import numpy as np

from pipelines.body.model import load_body_model, shape_body
from pipelines.body.skinning import vertex_normals
from pipelines.drape.surface import surface
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.worn import WornGarment


def _worn(garment: str) -> WornGarment:
    return fit_garment(load_catalogue().get(garment), "M", shape_body(load_body_model(), np.zeros(24)))


def test_followers_stand_where_their_record_says() -> None:
    worn = _worn("shirt_stripe")
    x, own = worn.rest_m[: worn.cloth.count], worn.cloth.followers
    drawn = surface(worn, x, np.eye(4))
    normals = vertex_normals(x, worn.cloth.faces)
    rim = x[own.parent]
    expected = rim + own.share[:, None] * (x[own.inner] - rim) + own.side_share[:, None] * (x[own.side] - rim)
    expected -= own.depth_m[:, None] * normals[own.parent]
    assert np.abs(drawn.vertices_m[len(x) :] - expected).max() < 1e-6
    assert np.array_equal(drawn.vertices_m[: len(x)], x)


def test_collars_are_lit_by_their_own_faces_and_folds_face_out_of_the_opening() -> None:
    worn = _worn("shirt_stripe")
    x, own = worn.rest_m[: worn.cloth.count], worn.cloth.followers
    drawn = surface(worn, x, np.eye(4))
    shaped = np.unique(own.shaped[own.shaped >= len(x)])
    assert np.abs(drawn.normals[shaped] - vertex_normals(drawn.vertices_m, own.shaped)[shaped]).max() < 1e-4
    folded = np.flatnonzero((own.depth_m > 0) & (own.side == own.parent))
    out = x[own.parent[folded]] - x[own.inner[folded]]
    assert ((drawn.normals[len(x) + folded] * out).sum(1) > 0.99 * np.linalg.norm(out, axis=1)).all()
    assert np.allclose(np.linalg.norm(drawn.normals, axis=1), 1, atol=1e-4)


def test_garment_without_followers_is_its_cloth() -> None:
    worn = _worn("tee_crew")
    own = worn.cloth.followers
    none = replace(
        own, parent=own.parent[:0], inner=own.inner[:0], share=own.share[:0], depth_m=own.depth_m[:0],
        side=own.side[:0], side_share=own.side_share[:0], shaped=own.shaped[:0],
    )  # fmt: skip
    x = worn.rest_m[: worn.cloth.count]
    bare = replace(worn, rest_m=x, cloth=replace(worn.cloth, followers=none))
    assert surface(bare, x, np.eye(4)).vertices_m.shape == x.shape
