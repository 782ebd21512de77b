"""Video and picture files in and out: the rim of `run_server.py render` and the benchmarks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pipelines.errors import ImageRejected
from pipelines.types import CameraFrame, GarmentLayer

PICTURE_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MIN_SIDE_PX = 32
MAX_SIDE_PX = 4096
MAX_PICTURE_PX = 24_000_000
FOCAL = 1.3  # focal length / longer image side, where the camera is unknown: a longer lens hides depth noise


@dataclass(frozen=True, slots=True)
class Source:
    """An opened video or picture."""

    frames: Iterator[CameraFrame]
    size_px: tuple[int, int]  # width, height as shown, before padding to even sides
    rate: Fraction
    count: int | None  # frames, where the file tells
    is_picture: bool


def intrinsics(width_px: int, height_px: int) -> NDArray[np.float64]:
    """Return the pinhole matrix assumed for an unknown camera of this picture size."""
    focal = FOCAL * max(width_px, height_px)
    return np.array([[focal, 0.0, width_px / 2], [0.0, focal, height_px / 2], [0.0, 0.0, 1.0]])


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a video or picture; raises ImageRejected with what is wrong with it."""
    if not path.is_file():
        raise ImageRejected(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise ImageRejected(f"{path}: the file is empty")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        frame, size = read_picture(path)
        yield Source(iter([frame]), size, Fraction(25), 1, True)
        return
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ImageRejected(f"{path}: cannot be read as a video or picture ({error.strerror or error})") from error
    with container:
        if not container.streams.video:
            raise ImageRejected(f"{path}: has no video in it")
        stream = container.streams.video[0]
        stream.thread_count = 1
        frames = _decode(container, path)
        first = next(frames, None)
        if first is None:
            raise ImageRejected(f"{path}: no frame can be decoded")
        size = (first.width, first.height) if first.rotation % 180 == 0 else (first.height, first.width)
        _check_size(*size, str(path))
        rate = Fraction(stream.average_rate or 30).limit_denominator(1001)
        yield Source(_camera_frames(first, frames, size, rate), size, rate, stream.frames or None, False)


def _decode(container: Any, path: Path) -> Iterator[VideoFrame]:
    frames = container.decode(video=0)
    while True:
        try:
            frame = next(frames)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            raise ImageRejected(f"{path}: broken video data ({error.strerror})") from error
        yield frame


def _camera_frames(
    first: VideoFrame, rest: Iterator[VideoFrame], size: tuple[int, int], rate: Fraction
) -> Iterator[CameraFrame]:
    start_s = float(first.time or 0.0)
    last_s = -1.0
    for number, frame in enumerate(_chain(first, rest)):
        at_s = float(frame.time) - start_s if frame.time is not None else number / float(rate)
        last_s = at_s if at_s > last_s else last_s + 1e-3
        yield to_camera_frame(frame, last_s)


def _chain(first: VideoFrame, rest: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    yield first
    yield from rest


def to_camera_frame(frame: VideoFrame, captured_s: float) -> CameraFrame:
    """Return a decoded frame upright, in limited-range yuv 4:2:0, padded to even sides."""
    turns = (frame.rotation // 90) % 4
    frame = frame.reformat(format="yuv420p", dst_color_range="MPEG")
    y, u, v = (np.rot90(_plane(frame, i), turns) for i in range(3))
    height, width = y.shape[0] + y.shape[0] % 2, y.shape[1] + y.shape[1] % 2
    return CameraFrame(
        _fit(y, height, width),
        _fit(u, height // 2, width // 2),
        _fit(v, height // 2, width // 2),
        captured_s,
        intrinsics(width, height),
    )


def _plane(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def _fit(plane: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    plane = plane[:height, :width]
    pad = (height - plane.shape[0], width - plane.shape[1])
    if pad != (0, 0):
        plane = np.pad(plane, ((0, pad[0]), (0, pad[1])), "edge")
    return np.ascontiguousarray(plane)


def read_picture(path: Path) -> tuple[CameraFrame, tuple[int, int]]:
    """Return a still picture, turned as its EXIF says, and its size."""
    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
            _check_size(*image.size, str(path))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageRejected(f"{path}: cannot be read as a picture ({error})") from error
    frame = VideoFrame.from_ndarray(np.asarray(upright), format="rgb24")
    return to_camera_frame(frame, 0.0), upright.size


def _check_size(width: int, height: int, name: str) -> None:
    if min(width, height) < MIN_SIDE_PX:
        raise ImageRejected(f"{name}: {width} x {height} pixels is too small, {MIN_SIDE_PX} is the least")
    if max(width, height) > MAX_SIDE_PX * 2 or width * height > MAX_PICTURE_PX:
        raise ImageRejected(f"{name}: {width} x {height} pixels is too large, {MAX_PICTURE_PX // 10**6} megapixels is the most")


def to_video_frame(frame: CameraFrame) -> VideoFrame:
    """Return `frame` as a PyAV frame of its own memory."""
    out = VideoFrame(frame.width_px, frame.height_px, "yuv420p")
    for target, plane in zip(out.planes, (frame.y, frame.u, frame.v), strict=True):
        rows = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
        rows[:, : target.width] = plane
    return out


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` that becomes `path` on success and vanishes on failure."""
    if not path.parent.is_dir():
        raise ImageRejected(f"{path}: the folder {path.parent} does not exist")
    handle, name = tempfile.mkstemp(prefix=".lookglass-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class VideoWriter:
    """Writes composed frames as H.264 in the container that the name says, at their own times."""

    def __init__(self, path: Path, rate: Fraction) -> None:
        try:
            self._container = av.open(str(path), "w")
        except (av.error.FFmpegError, ValueError) as error:
            raise ImageRejected(f"{path.suffix or path.name}: not a kind of video that can be written") from error
        self._stream: Any = None
        self._rate = rate
        self._last = -1

    def write(self, frame: CameraFrame) -> None:
        """Append one frame."""
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=self._rate)
            self._stream.width, self._stream.height = frame.width_px, frame.height_px
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = {"preset": "veryfast", "crf": "18"}
            self._stream.codec_context.thread_count = 1
            self._stream.codec_context.time_base = Fraction(1, 90_000)
        picture = to_video_frame(frame)
        self._last = max(self._last + 1, round(frame.captured_s * 90_000))
        picture.pts, picture.time_base = self._last, Fraction(1, 90_000)
        self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Write what the encoder still holds and close the file."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
        self._container.close()


def to_rgb_picture(frame: CameraFrame, size_px: tuple[int, int]) -> Image.Image:
    """Return `frame` as a picture of `size_px` (padding cut off)."""
    rgb = to_video_frame(frame).to_ndarray(format="rgb24")
    return Image.fromarray(rgb[: size_px[1], : size_px[0]])


def layer_picture(layer: GarmentLayer | None, size_px: tuple[int, int]) -> Image.Image:
    """Return the garment layer alone, RGBA, at the size of the input."""
    width, height = size_px
    whole = np.zeros((height + height % 2, width + width % 2, 4), np.uint8)
    if layer is not None and not layer.region.is_empty:
        region = layer.region
        whole[region.y0 : region.y1, region.x0 : region.x1] = layer.rgba
    return Image.fromarray(whole[:height, :width])
