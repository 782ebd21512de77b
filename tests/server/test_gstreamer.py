"""A client that is not ours and not aiortc: GStreamer's webrtcbin brings a camera in, and watches."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.server.clients import House, running

CLIENT = Path(__file__).with_name("gstreamer_client.py")
SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = (
    "python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
)


def why_not() -> str | None:
    """Return why GStreamer cannot be used here."""
    try:
        asked = subprocess.run([SYSTEM_PYTHON, CLIENT], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return asked.stderr.strip().rpartition("\n")[2] if asked.returncode else asked.stdout.strip() or None


@pytest.fixture(scope="module", autouse=True)
def gstreamer() -> None:
    if (missing := why_not()) is not None:
        pytest.skip(f"no GStreamer with webrtcbin ({missing}); Debian: {PACKAGES}")


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        SYSTEM_PYTHON, str(CLIENT), *arguments, stdout=subprocess.PIPE, stderr=sys.stderr.fileno()
    )


async def told(process: asyncio.subprocess.Process) -> dict[str, Any]:
    output, _ = await process.communicate()
    return dict(json.loads(output.splitlines()[-1]))


async def seated(house: House, codec: str, *more: str) -> tuple[asyncio.subprocess.Process, str, str]:
    """Start a camera; return it, its token, and the address of its session."""
    token = await house.token()
    camera = await start("publish", codec, f"{house.origin}/whip?garment=block", token, "8", *more)
    assert camera.stdout is not None
    line = await camera.stdout.readline()
    assert line.startswith(b"/whip/"), line
    return camera, token, line.decode().strip()


@pytest.mark.parametrize(("codec", "more"), [("h264", ()), ("vp8", ("audio",))])
async def test_gstreamer_brings_a_camera_in_and_watches_itself(
    tmp_path: Path, codec: str, more: tuple[str, ...]
) -> None:
    async with running(tmp_path) as house:
        camera, token, address = await seated(house, codec, *more)
        player = await told(await start("play", codec, house.origin + address.replace("whip", "whep"), token, "5"))
        publisher = await told(camera)
        assert publisher == {**publisher, "status": 201, "states": ["connecting", "connected"], "end": 200}
        assert player == {**player, "status": 201, "states": ["connecting", "connected"], "end": 200}
        assert publisher["error"] is None
        assert player["error"] is None
        assert player["frames"] > 20
        assert not house.hub._sessions
