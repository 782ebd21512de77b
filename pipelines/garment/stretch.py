"""How wide the cloth is where the texture atlas, which goes by angle around the body, shows a metre of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.garment.cut import TRUNK_CHART_M

Values = NDArray[np.float64]

# Metres of cloth per metre of atlas, by u across the half girth; measured on the base sizes on the average body.
_TRUNK_U, _LEG_U = np.linspace(0.02, 0.54, 14), np.linspace(0.02, 0.26, 7)
_U = {"top": _TRUNK_U, "long": _TRUNK_U, "skirt": _TRUNK_U, "trousers": _LEG_U}
_ROWS: dict[str, tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]] = {
    "top": ((0.4,), ((1.05, 1.10, 1.11, 1.09, 1.05, 1.00, 0.95, 0.93, 0.91, 0.87, 0.83, 0.76, 0.66, 0.59),)),
    "skirt": (
        (0.05, 0.25, 0.45, 0.65),
        (
            (0.88, 0.90, 0.93, 1.02, 1.03, 1.03, 1.00, 0.98, 0.96, 0.93, 0.90, 0.86, 0.76, 0.69),
            (0.84, 0.94, 1.03, 1.26, 1.19, 1.17, 1.16, 1.13, 1.08, 1.04, 0.95, 0.74, 0.60, 0.53),
            (1.04, 1.07, 1.20, 1.42, 1.49, 1.46, 1.44, 1.43, 1.36, 1.26, 1.07, 0.78, 0.66, 0.61),
            (1.42, 1.44, 1.54, 1.52, 1.52, 1.69, 1.70, 1.83, 1.48, 1.32, 0.94, 0.77, 0.67, 0.62),
        ),
    ),
    "trousers": (
        (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85),
        (
            (1.08, 1.07, 1.06, 1.03, 0.95, 0.81, 0.71),
            (1.07, 1.07, 1.21, 1.29, 1.25, 1.29, 1.60),
            (0.93, 0.97, 1.14, 1.14, 1.12, 1.13, 1.15),
            (0.85, 0.84, 0.96, 1.02, 0.97, 1.01, 1.04),
            (0.90, 0.88, 0.88, 0.87, 0.88, 0.87, 0.87),
            (0.88, 0.96, 1.07, 1.04, 0.93, 0.84, 0.76),
            (0.88, 0.93, 1.02, 1.01, 0.90, 0.69, 0.64),
            (0.80, 0.73, 0.83, 0.87, 0.79, 0.54, 0.57),
        ),
    ),
}
_ROWS["long"] = _ROWS["top"]


def stretched(kind: str, u: NDArray[np.floating[Any]], v: NDArray[np.floating[Any]]) -> Values:
    """Return metres of cloth across per metre of atlas, (H, W), at u (W,) and v (H,)."""
    rows_v, rows = _ROWS[kind]
    across = np.stack([np.interp(u, _U[kind], row) for row in rows])
    at = np.interp(v, rows_v, np.arange(len(rows_v)))
    low = np.minimum(at.astype(int), max(len(rows_v) - 2, 0))
    share = (at - low)[:, None]
    return np.asarray(across[low] * (1 - share) + across[np.minimum(low + 1, len(rows_v) - 1)] * share)


def pleat_at(share: NDArray[np.floating[Any]]) -> Values:
    """Return where in the atlas of a skirt, as u, a share of its half girth from the middle of the front lies."""
    return np.interp(share, *_SKIRT)


def pleat_share(u: NDArray[np.floating[Any]]) -> Values:
    """Return the share of a skirt's half girth between the middle of the front and u: the inverse of `pleat_at`."""
    return np.interp(u, *_SKIRT[::-1])


def _skirt_shares() -> tuple[Values, Values]:
    """Return shares of the half girth and the u that end them, both rising; the mean from the hips to the hem."""
    u = np.linspace(0, TRUNK_CHART_M, 113)
    wide = stretched("skirt", (u[1:] + u[:-1]) / 2, np.linspace(0.2, 0.65, 10)).mean(0)
    total = np.concatenate([[0], np.cumsum(wide)])
    return total / total[-1], u


_SKIRT = _skirt_shares()
