"""Dress synthetic people in the garments of the shop: the pictures in the README.

    python scripts/make_readme_pictures.py [--out docs/images] [--only NAME]

Every panel but those of the mannequin and of the page is the last frame of a film that went through the main path, its
landmarks found by the pose network like anybody's; the page is seen in the browser that is installed. Nobody in them
exists, and nothing is retouched.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from readme_page import screens  # noqa: E402

from pipelines.body.model import load_body_model  # noqa: E402
from pipelines.garment.catalogue import load_catalogue  # noqa: E402
from pipelines.synthetic.crowd import SyntheticCrowd, Walk  # noqa: E402
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
from pipelines.viewpoint.studio import View  # noqa: E402
from pipelines.viewpoint.turntable import stand, still  # noqa: E402
from server.media_files import intrinsics, to_rgb_picture  # noqa: E402

SIZE_PX, WIDE_PX = (480, 720), (960, 720)
FILM_SCALE = 2  # drawn larger and averaged down, so that edges are as soft as a lens makes them
FPS, EMPTY_FRAMES, LEAD_FRAMES = 30, 30, 45
PANEL_PX, WIDE_PANEL_PX, GAP_PX = (220, 462), (554, 416), 6
SCREEN_PX = (370, 801)
QUALITY = 88
LIMIT_BYTES = 300_000


@dataclass(frozen=True)
class Shot:
    """One shopper in one outfit, at a phase of a motion; garments are `ID` or `ID:SIZE`, parted by commas."""

    garments: str = ""
    motion: str = "sway"
    phase: float = 0.5
    yaw_deg: float = 0.0
    seed: int = 0
    framing: str = "knees"


@dataclass(frozen=True)
class Crowd:
    """Several people, each in an outfit of their own, at an instant."""

    walks: tuple[Walk, ...]
    garments: tuple[str, ...]  # of each, in the order in which they are found: the nearest first
    t_s: float


@dataclass(frozen=True)
class Turn:
    """The mannequin from one side."""

    garments: str
    yaw_deg: float


COAT, DENIM = "tee_v:M,skirt_pencil:M,coat_wool:M", "tee_stripe:M,jeans_straight:M,jacket_denim:M"
PAGE = "page"
TRIO = (Walk(3, ((0, -0.95, -1.2),)), Walk(6, ((0, 0.0, -1.0),), "gesture"), Walk(5, ((0, 0.95, -1.3),)))
PASSING = (
    Walk(3, ((0, -0.8, -0.4), (0.5, -0.8, -0.4), (2.9, 0.8, -0.4))),
    Walk(6, ((0, 0.7, -1.3), (0.5, 0.7, -1.3), (2.9, -0.8, -1.3))),
)
BEFORE = (Walk(6, ((0, 0.0, -1.2),)), Walk(3, ((0, -2.4, 0.2), (0.6, -2.4, 0.2), (3.0, 2.4, 0.2))))
LONG_SLEEVES = (Walk(6, ((0, -1.6, -0.6), (1.6, 0.0, -0.9)), "gesture", sleeve=1.9),)
SHEETS: dict[str, tuple[Shot | Crowd | Turn, ...]] = {
    "outfits": (
        Shot(),
        Shot("tee_stripe:M,jeans_straight:M"),
        Shot(DENIM, "show", 0.28),
        Shot(COAT, "sway", 0.9),
        Shot("dress_a_line:M", "show", 0.14),
    ),
    "sizes": tuple(Shot(f"jeans_straight:M,hoodie_fleece:{size}") for size in ("S", "M", "L", "XXL")),
    "views": tuple(Shot("shirt_stripe:M,trousers_chino:M", yaw_deg=yaw) for yaw in (0.0, 50.0, 90.0, 180.0)),
    "hands": (
        Shot("tee_sunrise:M,jeans_straight:M", "cross", 0.3),
        Shot("polo_pique:M,trousers_chino:M", "cross", 0.5),
        Shot("sweater_cable:M,jeans_straight:M", "gesture", 0.45),
        Shot("tee_heather:M,shorts_chino:M", "gesture", 0.2),
    ),
    "people": (
        Crowd(TRIO, ("tee_sunrise:M", "shirt_stripe:M", "hoodie_fleece:M"), 1.5),
        Crowd(PASSING, ("sweater_melange:M", "tee_crew:M"), 1.3),
    ),
    "passer": tuple(Crowd(BEFORE, ("tee_stripe:M,jeans_straight:M",), t_s) for t_s in (1.6, 1.9)),
    "bared": tuple(
        Crowd(LONG_SLEEVES, (worn,), 3.4)
        for worn in ("", "tee_heather:M,jeans_straight:M", "tank_top:M,skirt_a_line:M")
    ),
    "turntable": tuple(Turn(DENIM, yaw) for yaw in (0.0, 60.0, 120.0, 180.0, 240.0, 300.0)),
    "wrong": (
        Shot("dress_shift:M", "gesture", 0.7),
        Shot("tank_top:M,jeans_straight:M", yaw_deg=90.0, motion="cross", phase=0.5),
        Shot("coat_wool:S,trousers_chino:M", "t_pose"),
        Shot("sweater_roll:M,skirt_tartan:M", "raise", 0.72),
    ),
}


def main() -> int:
    """Write the pictures; exit 1 when one came out too large for a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--only", choices=[*SHEETS, PAGE], help="this one alone")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    engine = load_dress_engine(TryOnSettings())
    sizes = []
    for name in [options.only] if options.only else [*SHEETS, PAGE]:
        file = options.out / f"{name}.jpg"
        beside(panels_of(name, engine)).save(file, quality=QUALITY, optimize=True)
        sizes.append(file.stat().st_size)
        print(f"{file}: {sizes[-1] / 1000:.0f} kB")
    engine.close()
    return int(max(sizes) > LIMIT_BYTES)


def panels_of(name: str, engine: DressEngine) -> list[Image.Image]:
    """Return what is shown side by side under that name."""
    if name == PAGE:
        return [one.convert("RGB").resize(SCREEN_PX, Image.Resampling.LANCZOS) for one in screens()]
    return [panel(shown, engine) for shown in SHEETS[name]]


def beside(panels: Sequence[Image.Image]) -> Image.Image:
    """Return the panels in a row."""
    width = sum(one.width + GAP_PX for one in panels) - GAP_PX
    sheet = Image.new("RGB", (width, panels[0].height), "white")
    left = 0
    for one in panels:
        sheet.paste(one, (left, 0))
        left += one.width + GAP_PX
    return sheet


def panel(shown: Shot | Crowd | Turn, engine: DressEngine) -> Image.Image:
    """Return one panel of a sheet."""
    if isinstance(shown, Turn):
        figure = stand(prepare(Wish(choices(shown.garments), 172.0), load_catalogue(), load_body_model()))
        picture = still(figure, View(shown.yaw_deg), (360, 480), (engine.renderer, engine.compositor))
        return fitted(Image.fromarray(picture), PANEL_PX)
    if isinstance(shown, Crowd):
        first, *others = map(choices, shown.garments)
        wish = Wish(first, people=len(shown.garments), others=tuple(others))
        return fitted(dressed(film_of_crowd(shown), wish, WIDE_PX, engine), WIDE_PANEL_PX)
    return fitted(dressed(film(shown), Wish(choices(shown.garments)), SIZE_PX, engine), PANEL_PX)


def choices(garments: str) -> tuple[GarmentChoice, ...]:
    """Read `ID:SIZE,ID`; without a size the recommended one."""
    entries = [entry.partition(":") for entry in garments.split(",") if entry]
    return tuple(GarmentChoice(name, size or None) for name, _, size in entries)


def film(shot: Shot) -> Iterable[CameraFrame]:
    """Yield what a mirror sees: the room for a second, and then what leads up to the shot's instant."""
    width, height = (FILM_SCALE * side for side in SIZE_PX)
    shopper = SyntheticShopper(
        shot.seed, width, height, shot.motion, framing=shot.framing, fps=FPS, yaw_deg=shot.yaw_deg, noise=0.0
    )
    last = round(shot.phase * motion_named(shot.motion).period_s * FPS)
    for number in range(EMPTY_FRAMES):
        yield seen(shopper.room, SIZE_PX, number)
    for number in range(LEAD_FRAMES):
        bgr = shopper.frame(max(0, last - LEAD_FRAMES + 1 + number)).bgr
        yield seen(bgr, SIZE_PX, EMPTY_FRAMES + number)
    shopper.close()


def film_of_crowd(shown: Crowd) -> Iterable[CameraFrame]:
    """Yield what leads up to the crowd's instant from the beginning, so that everybody is known by then."""
    crowd = SyntheticCrowd(shown.walks, *WIDE_PX, fps=FPS)
    for number in range(round(shown.t_s * FPS)):
        yield seen(crowd.frame(number).bgr, WIDE_PX, number)
    crowd.close()


def seen(bgr: np.ndarray, size_px: tuple[int, int], number: int) -> CameraFrame:
    """Return the picture in `size_px` as from a camera of which nothing is known."""
    small = np.asarray(cv2.resize(bgr, size_px, interpolation=cv2.INTER_AREA), np.uint8)
    return camera_frame(small, number / FPS, intrinsics(*size_px))


def dressed(frames: Iterable[CameraFrame], wish: Wish, size_px: tuple[int, int], engine: DressEngine) -> Image.Image:
    """Return the last of `frames` as the main path composes it."""
    outfit = prepare(wish, load_catalogue(), load_body_model())
    tracker = load_track_engine(engine.settings)
    states = (TrackState(), DressState())
    for frame in frames:
        result, states = step(frame, outfit, states, (tracker, engine), lambda _: nullcontext())
    tracker.close()
    return to_rgb_picture(result.frame, size_px)


def fitted(picture: Image.Image, size_px: tuple[int, int]) -> Image.Image:
    """Return the middle of `picture` in the panel's shape and size."""
    shown = min(picture.width, round(picture.height * size_px[0] / size_px[1]))
    left = (picture.width - shown) // 2
    high = min(picture.height, round(shown * size_px[1] / size_px[0]))
    return picture.crop((left, 0, left + shown, high)).resize(size_px, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    raise SystemExit(main())
