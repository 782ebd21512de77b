"""The judge's people: full-rank bodies in thick clothes of their own, with hair, under any light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.exposure import Exposed
from benchmarks.judge.heads import dress_head
from pipelines.body.fit import body_from_measurements
from pipelines.body.model import Body, Sex, body_of, load_body_model, shape_body
from pipelines.synthetic.figure import Piece, dress_figure, naked_of
from pipelines.synthetic.paint import Light
from pipelines.synthetic.wardrobe import Naked, Outfit
from pipelines.types import PointsF32

BODIES = Path(__file__).resolve().parents[2] / "tests" / "data" / "judge_bodies.npz"

SKINS = ((0.62, 0.37, 0.26), (0.50, 0.27, 0.16), (0.33, 0.16, 0.09), (0.17, 0.075, 0.042), (0.09, 0.04, 0.025))
HAIRS = ((0.012, 0.009, 0.008), (0.035, 0.02, 0.012), (0.13, 0.075, 0.035), (0.30, 0.22, 0.13), (0.28, 0.28, 0.28))
SHIRTS = ((0.55, 0.54, 0.52), (0.03, 0.03, 0.035), (0.35, 0.05, 0.05), (0.07, 0.15, 0.33), (0.08, 0.20, 0.11))
TROUSERS = ((0.02, 0.028, 0.06), (0.018, 0.018, 0.02), (0.30, 0.24, 0.16), (0.11, 0.12, 0.13), (0.09, 0.13, 0.24))


Measures = tuple[tuple[str, float], ...]  # cm and kg by name, as `body_from_measurements` takes them


@dataclass(frozen=True, slots=True)
class Looks:
    """What of a person is given instead of drawn by lot."""

    skin: tuple[float, float, float] | None = None  # linear RGB
    head: str | None = None  # bald, short, long, scarf
    sleeve: float | None = None  # of the own shirt: 1 at the elbow, 2 at the wrist
    measures: Measures | None = None  # of a body made to measure
    plain: bool = False  # that body is one of the model under test: a known one
    coefficients: tuple[float, ...] | None = None  # of the model under test, in the place of a judging body
    rest_m: PointsF32 | None = None  # (V, 3) of any other body, in the place of a judging body
    navel: float | None = None  # where that body's waist is measured, share of the way from crotch to nape
    fitted: bool = False  # the clothes lie on: a T-shirt that follows the body, close trousers


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One judging shopper: shape, meshes and the light on them."""

    body: Body
    naked: Naked
    outfit: Outfit
    pieces: tuple[Piece, ...]
    light: Exposed

    @property
    def height_cm(self) -> float:
        """Standing height."""
        return 100.0 * float(np.ptp(self.body.rest_m[self.body.model.body.vertices, 1]))


@cache
def sexes() -> tuple[Sex, ...]:
    """Return the sex of each judging body."""
    with np.load(BODIES) as file:
        return tuple(file["sex"].tolist())


@cache
def bodies() -> tuple[Body, ...]:
    """Return the judging bodies: rest surfaces that need not be samples of the model's components."""
    with np.load(BODIES) as file:
        surfaces = file["rest_m"].astype(np.float32)
    return tuple(body_of(load_body_model(), rest) for rest in surfaces)


def make_person(index: int, seed: int, looks: Looks | None = None) -> Person:
    """Return judging body `index`, or one to the measures of `looks`, dressed and lit by `seed`."""
    looks = looks or Looks()
    rng = np.random.default_rng((seed, index))
    body = shaped(index, looks)
    naked = naked_of(body)
    outfit = _outfit(rng)
    outfit = replace(outfit, skin=looks.skin or outfit.skin, sleeve=looks.sleeve or outfit.sleeve)
    if looks.fitted:
        outfit = fitted(outfit, rng)
    pieces = dress_figure(naked, outfit, seed)
    if not outfit.tucked:
        pieces = tuple(one for one in pieces if one.name != "belt")
    by_lot = "long" if rng.random() < 0.5 else "short"
    pieces = dress_head(naked, outfit, pieces, looks.head or by_lot)
    return Person(body, naked, outfit, pieces, _light(rng))


def shaped(index: int, looks: Looks) -> Body:
    """Return judging body `index`; to measure: the model's plus what sets this one apart from all of those."""
    if looks.coefficients is not None:
        return shape_body(load_body_model(), np.array(looks.coefficients, np.float32))
    if looks.rest_m is not None:
        return body_of(load_body_model(), looks.rest_m)
    judge = bodies()[index % len(bodies())]
    if looks.measures is None:
        return judge
    body = body_from_measurements(load_body_model(), dict(looks.measures))
    return body if looks.plain else body_of(body.model, body.rest_m + beyond_model(judge))


def beyond_model(body: Body) -> NDArray[np.float32]:
    """Return the part (V, 3) of a body's shape that no coefficients of the model under test can express."""
    model = load_body_model()
    rise = np.broadcast_to((0.0, 1.0, 0.0), model.mean_m.shape)  # where the ground lies is no matter of shape
    basis = np.stack([one.ravel() for one in (*model.components_m.astype(np.float64), rise)], axis=1)
    away = (body.rest_m - model.mean_m).astype(np.float64)
    fitted = basis @ np.linalg.lstsq(basis, away.ravel(), rcond=None)[0]
    return (away - fitted.reshape(-1, 3)).astype(np.float32)


def _outfit(rng: np.random.Generator) -> Outfit:
    """Return clothes that stand 0.5 to 2 cm off the skin, tucked in or over a visible waistband."""
    thick, tucked = float(rng.uniform(0.005, 0.018)), bool(rng.random() < 0.6)

    def pick(choices: tuple[tuple[float, float, float], ...]) -> tuple[float, float, float]:
        colour = np.array(choices[int(rng.integers(len(choices)))]) * rng.uniform(0.8, 1.2, 3)
        return (float(colour[0]), float(colour[1]), float(colour[2]))

    return Outfit(
        sleeve=float(rng.choice([0.5, 0.62, 0.75, 1.9])),
        tucked=tucked,
        hem_over_hip_m=float(rng.uniform(0.02, 0.05)),
        waist_over_hip_m=float(rng.uniform(0.07, 0.10)),
        shirt_ease_m=thick if tucked else thick + 0.006,
        trouser_ease_m=float(rng.uniform(0.004, 0.010)),
        sleeve_flare_m=float(rng.uniform(0.002, 0.015)),
        fold_m=float(rng.uniform(0.003, 0.006)),
        thickness_m=0.005,
        shirt=pick(SHIRTS),
        trousers=pick(TROUSERS),
        shoes=pick(TROUSERS),
        hair=pick(HAIRS),
        skin=pick(SKINS),
    )


def fitted(outfit: Outfit, rng: np.random.Generator) -> Outfit:
    """Return `outfit` of clothes that lie on, 5 to 10 mm off the skin all the way down."""
    return replace(
        outfit,
        hangs=False,
        shirt_ease_m=float(rng.uniform(-0.003, 0.002)),
        trouser_ease_m=float(rng.uniform(-0.003, 0.001)),
        sleeve_flare_m=float(rng.uniform(0.0, 0.004)),
        fold_m=float(rng.uniform(0.001, 0.002)),
        thickness_m=0.002,
    )


def _light(rng: np.random.Generator) -> Exposed:
    """Return one to three lamps of different direction and colour, and the ambient light, before any camera."""
    lamps = []
    for strength in (3.4, 1.6, 1.2)[: int(rng.integers(1, 4))]:
        azimuth, height = rng.uniform(-1.3, 1.3), rng.uniform(0.15, 1.2)
        warmth = rng.uniform(-0.18, 0.18)
        toward = (-float(np.sin(azimuth)), -height, -float(np.cos(azimuth)))
        lamps.append(
            Light(toward, (1.0, 0.95 - abs(warmth) / 3, 0.95 - warmth), strength * float(rng.uniform(0.8, 1.2)))
        )
    return Exposed(tuple(lamps), float(rng.uniform(0.14, 0.38)))
