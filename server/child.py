"""The end of a child that talks through pipes."""

from __future__ import annotations

import contextlib
from asyncio.subprocess import Process


async def end_child(child: Process) -> None:
    """Kill a child, if it lives, and wait until it and its pipes are gone.

    What it had written is read: a reader that holds as much as it may never sees the end, and asyncio waits for that.
    """
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.communicate()
