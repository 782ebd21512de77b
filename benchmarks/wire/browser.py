"""A row of the wire's table with a real browser as shopper: Chromium in one namespace, the server's peer in the other.

The page is blank but for the probe of `bench latency`: a canvas films, its frames' numbers are read back from the
returned picture. Playwright talks to Chromium by pipes, which need no network.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page, Route, TimeoutError, async_playwright

from benchmarks.wire.call import PICTURE_S, answer_ours, answer_stock
from benchmarks.wire.channel import Impairment
from benchmarks.wire.tun import TunWire, enter
from pipelines.errors import BackendUnavailable
from server import rtc
from server.settings import ROOT, load_settings

PROBE = Path(__file__).parent.parent / "latency_probe.js"
FILM = ROOT / "xr_client" / "web" / "demo_shopper.webm"
ADDRESS = "http://127.0.0.1:8080/"  # never asked: every request is answered by Playwright
FLAGS = ("--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required")
MARGIN_S = 30.0
OFFER = """async () => {
  window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const camera = await probe.camera();
  for (const track of camera.getVideoTracks()) peer.addTrack(track, camera);
  const mirror = Object.assign(document.createElement('video'), { muted: true, autoplay: true });
  document.body.append(mirror);
  peer.ontrack = ({ track, receiver }) => {
    mirror.srcObject = new MediaStream([track]);
    receiver.jitterBufferTarget = 0;
  };
  probe.watch(mirror);
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((done) => {
    peer.onicecandidate = ({ candidate }) => candidate || done();
    setTimeout(done, 1000);
  });
  return peer.localDescription.sdp;
}"""
ANSWER = "async (sdp) => { await peer.setRemoteDescription({ type: 'answer', sdp }); }"


def chromium() -> str | None:
    """Return where Chromium is, if it can be put into a namespace."""
    return shutil.which("nsenter") and (shutil.which("chromium") or shutil.which("google-chrome"))


@dataclass(frozen=True)
class BrowserCall:
    """A call of Chromium's over an unchanging wire."""

    name: str
    wire: Impairment
    targets: Mapping[str, float]
    seconds: float = 8.0
    settle_s: float = 10.0
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> dict[str, float]:
        """Return fps, delays and the longest freeze after `settle_s`.  Raises BackendUnavailable."""
        spawn = multiprocessing.get_context("spawn")
        pipe, theirs = spawn.Pipe()
        with TunWire(self.wire, seed=seed) as wire:
            work = (wire.left, wire.right, ours, self.settle_s, self.seconds, theirs)
            process = spawn.Process(target=_run, args=work, daemon=True)
            process.start()
            theirs.close()
            try:
                if not pipe.poll(self.settle_s + self.seconds + MARGIN_S + PICTURE_S):
                    raise BackendUnavailable("the browser does not answer")
                found: dict[str, float] = pipe.recv()
            except EOFError:
                raise BackendUnavailable("the browser's call ended early; its error is above") from None
            finally:
                process.join(5.0)
                process.kill()
            return found


def figures(rows: list[list[float]], begin_ms: float, seconds: float) -> dict[str, float]:
    """Return the figures of the probe's rows (seen at, number, delay, …; ms of the page) from `begin_ms` on."""
    seen = {number: (at_ms, delay_ms) for at_ms, number, delay_ms, *_ in reversed(rows) if at_ms >= begin_ms}
    times = np.array([begin_ms, *sorted(at_ms for at_ms, _ in seen.values()), begin_ms + 1000 * seconds])
    delays_ms = [delay_ms for _, delay_ms in seen.values()] or [float("inf")]
    return {
        "fps": len(seen) / seconds,
        "p50_ms": float(np.median(delays_ms)),
        "p95_ms": float(np.percentile(delays_ms, 95)) if seen else float("inf"),
        "freeze_ms": float(np.diff(times).max()),
    }


def _run(left: str, right: str, ours: bool, settle_s: float, seconds: float, pipe: Connection) -> None:
    enter(right)
    if ours:
        rtc.install(load_settings().media)
    pipe.send(asyncio.run(_browse(left, ours, settle_s, seconds)))


async def _browse(left: str, ours: bool, settle_s: float, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "chromium"
        inside.write_text(f'#!/bin/sh\nexec nsenter --net={left} {chromium()} "$@"\n')
        inside.chmod(0o700)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=inside, args=list(FLAGS))
            page = await browser.new_page()
            await page.route("**/*", _serve)
            await page.add_init_script(path=PROBE)
            await page.goto(ADDRESS)
            answer, connection = await (answer_ours if ours else answer_stock)(await page.evaluate(OFFER))
            await page.evaluate(ANSWER, answer)
            found = await _watch(page, settle_s, seconds)
            await connection.close()
            await browser.close()
            return found


async def _serve(route: Route) -> None:
    if route.request.url.endswith(FILM.suffix):
        await route.fulfill(path=FILM, content_type="video/webm")
    else:
        await route.fulfill(body="<!doctype html><body></body>", content_type="text/html")


async def _watch(page: Page, settle_s: float, seconds: float) -> dict[str, float]:
    with suppress(TimeoutError):
        await page.wait_for_function("probe.rows.length > 0", timeout=1000 * PICTURE_S)
    await asyncio.sleep(settle_s)
    begin_ms: float = await page.evaluate("performance.now()")
    await asyncio.sleep(seconds)
    rows: Any = await page.evaluate("probe.rows")
    return figures(rows, begin_ms, seconds)
