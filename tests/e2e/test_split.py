"""The page composes itself: over its newest own picture, or in step with the layer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.conftest import CAMERA_H, CAMERA_W, Visit, chromium
from tests.e2e.shopper import Shopper, visiting
from tests.e2e.test_page import is_painted, see_paint

BITS, BLOCK_PX, NUMBERS = 10, 40, 600  # a frame's number in black and white blocks along its upper edge, parity last
READ = """window.pairs = [];
const eye = new OffscreenCanvas(11 * 4, 4).getContext('2d', { willReadFrequently: true });
function numberAt(source, width, height, y) { // of the blocks whose upper edge is at y, of 480; -1 where they are none
  const [across, down] = [width / 640, height / 480];
  eye.drawImage(source, 0, (y + 8) * down, 440 * across, 24 * down, 0, 0, 44, 4);
  const { data } = eye.getImageData(0, 0, 44, 4);
  const on = (bit) => data[4 * (44 * 2 + 4 * bit + 2)] > 127;
  let [number, odd] = [0, false];
  for (let bit = 0; bit < 10; bit++) if (on(bit)) [number, odd] = [number | (1 << bit), !odd];
  return on(10) === odd ? number : -1;
}
lookglass.events.addEventListener('drawn', () => {
  const canvas = document.querySelector('canvas#split'), own = document.querySelector('#preview');
  const drawn = numberAt(canvas, canvas.width, canvas.height, 0);
  const layer = numberAt(canvas, canvas.width, canvas.height, 240);
  pairs.push([drawn, layer, numberAt(own, own.videoWidth, own.videoHeight, 0)]);
});"""
BLIND = "RTCRtpReceiver.prototype.getSynchronizationSources = () => [];"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera whose frames bear their number; the rest stands still."""
    path = tmp_path_factory.mktemp("numbers") / "numbers.mjpeg"
    room = np.random.default_rng(0).integers(0, 255, (CAMERA_H, CAMERA_W, 3), np.uint8)
    room = cv2.GaussianBlur(room, (0, 0), 6.0)
    with path.open("wb") as target:
        for number in range(NUMBERS):
            frame = room.copy()
            bits = [number >> bit & 1 for bit in range(BITS)]
            for place, bit in enumerate([*bits, sum(bits) % 2]):
                frame[:BLOCK_PX, place * BLOCK_PX : (place + 1) * BLOCK_PX] = 255 * bit
            target.write(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return path


@pytest.fixture
def stamped(painted: str, playwright: Playwright, numbers: Path) -> Iterator[Shopper]:
    """A shopper whose layer bears the number of the frame that it was made of."""
    film = f"--use-file-for-fake-video-capture={numbers}"
    with chromium(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", film) as browser:
        with visiting(browser, painted) as shopper:
            shopper.arrive()
            shopper.page.evaluate("lookglass.wear(['stamp'])")
            shopper.enter()
            shopper.page.evaluate(f"(() => {{ {READ} Object.assign(window, {{ numberAt }}); }})()")
            yield shopper
            shopper.check_clean()


def pairs_in(shopper: Shopper, mode: str, count: int) -> np.ndarray:
    """Return (N, 3) numbers: of the drawn own picture, of the layer over it, and of the own camera at that moment."""
    shopper.page.evaluate(f"lookglass.setSplit({mode!r})")
    shopper.until("pairs.length > 0 && pairs.at(-1)[1] >= 0 && lookglass.state.phase === 'live'")
    shopper.page.evaluate("pairs.length = 0")
    shopper.until(f"pairs.length >= {count}", 60)
    found = np.array(shopper.page.evaluate("pairs"))
    assert shopper.state("split") == mode
    return found[(found >= 0).all(axis=1)]


def test_in_step_the_layer_lies_on_the_very_frame_it_was_made_of(stamped: Shopper) -> None:
    own, layer, _ = pairs_in(stamped, "synced", 60).T
    assert len(own) >= 50
    assert np.array_equal(own, layer)
    assert len(set(own.tolist())) > 20


def test_at_once_the_shopper_is_seen_in_the_newest_frame(stamped: Shopper) -> None:
    own, layer, newest = pairs_in(stamped, "live", 90).T
    assert len(own) >= 60
    assert np.mean((newest - own) % NUMBERS <= 1) > 0.9
    assert np.median((own - layer) % NUMBERS) >= 1
    assert len(set(layer.tolist())) > 20


@pytest.mark.parametrize("mode", ["live", "synced"])
def test_page_shows_the_composed_picture_whoever_composes(painted: str, visit: Visit, mode: str) -> None:
    shopper = visit(painted)
    shopper.page.evaluate(f"lookglass.wear(['block']); lookglass.setSplit({mode!r})")
    shopper.enter()
    see_paint(shopper, True, "canvas#split")
    see_paint(shopper, True)
    width, height = shopper.page.evaluate("(({ width, height }) => [width, height])(document.querySelector('#split'))")
    assert (width, height) == (CAMERA_W, CAMERA_H)
    shopper.page.evaluate("lookglass.takeOff()")
    see_paint(shopper, False, "canvas#split")


def test_other_side_is_shown_whole_and_the_layer_comes_back(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.evaluate("lookglass.wear(['block']); lookglass.setSplit('live')")
    shopper.enter()
    see_paint(shopper, True, "canvas#split")
    shopper.page.click("#tool-orbit")
    shopper.until("lookglass.state.look === 'orbit'")
    for _ in range(100):
        if np.median(shopper.picture("canvas#split")[:20, :20]) > 225:
            break
        shopper.page.wait_for_timeout(50)
    assert np.median(shopper.picture("canvas#split")[:20, :20]) > 225
    shopper.page.click("#orbit-back")
    see_paint(shopper, True, "canvas#split")


def test_no_packed_picture_is_ever_shown(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.evaluate("""() => {
      window.shapes = new Set();
      const mirror = document.querySelector('#mirror'), canvas = document.querySelector('#split');
      const look = () => {
        shapes.add(document.querySelector('#stage').classList.contains('split') ? canvas.width / canvas.height
          : mirror.videoWidth / mirror.videoHeight);
        requestAnimationFrame(look);
      };
      lookglass.events.addEventListener('live', look, { once: true });
    }""")
    shopper.page.evaluate("lookglass.wear(['block'])")
    shopper.enter()
    for mode in ("live", "off", "synced", "live", "off", "live"):
        shopper.page.evaluate(f"lookglass.setSplit({mode!r})")
        shopper.page.wait_for_timeout(700)
        see_paint(shopper, True)
    shapes = shopper.page.evaluate("[...shapes].filter((shape) => shape > 0)")
    assert shapes == [pytest.approx(CAMERA_W / CAMERA_H)], shapes


def test_several_people_are_composed_by_the_server_for_as_long(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.evaluate("lookglass.events.addEventListener('state', (event) => { window.told = event.detail; })")
    shopper.page.evaluate("lookglass.wear(['block']); lookglass.setSplit('live')")
    shopper.enter()
    shopper.until("window.told?.delivery === 'layer'")
    shopper.page.evaluate("lookglass.setPeople(2)")
    shopper.until("told.delivery === 'composed'")
    see_paint(shopper, True, "canvas#split")
    shopper.page.evaluate("lookglass.setPeople(1)")
    shopper.until("told.delivery === 'layer'")


def test_choice_is_made_in_the_panel_and_remembered(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.click("#start")
    shopper.agree(remember=True)
    shopper.until("lookglass.state.phase === 'live'")
    shopper.page.click("#tool-panel")
    shopper.page.click('[data-split="synced"]')
    assert shopper.page.get_attribute('[data-split="synced"]', "aria-pressed") == "true"
    shopper.until("getComputedStyle(document.querySelector('#split')).opacity === '1'")
    shopper.arrive()
    assert shopper.state("split") == "synced"
    shopper.page.evaluate("lookglass.setSplit('off')")


def test_camera_films_larger_than_what_is_sent(painted: str, playwright: Playwright) -> None:
    fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with chromium(playwright, *fake) as browser, visiting(browser, painted) as shopper:
        shopper.arrive()
        shopper.page.evaluate("lookglass.wear(['block'])")
        shopper.enter()
        shopper.until("lookglass.stats.picture?.width_px === 640")
        shopper.page.evaluate("lookglass.setSplit('synced')")
        shopper.until("document.querySelector('#split').width === 1280")
        shopper.until("lookglass.stats.picture.width_px <= 640 && lookglass.stats.picture.height_px > 640")
        see_paint(shopper, True, "canvas#split")
        shopper.page.evaluate("lookglass.setSplit('off')")
        shopper.until("document.querySelector('#preview').videoWidth === 640")
        shopper.until("document.querySelector('#mirror').videoHeight === 480")


@pytest.mark.parametrize("lacking", [BLIND, "delete window.VideoFrame;"])
def test_browser_that_cannot_compose_leaves_it_to_the_server(painted: str, browser: Browser, lacking: str) -> None:
    with visiting(browser, painted) as shopper:
        shopper.page.add_init_script(lacking)
        shopper.arrive()
        shopper.page.evaluate("lookglass.wear(['block'])")
        shopper.enter()
        shopper.page.evaluate("lookglass.setSplit('live')")
        shopper.until("lookglass.state.split === 'off'")
        assert shopper.state("notice") == "no_split"
        see_paint(shopper, True)
        assert is_painted(shopper.picture())
        shopper.check_clean()
