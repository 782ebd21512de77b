"""Dress the synthetic shopper in the garments of the shop, side by side: the picture in the README.

    python scripts/make_readme_picture.py [--out docs/images/tryon.png]

The first panel is what the camera sees; every other one is the last frame of a second of film that went through the
main path, its landmarks found by the pose network like anybody's.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipelines.body.model import load_body_model  # noqa: E402
from pipelines.garment.catalogue import load_catalogue  # noqa: E402
from pipelines.synthetic.motion import motion_named  # noqa: E402
from pipelines.synthetic.shopper import SyntheticShopper, camera_frame  # noqa: E402
from pipelines.tryon import (  # noqa: E402
    DressEngine,
    DressState,
    GarmentChoice,
    TrackState,
    TryOnSettings,
    Wish,
    load_dress_engine,
    load_track_engine,
    prepare,
    step,
)
from pipelines.types import CameraFrame  # noqa: E402
from server.media_files import intrinsics, to_rgb_picture  # noqa: E402

SIZE_PX = (480, 720)
FILM_SCALE = 2  # drawn larger and averaged down, so that edges are as soft as a lens makes them
FPS, LEAD_FRAMES = 30, 30
PANEL_PX, GAP_PX, SHOWN_SHARE = (220, 462), 6, 0.715  # what is shown of a picture's width
LIMIT_BYTES = 400_000


@dataclass(frozen=True)
class Panel:
    """One shopper in one outfit, at a phase of a motion."""

    garments: tuple[str, ...]
    motion: str
    phase: float
    seed: int = 0


PANELS = (
    Panel((), "sway", 0.5),
    Panel(("tee_crew",), "sway", 0.5),
    Panel(("tee_stripe",), "show", 0.28),
    Panel(("long_sleeve", "trousers_chino"), "sway", 0.9),
    Panel(("tee_crew", "skirt_a_line"), "show", 0.74),
)


def film(panel: Panel) -> list[CameraFrame]:
    """Return the second that leads up to the panel's instant."""
    width, height = SIZE_PX
    size = (FILM_SCALE * width, FILM_SCALE * height)
    shopper = SyntheticShopper(panel.seed, *size, panel.motion, framing="knees", fps=FPS, noise=0.0)
    last = round(panel.phase * motion_named(panel.motion).period_s * FPS)
    frames = []
    for number in range(LEAD_FRAMES):
        bgr = shopper.frame(max(0, last - LEAD_FRAMES + 1 + number)).bgr
        small = np.asarray(cv2.resize(bgr, SIZE_PX, interpolation=cv2.INTER_AREA), np.uint8)
        frames.append(camera_frame(small, number / FPS, intrinsics(width, height)))
    shopper.close()
    return frames


def dressed(frames: list[CameraFrame], garments: tuple[str, ...], engine: DressEngine) -> CameraFrame:
    """Return the last frame of `frames` with `garments` worn."""
    if not garments:
        return frames[-1]
    outfit = prepare(Wish(tuple(map(GarmentChoice, garments))), load_catalogue(), load_body_model())
    tracker = load_track_engine(engine.settings)
    states = (TrackState(), DressState())
    for frame in frames:
        result, states = step(frame, outfit, states, (tracker, engine), lambda _: nullcontext())
    tracker.close()
    return replace(result.frame, captured_s=0.0)


def panel_picture(frame: CameraFrame) -> Image.Image:
    """Cut the middle out of a frame."""
    width, height = SIZE_PX
    shown = round(width * SHOWN_SHARE)
    left = (width - shown) // 2
    whole = to_rgb_picture(frame, SIZE_PX)
    return whole.crop((left, 0, left + shown, height)).resize(PANEL_PX, Image.Resampling.LANCZOS)


def main() -> int:
    """Write the picture; exit 1 when it came out too large for a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "tryon.png")
    options = parser.parse_args()
    engine = load_dress_engine(TryOnSettings())
    width = len(PANELS) * (PANEL_PX[0] + GAP_PX) - GAP_PX
    sheet = Image.new("RGB", (width, PANEL_PX[1]), "white")
    for place, panel in enumerate(PANELS):
        frame = dressed(film(panel), panel.garments, engine)
        sheet.paste(panel_picture(frame), (place * (PANEL_PX[0] + GAP_PX), 0))
    engine.close()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(options.out, optimize=True)
    size = options.out.stat().st_size
    print(f"{options.out}: {size / 1000:.0f} kB")
    return int(size > LIMIT_BYTES)


if __name__ == "__main__":
    raise SystemExit(main())
