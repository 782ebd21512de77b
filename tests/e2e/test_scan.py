"""A shopper is measured by the camera, figure by figure, or by a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, FilePayload, Playwright

from benchmarks.judge.people import Looks
from benchmarks.judge.rows import bgr_of
from benchmarks.judge.scanned import scenes, truth
from benchmarks.judge.scenes import Film, shoot
from pipelines.types import CameraFrame
from tests.e2e.conftest import FPS, chromium
from tests.e2e.shopper import Shopper, sized, visiting
from tests.server.scan_films import PERSON

REFUSAL = "status of 415"  # the browser's own line on a file that is none
KNOWN = "lookglass.state.bodies[0].known"
VIEW_S = 14  # the film shows each side so long, over and over; the guide wants four seconds
SHOWN = 8  # times that each picture is shown, since it takes a second to paint
DONE_HZ = [660, 880, 1320]  # three notes that rise
GIRTHS = ("chest", "navel_waist", "hip")
NEAR_CM = 4.0  # the scan's own standard error, about
TONES = """window.tones = [];
window.OscillatorNode = class extends OscillatorNode {
  constructor(audio, options) {
    super(audio, options);
    tones.push(options.frequency);
  }
};
undefined;"""
HELD_UPRIGHT = """const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = ({ video: { width, height, ...others } }) =>
  open({ video: { ...others, width: height, height: width } });"""  # as a phone turns the picture


@pytest.fixture
def shopper(painted: str, browser: Browser) -> Iterator[Shopper]:
    with sized(browser, painted) as shopper:
        yield shopper
        shopper.check_clean(allowed=REFUSAL)


def to_the_guide(shopper: Shopper) -> None:
    shopper.page.click("#size-open")
    shopper.page.click("[data-key=camera]")
    shopper.page.wait_for_selector("#scan-start:visible")


def test_camera_measures_and_each_figure_is_taken_or_left(shopper: Shopper) -> None:
    page = shopper.page
    to_the_guide(shopper)
    assert page.evaluate("document.activeElement.id") == "scan-start"
    assert shopper.too_wide() == shopper.too_small() == []
    page.evaluate(TONES)
    page.click("#scan-start")
    page.wait_for_selector("[data-key=take]")
    assert page.evaluate("tones.slice(-3)") == DONE_HZ
    page.click("[data-key=take]")
    page.wait_for_selector("[data-key=figures]:enabled")
    assert page.evaluate(KNOWN)[-1] == {"name": "chest_breadth", "value": 31, "error": 0.5, "source": "camera"}
    page.click("[data-key=figures]")
    assert page.inner_text("[data-figure=chest_breadth] .source") == "by camera"
    page.click("[data-key=forget-chest_breadth]")
    shopper.until(f"{KNOWN}.length === 2")


@pytest.fixture(scope="module")
def films() -> tuple[Film, ...]:
    """A woman in fitted clothes, from head to foot, from the front and from the side."""
    return tuple(shoot(scene) for scene in scenes(PERSON, Looks(fitted=True), 1, frames=1))


@pytest.fixture
def filmed(shop: str, playwright: Playwright, films: tuple[Film, ...], tmp_path: Path) -> Iterator[Shopper]:
    """One who stands before an upright phone and does what its guide says."""
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    film = _camera(films, tmp_path / "scan.mjpeg")
    with (
        chromium(playwright, *fake, f"--use-file-for-fake-video-capture={film}") as browser,
        visiting(browser, shop, viewport={"width": 390, "height": 844}) as shopper,
    ):
        shopper.page.add_init_script(HELD_UPRIGHT)
        shopper.arrive()
        shopper.page.click("[data-garment-id=dress_shift]")
        shopper.enter()
        yield shopper
        shopper.check_clean()


def _camera(films: tuple[Film, ...], path: Path) -> Path:
    """Write what is seen from the front and then from the side as a camera file that Chromium reads."""
    with path.open("wb") as target:
        for film in films:
            frames = [CameraFrame(*planes, 0.0, film.lens.K) for planes in film.planes]
            pictures = [cv2.imencode(".jpg", bgr_of(frame))[1].tobytes() for frame in frames]
            order = [*range(len(pictures)), *range(len(pictures) - 2, 0, -1)]  # back and forth
            for number in range(VIEW_S * FPS):
                target.write(pictures[order[number // SHOWN % len(order)]])
    return path


def tell(shopper: Shopper, height_cm: int) -> None:
    """Answer what is known by heart but the weight, and leave the tape."""
    page = shopper.page
    page.click("#size-open")
    page.fill("#size-field", f"{height_cm} cm")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-question=weight]")
    page.click("#size-view .answers .quiet")
    page.wait_for_selector("[data-question=kind]")
    page.click("[data-value=female]")
    page.click("#size-view .primary")
    shopper.until("!document.querySelector('[data-question=kind]')")
    if page.query_selector("[data-question]"):
        page.click("#size-view .answers .quiet")
    page.wait_for_selector("[data-verdict]")


def test_who_does_what_the_guide_says_is_measured_and_advised_a_size(filmed: Shopper, films: tuple[Film, ...]) -> None:
    page, true = filmed.page, truth(films[0].person.body)
    tell(filmed, round(true["height"]))
    unsure = filmed.state("advice.size")
    page.click("[data-key=camera]")
    page.click("#scan-start")
    filmed.until("lookglass.state.scan?.step === 'side'", 60)
    assert "side" in page.inner_text("#scan-words")
    assert page.evaluate("getComputedStyle(document.querySelector('#mirror')).opacity") == "0"  # what is tried on
    filmed.until("lookglass.state.scan === null", 60)
    assert page.locator(".found .what").count() == len(GIRTHS)
    page.click("[data-key=take]")
    page.wait_for_selector("[data-verdict]")
    found = {one["name"]: one["value"] for one in page.evaluate(KNOWN) if one.get("source") == "camera"}
    assert {name: found[name] for name in GIRTHS} == pytest.approx({name: true[name] for name in GIRTHS}, abs=NEAR_CM)
    assert unsure is None and filmed.state("advice.size") is not None
    page.click("[data-key=figures]")
    page.click("[data-key=forget-chest]")
    filmed.until(f"{KNOWN}.every(({{ name }}) => name !== 'chest')")
    page.click("#size-said button")
    filmed.until(f"{KNOWN}.some(({{ name, value }}) => name === 'chest' && value === {found['chest']})")


def test_escape_leaves_the_guide_and_nothing_is_learnt(shopper: Shopper) -> None:
    to_the_guide(shopper)
    shopper.page.keyboard.press("Escape")
    shopper.until("lookglass.state.scan === null")
    assert shopper.page.evaluate("document.activeElement.id") == "size-open"
    assert len(shopper.page.evaluate(KNOWN)) == 2


def test_file_that_is_no_scan_is_refused_in_words(shopper: Shopper) -> None:
    page = shopper.page
    page.click("#size-open")
    with page.expect_file_chooser() as chooser:
        page.click("[data-key=file]")
    chooser.value.set_files(FilePayload(name="me.obj", mimeType="model/obj", buffer=b"\x00nothing"))
    page.wait_for_selector("#size-said:has-text('GLB, OBJ or PLY')")
    assert len(page.evaluate(KNOWN)) == 2
