"""Chromium's WebRTC as a WHIP camera, as a WHEP viewer, and as a client of Unity Render Streaming."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

SCRIPT = Path(__file__).with_name("standard_clients.js").read_text()


def run(browser: Browser, address: str, client: str, audio: bool) -> dict[str, Any]:
    """Run `client` of the script on a page of the server's own, with a token of its own."""
    headers = {"Origin": address, "Content-Type": "application/json"}
    consent = json.dumps({"text_version": "1", "adult": True}).encode()
    asked = urllib.request.Request(address + "/api/v1/consent", consent, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        token = json.load(answer)["token"]
    with browser.new_context(base_url=address, permissions=["camera", "microphone"]) as context:
        page = context.new_page()
        page.goto("/healthz")
        page.evaluate(SCRIPT)
        return dict(page.evaluate(f"(with_) => {client}(with_)", {"token": token, "audio": audio}))


@pytest.mark.parametrize("audio", [False, True])
def test_chromium_brings_its_camera_in_over_whip_and_watches_over_whep(
    browser: Browser, painted: str, audio: bool
) -> None:
    told = run(browser, painted, "whip", audio)
    assert (told["came"], told["patched"], told["watched"], told["ended"]) == (201, 204, 201, 200)
    assert told["picture"]["size"] == [320, 240]
    assert told["picture"]["middle"] > 180


@pytest.mark.parametrize("audio", [False, True])
def test_chromium_calls_as_unity_render_streaming_does(browser: Browser, painted: str, audio: bool) -> None:
    told = run(browser, painted, "unity", audio)
    assert told["said"] == ["connect", "answer", "offer", "disconnect"]
    assert told["picture"]["size"] == [320, 240]
    assert told["picture"]["middle"] > 180
