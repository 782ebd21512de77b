"""A dressed person: meshes cut once for a body, posed and handed to the painter every frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body, BodyModel
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.synthetic.paint import Part
from pipelines.synthetic.rig import Rig
from pipelines.synthetic.shell import Shell, dense_weights, make_shell
from pipelines.synthetic.wardrobe import (
    ARM_BONES,
    Naked,
    Outfit,
    make_eyes,
    make_hair,
    make_shirt,
    make_shoes,
    make_trousers,
    occlusion,
    visible_skin,
)
from pipelines.types import PointsF32, Transforms


@dataclass(frozen=True, slots=True)
class Piece:
    """One skinned mesh of a figure, ready to pose."""

    name: str
    rest_m: PointsF32
    faces: NDArray[np.int32]
    skin_index: NDArray[np.int32]
    skin_weight: NDArray[np.float32]
    colour: NDArray[np.float32]  # (V, 3) linear RGB
    roughness: float
    uv: NDArray[np.float32] | None = None
    texture: NDArray[np.uint8] | None = None

    def pose(self, T_cam_rest: Transforms) -> Part:
        """Return the mesh in the camera frame."""
        points = skin_points(self.rest_m, self.skin_index, self.skin_weight, T_cam_rest)
        normal = vertex_normals(points, self.faces)
        return Part(points, normal, self.faces, self.colour, self.roughness, self.uv, self.texture)


def naked_of(body: Body) -> Naked:
    """Return what clothes are cut from."""
    return naked_from(body.model, body.rest_m, body.heads_m)


def naked_from(model: BodyModel, rest_m: NDArray[np.floating[Any]], heads_m: NDArray[np.floating[Any]]) -> Naked:
    """Return what clothes are cut from, for any rest surface (V, 3) in the model's vertex order."""
    rest = np.asarray(rest_m, np.float64)
    weights = dense_weights(model.skin_index, model.skin_weight, len(model.bone_names))
    arms = [i for i, name in enumerate(model.bone_names) if name.startswith(ARM_BONES)]
    skin = np.unique(model.body.faces[: model.skin_faces])
    trunk = rest[skin[weights[skin][:, arms].sum(1) < 0.3]]
    balls = rest[np.unique(model.body.faces[model.skin_faces :])]
    eyes = np.stack([balls[balls[:, 0] > 0].mean(0), balls[balls[:, 0] < 0].mean(0)])
    rig = Rig(model.bone_names, model.bone_parents, np.asarray(heads_m, np.float64), trunk, eyes)
    return Naked(
        rig,
        make_shell(rest, model.body.faces[: model.skin_faces], weights),
        make_shell(rest, model.tights.faces, weights),
    )


def dress_figure(naked: Naked, outfit: Outfit, seed: int) -> tuple[Piece, ...]:
    """Return the pieces of a person in `outfit`; `seed` moves folds and strands."""
    trousers, belt = make_trousers(naked, outfit, seed)
    return (
        piece("skin", visible_skin(naked, outfit), (1.0, 1.0, 1.0), 0.55),
        piece("shirt", make_shirt(naked, outfit, seed), outfit.shirt, 0.9),
        piece("trousers", trousers, outfit.trousers, 0.9),
        piece("belt", belt, outfit.belt, 0.5),
        piece("shoes", make_shoes(naked), outfit.shoes, 0.6),
        piece("hair", make_hair(naked, seed), outfit.hair, 0.5),
        piece("eyes", make_eyes(naked), (1.0, 1.0, 1.0), 0.2),
    )


def piece(name: str, shell: Shell, colour: tuple[float, float, float], roughness: float) -> Piece:
    """Return `shell` as a piece; creases are darkened once, at rest."""
    tinted = replace(shell, colour=shell.colour * np.array(colour) * occlusion(shell)[:, None])
    index, weight = tinted.skin()
    return Piece(
        name, tinted.rest_m.astype(np.float32), tinted.faces, index, weight, tinted.colour.astype(np.float32), roughness
    )
