"""Glass to glass in Chromium, through the whole try-on, beside a plain aiortc echo in the same run.

Headless Chromium films a canvas whose frames carry a number in pixels; the number is read back from the returned
picture in `requestVideoFrameCallback` (the method of Decart's published status page). Browser and server share the
machine, so the ratio to the echo is the figure to look at.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.serving import answers, started
from pipelines.errors import BackendUnavailable

PROBE = Path(__file__).with_name("latency_probe.js")
SETTLE_S, RUN_S = 5.0, 15.0
REST_S = 3.0  # in one garment, before and after a change
READY_S = 300.0
CHANGED = 25.0  # distance in RGB that says: this is another cloth
HEIGHT_CM = 174
FIRST, OTHERS = "tee_crew", ("hoodie_fleece", "shirt_stripe", "long_sleeve")
FORESEEN = ("polo_pique", "sweater_cable", "tee_v")
POINTED_S = 0.5  # a pointer on a garment before it is pressed
CHROMIUM_FLAGS = ("--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure echo, try-on and echo again; return the figures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise BackendUnavailable("Chromium is missing: apt-get install chromium")
    echoes = [measure_echo(chromium)]
    ours = measure_try_on(chromium)
    echoes.append(measure_echo(chromium))
    echo = {key: float(np.mean([each[key] for each in echoes])) for key in ("p50", "p95", "fps")}
    ratio = ours["p50"] / echo["p50"]
    return {
        "latency_p50_ms": metric(ours["p50"], "ms", max(110.0, 1.5 * echo["p50"]), "lower", echo["p50"]),
        "latency_p95_ms": metric(ours["p95"], "ms", max(150.0, 2.0 * echo["p95"]), "lower", echo["p95"]),
        "latency_ratio": metric(ratio, "x", None, "lower", 1.0),
        "delivered_fps": metric(ours["fps"], "fps", 24.0, "higher", echo["fps"]),
        "first_composed_ms": metric(ours["first_composed"], "ms", 2000.0, "lower"),
        "garment_new_ms": metric(float(np.median(ours["new"])), "ms", 300.0, "lower"),
        "garment_foreseen_ms": metric(float(np.median(ours["foreseen"])), "ms", 300.0, "lower"),
        "garment_again_ms": metric(float(np.median(ours["again"])), "ms", 300.0, "lower"),
    }


def measure_echo(chromium: str) -> dict[str, float]:
    """Return p50, p95 and fps of the plain echo."""
    port = 18_000 + os.getpid() % 1000
    command = [sys.executable, "-m", "benchmarks.echo_server", "--port", str(port)]
    with serving(command, f"http://127.0.0.1:{port}/", None) as address, browsing(chromium, address) as page:
        page.evaluate("probe.watch(document.querySelector('#mirror'))")
        page.evaluate("start()")
        return _figures(_rows(page))


def measure_try_on(chromium: str) -> dict[str, Any]:
    """Return p50, p95 and fps of the try-on, the time to the first composed frame and those of changes of garment.

    The shopper has told a height, so that no garment fits that was made ahead: a new one is fitted when it is wished
    for; only of those that stand for a pointer's rest on a garment the server is told before. Pattern and cloth are on
    the shelf, once any worker has had them.
    """
    command = [sys.executable, "run_server.py", "serve", "--port", "0"]
    with serving(command, None, "readyz") as address, browsing(chromium, address) as page:
        until(page, "Boolean(window.lookglass)")
        page.evaluate("probe.watch(document.querySelector('video#mirror'))")
        page.evaluate(f"lookglass.setHeight({HEIGHT_CM}); lookglass.wear(['{FIRST}'])")
        page.click("#start")
        page.check("#consent-adult")
        page.evaluate("probe.clickedAt = performance.now()")
        page.click("#consent-yes")
        figures = _figures(_rows(page))
        clicked = page.evaluate("probe.clickedAt")
        composed = [row[0] for row in page.evaluate("probe.first") if row[3] > CHANGED]
        figures["first_composed"] = composed[0] - clicked if composed else float("nan")
        figures["new"] = [_garment_change(page, garment) for garment in OTHERS]
        figures["foreseen"] = [_garment_change(page, garment, 1000 * POINTED_S) for garment in FORESEEN]
        figures["again"] = [_garment_change(page, garment) for garment in (FIRST, *OTHERS)]
        return figures


def _garment_change(page: Page, garment: str, pointed_ms: float = 0.0) -> float:
    """Return ms from the wish to the first frame in another cloth; nan where that took too long to be told.

    With `pointed_ms` a pointer rests on the garment for so long before.
    """
    time.sleep(REST_S)
    if pointed_ms:
        page.evaluate(f"lookglass.foresee('{garment}')")
        time.sleep(pointed_ms / 1000)
    asked = page.evaluate(f"[performance.now(), lookglass.wear(['{garment}'])][0]")
    time.sleep(2 * REST_S)
    rows = np.array(page.evaluate("probe.rows.map((row) => [row[0], ...row.slice(4)])"))
    at, colour = rows[:, 0], rows[:, 1:]
    before = np.median(colour[(at < asked) & (at > asked - 1000 * REST_S)], axis=0)  # an arm goes by now and then
    after = np.median(colour[at > at[-1] - 1000 * REST_S], axis=0)
    changed = (np.linalg.norm(colour - after, axis=1) < CHANGED) & (np.linalg.norm(colour - before, axis=1) > CHANGED)
    seen = at[changed & (at > asked)]
    return float(seen[0] - asked) if len(seen) else float("nan")


def until(page: Page, condition: str, seconds: float = 30.0) -> None:
    """Wait for `condition`; Playwright's own wait evaluates strings, which the page's security policy forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise BackendUnavailable(f"the page never came to: {condition}")
        time.sleep(0.05)


def _rows(page: Page) -> list[list[float]]:
    """Let the stream settle, record, and return the rows of the recording."""
    until(page, "probe.rows.length > 0")
    time.sleep(SETTLE_S)
    page.evaluate("probe.first = probe.rows; probe.rows = []")
    time.sleep(RUN_S)
    rows: list[list[float]] = page.evaluate("probe.rows")
    return rows


def _figures(rows: list[list[float]]) -> dict[str, float]:
    fresh = {number: latency for _, number, latency, *_ in reversed(rows)}  # the first time that each was seen
    delays = np.array(list(fresh.values()))
    return {
        "p50": float(np.median(delays)),
        "p95": float(np.percentile(delays, 95)),
        "fps": len(delays) / RUN_S,
    }


@contextmanager
def serving(command: list[str], address: str | None, ready: str | None) -> Iterator[str]:
    """Run a server until the block ends; `address` is read from its output where it chooses its port."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        environment = {**os.environ, "LOOKGLASS_SERVER__VAR_DIR": folder, "PYTHONUNBUFFERED": "1"}
        with started(command, environment, log) as process:
            yield _await_ready(process, log, address, ready)


def _await_ready(process: subprocess.Popen[bytes], log: Path, address: str | None, ready: str | None) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(errors="replace")
        found = re.search(r"http://127\.0\.0\.1:\d+/", text)
        url = address or (found[0] if found else None)
        if url and answers(url + (ready or "")) and (ready is None or _is_settled(url)):
            return url
        time.sleep(0.2)
    raise BackendUnavailable("the server did not become ready: " + log.read_text(errors="replace")[-500:])


def _is_settled(url: str) -> bool:
    """Whether the spare worker is warm too: one that warms up takes a core from the shopper."""
    with urllib.request.urlopen(url + "healthz", timeout=5) as answer:  # noqa: S310 - our own server on loopback
        workers = json.load(answer)["workers"]
    return int(workers["idle"]) >= 2


@contextmanager
def browsing(chromium: str, address: str, probe: Path = PROBE, *flags: str) -> Iterator[Page]:
    """Open `address` on an upright phone, `probe` before the page's own scripts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS, *flags])
        context = browser.new_context(viewport={"width": 390, "height": 760}, locale="en-GB")  # a phone, upright
        page = context.new_page()
        page.add_init_script(path=probe)
        page.goto(address)
        try:
            yield page
        finally:
            browser.close()


def metric(value: float, unit: str, target: float | None, better: str, echo: float | None = None) -> dict[str, Any]:
    """Return one figure as `bench` prints it."""
    peers = {} if echo is None else {"aiortc echo": round(echo, 2)}
    return {"value": round(value, 2), "unit": unit, "target": target, "better": better, "peers": peers}
