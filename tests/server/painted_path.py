"""A pipeline without models, with fault knobs: what is worn decides what happens.

block   paints a bright square in the middle (so a test sees that a frame was composed)
stamp   paints the upper tenth of the camera's picture into the middle, so that a test sees of which frame it was made
slow    also sleeps 60 ms a frame
hang    sleeps for ever
crash   ends the process
faulty  raises in every frame
none    cannot be fitted: the tailor refuses
rare    neither, unless it was expected

From another side the whole picture is painted, the darker the farther round.

What only some tests need is imported there: every test that serves starts several of these processes.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from pipelines.errors import GarmentNotFound
from pipelines.types import CameraFrame, GarmentLayer, GarmentReport, PersonReport, Region, TryOnResult

if TYPE_CHECKING:
    from server.turntable.draw import Draw

PAINT = 235
BLACK = 20.0  # mean luma: below that nobody is seen
GARMENTS = ("block", "slow", "hang", "crash", "faulty", "none", "stamp", "rare")
REGIONS = (
    ("chest", 1.5, 0.4),
    ("upper_arm", -0.4, 0.42),
    ("waist", 3.0, 0.45),
    ("hip", -12.5, 0.5),
)  # cm off, and where
DRIFT = 1e-5  # of the picture in each frame: so slowly everything sinks


@dataclass(frozen=True)
class TrackState:
    frames: int = 0


@dataclass(frozen=True)
class DressState:
    frames: int = 0
    shown: str = "mirror"


def load_track(tryon: dict[str, str]) -> str:
    return tryon["pose_model"]


def load_dress(tryon: dict[str, str]) -> str:
    return tryon["render_backend"]


Tailor: TypeAlias = tuple[
    Callable[[dict[str, Any]], dict[str, Any]], Iterator[None], Callable[[dict[str, Any]], Iterator[None]]
]


def load_tailor() -> Tailor:
    expected: set[str] = set()

    def fit(wish: dict[str, Any]) -> dict[str, Any]:
        for name in {garment["id"] for garment in wish["garments"]} & {"none", "rare"} - expected:
            raise GarmentNotFound(f"{name}: nothing of that name in the store room")
        if wish.get("delivery") == "layer":
            importlib.import_module("pipelines.composite.packed")  # takes a second: here, beside the live picture
        return wish

    def foresee(wish: dict[str, Any]) -> Iterator[None]:
        names = {garment["id"] for garment in wish["garments"]}
        if "none" in names:
            raise GarmentNotFound("none: nothing of that name in the store room")
        yield
        expected.update(names)

    return fit, iter(()), foresee


def refresh(track_engine: str) -> None:
    pass


def describe(track_engine: str, dress_engine: str) -> dict[str, dict[str, str]]:
    return {
        "pose": {"model": track_engine},
        "render": {"backend": "paint", "reason": dress_engine, "gl_renderer": "none"},
        "composite": {"backend": "paint", "reason": "test"},
    }


def warm_wish() -> dict[str, Any]:
    return {"garments": [{"id": "block", "size": None}], "height_cm": None, "mirror": False}


def warm_frames() -> Iterator[CameraFrame]:
    for index in range(2):
        grey = np.full((60, 80), 128, np.uint8)
        yield camera_frame((np.full((120, 160), 90, np.uint8), grey, grey.copy()), index / 30)


def look_of(look: dict[str, Any]) -> dict[str, Any]:
    return {"mode": "mirror", "yaw_deg": 0.0, **look}


def camera_frame(planes: tuple[Any, Any, Any], captured_s: float) -> CameraFrame:
    return CameraFrame(*planes, captured_s, np.eye(3))


def people_of(wish: dict[str, Any]) -> int:
    return int(wish.get("people", 1))


def track(
    frame: CameraFrame, state: TrackState, engine: str, watch: Any, people: int
) -> tuple[CameraFrame, TrackState]:
    with watch("pose"):
        return frame, TrackState(state.frames + 1)


def fit_told(outfit: dict[str, Any], state: DressState, picture: CameraFrame) -> dict[str, Any] | None:
    if not outfit.get("fit_map") and not outfit.get("compare"):
        return None
    two, sizes = outfit.get("compare"), _sizes(outfit["garments"])
    panes = [_pane(sizes, (0.0, 1.0), state.frames)]
    if two and state.shown == "mirror":
        halves = zip(two["sizes"], ((0.0, 0.5), (0.5, 1.0)), strict=True)
        panes = [_pane({**sizes, two["garment"]: size}, place, state.frames) for size, place in halves]
    scale = [{"off_cm": -9.0, "colour": "#103e94"}, {"off_cm": 9.0, "colour": "#b04c08"}]
    return {"body": "assumed", "scale": scale, "panes": panes}


def _pane(sizes: dict[str, str], place: tuple[float, float], frames: int) -> dict[str, Any]:
    """Tell of regions that lie close together, in the middle of what is between the ends of `place`."""
    middle = sum(place) / 2
    garments = [
        {"id": name, "size": size, "closes": True, "regions": [_region(*one, (middle, frames)) for one in REGIONS]}
        for name, size in sizes.items()
    ]
    return {"place": [place[0], 0.0, place[1], 1.0], "garments": garments}


def _region(point: str, off_cm: float, y: float, seen: tuple[float, int]) -> dict[str, Any]:
    said = {"point": point, "sits": "as cut", "ease_cm": 8.0, "intended_cm": 8.0, "off_cm": off_cm, "strain": 0.0}
    middle, frames = seen
    return {**said, "inferred": False, "at": [middle, y + DRIFT * frames]}


def dress(
    frame: CameraFrame, outfit: dict[str, Any], state: DressState, engine: str, watch: Any, look: dict[str, Any]
) -> tuple[TryOnResult, DressState]:
    worn = _sizes(outfit["garments"])
    camera, layer = frame, outfit.get("delivery") == "layer" and look["mode"] == "mirror"
    with watch("render"):
        _misbehave(worn)
        if layer:
            from pipelines.composite.packed import canvases, packed

            black, white = (_painted(one, worn, camera) for one in canvases(camera))
            frame = packed(black, white, _drawn(camera, worn) if worn else None)
        elif worn:
            frame = _painted(camera, worn, camera)
            frame = replace(frame, y=frame.y[:, ::-1] if outfit["mirror"] else frame.y)
    if look["mode"] != "mirror":
        frame = replace(frame, y=np.full_like(frame.y, PAINT - look["yaw_deg"]))
    garments = tuple(GarmentReport(name, size, 1) for name, size in worn.items())
    dark = float(camera.y.mean()) < BLACK  # nobody is there
    person = PersonReport(0, not dark, None, None, garments, "covered" if dark else "step_back")
    others = tuple(_other(number, outfit, camera) for number in range(1, people_of(outfit)))
    return TryOnResult(frame, None, (person, *others)), DressState(state.frames + 1, look["mode"])


def _painted(frame: CameraFrame, worn: dict[str, str], camera: CameraFrame) -> CameraFrame:
    """Paint what is worn into a picture of (H, W)."""
    if not worn:
        return frame
    luma, region = frame.y.copy(), _drawn(frame, worn).region
    stamp = camera.y[: region.y1 - region.y0] if "stamp" in worn else PAINT
    luma[region.y0 : region.y1, region.x0 : region.x1] = stamp
    return replace(frame, y=luma)


def _drawn(frame: CameraFrame, worn: dict[str, str]) -> GarmentLayer:
    """Return the square or the stamp as a layer; its colour is told by what is painted."""
    height, width = frame.y.shape
    region = Region(width // 4 & ~1, height // 4 & ~1, (width - width // 4) & ~1, (height - height // 4) & ~1)
    if "stamp" in worn:
        region = Region(0, height // 2 & ~1, width & ~1, (height // 2 + height // 10) & ~1)
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    return GarmentLayer(np.full((*shape, 4), 255, np.uint8), np.zeros(shape, np.float32), region)


def _sizes(garments: list[dict[str, Any]]) -> dict[str, str]:
    return {garment["id"]: garment["size"] or "M" for garment in garments}


def _other(number: int, outfit: dict[str, Any], frame: CameraFrame) -> PersonReport:
    """One who stands number quarters from the left, with the shoulders in the middle of the picture."""
    uv_px = np.full((33, 2), np.nan, np.float32)
    uv_px[11:13] = frame.width_px * number / 4, frame.height_px / 2
    uv_px[23:25] = uv_px[11:13] + (0, 0.2 * frame.height_px)
    own = [*outfit["others"], None, None][number - 1]
    sizes = _sizes(outfit["garments"] if own is None else own)
    return PersonReport(number, True, uv_px, None, tuple(GarmentReport(name, size, 1) for name, size in sizes.items()))


def load_studio() -> Draw:
    """Draw grey walls, the lighter the farther round; a line on standard output must not disturb anybody."""
    from server.turntable.draw import STILLS, TURNS

    def draw(order: dict[str, Any]) -> Iterator[bytes]:
        print("something that a library says")
        worn = {garment["id"]: garment["size"] for garment in order["garments"]}
        if "none" in worn:
            raise GarmentNotFound("none: nothing of that name in the store room")
        if order["kind"] == "fit":
            yield b'[{"size": "M", "ease_cm": {"chest": 7.2}}]'
            return
        walls = [_wall(order, order.get("yaw_deg", 0.0))]
        if order["kind"] != "view":
            walls = [_wall(order, 360 * index / order["frames"]) for index in range(order["frames"])]
        if order["kind"] != "frames":
            _misbehave(worn)
            yield (STILLS if order["kind"] == "view" else TURNS)[order["form"]](walls[0] if len(walls) == 1 else walls)
            return
        for wall in walls:
            _misbehave(worn)
            yield STILLS["webp"](wall)

    return draw


def _wall(order: dict[str, Any], yaw_deg: float) -> np.ndarray:
    from server.turntable.draw import size_px

    width, height = size_px(order["width"])
    return np.full((height, width, 3), round(40 + yaw_deg / 2), np.uint8)


def _misbehave(worn: dict[str, str]) -> None:
    if "slow" in worn:
        time.sleep(0.06)
    if "hang" in worn:
        time.sleep(3600)
    if "crash" in worn:
        os._exit(9)
    if "faulty" in worn:
        raise RuntimeError("a fault that was asked for")


def carried(frame: CameraFrame, _before: CameraFrame, _last: CameraFrame) -> CameraFrame:
    """Hand the frame on."""
    return frame


def eased(engine: Any) -> Any:
    """Return the engine."""
    return engine


@dataclass(frozen=True)
class PaintedScan:
    """Done after so many pictures; a height of 150 loses the shopper, one of 151 ends the process."""

    wish: dict[str, Any]
    pictures: int = 0
    step: str = "front"
    hint: str | None = "nobody"

    @property
    def running(self) -> bool:
        return self.step in ("front", "side")


def begin_scan(wish: dict[str, Any]) -> PaintedScan:
    """Begin."""
    return PaintedScan(wish)


def cancel_scan(scan: PaintedScan) -> PaintedScan:
    """End."""
    return replace(scan, step="cancelled", hint=None)


def is_alone(_picture: CameraFrame, _engine: str) -> bool:
    """Nobody else is painted."""
    return True


def advance_scan(scan: PaintedScan, _picture: CameraFrame, _tracked: CameraFrame, alone: bool) -> PaintedScan:
    """Count."""
    count = scan.pictures + 1
    if count > 5 and round(scan.wish["height_cm"]) == 151:
        os._exit(9)
    if count > 5 and round(scan.wish["height_cm"]) == 150:
        return replace(scan, step="refused", hint="lost")
    if count > 20:
        return replace(scan, pictures=count, step="done", hint=None)
    return replace(
        scan, pictures=count, step="front" if count <= 10 else "side", hint="hold" if alone else "one_person"
    )


def tell_scan(scan: PaintedScan) -> dict[str, Any]:
    """Tell of one measure at the end."""
    values = {"value": 31.0, "error": 0.5, "low": 30.4, "high": 31.6}
    measure = {"name": "chest_breadth", **values, "unit": "cm", "source": "camera"}
    return {
        "step": scan.step, "hint": scan.hint, "say": {"en": scan.hint} if scan.hint else {},
        "progress": min(1.0, scan.pictures / 20), "measures": [measure] if scan.step == "done" else [],
        "clothes_cm": 1.5 if scan.step == "done" else None,
    }  # fmt: skip
