"""A shopper at a real browser: opens the page, agrees, taps, and looks at the pixels of the mirror."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

PHONE = (360, 740)
VIOLATIONS = """
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
"""
PIXELS = """(selector) => {
  const source = document.querySelector(selector);
  const width = source.videoWidth || source.naturalWidth || source.width;
  const height = source.videoHeight || source.naturalHeight || source.height;
  if (!width) return null;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(source, 0, 0);
  const bytes = context.getImageData(0, 0, width, height).data;
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return [width, height, btoa(text)];
}"""


class Shopper:
    """One visit; what the console and the security policy say is kept."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}") if m.type in BAD else None)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.add_init_script(VIOLATIONS)

    def arrive(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("body:not([data-phase=boot])")

    def agree(self, remember: bool = False) -> None:
        self.page.check("#consent-adult")
        if remember:
            self.page.check("#consent-remember")
        self.page.click("#consent-yes")

    def enter(self, button: str = "#start") -> None:
        """From the first page to the live picture."""
        self.page.click(button)
        self.agree()
        self.until("lookglass.state.phase === 'live'")

    def state(self, key: str) -> Any:
        return self.page.evaluate(f"lookglass.state.{key}")

    def until(self, condition: str, seconds: float = 20) -> float:
        """Wait for a JavaScript condition; returns how long it took."""
        began = time.monotonic()
        while not self.page.evaluate(condition):
            if time.monotonic() - began > seconds:
                raise AssertionError(f"never: {condition}; state: {self.page.evaluate(BRIEF)}")
            self.page.wait_for_timeout(30)
        return time.monotonic() - began

    def picture(self, selector: str = "video#mirror") -> NDArray[np.uint8]:
        """What the element shows now, (H, W, 3) RGB, not mirrored."""
        seen = None
        while seen is None:  # it may be about to play another stream
            self.until(f"document.querySelector({selector!r})?.{SIZE[selector]} > 0")
            seen = self.page.evaluate(PIXELS, selector)
        width, height, text = seen
        return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[:, :, :3]

    def frames(self, seconds: float) -> Iterator[NDArray[np.uint8]]:
        """Look at the mirror again and again for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield self.picture()
            self.page.wait_for_timeout(60)

    def too_wide(self) -> list[str]:
        """Visible controls that stick out of the screen sideways, outside rows that scroll."""
        return list(self.page.evaluate(TOO_WIDE))

    def too_small(self) -> list[str]:
        """Visible buttons under 44 x 44 pixels."""
        return list(self.page.evaluate(TOO_SMALL))

    def covered(self) -> list[str]:
        """Buttons beside the garments of which a part lies under something else or out of sight."""
        return list(self.page.evaluate(COVERED))

    def check_clean(self, allowed: str | None = None) -> None:
        """Nothing was written to the console as error or warning, and no policy was broken."""
        rest = [text for text in self.complaints if allowed is None or allowed not in text]
        assert rest == [], rest
        assert self.page.evaluate("window.violations") == []


SIZE = {"video#mirror": "videoWidth", "canvas#split": "width", "#photo": "naturalWidth"}
BAD = ("error", "warning")
BRIEF = "JSON.stringify({ ...lookglass.state, catalogue: lookglass.state.catalogue.length })"
TOO_WIDE = """(() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const wide = [...document.querySelectorAll('button, input, p, h1, h2, dl, label, li')].filter((e) => {
    const { left, right, width } = e.getBoundingClientRect();
    return width && shown(e) && !e.closest('#rail, #sizes, #looks') && (left < -0.5 || right > innerWidth + 0.5);
  }).map((e) => e.id || e.textContent);
  const root = document.scrollingElement;
  return root.scrollWidth > innerWidth ? ['the page itself', ...wide] : wide;
})()"""
COVERED = """[...document.querySelectorAll('#fit button')].filter((e) => {
  const { left, right, top, bottom } = e.getBoundingClientRect();
  const seen = (x) => e.contains(document.elementFromPoint(x, (top + bottom) / 2));
  return e.checkVisibility() && !(seen(left + 2) && seen(right - 2));
}).map((e) => e.id || e.textContent || e.ariaLabel)"""
TOO_SMALL = """[...document.querySelectorAll('button, summary, label.check')].filter((e) => {
  const { width, height } = e.getBoundingClientRect();
  return width && e.checkVisibility({ visibilityProperty: true }) && (width < 44 || height < 44);
}).map((e) => e.id || e.textContent)"""


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Shopper]:
    """Open a fresh context as a shopper with an English phone, unless `options` say otherwise."""
    options = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "locale": "en-US", **options}
    context = browser.new_context(**options)
    try:
        yield Shopper(context.new_page(), address)
    finally:
        context.close()


@contextmanager
def sized(browser: Browser, address: str) -> Iterator[Shopper]:
    """Visit as one on a phone who wears the block and has told height and weight."""
    with visiting(browser, address, viewport={"width": 390, "height": 844}) as shopper:
        shopper.arrive()
        shopper.enter()
        shopper.page.click("[data-garment-id=block]")
        shopper.page.evaluate("lookglass.tell({name: 'height', value: '178 cm'}, {name: 'weight', value: '75 kg'})")
        shopper.until("lookglass.state.advice?.size")
        yield shopper
