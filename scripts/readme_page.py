"""What a shopper sees of the page on a phone, as PNG, from a real server in a real browser: for the README's pictures.

The shopper is the page's own demo film; the figures that are told are those of the body that was filmed.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from io import BytesIO

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.latency import CHROMIUM_FLAGS, serving, until
from pipelines.body.measure import measure
from pipelines.errors import BackendUnavailable
from pipelines.synthetic.shopper import seeded_body

PHONE = {"width": 390, "height": 844}
COMMAND = [sys.executable, "run_server.py", "serve", "--port", "0"]
TOLD = ("height", "chest", "waist", "hip")
WORN, ASKED = "jeans_straight", "shirt_stripe"
SETTLE_MS = 4000  # the cloth hangs still


def screens() -> Iterator[Image.Image]:
    """Yield the size dialog's answer, the fit map, and two sizes side by side.  Raises BackendUnavailable."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise BackendUnavailable("Chromium is missing: apt-get install chromium")
    with serving(COMMAND, None, "readyz") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS])
        page = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="en-GB").new_page()
        page.goto(address)
        enter(page)
        yield size_dialog(page)
        yield fit_map(page)
        yield two_sizes(page)
        browser.close()


def enter(page: Page) -> None:
    """Agree, and stand before the mirror in two garments with the figures told."""
    page.wait_for_selector("#use-demo:visible")
    page.click("#use-demo")
    page.check("#consent-adult")
    page.click("#consent-yes")
    until(page, "lookglass.state.phase === 'live'")
    true_cm = measure(seeded_body(0))
    told = [{"name": name, "value": round(true_cm[name], 1), "source": "tape"} for name in TOLD]
    page.evaluate("async (told) => { await lookglass.tell(...told); }", told)
    page.evaluate(f"lookglass.wear(['{WORN}', '{ASKED}'])")
    until(page, f"lookglass.state.advice?.garment === '{ASKED}' && lookglass.state.worn.every(({{ size }}) => size)")


def size_dialog(page: Page) -> Image.Image:
    """Return the answer; afterwards the size that it names is worn."""
    page.click("#size-open")
    page.wait_for_selector("#size-reason")
    page.wait_for_timeout(500)  # it has risen
    seen = shot(page)
    page.click("#size-wear")
    return seen


def fit_map(page: Page) -> Image.Image:
    """Return the garments in the colours of how they fit."""
    page.click("#fit-map")
    until(page, "document.querySelectorAll('#fit-marks p').length > 2")
    return shot(page)


def two_sizes(page: Page) -> Image.Image:
    """Return the shirt in the size that is worn and the next one."""
    page.click("#compare")
    until(page, "lookglass.state.fit?.panes.length === 2 && document.querySelectorAll('#fit-marks p').length > 2")
    return shot(page)


def shot(page: Page) -> Image.Image:
    """Return the page once everything hangs still."""
    page.wait_for_timeout(SETTLE_MS)
    return Image.open(BytesIO(page.screenshot()))
