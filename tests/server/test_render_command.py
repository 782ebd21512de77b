import json
import os
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import run_server
from pipelines.errors import InputRejected
from pipelines.types import FACE_LANDMARKS
from server import render_command
from server.media_files import open_source, to_rgb_picture
from server.render_command import native_logs_aside
from server.worker.live_path import WARM_CLIP
from tests.server.clips import turn, write_clip, write_tone

FRAMES = 6
SIZE = (240, 320)


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def shopper() -> list[NDArray[np.uint8]]:
    """A few small RGB pictures of the synthetic shopper."""
    with open_source(WARM_CLIP) as source:
        stills = [to_rgb_picture(frame, source.size_px).resize(SIZE) for frame in islice(source.frames, FRAMES)]
    return [np.asarray(still) for still in stills]


@pytest.fixture(scope="module")
def clip(shopper: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", shopper)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def render(out: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Call `render` in this process; return its exit code and what standard error got."""

    def call(source: Path, *more: object, name: str = "out.mp4", garment: str = "tee_crew") -> tuple[int, str]:
        capfd.readouterr()
        args = ["render", source, "--garment", garment, "--out", out / name, *more]
        code = run_server.main([str(arg) for arg in args])
        return code, capfd.readouterr().err

    return call


def everything(out: Path) -> tuple[object, ...]:
    return ("--layers", out / "layers", "--report", out / "r.jsonl")


def report_of(out: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *frames, last = [json.loads(line) for line in (out / "r.jsonl").read_text().splitlines()]
    return frames, last["totals"]


def assert_refused(outcome: tuple[int, str], out: Path, told: str) -> None:
    code, printed = outcome
    assert code == 2
    assert printed.startswith("lookglass: ")
    assert printed.count("\n") == 1
    assert told in printed
    assert list(out.iterdir()) == []


def test_render_writes_what_the_hook_promises_and_nothing_else(
    render: Callable[..., Any], clip: Path, out: Path
) -> None:
    code, printed = render(clip, *everything(out), garment="tee_crew,trousers_chino")
    assert (code, printed) == (0, "")
    layers = sorted((out / "layers").iterdir())
    assert sorted(p.name for p in out.iterdir()) == ["layers", "out.mp4", "r.jsonl"]
    assert [p.name for p in layers] == [f"frame_{i:06d}.png" for i in range(FRAMES)]
    frames, totals = report_of(out)
    assert [frame["frame"] for frame in frames] == list(range(FRAMES))
    assert (totals["frames"], totals["with_pose"], totals["drawn"]) == (FRAMES, FRAMES, FRAMES)
    for line, path in zip(frames, layers, strict=True):
        assert pixels(path).shape == (SIZE[1], SIZE[0], 4)
        alpha = pixels(path)[..., 3]
        (person,) = line["people"]
        assert person["uv_px"][:FACE_LANDMARKS] == [[None, None]] * FACE_LANDMARKS
        assert len(person["uv_px"]) == len(person["visibility"]) == 33
        assert None not in [x for point in person["uv_px"][FACE_LANDMARKS:] for x in point]
        areas = {garment["id"]: garment["area_px"] for garment in person["garments"]}
        assert areas.keys() == {"tee_crew", "trousers_chino"}
        assert min(areas.values()) > 500
        assert sum(areas.values()) == pytest.approx(np.count_nonzero(alpha > 127), abs=1)
        assert alpha.min() == 0
        assert {"pose", "drape", "render", "composite"} <= line["stage_ms"].keys()
    with open_source(out / "out.mp4") as written:
        assert len(list(written.frames)) == FRAMES
        assert written.size_px == SIZE


def test_render_changes_the_picture_only_under_its_layers(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    Image.fromarray(shopper[0]).save(tmp_path / "in.png")
    assert render(tmp_path / "in.png", *everything(out), name="out.png")[0] == 0
    alpha = pixels(out / "layers" / "frame_000000.png")[..., 3]
    composed = pixels(out / "out.png").astype(np.int16)
    assert composed.shape == shopper[0].shape
    with open_source(tmp_path / "in.png") as source:
        plain = np.asarray(to_rgb_picture(next(iter(source.frames)), source.size_px))  # what 4:2:0 leaves of it
    change = np.abs(composed - plain).max(axis=2)
    near = np.pad(alpha > 0, 2)
    covered = np.any([near[i : i + SIZE[1], j : j + SIZE[0]] for i in range(5) for j in range(5)], axis=0)
    assert np.median(change[alpha > 200]) > 20
    assert np.percentile(change[~covered], 99) < 4  # the shadow of the hem


def test_render_dresses_turned_phone_clip_upright(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "in.mp4", [np.rot90(picture) for picture in shopper])
    turn(clip, 90)
    assert render(clip, *everything(out)) == (0, "")
    assert report_of(out)[1]["drawn"] == FRAMES
    assert pixels(out / "layers" / "frame_000002.png").shape == (SIZE[1], SIZE[0], 4)


def test_render_goes_on_when_the_size_changes_in_the_clip(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    half = [np.asarray(Image.fromarray(picture).resize((120, 160))) for picture in shopper]
    parts = [write_clip(tmp_path / f"{i}.h264", p, kind="h264").read_bytes() for i, p in enumerate((shopper, half))]
    (tmp_path / "in.h264").write_bytes(b"".join(parts))
    assert render(tmp_path / "in.h264", *everything(out)) == (0, "")
    assert report_of(out)[1]["drawn"] == 2 * FRAMES
    assert {pixels(path).shape for path in (out / "layers").iterdir()} == {(SIZE[1], SIZE[0], 4)}


def test_render_tells_when_nobody_is_there_and_draws_nothing(
    render: Callable[..., Any], out: Path, tmp_path: Path
) -> None:
    black = write_clip(tmp_path / "in.mkv", [np.zeros((120, 160, 3), np.uint8)] * 4)
    code, printed = render(black, *everything(out))
    assert code == 0
    assert printed.startswith("nobody was found")
    assert printed.count("\n") == 1
    frames, totals = report_of(out)
    assert totals["drawn"] == totals["with_pose"] == 0
    assert all(frame["people"] == [] for frame in frames)
    assert not any(pixels(path)[..., 3].any() for path in (out / "layers").iterdir())


def test_render_wears_two_garments_of_a_kind_one_over_the_other(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    Image.fromarray(shopper[0]).save(tmp_path / "in.png")
    render(tmp_path / "in.png", *everything(out), name="out.png", garment="tee_crew,long_sleeve")
    (person,) = report_of(out)[0][0]["people"]
    inner, outer = person["garments"]
    assert (inner["id"], outer["id"]) == ("tee_crew", "long_sleeve")
    assert outer["area_px"] > 4 * inner["area_px"]


def test_render_leaves_nothing_behind_when_the_clip_breaks_off(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    source = write_clip(tmp_path / "in.mp4", shopper, codec="mjpeg", pix_fmt="yuvj420p")
    data = source.read_bytes()
    start = data.index(b"mdat") + 4
    source.write_bytes(data[: start + 4000] + bytes(len(data) - start - 4000))  # later frames are zeros
    assert_refused(render(source, *everything(out)), out, "damaged")


def test_render_leaves_nothing_behind_when_interrupted(
    render: Callable[..., Any], clip: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, calls = render_command.step, []

    def interrupted(*args: Any) -> Any:
        calls.append(len(list(out.iterdir())))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(render_command, "step", interrupted)
    assert render(clip, *everything(out))[0] == 130
    assert calls[-1] == 3  # there was something to be left behind
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("in.mp4", None, "no such file"),
        ("in.mp4", b"", "empty"),
        ("in.mp4", b"hello", "no video"),
        ("in.png", b"<svg/>", "no picture"),
    ],
)
def test_render_refuses_unreadable_input(
    render: Callable[..., Any], out: Path, tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert_refused(render(tmp_path / name, *everything(out)), out, told)


def test_render_refuses_sound_alone_and_tiny_video(render: Callable[..., Any], out: Path, tmp_path: Path) -> None:
    assert_refused(render(write_tone(tmp_path / "in.m4a"), *everything(out)), out, "no video in it")
    tiny = write_clip(tmp_path / "in.mkv", [np.zeros((8, 8, 3), np.uint8)], codec="ffv1")
    assert_refused(render(tiny, *everything(out)), out, "too small")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--garment", "cape"), "cape"),
        (("--garment", ","), "no garment"),
        (("--garment", "tee_crew::inside"), "tucked or untucked"),
        (("--garment", "coat_wool::tucked"), "coat_wool is worn over the waistband"),
        (("--size", "7XL"), "7XL"),
        (("--height-cm", "17"), "17 cm"),
        (("--height-cm", "900"), "900 cm"),
        (("--height-cm", "nan"), "height"),
        (("--known", "weight=900,height=170"), "900 kg"),
        (("--known", "sex=cat,height=170"), "female or male"),
        (("--known", "height=😀"), "height"),
        (("--known", "height"), "height"),
        (("--known", "height=178,weight=78,navel_waist=130"), "measure again"),
        (("--out", "OUT/nowhere/out.mp4"), "nowhere"),
        (("--out", "OUT/out.xyz"), ".mp4"),
        (("--out", "OUT/out"), ".mp4"),
        (("--out", "OUT/out.png"), "video"),
        (("--report", "OUT/nowhere/r.jsonl"), "nowhere"),
        (("--report", "OUT/out.mp4"), "--report"),
        (("--report", "/dev/null"), "/dev/null"),
        (("--layers", "CLIP"), "no folder"),
        (("--layers", "OUT/nowhere/layers"), "nowhere"),
    ],
)
def test_render_refuses_what_cannot_be_done(
    render: Callable[..., Any], clip: Path, out: Path, more: tuple[str, str], told: str
) -> None:
    before = clip.read_bytes()
    filled = [part.replace("OUT", str(out)).replace("CLIP", str(clip)) for part in more]
    assert_refused(render(clip, *filled), out, told)
    assert clip.read_bytes() == before


def test_render_never_overwrites_its_input(render: Callable[..., Any], clip: Path, out: Path) -> None:
    before = clip.read_bytes()
    (out / "link.mp4").symlink_to(clip)
    for more in (("--out", clip), ("--report", clip), ("--out", out / "link.mp4")):
        code, printed = render(clip, *more)
        assert (code, printed.count("\n")) == (2, 1)
        assert "input itself" in printed
    assert clip.read_bytes() == before
    assert [p.name for p in out.iterdir()] == ["link.mp4"]


def test_render_never_writes_a_layer_over_its_input(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    still = tmp_path / "frame_000000.png"
    Image.fromarray(shopper[0]).save(still)
    assert_refused(render(still, "--layers", tmp_path, name="out.png"), out, "layer")


def test_native_logs_show_only_beside_unforeseen_failures(capfd: pytest.CaptureFixture[str]) -> None:
    for error, seen in ((None, False), (InputRejected("no"), False), (RuntimeError("fault"), True)):
        try:
            with native_logs_aside():
                os.write(2, b"a library speaks\n")
                print("we speak", file=sys.stderr)
                if error is not None:
                    raise error
        except (InputRejected, RuntimeError) as caught:
            assert caught is error
        printed = capfd.readouterr().err
        assert "we speak" in printed
        assert ("a library speaks" in printed) == seen
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_render_dresses_two_people_each_in_their_own(
    render: Callable[..., Any], shopper: list[NDArray[np.uint8]], out: Path, tmp_path: Path
) -> None:
    Image.fromarray(np.hstack([shopper[0], shopper[0]])).save(tmp_path / "in.png")
    code, _ = render(tmp_path / "in.png", "--people", 2, "--other", "long_sleeve", *everything(out), name="out.png")
    assert code == 0
    people = report_of(out)[0][0]["people"]
    assert [(p["id"], p["pose"], p["garments"][0]["id"]) for p in people] == [
        (0, True, "tee_crew"),
        (1, True, "long_sleeve"),
    ]
    assert abs(people[0]["uv_px"][11][0] - people[1]["uv_px"][11][0]) > 0.5 * SIZE[0]
    alpha = pixels(out / "layers" / "frame_000000.png")[..., 3] > 127
    left, right = (int(half.sum()) for half in np.hsplit(alpha, 2))
    assert sorted((left, right)) == sorted(garment["area_px"] for p in people for garment in p["garments"])


@pytest.mark.parametrize("more", [("--people", 4), ("--people", 0), ("--other", "long_sleeve")])
def test_render_refuses_people_that_it_cannot_dress(
    render: Callable[..., Any], clip: Path, out: Path, more: tuple[object, ...]
) -> None:
    assert_refused(render(clip, *more), out, "--people")


def test_map_and_two_sizes_are_drawn_with_their_figures(
    render: Callable[..., tuple[int, str]], clip: Path, out: Path
) -> None:
    told = ("--known", "sex=male,height=178,chest=97")
    for name, more in (("plain.mp4", ()), ("map.mp4", ("--fit-map",)), ("two.mp4", ("--compare", "M,XXL"))):
        code, _ = render(clip, *told, *more, name=name)
        assert code == 0
    plain, mapped, two = (first_picture(out / f"{name}.mp4") for name in ("plain", "map", "two"))
    assert plain.shape == mapped.shape == two.shape
    assert np.abs(plain.astype(int) - mapped).mean() > 2
    middle = two.shape[1] // 2
    assert two[two.shape[0] // 2, middle - 1 : middle + 1].min() > 150  # the seam


@pytest.mark.parametrize("sizes", ["M", "M,M", "M,L,XL", "M,XXXXL", "shirt_stripe:M,L"])
def test_what_cannot_be_compared_is_refused(
    render: Callable[..., tuple[int, str]], clip: Path, out: Path, sizes: str
) -> None:
    told = {"M,XXXXL": "no size", "shirt_stripe:M,L": "not worn"}.get(sizes, "two different sizes")
    assert_refused(render(clip, "--compare", sizes), out, told)


def first_picture(path: Path) -> NDArray[np.uint8]:
    with open_source(path) as source:
        return np.asarray(to_rgb_picture(next(iter(source.frames)), source.size_px))
