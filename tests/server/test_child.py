"""A child that is killed in the middle of what it writes is gone with its pipes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from server.child import end_child
from server.turntable.desk import Desk
from tests.server.shop import shop_settings

WIDE = """
import time
def load_studio():
    def draw(order):
        yield bytes(1 << 22)
        time.sleep(3600)
    return draw
"""


async def test_end_comes_though_nobody_reads_what_was_written() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import os\nwhile True: os.write(1, bytes(65536))", stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(10):
        while not child.stdout._paused:  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        await end_child(child)
    assert child.returncode is not None
    await end_child(child)  # once more


async def test_desk_ends_in_the_middle_of_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wide_studio.py").write_text(WIDE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    desk = Desk(shop_settings(tmp_path), "wide_studio")
    order = desk.order({"kind": "view"})
    async with asyncio.timeout(60):
        while desk._child is None or not len(desk._child.stdout._buffer) > 1 << 17:  # type: ignore[union-attr]
            await asyncio.sleep(0)
        await desk.stop()
    assert order.done
    assert order.refused is not None


async def test_order_that_fails_for_any_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise KeyError("bytes")

    desk = Desk(shop_settings(tmp_path), "none")
    monkeypatch.setattr(desk, "_ask", fails)
    order = desk.order({"kind": "view"})
    await asyncio.wait(desk._tasks)
    assert order.refused is not None
    assert not desk._orders
    await desk.stop()
