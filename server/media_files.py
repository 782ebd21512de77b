"""Video and picture files in and out: the rim of `run_server.py render` and the benchmarks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipelines.errors import ImageRejected, InputRejected
from pipelines.types import CameraFrame, GarmentLayer
from server.errors import PhotoRefused
from server.photo_header import PNG_SIGNATURE, read_header

PICTURE_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv")
MIN_SIDE_PX = 32
MAX_SIDE_PX = 8192
MAX_PICTURE_PX = 24_000_000
MAX_PICTURE_BYTES = 128 * 2**20
FOCAL = 1.3  # focal length / longer image side, where the camera is unknown: a longer lens hides depth noise

# Playlists, text and picture patterns are no clips: they would make the demuxer open other files.
_CONTAINERS = "mov,matroska,avi,mpegts,mpeg,h264,hevc,mjpeg,gif,flv,asf,ogg,mp3,wav,flac,aac"
_HEAD_BYTES = 12
_UNTAGGED = 2  # ITU-T H.273: "unspecified", of primaries, transfer and matrix alike
_BLACK = (16, 128, 128)
_STEPS_A_SECOND = 90_000


@dataclass(frozen=True, slots=True)
class Colour:
    """What a clip says of its colours, in the code points of ITU-T H.273."""

    primaries: int = _UNTAGGED
    transfer: int = _UNTAGGED
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """An opened video or picture."""

    frames: Iterator[CameraFrame]
    size_px: tuple[int, int]  # width, height as shown, before padding to even sides
    rate: Fraction
    count: int | None  # frames, where the file tells
    is_picture: bool
    colour: Colour = Colour()
    pixel_aspect: Fraction = Fraction(1)  # width / height of a pixel; the path takes it for 1


def intrinsics(width_px: int, height_px: int) -> NDArray[np.float64]:
    """Return the pinhole matrix assumed for an unknown camera of this picture size."""
    focal = FOCAL * max(width_px, height_px)
    return np.array([[focal, 0.0, width_px / 2], [0.0, focal, height_px / 2], [0.0, 0.0, 1.0]])


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a video or picture, told apart by content; raises ImageRejected with what is wrong with it."""
    if not path.is_file():
        raise ImageRejected(f"{path}: no such file")
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(path.open("rb"))
            head = handle.read(_HEAD_BYTES)
            handle.seek(0)
            still = _is_picture(head)
            if head and not still:
                container = stack.enter_context(av.open(handle, container_options={"format_whitelist": _CONTAINERS}))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise ImageRejected(
                f"{path}: is damaged, or no video (MP4, MOV, MKV, WebM, AVI, GIF) and no picture (PNG, JPEG, WebP)"
            ) from error
        if not head:
            raise ImageRejected(f"{path}: the file is empty")
        yield _still_source(path) if still else _video_source(path, container)


def _is_picture(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a PNG, JPEG or WebP."""
    return head.startswith((PNG_SIGNATURE, b"\xff\xd8\xff")) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


def _still_source(path: Path) -> Source:
    frame, size = read_picture(path)
    return Source(iter([frame]), size, Fraction(25), 1, True)


def _video_source(path: Path, container: Any) -> Source:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]  # no cover art
    if not streams:
        raise ImageRejected(f"{path}: has no video in it")
    stream = streams[0]
    stream.thread_count = 1
    frames = _decode(container, stream, path)
    first = next(frames, None)
    if first is None:
        raise ImageRejected(f"{path}: no frame can be decoded")
    size = _upright((first.width, first.height), first)
    _check_size(*size, str(path))
    return Source(
        frames=_camera_frames(chain((first,), frames), size, rate := _rate(stream)),
        size_px=size,
        rate=rate,
        count=stream.frames or None,
        is_picture=False,
        colour=Colour(int(first.color_primaries), int(first.color_trc), int(first.colorspace) != _UNTAGGED),
        pixel_aspect=Fraction(stream.sample_aspect_ratio or 1),
    )


def _rate(stream: Any) -> Fraction:
    return Fraction(stream.average_rate or 30).limit_denominator(1001) or Fraction(30)


def _upright(size: tuple[int, int], frame: VideoFrame) -> tuple[int, int]:
    """Return width and height as shown of `size` as coded, or the other way about."""
    return size if frame.rotation % 180 == 0 else (size[1], size[0])


def _decode(container: Any, stream: Any, path: Path) -> Iterator[VideoFrame]:
    frames = container.decode(stream)
    while True:
        try:
            frame = next(frames)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError) as error:
            raise ImageRejected(f"{path}: the video is damaged or cut off ({error.strerror})") from error
        yield frame


def _camera_frames(frames: Iterator[VideoFrame], size: tuple[int, int], rate: Fraction) -> Iterator[CameraFrame]:
    """Yield the frames at rising times from 0, all of one `size`."""
    start_s: float | None = None
    last_s = -1.0
    for number, frame in enumerate(frames):
        at_s = number / float(rate) if frame.time is None else float(frame.time)
        start_s = at_s if start_s is None else start_s
        last_s = max(at_s - start_s, last_s + 1e-3)
        yield to_camera_frame(frame, max(0.0, last_s), size)


def to_camera_frame(frame: VideoFrame, captured_s: float, size_px: tuple[int, int] | None = None) -> CameraFrame:
    """Return a decoded frame upright, in limited-range BT.601 yuv 4:2:0, padded to even sides.

    A frame of another size than `size_px` (width, height as shown) is scaled into the middle of it, before black.
    """
    shown = _upright((frame.width, frame.height), frame)
    wanted = shown if size_px is None else size_px
    scale = min(wanted[0] / shown[0], wanted[1] / shown[1])
    inner = tuple(max(1, round(side * scale)) for side in shown)
    coded = _upright((inner[0], inner[1]), frame)
    turns = (round(frame.rotation / 90)) % 4
    frame = frame.reformat(
        width=coded[0], height=coded[1], format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG"
    )
    width, height = (side + side % 2 for side in wanted)
    y, u, v = (
        _boxed(_even(np.rot90(_plane(frame, i), turns), inner, step), height // step, width // step, _BLACK[i])
        for i, step in enumerate((1, 2, 2))
    )
    return CameraFrame(y, u, v, captured_s, intrinsics(width, height))


def _plane(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane: Any = frame.planes[index]
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _even(plane: NDArray[np.uint8], size: tuple[int, ...], step: int) -> NDArray[np.uint8]:
    """Repeat the last row and column where an odd `size` (width, height) needs it."""
    width, height = ((side + side % 2) // step for side in size)
    return np.pad(plane, ((0, height - plane.shape[0]), (0, width - plane.shape[1])), "edge")


def _boxed(plane: NDArray[np.uint8], height: int, width: int, fill: int) -> NDArray[np.uint8]:
    """Return `plane` in the middle of (height, width)."""
    if plane.shape == (height, width):
        return np.ascontiguousarray(plane)
    box = np.full((height, width), fill, np.uint8)
    top, left = (height - plane.shape[0]) // 2, (width - plane.shape[1]) // 2
    box[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
    return box


def read_picture(path: Path) -> tuple[CameraFrame, tuple[int, int]]:
    """Return a still picture, turned as its EXIF says, and its size; raises ImageRejected."""
    try:
        data = path.read_bytes()
        header = read_header(data, MAX_PICTURE_BYTES, MAX_PICTURE_PX)
        _check_size(header.width_px, header.height_px, str(path))
        with Image.open(BytesIO(data), formats=(header.format,)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except PhotoRefused as error:
        raise ImageRejected(f"{path}: {error.message[0].lower()}{error.message[1:].rstrip('.')}") from error
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ImageRejected(f"{path}: the picture is damaged or cut off") from error
    frame = VideoFrame.from_ndarray(np.asarray(upright), format="rgb24")
    return to_camera_frame(frame, 0.0), upright.size


def _check_size(width: int, height: int, name: str) -> None:
    if min(width, height) < MIN_SIDE_PX:
        raise ImageRejected(f"{name}: {width} x {height} pixels is too small, {MIN_SIDE_PX} is the least")
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PICTURE_PX:
        raise ImageRejected(
            f"{name}: {width} x {height} pixels is too large, {MAX_PICTURE_PX // 10**6} megapixels is the most"
        )


def to_video_frame(frame: CameraFrame) -> VideoFrame:
    """Return `frame` as a PyAV frame of its own memory."""
    out = VideoFrame(frame.width_px, frame.height_px, "yuv420p")
    targets: tuple[Any, ...] = out.planes
    for target, plane in zip(targets, (frame.y, frame.u, frame.v), strict=True):
        rows = np.frombuffer(target, np.uint8).reshape(target.height, target.line_size)
        rows[:, : target.width] = plane
    return out


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` that becomes `path` on success and vanishes on failure."""
    if path.exists() and not path.is_file():
        raise InputRejected(f"{path}: is there already, and is no file that could be replaced")
    handle, name = _beside(path, lambda **names: tempfile.mkstemp(suffix=path.suffix, **names))
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files go into `folder` on success and vanish on failure."""
    if folder.exists() and not folder.is_dir():
        raise InputRejected(f"{folder}: is there already, and is no folder")
    temporary = Path(_beside(folder, tempfile.mkdtemp))
    try:
        yield temporary
        folder.mkdir(exist_ok=True)
        for file in temporary.iterdir():
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _beside(path: Path, make: Callable[..., Any]) -> Any:
    if not path.parent.is_dir():
        raise InputRejected(f"{path}: the folder {path.parent} does not exist")
    try:
        return make(prefix=".lookglass-", dir=path.parent)
    except OSError as error:
        raise InputRejected(f"{path}: cannot be written ({error.strerror})") from error


class VideoWriter:
    """Writes composed frames as H.264 in the container that the name says, at their own times."""

    def __init__(self, path: Path, source: Source) -> None:
        try:
            self._container = av.open(str(path), "w")
        except (av.error.FFmpegError, ValueError) as error:
            raise InputRejected(f"{path.suffix}: not a kind of video that can be written") from error
        self._stream: Any = None
        self._source = source
        self._last = -1

    def write(self, frame: CameraFrame) -> None:
        """Append one frame."""
        if self._stream is None:
            self._stream = self._open_stream(frame)
        picture = to_video_frame(frame)
        self._last = max(self._last + 1, round(frame.captured_s * _STEPS_A_SECOND))
        picture.pts, picture.time_base = self._last, Fraction(1, _STEPS_A_SECOND)
        self._container.mux(self._stream.encode(picture))

    def _open_stream(self, frame: CameraFrame) -> Any:
        stream: Any = self._container.add_stream("libx264", rate=self._source.rate)
        stream.width, stream.height = frame.width_px, frame.height_px
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "18"}
        codec, colour = stream.codec_context, self._source.colour
        codec.thread_count = 1
        codec.time_base = Fraction(1, _STEPS_A_SECOND)
        codec.sample_aspect_ratio = self._source.pixel_aspect
        if colour.tagged:
            codec.color_range, codec.colorspace = ColorRange.MPEG, Colorspace.ITU601
            codec.color_primaries, codec.color_trc = colour.primaries, colour.transfer
        return stream

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Close the file, with what the encoder still holds unless something failed."""
        if kind is None and self._stream is not None:
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
