"""From measured frames to the figures, by view group, with the targets beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.cloth import exceeded_by
from benchmarks.judge.edges import EdgeCount
from benchmarks.judge.rows import Row

Metrics = dict[str, dict[str, Any]]
Films = Sequence[Sequence[Row]]

IOU_TARGETS = {"front": 0.91, "back": 0.91, "three-quarter": 0.87, "side": 0.81, "arms-wide": 0.84}
IOU_SURE = 0.97  # with the true joints fed in
SPILL_TARGETS = {"front": 2.5, "back": 2.5, "side": 5.0}
JOINTS_MEDIAN, JOINTS_P95 = 5.0, 13.0
JITTER_TARGETS = {"still": (0.10, 0.03), "seated": (0.3, 0.2)}  # per frame, second difference
COVERAGE = 0.97
F1_HANDS, F1_PASSER = 0.80, 0.70
OWN_LEFT, INSIDE, STRAIN = 5.0, 0.5, 8.0  # %
LIGHT_DEG, COLOUR = 15.0, 5.0
PEERS = ("true joints", "true joints and body")
VIEWS = ("front", "three-quarter", "side", "back", "arms-wide", "hands", "passer")


def summarise(films: Films, sure: Films = (), known: Films = ()) -> Metrics:
    """Return every figure of `films`, a list of measured frames each; what no film shows is left out.

    `sure` are the same films with the true joints fed in, `known` those with true joints and the true body:
    their figures stand beside as peers.
    """
    metrics: Metrics = {}
    both = (films, sure, known)
    _add(metrics, "joints_median", "% SW", JOINTS_MEDIAN, "lower", both, lambda some: _joints(some, 50.0))
    _add(metrics, "joints_p95", "% SW", JOINTS_P95, "lower", both, lambda some: _joints(some, 95.0))
    _add(metrics, "joints_3d_median", "% SW", None, "lower", both, lambda some: _joints(some, 50.0, True))
    for view in VIEWS:
        _add_view(metrics, view, tuple([film for film in some if film and film[0].group == view] for some in both))
    _add_edges(metrics, both)
    for group, targets in JITTER_TARGETS.items():
        still = tuple([film for film in some if film and film[0].group == group] for some in both)
        for order, (name, target) in enumerate(zip(("frame", "second"), targets, strict=True), 1):
            unit = "% SW a frame" if order == 1 else "% SW second difference"
            _add(metrics, f"{group}_jitter_{name}", unit, target, "lower", still, _Jitter(order))
    _add(metrics, "own_clothes_left", "%", OWN_LEFT, "lower", both, _Mean("own_left"))
    _add(metrics, "cloth_inside_body", "%", INSIDE, "lower", both, _Mean("inside"))
    _add(metrics, "cloth_pinched", "%", None, "lower", both, _Mean("pinched"))
    _add(metrics, "cloth_strain_p95", "%", STRAIN, "lower", both, _strain)
    _add(metrics, "light_direction", "deg", LIGHT_DEG, "lower", both, _Mean("light_deg"))
    _add(metrics, "relit_colour", "ΔE2000", COLOUR, "lower", both, _Mean("colour"))
    return metrics


def _add_view(metrics: Metrics, view: str, both: tuple[Films, ...]) -> None:
    _add(metrics, f"{view}_iou", "", IOU_TARGETS.get(view), "higher", both, _Mean("iou"))
    if view in IOU_TARGETS and both[1]:
        value = _Mean("iou")(both[1])
        metrics[f"{view}_iou_true_joints"] = metric(value, "", IOU_SURE, "higher")
        if both[2]:
            metrics[f"{view}_iou_true_joints"]["peers"]["and true body"] = _Mean("iou")(both[2])
    _add(metrics, f"{view}_iou_p10", "", None, "higher", both, lambda some: _percentile(some, "iou", 10.0))
    _add(metrics, f"{view}_joints_median", "% SW", None, "lower", both, lambda some: _joints(some, 50.0))
    if view != "passer":
        _add(metrics, f"{view}_spill", "%", SPILL_TARGETS.get(view), "lower", both, _Mean("spill"))
        if f"{view}_spill" in metrics:
            metrics[f"{view}_spill"]["peers"]["true garment"] = _Mean("true_spill")(both[0])
    target = COVERAGE if view == "front" else None
    _add(metrics, f"{view}_coverage", "", target, "higher", both, _Mean("coverage"))


def _add_edges(metrics: Metrics, both: tuple[Films, ...]) -> None:
    _add(metrics, "hands_f1", "", F1_HANDS, "higher", both, lambda some: _f1(row.hands for row in _rows(some)))
    _add(metrics, "passer_f1", "", F1_PASSER, "higher", both, lambda some: _f1(row.passer for row in _rows(some)))


def _add(
    metrics: Metrics,
    name: str,
    unit: str,
    target: float | None,
    better: str,
    both: tuple[Films, ...],
    figure: Callable[[Films], float],
) -> None:
    """Add the figure of the films, and beside it that with the true joints, unless no frame can tell it."""
    value, *told = (figure(some) if some else float("nan") for some in both)
    if np.isnan(value):
        return
    metrics[name] = metric(value, unit, target, better)
    metrics[name]["peers"] = {
        peer: float(known) for peer, known in zip(PEERS, told, strict=True) if not np.isnan(known)
    }


class _Mean:
    """Mean of one value over what is known of it; NaN where nothing is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, films: Films) -> float:
        known = values(films, self._name)
        return float(known.mean()) if len(known) else float("nan")


class _Jitter:
    """Mean step of the drawn vertices from frame to frame, or of their steps: the difference of that order."""

    def __init__(self, order: int) -> None:
        self._order = order

    def __call__(self, films: Films) -> float:
        return float(np.mean([jitter(film, self._order) for film in films])) if films else float("nan")


def jitter(film: Sequence[Row], order: int) -> float:
    """Return the mean length of the `order`-th difference of the drawn vertices over a film, % of SW."""
    paths = [row.cloth_px for row in film]
    known = [path for path in paths if path is not None]
    if len(known) < len(paths) or len(known) <= order:
        return float("nan")
    return float(np.linalg.norm(np.diff(np.array(known), order, axis=0), axis=2).mean())


def values(films: Films, name: str) -> NDArray[np.float64]:
    """Return every known value called `name`."""
    found = np.array([row.values.get(name, np.nan) for row in _rows(films)], np.float64)
    return np.asarray(found[~np.isnan(found)])


def _percentile(films: Films, name: str, percent: float) -> float:
    known = values(films, name)
    return float(np.percentile(known, percent)) if len(known) else float("nan")


def _joints(films: Films, percent: float, in_space: bool = False) -> float:
    errors = [row.joints_m if in_space else row.joints_px for row in _rows(films)]
    return float(np.nanpercentile(np.concatenate(errors), percent)) if errors else float("nan")


def _f1(counts: Iterable[EdgeCount]) -> float:
    return sum(counts, EdgeCount()).f1


def _strain(films: Films) -> float:
    edges = [row.strain for row in _rows(films) if row.strain.size]
    return 100.0 * exceeded_by(*np.concatenate(edges, axis=1), 0.05) if edges else float("nan")


def _rows(films: Films) -> list[Row]:
    return [row for film in films for row in film]


def metric(value: float, unit: str, target: float | None, better: str = "lower") -> dict[str, Any]:
    """Return one figure in the form of the registry."""
    return {"value": float(value), "unit": unit, "target": target, "better": better, "peers": {}}
