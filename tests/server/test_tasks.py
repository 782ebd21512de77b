"""Tasks beside their owner are held, heard of where they fail, and dropped whole."""

from __future__ import annotations

import asyncio

from server.tasks import Tasks


async def test_what_fails_is_told_and_what_is_cancelled_is_not() -> None:
    told: list[BaseException] = []
    tasks = Tasks(told.append)
    error = ValueError("broken")

    async def fail() -> None:
        raise error

    tasks.spawn(fail())
    tasks.spawn(asyncio.sleep(60))
    await asyncio.sleep(0)
    await tasks.dropped()
    assert told == [error]
    assert not tasks


async def test_the_end_waits_for_what_is_undone_and_for_what_that_begins() -> None:
    tasks, steps = Tasks(), []

    async def more() -> None:
        await asyncio.sleep(0)
        steps.append("more")

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            steps.append("undone")
            tasks.spawn(more())

    tasks.spawn(work())
    await asyncio.sleep(0)
    await tasks.dropped()
    assert steps == ["undone", "more"]
    assert await tasks.spawn(asyncio.sleep(0, "result")) == "result"
