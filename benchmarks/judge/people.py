"""The judge's people: full-rank bodies in thick clothes of their own, with hair, under any light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import COMPONENTS, Body, load_body_model
from pipelines.synthetic.figure import Piece, dress_figure, naked_of, piece
from pipelines.synthetic.paint import Light
from pipelines.synthetic.shell import Shell, thicken
from pipelines.synthetic.wardrobe import Naked, Outfit

BODIES = Path(__file__).resolve().parents[2] / "tests" / "data" / "judge_bodies.npz"

SKINS = ((0.62, 0.37, 0.26), (0.50, 0.27, 0.16), (0.33, 0.16, 0.09), (0.17, 0.075, 0.042), (0.09, 0.04, 0.025))
HAIRS = ((0.012, 0.009, 0.008), (0.035, 0.02, 0.012), (0.13, 0.075, 0.035), (0.30, 0.22, 0.13), (0.28, 0.28, 0.28))
SHIRTS = ((0.55, 0.54, 0.52), (0.03, 0.03, 0.035), (0.35, 0.05, 0.05), (0.07, 0.15, 0.33), (0.08, 0.20, 0.11))
TROUSERS = ((0.02, 0.028, 0.06), (0.018, 0.018, 0.02), (0.30, 0.24, 0.16), (0.11, 0.12, 0.13), (0.09, 0.13, 0.24))


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One judging shopper: shape, meshes and the light on them."""

    body: Body
    naked: Naked
    pieces: tuple[Piece, ...]
    lights: tuple[Light, ...]
    ambient: float

    @property
    def height_cm(self) -> float:
        """Standing height."""
        return 100.0 * float(np.ptp(self.body.rest_m[self.body.model.body.vertices, 1]))


@cache
def bodies() -> tuple[Body, ...]:
    """Return the judging bodies: rest surfaces that need not be samples of the model's components."""
    with np.load(BODIES) as file:
        surfaces = file["rest_m"].astype(np.float32)
    return tuple(_body_of(rest) for rest in surfaces)


def make_person(index: int, seed: int) -> Person:
    """Return judging body `index` dressed and lit by `seed`."""
    rng = np.random.default_rng((seed, index))
    body = bodies()[index % len(bodies())]
    naked = naked_of(body)
    outfit = _outfit(rng)
    pieces = dress_figure(naked, outfit, seed)
    if not outfit.tucked:
        pieces = tuple(one for one in pieces if one.name != "belt")
    if rng.random() < 0.5:
        pieces = (*pieces, piece("long hair", long_hair(naked), outfit.hair, 0.5))
    lights, ambient = _lights(rng)
    return Person(body, naked, pieces, lights, ambient)


def long_hair(naked: Naked) -> Shell:
    """Return a curtain of hair from the crown around the back of the head down to the shoulder blades."""
    rig = naked.rig
    head, eyes = rig.head("head"), rig.eyes_m.mean(0)
    scalp = naked.skin.rest_m[naked.skin.rest_m[:, 1] > eyes[1]]
    centre = np.array([0.0, 0.0, (scalp[:, 2].max() + scalp[:, 2].min()) / 2])
    half = (np.ptp(scalp[:, 0]) / 2 + 0.002, np.ptp(scalp[:, 2]) / 2 + 0.018)
    top, bottom = eyes[1] + 0.055, rig.head("spine01")[1] + 0.10
    angle, down = np.meshgrid(np.radians(np.linspace(-104, 104, 33)), np.linspace(0, 1, 15))
    y = top + (bottom - top) * down
    back = rig.head("neck01")[2] - 0.105
    points = np.stack([half[0] * np.sin(angle), y, centre[2] - half[1] * np.cos(angle)], -1)
    points[..., 2] = np.minimum(points[..., 2], centre[2] + 0.01)
    points[..., 2] += (back - points[..., 2]) * np.clip(down - 0.45, 0, 1) * np.cos(angle) ** 2
    points[..., 0] *= 1.0 + 0.20 * np.sin(np.pi * np.clip(down, 0, 1))
    points += 0.004 * np.sin(angle * 19.0)[..., None] * np.array([0.5, 0.0, 1.0])
    weights = np.zeros((angle.size, len(rig.names)))
    low = np.clip((head[1] - y.ravel()) / 0.12, 0.0, 1.0)
    weights[:, rig.names.index("head")] = 1.0 - low
    weights[:, rig.names.index("spine01")] = low
    row, column = (grid.ravel() for grid in np.mgrid[0:14, 0:32])
    a = row * 33 + column
    faces = np.concatenate([np.stack([a, a + 33, a + 1], 1), np.stack([a + 1, a + 33, a + 34], 1)])
    flat = points.reshape(-1, 3)
    strands = np.random.default_rng(len(flat)).uniform(0.35, 1.25, 33)  # streaks: a plain curtain looks like a face
    shades = np.tile(strands, 15)[:, None] * np.ones(3)
    return thicken(Shell(flat, faces[:, ::-1].astype(np.int32), weights, shades), 0.012)


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


def _lights(rng: np.random.Generator) -> tuple[tuple[Light, ...], float]:
    """Return one to three lamps of different direction and colour, and the ambient light."""
    lamps = []
    for strength in (3.4, 1.6, 1.2)[: int(rng.integers(1, 4))]:
        azimuth, height = rng.uniform(-1.3, 1.3), rng.uniform(0.15, 1.2)
        warmth = rng.uniform(-0.18, 0.18)
        toward = (-float(np.sin(azimuth)), -height, -float(np.cos(azimuth)))
        lamps.append(
            Light(toward, (1.0, 0.95 - abs(warmth) / 3, 0.95 - warmth), strength * float(rng.uniform(0.8, 1.2)))
        )
    return tuple(lamps), float(rng.uniform(0.14, 0.38))


def _body_of(rest_m: NDArray[np.float32]) -> Body:
    """Return `rest_m` (V, 3), feet at y = 0, as a body whose joints are its own joint cubes' centres."""
    model = load_body_model()
    rest = rest_m - np.array([0.0, rest_m[model.body.vertices, 1].min(), 0.0], np.float32)
    joints = np.einsum("jk,jkc->jc", model.joint_weight, rest[model.joint_index]).astype(np.float32)
    bones = len(model.bone_names)
    return Body(model, np.zeros(COMPONENTS, np.float32), rest, joints[:bones], joints[bones:])
