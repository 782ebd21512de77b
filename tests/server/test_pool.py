"""Idle workers prepare garments, but not while that would take a live picture's cores."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.settings import load_settings
from server.worker import pool as pool_module
from server.worker.pool import Pool

WISH = {"garments": [], "height_cm": None, "mirror": False}


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AHEAD_STEPS", str(tmp_path / "steps"))
    (tmp_path / "steps").touch()
    return tmp_path / "steps"


@pytest.fixture
async def pool(steps: Path) -> AsyncIterator[Pool]:
    made = Pool(load_settings(None, {"worker.spares": 1}), "tests.server.ahead_path")
    made.start()
    async with asyncio.timeout(30):
        while made.counts["idle"] < 2:
            await asyncio.sleep(0.05)
    yield made
    await made.stop()


async def has_grown(steps: Path) -> bool:
    await asyncio.sleep(0.1)  # what was under way ends
    before = steps.stat().st_size
    await asyncio.sleep(0.4)
    return steps.stat().st_size > before


@pytest.mark.parametrize(("cores", "goes_on"), [(2, False), (8, True)])
async def test_spare_workers_leave_the_cores_to_a_live_picture(
    pool: Pool, steps: Path, monkeypatch: pytest.MonkeyPatch, cores: int, goes_on: bool
) -> None:
    monkeypatch.setattr(pool_module, "cores", lambda: cores)
    assert await has_grown(steps)
    seated = await pool.take()
    seated.begin(WISH, lambda _: None)
    assert await has_grown(steps) == goes_on
    await pool.give_back(seated)
    assert await has_grown(steps)


async def test_frames_of_an_earlier_sitting_are_not_counted_again(pool: Pool) -> None:
    for handle in pool._idle:
        handle.composed = 500
    seated = await pool.take()
    seated.begin(WISH, lambda _: None)
    assert pool.composed == 0, "the price of a frame is told from how many there were"
    await pool.give_back(seated)
