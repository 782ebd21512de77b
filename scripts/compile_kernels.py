"""Compile every kernel once, so that no shopper waits for it: numba keeps the machine code beside the sources.

Serves two short films of synthetic people as a worker would: arms cross, somebody runs past, two are dressed in
layers, the mannequin is looked at. Tells which kernels that left out. About two minutes; seconds once all are there.

    python scripts/compile_kernels.py
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import pipelines  # noqa: E402
from pipelines.errors import BackendUnavailable  # noqa: E402
from pipelines.synthetic.crowd import SyntheticCrowd, Walk  # noqa: E402
from pipelines.types import CameraFrame  # noqa: E402
from server.worker import live_path  # noqa: E402

QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2"}
FRAMES, EVERY = 16, 4
NOISE = 4.0  # levels of luma
ALONE = (Walk(3, ((0.0, 0.0, 0.0),), "cross", sleeve=1.8), Walk(5, ((0.2, -1.4, 0.5), (1.0, 1.4, 0.5))))
BOTH = (Walk(3, ((0.0, -0.9, 0.0), (1.0, -0.5, 0.0), (1.8, 1.5, 0.6)), "show"), Walk(5, ((0.0, 0.5, 0.0),), "cross"))
MIRROR, ORBIT, REPLAY = {"mode": "mirror"}, {"mode": "orbit", "yaw_deg": 30.0}, {"mode": "replay"}


def main() -> None:
    """Serve both films, the second with the rasteriser that needs no OpenGL."""
    os.environ.update(QUIET)
    say("compiling the kernels, once; about two minutes …")
    films = [film(walks) for walks in (ALONE, BOTH)]
    try:
        serve(films[0], wish("tee_crew", "jeans_straight"), 1, "auto", (MIRROR,))
    except BackendUnavailable as error:
        say(str(error))
    serve(films[1], wish("dress_a_line"), 2, "numba", (MIRROR, MIRROR, ORBIT, REPLAY))
    left = [name for name, kernel in kernels().items() if not kernel.signatures and not is_inlined(kernel)]
    say(f"not compiled ahead, or kept from before: {', '.join(left)}" if left else "all kernels are compiled")


def film(walks: tuple[Walk, ...]) -> list[CameraFrame]:
    """Return the pictures of some seconds of a synthetic crowd, as noisy as those of a dark room."""
    crowd, rng = SyntheticCrowd(walks), np.random.default_rng(0)
    try:
        return [_noisy(crowd.frame(index * EVERY).frame, rng) for index in range(FRAMES)]
    finally:
        crowd.close()


def _noisy(frame: CameraFrame, rng: np.random.Generator) -> CameraFrame:
    return replace(frame, y=np.clip(frame.y + rng.normal(0.0, NOISE, frame.y.shape), 16, 235).astype(np.uint8))


def wish(*garments: str) -> dict[str, Any]:
    """Return the wish for garments as they are sold."""
    return {"garments": [{"id": id_, "size": None} for id_ in garments], "height_cm": None, "mirror": False}


def serve(pictures: list[CameraFrame], wished: dict[str, Any], people: int, render: str, looks: Any) -> None:
    """Dress up to `people` people in `pictures`, one look of `looks` after the other."""
    fit, *_ = live_path.load_tailor()
    tryon = {"pose_model": "bundled", "render_backend": render, "composite_backend": "auto"}
    tracking, dressing = live_path.load_track(tryon), live_path.load_dress(tryon)
    outfit = fit({**wished, "people": people})
    track_state, dress_state = live_path.TrackState(), live_path.DressState()
    for index, picture in enumerate(pictures):
        look = live_path.look_of(looks[index * len(looks) // len(pictures)])
        tracked, track_state = live_path.track(picture, track_state, tracking, watch, people)
        _, dress_state = live_path.dress(tracked, outfit, dress_state, dressing, watch, look)
    tracking.close()
    dressing.close()


def watch(_stage: str) -> nullcontext[None]:
    """Time nothing."""
    return nullcontext()


def kernels() -> dict[str, Dispatcher]:
    """Return the compiled functions of the pipelines by their full names."""
    found = {}
    for info in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == info.name:
                found[f"{info.name}.{name}"] = value
    return found


def is_inlined(kernel: Dispatcher) -> bool:
    """Return whether a kernel only ever becomes part of those that call it."""
    return kernel.targetoptions.get("inline") == "always"


def say(text: str) -> None:
    """Write a line for whoever waits."""
    print(f"lookglass: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
