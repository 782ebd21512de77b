"""Milliseconds a frame of render, light and composite with every backend that runs here, on the demo film.

The film is tracked once; then the same frames are dressed with one stage's backend after the other, the rest as "auto"
has it. `auto` is what a server takes by itself: it should be the fastest. Each is also compared, picture by picture,
with the stage's reference, numba. On a machine with a GPU this is the whole comparison: GL on the GPU, torch on CUDA.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.stages import film
from pipelines.body.model import load_body_model
from pipelines.errors import BackendUnavailable
from pipelines.garment.catalogue import load_catalogue
from pipelines.tryon import (
    DressEngine,
    DressState,
    GarmentChoice,
    Outfit,
    Tracked,
    TrackState,
    TryOnSettings,
    Wish,
    dress,
    load_dress_engine,
    load_track_engine,
    prepare,
    track,
)
from server.worker.ledger import Ledger

STAGES = {
    "render": ("numba", "pyrender"),
    "composite": ("numba", "torch", "cuda"),
    "light": ("numba", "torch", "cuda"),
}
TURN = 10  # frames that one engine dresses before the next has its turn
WARM = 20  # frames before the clock counts: kernels and shaders are compiled, textures uploaded
SLOWER = 1.3  # so much slower than the fastest may `auto` be: two runs of one backend differ by this
ALIKE = 1.0  # of 255, over the whole picture


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; `args` is not used."""
    tracked = tracked_film()
    outfit = prepare(Wish((GarmentChoice("shirt_stripe", "M"),)), load_catalogue(), load_body_model())
    chosen = load_dress_engine(TryOnSettings())
    autos = {"render": chosen.renderer.name, "composite": chosen.compositor.name, "light": chosen.light.name}
    chosen.close()
    metrics: dict[str, Any] = {}
    for stage, names in STAGES.items():
        engines = dict(working(stage, names))
        times, apart = in_turns(engines, stage, tracked, outfit)
        for engine in engines.values():
            engine.close()
        for name, ms in times.items():
            others = {other: value for other, value in times.items() if other != name}
            metrics[f"{stage}_{name}"] = metric(ms, "ms", None, others)
            metrics[f"{stage}_{name}_difference"] = metric(apart[name], "of 255", ALIKE, {})
        auto = times["cuda" if autos[stage] == "torch" else autos[stage]]  # `auto` takes torch on a GPU alone
        metrics[f"{stage}_auto_over_fastest"] = metric(auto / min(times.values()), "×", SLOWER, {})
    return metrics


def tracked_film() -> list[Tracked]:
    """Return the demo film's frames with what `track` says of them."""
    engine, state, told = load_track_engine(TryOnSettings()), TrackState(), []
    for frame in film():
        seen, state = track(frame, state, engine, Ledger().watch)
        told.append(seen)
    engine.close()
    return told


def working(stage: str, names: tuple[str, ...]) -> Iterator[tuple[str, DressEngine]]:
    """Yield each backend of `stage` that runs here; say why another does not."""
    for name in names:
        settings: dict[str, Any] = {f"{stage}_backend": name}
        try:
            engine = load_dress_engine(TryOnSettings(**settings))
        except BackendUnavailable as error:
            print(f"{stage}: no {name} here: {error}")
            continue
        print(f"{stage}: {name} is {running(engine, stage)}")
        yield name, engine


def in_turns(
    engines: dict[str, DressEngine], stage: str, tracked: list[Tracked], outfit: Outfit
) -> tuple[dict[str, float], dict[str, float]]:
    """Return (mean ms of `stage` a frame, mean difference of the luma to numba's, of 255) of each engine.

    The engines take turns, so that all meet the same machine.
    """
    states = {name: DressState() for name in engines}
    spent: dict[str, list[float]] = {name: [] for name in engines}
    apart: dict[str, list[float]] = {name: [] for name in engines}
    for first in range(0, len(tracked), TURN):
        pictures: dict[str, list[NDArray[np.uint8]]] = {name: [] for name in engines}
        for name, engine in engines.items():
            for one in tracked[first : first + TURN]:
                ledger = Ledger()
                result, states[name] = dress(one, outfit, states[name], engine, ledger.watch)
                pictures[name].append(result.frame.y)
                if first >= WARM:
                    spent[name].append(ledger.stage_ms.get(stage, 0.0))
        for name, some in pictures.items():
            apart[name].append(float(np.abs(np.subtract(some, pictures["numba"], dtype=np.int16)).mean()))
    return _means(spent), _means(apart)


def _means(values: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(np.mean(some)) for name, some in values.items()}


def running(engine: DressEngine, stage: str) -> str:
    """Say which backend of `stage` runs."""
    if stage == "light":
        return engine.light.name
    told = engine.renderer.describe() if stage == "render" else engine.compositor.describe()
    return ", ".join(told.values())


def metric(value: float, unit: str, target: float | None, peers: dict[str, float]) -> dict[str, Any]:
    """Return one entry of the result; lower is better for all of them."""
    return {"value": value, "unit": unit, "target": target, "better": "lower", "peers": peers}
