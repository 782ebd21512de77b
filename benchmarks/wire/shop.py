"""The whole server in one namespace of the wire, and shoppers at real browsers in the other.

The server hands every picture back as it is: what is looked at is whether it comes. Frames carry a number in pixels,
read back by the page (`latency_probe.js`); the page's clock is this machine's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving import children_of, own_cpu_s, started
from benchmarks.wire.tun import RIGHT, TunWire, enter
from pipelines.errors import BackendUnavailable

PORT = 8443
PROBE = Path(__file__).parents[1] / "latency_probe.js"
FLAGS = (
    "--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required",
    "--ignore-certificate-errors", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
)  # fmt: skip
READY_S, PICTURE_S = 120.0, 30.0
STALE_MS = 1500.0  # a frame sent longer ago than that is no sign of life
GARMENT, SIZE, HEIGHT_CM = "tee_crew", "L", 172
WORN = f"""(() => {{
  const {{ worn, height_cm, phase }} = lookglass.state;
  return phase === 'live' && height_cm === {HEIGHT_CM} && worn.length === 1
    && worn[0].id === '{GARMENT}' && worn[0].size === '{SIZE}';
}})()"""


class Shop:
    """A context manager: server right, browsers left.  Raises BackendUnavailable."""

    def __init__(self, wire: TunWire) -> None:
        self._wire, self._stack = wire, ExitStack()
        self.browsers: list[Browser] = []

    def __enter__(self) -> Shop:
        if shutil.which("chromium") is None or shutil.which("nsenter") is None:
            raise BackendUnavailable("Chromium and nsenter are needed: apt-get install chromium util-linux")
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._log = self._folder / "log.txt"
        command = ["nsenter", f"--net={self._wire.right}", sys.executable, "-m", "benchmarks.capacity_server"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.server = self._stack.enter_context(
            started([*command, "lookglass", "identity", str(PORT), "--lan"], environment, self._log)
        )
        self._until(lambda: self.health()["workers"]["idle"] >= 1, READY_S, "the server is not ready")
        self._playwright = self._stack.enter_context(sync_playwright())
        return self

    def __exit__(self, *_: object) -> None:
        for browser in self.browsers:
            with suppress(Exception):  # it may have been killed
                browser.close()
        self._stack.close()

    def health(self) -> dict[str, Any]:
        """Return what `/healthz` tells, asked beside the server; an empty house while it does not answer."""
        with ThreadPoolExecutor(1) as thread:  # a namespace belongs to a thread
            return thread.submit(self._ask).result()

    def workers(self) -> dict[int, float]:
        """Return the CPU time of each worker process, by process id."""
        workers = [pid for pid in children_of(self.server.pid) if _is_worker(pid)]
        return {pid: own_cpu_s(pid) for pid in workers}

    def enter(self) -> Page:
        """Bring in a shopper, dressed and before a live picture."""
        page = self._browser().new_page(viewport={"width": 390, "height": 760}, locale="en-GB")
        page.add_init_script(path=PROBE)
        page.goto(re.findall(r"https://\S+#join=\S+", self._log.read_text(errors="replace"))[-1])
        self._until(lambda: page.evaluate("Boolean(window.lookglass)"), PICTURE_S, "the page does not load")
        page.evaluate("probe.watch(document.querySelector('video#mirror'))")
        page.evaluate(f"lookglass.setHeight({HEIGHT_CM})")
        page.evaluate(f"lookglass.wear([{{ id: '{GARMENT}', size: '{SIZE}' }}])")
        page.click("#start")
        page.check("#consent-adult")
        page.click("#consent-yes")
        self._until(lambda: len(fresh(page, 0.0)) > 30 and keeps(page), PICTURE_S, "no picture comes")
        return page

    def kill_browser(self, number: int) -> None:
        """Take a shopper's device away without a word."""
        marker = str(self._folder / f"browser{number}")
        subprocess.run(["pkill", "-KILL", "-f", marker], check=False)

    def _browser(self) -> Browser:
        number = len(self.browsers)
        script = self._folder / f"chromium{number}"
        profile = self._folder / f"browser{number}"
        script.write_text(
            f'#!/bin/sh\nexec nsenter --net={self._wire.left} chromium --crash-dumps-dir={profile} "$@"\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.browsers.append(self._playwright.chromium.launch(executable_path=str(script), args=list(FLAGS)))
        return self.browsers[-1]

    def _ask(self) -> dict[str, Any]:
        enter(self._wire.right)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # our own, made a moment ago
        try:
            with urllib.request.urlopen(f"https://{RIGHT}:{PORT}/healthz", timeout=5, context=trusting) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError:
            return {"workers": {"idle": 0}, "sessions": {"now": 0}}

    def _until(self, condition: Any, seconds: float, why: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise BackendUnavailable(f"{why}: {self._log.read_text(errors='replace')[-800:]}")
            time.sleep(0.1)


def fresh(page: Page, since_s: float) -> list[float]:
    """Return when, in s of the epoch, frames came back that were not stale, from `since_s` on."""
    rows = page.evaluate("probe.rows.map(([at, _, latency]) => [performance.timeOrigin + at, latency])")
    return [at_ms / 1000 for at_ms, latency_ms in rows if latency_ms < STALE_MS and at_ms / 1000 >= since_s]


def keeps(page: Page) -> bool:
    """Whether the shopper is live in the outfit, the size and with the height that they chose."""
    return bool(page.evaluate(WORN))


def _is_worker(pid: int) -> bool:
    with suppress(OSError):  # it ended meanwhile
        return b"server.worker.process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
