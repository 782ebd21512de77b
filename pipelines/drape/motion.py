"""One frame of cloth, compiled as a whole.

Of seventy small kernels each would let another thread of the worker take the interpreter, and wait to have it back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.drape import xpbd

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]
_F = np.float32

DEPTH_LIMIT_M = np.float32(0.025)
RARELY = 3  # bending and limbs change slowly: they are looked at in every third substep


class Threads(NamedTuple):
    """The constraints of a cloth: fields of `ClothModel`."""

    edges: Indices  # (E, 2)
    bends: Indices  # (B, 2)
    ties: Indices  # (T, 2)
    edge_slack: Floats  # (E,)
    bend_slack: Floats  # (B,)
    tie_slack: Floats  # (T,)
    edge_pull_s2: Floats  # (E,)
    edge_push_s2: Floats  # (E,)
    bend_s2: Floats  # (B,)
    limit_m: Floats  # (S,)


class Limits(NamedTuple):
    """What the cloth meets: it stays above `plane`, below `across`, and out of `capsules`."""

    plane: Floats  # (S, 4) of its own skin
    across: Floats  # (S, 4) of other limbs
    touch: Indices  # (N, 2) vertex, capsule
    capsules: Floats  # (C, 8)


class Feel(NamedTuple):
    """Numbers of `DrapeSettings`, for substeps of `step_s`."""

    substeps: int
    step_s: np.float32
    keep: np.float32
    still_m_s: np.float32
    top_m_s: np.float32
    friction: np.float32
    even: np.float32
    still_m: np.float32
    relax: np.float32


@njit(cache=True, nogil=True)
def move(x: Floats, v: Floats, anchor: Floats, field: Floats, laid_m: Floats, threads: Threads, limits: Limits,
         feel: Feel) -> bool:  # fmt: skip
    """Move `x` (S, 3) and its velocity `v` on by one frame, in place; return whether all numbers are finite.

    `x` starts where the anchors carried it, `anchor` (S, 3) are those, and `field` (S, 3) is the acceleration;
    rest lengths are those of `laid_m` (S, 3).
    """
    plane, across, touch, capsules = limits
    before, held, prev = x.copy(), anchor.copy(), np.empty_like(x)
    xpbd.lift_out(held, plane, DEPTH_LIMIT_M)
    xpbd.keep_off_capsules(held, touch, capsules)
    xpbd.press_between(held, across, plane)
    edges, bends, ties = _lengths(laid_m, threads)
    stiffness = 1 / feel.step_s**2
    pull, push = _shares(threads.edge_pull_s2, stiffness), _shares(threads.edge_push_s2, stiffness)
    bend = _shares(threads.bend_s2, stiffness)
    for n in range(feel.substeps):
        xpbd.predict(x, v, prev, field, feel.step_s)
        if n % RARELY == 0:
            xpbd.project_lengths(x, threads.bends, bends, bend, bend)
            xpbd.keep_off_capsules(x, touch, capsules)
        xpbd.project_lengths(x, threads.edges, edges, pull, push)
        xpbd.keep_tied(x, threads.ties, ties)
        xpbd.keep_near(x, held, threads.limit_m)
        xpbd.press_between(x, across, plane)
        xpbd.keep_outside(x, prev, plane, DEPTH_LIMIT_M, feel.friction)
        xpbd.update_velocity(x, prev, v, feel.step_s, feel.keep, feel.still_m_s, feel.top_m_s)
    xpbd.even_out(x, held, threads.edges, feel.even)
    xpbd.lift_out(x, plane, DEPTH_LIMIT_M)
    xpbd.calm(x, before, feel.still_m, feel.relax)
    return bool(xpbd.all_finite(x))


@njit(cache=True, nogil=True)
def _lengths(laid_m: Floats, threads: Threads) -> tuple[Floats, Floats, Floats]:
    """Return the rest lengths of edges, bends and ties."""
    edges, bends, ties = (
        np.empty(len(threads.edges), np.float32),
        np.empty(len(threads.bends), np.float32),
        np.empty(len(threads.ties), np.float32),
    )
    xpbd.rest_lengths(laid_m, threads.edges, threads.edge_slack, edges)
    xpbd.rest_lengths(laid_m, threads.bends, threads.bend_slack, bends)
    xpbd.rest_lengths(laid_m, threads.ties, threads.tie_slack, ties)
    return edges, bends, ties


@njit(cache=True, nogil=True, error_model="numpy")
def _shares(soft_s2: Floats, stiffness: np.float32) -> Floats:
    """Return the share of an error that each end of a constraint takes, from its compliance (C,)."""
    out = np.empty_like(soft_s2)
    for c in range(len(soft_s2)):
        out[c] = _F(1.0) / (_F(2.0) + soft_s2[c] * _F(stiffness))
    return out
