"""A real server on a free port, a real Chromium, and the synthetic shopper before its camera."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from benchmarks.serving import answers, started
from tests.e2e.shopper import Shopper, visiting

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "xr_client" / "web" / "demo_shopper.webm"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ALWAYS = ["--no-sandbox", "--disable-background-networking"]
READY_S = 240.0
PATIENT = {  # many visits from one address within a minute
    "LOOKGLASS_LIMITS__OFFERS_PER_MINUTE": "1000",
    "LOOKGLASS_LIMITS__CONSENTS_PER_MINUTE": "1000",
    "LOOKGLASS_LIMITS__PHOTOS_PER_MINUTE": "1000",
}
CAMERA_W, CAMERA_H = 640, 480
WALK_PX, WALK_S = 70, 8.0  # the shopper goes from side to side
FPS = 30

Visit = Callable[..., Shopper]


@contextmanager
def serving(command: list[str], var_dir: Path, log: Path) -> Iterator[str]:
    """Run a server until the block ends; gives its address once it composes frames."""
    environment = {**os.environ, **PATIENT, "LOOKGLASS_SERVER__VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1"}
    with started(command, environment, log) as process:
        yield _when_ready(process, log)


def _when_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"Lookglass: (http://\S+)/", log.read_text(errors="replace"))
        if found and answers(found[1] + "/readyz"):
            return found[1]
        time.sleep(0.2)
    raise AssertionError("the server did not become ready:\n" + log.read_text(errors="replace")[-3000:])


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the whole product."""
    folder = tmp_path_factory.mktemp("shop")
    command = [sys.executable, "run_server.py", "serve", "--port", "0"]
    with serving(command, folder / "var", folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="package")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real server over a pipeline that paints a square: for what the page does by itself."""
    folder = tmp_path_factory.mktemp("painted")
    command = [sys.executable, "-m", "tests.server.shop", "0"]
    with serving(command, folder / "var", folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic shopper walking from side to side, as a camera file that Chromium reads."""
    path = tmp_path_factory.mktemp("camera") / "walk.mjpeg"
    with av.open(str(DEMO)) as source:
        frames = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    with path.open("wb") as target:
        for index, frame in enumerate(frames):
            encoded, jpeg = cv2.imencode(".jpg", _walked(frame, index), [cv2.IMWRITE_JPEG_QUALITY, 92])
            assert encoded
            target.write(jpeg.tobytes())
    return path


def _walked(frame: np.ndarray, index: int) -> np.ndarray:
    """Set the upright clip into a wide picture, moved sideways; the wall goes on at both sides."""
    small = cv2.resize(frame, (CAMERA_H * frame.shape[1] // frame.shape[0], CAMERA_H), interpolation=cv2.INTER_AREA)
    shift = round(WALK_PX * np.sin(2 * np.pi * index / (FPS * WALK_S)))
    left = (CAMERA_W - small.shape[1]) // 2 + shift
    right = CAMERA_W - small.shape[1] - left
    return cv2.copyMakeBorder(small, 0, 0, left, right, cv2.BORDER_REPLICATE)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright; ends with this folder's tests, because its loop would be in the way of asyncio's."""
    with sync_playwright() as running:
        yield running


@contextmanager
def chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """A Chromium with the given camera."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ALWAYS, *arguments])
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="package")
def browser(playwright: Playwright, clip: Path) -> Iterator[Browser]:
    """Chromium whose camera films the synthetic shopper, and whose shopper allows it."""
    with chromium(
        playwright,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
    ) as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open the page of a server; at the end its console and its policy must be clean."""
    open_visits = []

    def begin(address: str, **options: object) -> Shopper:
        visit = visiting(browser, address, **options)
        shopper = visit.__enter__()
        open_visits.append((visit, shopper))
        shopper.arrive()
        return shopper

    yield begin
    try:
        for _, shopper in open_visits:
            shopper.check_clean()
    finally:
        for visit, _ in open_visits:
            visit.__exit__(None, None, None)
