"""A camera that shows nothing: the shopper is told so, in their language, and no longer once it shows something."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.conftest import chromium
from tests.e2e.shopper import visiting

KEPT_CAMERA = """const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (...wanted) => {
  const stream = await open(...wanted);
  [window.camera] = stream.getVideoTracks();
  return stream;
};"""
MUTED = """(muted) => {
  Object.defineProperty(camera, 'muted', { value: muted, configurable: true });
  camera.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
}"""


@pytest.mark.parametrize(("locale", "words"), [("en-GB", "only black"), ("zh-CN", "全黑")])
def test_a_covered_lens_is_told(painted: str, playwright: Playwright, tmp_path: Path, locale: str, words: str) -> None:
    camera = tmp_path / "black.mjpeg"
    noise = np.random.default_rng(0).integers(0, 6, (480, 640, 3), np.uint8)
    camera.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes() * 30)
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with (
        chromium(playwright, *fake, f"--use-file-for-fake-video-capture={camera}") as browser,
        visiting(browser, painted, locale=locale) as shopper,
    ):
        shopper.arrive()
        shopper.enter()
        shopper.until("lookglass.state.hint === 'covered'")
        assert words in shopper.page.inner_text("#hint")
        shopper.check_clean()


def test_a_camera_that_falls_silent_is_told_until_it_speaks_again(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        shopper.page.add_init_script(KEPT_CAMERA)
        shopper.arrive()
        shopper.enter()
        shopper.page.evaluate(MUTED, True)
        assert "No picture comes from the camera" in shopper.page.inner_text("#hint")
        shopper.page.evaluate(MUTED, False)
        assert "No picture" not in shopper.page.inner_text("#hint")
        shopper.check_clean()
