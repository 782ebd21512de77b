"""What the judge's people have on their heads: nothing, short hair, long hair or a scarf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.synthetic.figure import Piece, piece
from pipelines.synthetic.shell import Shell, clip, offset, smooth, smooth_weights, subdivide, thicken
from pipelines.synthetic.wardrobe import Naked, Outfit, arm_share, hair_field, paint_face

SCARVES = ((0.05, 0.10, 0.16), (0.30, 0.27, 0.22), (0.20, 0.04, 0.07))


def dress_head(naked: Naked, outfit: Outfit, pieces: tuple[Piece, ...], head: str) -> tuple[Piece, ...]:
    """Return `pieces`, which have short hair, with the `head` wanted: bald, short, long or scarf.  Raises KeyError."""
    without = tuple(one for one in pieces if one.name != "hair")
    if head == "bald":
        return (*without, piece("scalp", scalp(naked, outfit.skin), (1.0, 1.0, 1.0), 0.5))
    if head == "scarf":
        colour = SCARVES[round(1000 * sum(outfit.shirt)) % len(SCARVES)]
        return (*without, piece("scarf hair", scarf(naked), colour, 0.9))
    more = {"short": (), "long": (piece("long hair", long_hair(naked), outfit.hair, 0.5),)}
    return (*pieces, *more[head])


def scalp(naked: Naked, skin: tuple[float, float, float]) -> Shell:
    """Return the skin of the head that hair would cover."""
    whole = replace(naked.skin, colour=paint_face(naked, skin))
    return clip(whole, hair_field(whole, naked.rig) - 0.012)


def scarf(naked: Naked) -> Shell:
    """Return a headscarf: round the face, over hair and neck, down to the collar bones."""
    rig = naked.rig
    left, right = rig.eyes_m
    eye, scale = (left + right) / 2, float(np.linalg.norm(left - right)) / 0.0615
    cut = subdivide(naked.skin)
    rel = (cut.rest_m - eye) / scale
    oval = (rel[:, 0] / 0.066) ** 2 + ((rel[:, 1] + 0.028) / 0.096) ** 2 - 1.0
    face = np.where(rel[:, 2] > -0.075, oval * 0.05, 1.0)
    down = cut.rest_m[:, 1] - (rig.head("neck01")[1] - 0.03)
    cut = clip(cut, np.minimum(face, np.where(arm_share(cut, rig) > 0.4, -1.0, down)))
    high = np.clip((cut.rest_m[:, 1] - rig.head("neck01")[1]) / 0.12, 0.0, 1.0)
    loose = smooth(offset(smooth(cut, 25), 0.010 + 0.012 * high), 12)
    return thicken(smooth_weights(loose, 8), 0.004, rings=3)


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
