import io
import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.reformatter import Colorspace
from numpy.typing import NDArray
from PIL import Image

from pipelines.errors import ImageRejected, InputRejected
from pipelines.types import CameraFrame
from server.media_files import (
    Colour,
    Source,
    VideoWriter,
    filling,
    layer_picture,
    open_source,
    replacing,
    to_rgb_picture,
)
from tests.server.clips import turn, write_clip

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)


def plain(width: int, height: int, colour: tuple[int, int, int] = (90, 90, 90)) -> NDArray[np.uint8]:
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy()


def corners(width: int, height: int) -> NDArray[np.uint8]:
    """Grey, with a red top left, a green top right and a blue bottom left corner."""
    picture = plain(width, height)
    half_h, half_w = height // 2, width // 2
    picture[:half_h, :half_w], picture[:half_h, half_w:], picture[half_h:, :half_w] = RED, GREEN, BLUE
    return picture


def frames_of(path: Path) -> tuple[Source, list[CameraFrame]]:
    with open_source(path) as source:
        return source, list(source.frames)


def shown(frame: CameraFrame) -> NDArray[np.int16]:
    return np.asarray(to_rgb_picture(frame, (frame.width_px, frame.height_px)), np.int16)


def test_reader_turns_phone_clip_upright(tmp_path: Path) -> None:
    upright = corners(96, 64)
    for degrees, quarter_turns in ((90, 1), (180, 2), (270, 3)):
        clip = write_clip(tmp_path / f"{degrees}.mp4", [np.rot90(upright, quarter_turns)] * 3)
        turn(clip, degrees)
        source, frames = frames_of(clip)
        assert source.size_px == (96, 64)
        assert np.abs(shown(frames[0]) - upright).mean() < 8, degrees


def test_reader_pads_odd_sides_and_layer_keeps_them(tmp_path: Path) -> None:
    source, frames = frames_of(write_clip(tmp_path / "in.mkv", [corners(65, 49)] * 2, codec="ffv1", pix_fmt="yuv444p"))
    assert source.size_px == (65, 49)
    assert (frames[0].width_px, frames[0].height_px) == (66, 50)
    assert np.array_equal(frames[0].y[:, 65], frames[0].y[:, 64])
    assert layer_picture(None, source.size_px).size == (65, 49)
    assert to_rgb_picture(frames[0], source.size_px).size == (65, 49)


def test_reader_brings_full_range_to_limited_range(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "in.avi", [plain(64, 64, (255, 255, 255))], codec="mjpeg", pix_fmt="yuvj420p")
    assert abs(int(frames_of(clip)[1][0].y.mean()) - 235) <= 1


def test_colours_survive_reading_and_writing_whatever_the_matrix(tmp_path: Path) -> None:
    picture = corners(64, 64)
    for matrix in (None, Colorspace.ITU601, Colorspace.ITU709):
        clip = write_clip(tmp_path / f"{matrix}.mkv", [picture], codec="ffv1", matrix=matrix)
        source, (frame,) = frames_of(clip)
        assert source.colour.tagged == (matrix is not None)
        assert np.abs(shown(frame) - picture).mean() < 5, matrix
        with VideoWriter(tmp_path / "out.mp4", source) as writer:
            writer.write(frame)
        written, (again,) = frames_of(tmp_path / "out.mp4")
        assert written.colour.tagged == source.colour.tagged
        assert np.abs(shown(again) - picture).mean() < 7, matrix


def test_times_survive_when_the_frame_rate_varies(tmp_path: Path) -> None:
    times_s = [0.0, 0.04, 0.3, 0.35, 0.9]
    clip = write_clip(tmp_path / "in.mkv", [corners(64, 64)] * 5, times_s=times_s)
    source, frames = frames_of(clip)
    with VideoWriter(tmp_path / "out.mp4", source) as writer:
        for frame in frames:
            writer.write(frame)
    for read in (frames, frames_of(tmp_path / "out.mp4")[1]):
        assert [frame.captured_s for frame in read] == pytest.approx(times_s, abs=2e-3)


def test_reader_fits_frames_of_another_size_into_the_first(tmp_path: Path) -> None:
    wide = write_clip(tmp_path / "a.h264", [plain(128, 96, RED)] * 3, kind="h264")
    tall = write_clip(tmp_path / "b.h264", [plain(64, 96, RED)] * 3, kind="h264")
    joined = tmp_path / "in.h264"
    joined.write_bytes(wide.read_bytes() + tall.read_bytes())
    source, frames = frames_of(joined)
    assert len(frames) == 6
    assert {(frame.width_px, frame.height_px) for frame in frames} == {source.size_px} == {(128, 96)}
    last = shown(frames[-1])
    assert last[48, 64, 0] > 150
    assert last[48, 4].max() < 20
    assert last[48, 123].max() < 20


def test_reader_goes_by_content_not_by_name(tmp_path: Path) -> None:
    Image.fromarray(corners(64, 48)).save(tmp_path / "photo.mp4", "PNG")
    clip = write_clip(tmp_path / "clip.mkv", [corners(64, 48)] * 2).rename(tmp_path / "clip.png")
    assert frames_of(tmp_path / "photo.mp4")[0].is_picture
    assert not frames_of(clip)[0].is_picture


@pytest.mark.parametrize(
    "text",
    ["#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{0}'\n"],
)
def test_reader_does_not_follow_lists_to_other_files(tmp_path: Path, text: str) -> None:
    secret = write_clip(tmp_path / "secret.ts", [corners(64, 64)] * 3)
    clip = tmp_path / "clip.mp4"
    clip.write_text(text.format(secret))
    with pytest.raises(ImageRejected), open_source(clip):
        pass


def test_reader_turns_photo_as_its_exif_says(tmp_path: Path) -> None:
    upright = Image.fromarray(corners(96, 64))
    exif = upright.getexif()
    exif[0x112] = 6  # to be turned a quarter clockwise
    upright.rotate(90, expand=True).save(tmp_path / "in.jpg", exif=exif.tobytes())
    source, (frame,) = frames_of(tmp_path / "in.jpg")
    assert source.size_px == (96, 64)
    assert np.abs(shown(frame) - corners(96, 64)).mean() < 8


def broken_photo(kind: str) -> bytes:
    data = io.BytesIO()
    noise = np.random.default_rng(7).integers(0, 255, (64, 64, 3), np.uint8)
    stills = [Image.fromarray(np.roll(noise, i, 0)) for i in range(3)]
    if kind == "tiny.png":
        Image.new("RGB", (1, 1)).save(data, "PNG")
    elif kind == "animated.webp":
        stills[0].save(data, "WEBP", save_all=True, append_images=stills[1:])
    elif kind == "animated.png":
        stills[0].save(data, "PNG", save_all=True, append_images=stills[1:])
    elif kind.startswith("cut"):
        stills[0].save(data, {"cut.png": "PNG", "cut.jpg": "JPEG", "cut.webp": "WEBP"}[kind])
        return data.getvalue()[: len(data.getvalue()) // 2]
    elif kind == "huge.png":
        header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
        body = b"IDAT" + zlib.compress(b"\0" * 100)
        chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, body))
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    elif kind == "drawing.png":
        return b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("tiny.png", "too small"),
        ("animated.webp", "several frames"),
        ("animated.png", "several frames"),
        ("cut.png", "cut off"),
        ("cut.jpg", "cut off"),
        ("cut.webp", "cut off"),
        ("huge.png", "megapixels"),
        ("drawing.png", "no picture"),
        ("empty.png", "empty"),
    ],
)
def test_reader_refuses_broken_photo_and_says_why(tmp_path: Path, kind: str, told: str) -> None:
    (tmp_path / kind).write_bytes(broken_photo(kind))
    with pytest.raises(ImageRejected, match=told), open_source(tmp_path / kind):
        pass


def test_writer_refuses_container_it_does_not_know(tmp_path: Path) -> None:
    source = Source(iter(()), (64, 64), Fraction(25), None, False, Colour())
    with pytest.raises(InputRejected, match=r"\.xyz"):
        VideoWriter(tmp_path / "out.xyz", source)


def test_replacing_keeps_the_old_file_when_the_work_fails(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.txt", "old")]
    with replacing(target) as temporary:
        temporary.write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.txt", "new")]


def test_replacing_refuses_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "pipe", "nowhere/out.txt"):
        with pytest.raises(InputRejected), replacing(tmp_path / name):
            pass
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]


def test_filling_adds_to_folder_on_success_and_leaves_nothing_on_failure(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    with pytest.raises(RuntimeError), filling(folder) as temporary:
        (temporary / "a").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    for name in ("a", "b"):
        with filling(folder) as temporary:
            (temporary / name).write_text(name)
    assert sorted(p.name for p in folder.iterdir()) == ["a", "b"]
    assert [p.name for p in tmp_path.iterdir()] == ["layers"]
