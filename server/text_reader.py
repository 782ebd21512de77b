"""Reads product texts: the rules in a thread, then, where a language model is configured, what they left open.

The model lives in a child of its own (`language_model_child.py`). Without an answer of it, for whatever reason, the
rules' facts go out with a note that says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from pipelines.errors import InputRejected
from pipelines.sizing.text.extract import Reading, read
from pipelines.sizing.text.facts import SizeFacts
from pipelines.sizing.text.merge import merged
from pipelines.sizing.text.questions import Question, question_of
from server.child import end_child
from server.settings import ROOT, LanguageModelSettings, SettingsRejected
from server.tasks import Tasks

log = structlog.get_logger("lookglass.texts")
START_S = 180.0  # a file of some gigabytes comes from a slow disk
LINE_MAX = 1 << 20
FAILURES_MOST = 3  # in a row; after them the model is left alone …
PAUSE_S = 600.0  # … for so long


class _NoAnswer(Exception):
    """The model gave no answer; the text says why."""


class TextReader:
    """One event loop only.  The child starts with the first question and ends when none came for a while."""

    def __init__(self, settings: LanguageModelSettings) -> None:
        """Take the settings.  Raises SettingsRejected for a model's file that cannot be used."""
        self._settings = settings
        if settings.model:
            _check_file(Path(settings.model), settings.sha256)
        self._rules = asyncio.Lock()  # a long text takes a tenth of a second of a core: never two at a time
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._failures, self._paused_until = 0, 0.0
        self._resting: asyncio.TimerHandle | None = None
        self._tasks = Tasks()

    async def read(self, text: str) -> SizeFacts:
        """Return what a text says of sizes.  Raises InputRejected for one that is too long."""
        async with self._rules:
            reading, question = await asyncio.to_thread(_begin, text)
        if question is None or not self._settings.model:
            return reading.facts
        try:
            return merged(reading, question, await self._ask(question))
        except (_NoAnswer, InputRejected) as error:
            return replace(reading.facts, note=f"read by rules alone, as the language model gave no answer: {error}")

    async def stop(self) -> None:
        """End the child."""
        await self._end_child()
        await self._tasks.ended()

    async def _ask(self, question: Question) -> str:
        """Return the model's answer.  Raises _NoAnswer."""
        try:
            async with asyncio.timeout(self._settings.answer_s) as limit:
                async with self._turn:
                    return await self._answer(question, limit)
        except TimeoutError:
            raise _NoAnswer(f"none within {self._settings.answer_s:g} s") from None

    async def _answer(self, question: Question, limit: asyncio.Timeout) -> str:
        """Have the child answer, as the only one who asks it.  Raises _NoAnswer, and TimeoutError behind `limit`."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._paused_until:
            raise _NoAnswer(f"it failed {FAILURES_MOST} times in a row and is left alone for a while")
        try:
            told = await _told(await self._ready_child(limit), question)
        except BaseException as error:  # the child may be in the middle of an answer, which is nobody's any more
            await self._fail(error)
            if isinstance(error, OSError | EOFError | ValueError):
                raise _NoAnswer("its process ended") from None
            raise
        self._failures = 0
        self._resting = loop.call_later(self._settings.rest_s, self._sleep)
        if "refused" in told:
            raise _NoAnswer(str(told["refused"]))
        return str(told["answer"])

    async def _fail(self, error: BaseException) -> None:
        """End the child, and leave the model alone where that has happened too often."""
        child = self._child
        await self._end_child()
        self._failures += 1
        code = child.returncode if child is not None else None
        log.warning("no answer of the language model", kind=type(error).__name__, exit=code, in_a_row=self._failures)
        if self._failures >= FAILURES_MOST:
            self._failures, self._paused_until = 0, asyncio.get_running_loop().time() + PAUSE_S

    async def _ready_child(self, limit: asyncio.Timeout) -> asyncio.subprocess.Process:
        """Return the child with its model loaded; loading is not counted against `limit`."""
        if self._resting is not None:
            self._resting.cancel()
        if self._child is None or self._child.returncode is not None:
            await self._end_child()
            settings, loop = self._settings, asyncio.get_running_loop()
            limit.reschedule(loop.time() + START_S)
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(ROOT / "server" / "language_model_child.py"),
                settings.model, str(settings.context_tokens), str(settings.threads),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                limit=LINE_MAX, env={},
            )  # fmt: skip
            await _told(self._child)
            limit.reschedule(loop.time() + settings.answer_s)
        return self._child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if self._resting is not None:
            self._resting.cancel()
        if child is not None:  # it holds nothing that would have to be put away
            await asyncio.shield(self._tasks.spawn(end_child(child)))

    def _sleep(self) -> None:
        if not self._turn.locked():  # nobody came at this very moment
            self._tasks.spawn(self._end_child())


@contextmanager
def reading(settings: LanguageModelSettings) -> Iterator[Callable[[str], SizeFacts]]:
    """Yield what reads one text after the other, for commands.  Raises SettingsRejected."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # facts have their note
    with asyncio.Runner() as runner:
        reader = TextReader(settings)
        try:
            yield lambda text: runner.run(reader.read(text))
        finally:
            runner.run(reader.stop())


def _begin(text: str) -> tuple[Reading, Question | None]:
    found = read(text)
    return found, question_of(found)


async def _told(child: asyncio.subprocess.Process, question: Question | None = None) -> dict[str, Any]:
    """Return the child's next line, after a question if there is one.  Raises EOFError, OSError, ValueError."""
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    if question is not None:
        asked = {name: getattr(question, name) for name in ("prompt", "grammar", "lines", "longest")}
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        await child.stdin.drain()
    line = await child.stdout.readline()
    if not line:
        raise EOFError
    told: dict[str, Any] = json.loads(line)
    return told


def _check_file(file: Path, sha256: str) -> None:
    """Raise SettingsRejected unless a file is a GGUF and, where that is named, the one of the hash."""
    try:
        with file.open("rb") as opened:
            if opened.read(4) != b"GGUF":
                raise SettingsRejected(f"language_model.model: {file} is no GGUF file; name one, or nothing for none")
            opened.seek(0)
            found = hashlib.file_digest(opened, "sha256").hexdigest() if sha256 else ""
    except OSError as error:
        why = error.strerror or error
        raise SettingsRejected(f"language_model.model: {file}: {why}; name a GGUF file, or nothing for none") from None
    if found != sha256:
        raise SettingsRejected(
            f"language_model.sha256: {file} has {found}; get the file anew, or correct the setting if it is yours"
        )
