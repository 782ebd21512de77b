"""Reads product texts: the rules in a thread, then, where a language model is configured, what they left open.

The model lives in a child of its own (`language_model_child.py`). Without an answer of it, for whatever reason, the
rules' facts go out with a note that says so.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import structlog

from pipelines.errors import InputRejected
from pipelines.sizing.text.extract import Reading, read
from pipelines.sizing.text.facts import SizeFacts
from pipelines.sizing.text.merge import merged
from pipelines.sizing.text.questions import Question, question_of
from server.child import end_child
from server.settings import ROOT, LanguageModelSettings, SettingsRejected
from server.tasks import Tasks

FileState: TypeAlias = tuple[int, int, int]  # inode, bytes, nanoseconds of the last change

log = structlog.get_logger("lookglass.texts")
CHILD = ROOT / "server" / "language_model_child.py"
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
        self._checked = _checked(Path(settings.model), settings.sha256) if settings.model else None
        self._rules = asyncio.Lock()  # a long text takes a tenth of a second of a core: never two at a time
        self._turn = asyncio.Lock()  # to ask the child, or to end it
        self._asking = 0  # whoever has the turn or waits for it
        self._child: asyncio.subprocess.Process | None = None
        self._loading: asyncio.Task[None] | None = None  # None as well once the child is loaded
        self._resting: asyncio.Task[None] | None = None
        self._failures, self._paused_until = 0, 0.0
        self._stopped = False
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

    async def load(self) -> None:
        """Load the model before the first question.  Raises SettingsRejected where it cannot be loaded."""
        try:
            async with self._at_turn():
                await self._ready_child()
        except _NoAnswer as error:
            raise SettingsRejected(f"language_model.model: {self._settings.model}: {error}") from None

    async def stop(self) -> None:
        """End the child; whoever asks, now or later, gets the rules' answer at once."""
        self._stopped = True
        self._kill()
        async with self._turn:
            self._wake()
            await self._end_child()
        await self._tasks.ended()

    async def _ask(self, question: Question) -> str:
        """Return the model's answer.  Raises _NoAnswer."""
        settings, loop = self._settings, asyncio.get_running_loop()
        if self._asking >= settings.waiting:
            raise _NoAnswer("too many texts wait for it")
        self._asking += 1
        patience_s = settings.wait_s
        try:
            async with asyncio.timeout(patience_s) as limit, self._at_turn():
                child = await self._ready_child()
                patience_s = settings.answer_s
                limit.reschedule(loop.time() + patience_s)
                return await self._answer(child, question)
        except TimeoutError:
            log.warning("the language model took too long", patience_s=patience_s)
            raise _NoAnswer(f"none within {patience_s:g} s") from None
        finally:
            self._asking -= 1

    @asynccontextmanager
    async def _at_turn(self) -> AsyncIterator[None]:
        """Have the child to oneself; afterwards it rests."""
        async with self._turn:
            self._wake()
            try:
                yield
            finally:
                if self._child is not None or self._loading is not None:
                    self._resting = self._tasks.spawn(self._rest())

    async def _answer(self, child: asyncio.subprocess.Process, question: Question) -> str:
        """Have the child answer.  Raises _NoAnswer."""
        try:
            told = await _told(child, question)
        except (OSError, EOFError, ValueError) as error:
            await self._fail(error)
            raise _NoAnswer("its process ended") from None
        except asyncio.CancelledError:  # too late, or nobody waits: what it goes on computing is nobody's
            await self._end_child()
            raise
        self._failures = 0
        if "refused" in told:
            raise _NoAnswer(told["refused"])
        return told["answer"]

    async def _ready_child(self) -> asyncio.subprocess.Process:
        """Return the child with its model loaded; loading goes on where nobody waits any more.  Raises _NoAnswer."""
        if self._stopped:
            raise _NoAnswer("it was ended")
        if asyncio.get_running_loop().time() < self._paused_until:
            raise _NoAnswer(f"it failed {FAILURES_MOST} times in a row and is left alone for a while")
        if self._loading is None and (self._child is None or self._child.returncode is not None):
            await self._end_child()
            self._loading = self._tasks.spawn(self._load())
        if self._loading is not None:
            await asyncio.wait([self._loading])
        if self._child is None:
            raise _NoAnswer("it could not be loaded")
        return self._child

    async def _load(self) -> None:
        """Start the child and wait until its model is loaded; where that fails there is no child."""
        settings = self._settings
        try:
            async with asyncio.timeout(START_S):
                self._checked = await asyncio.to_thread(_checked, Path(settings.model), settings.sha256, self._checked)
                self._child = await asyncio.create_subprocess_exec(
                    sys.executable, "-I", str(CHILD), settings.model, str(settings.context_tokens),
                    str(settings.threads), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL, limit=LINE_MAX, env={},
                )  # fmt: skip
                if self._stopped:
                    self._kill()
                await _told(self._child)
        except Exception as error:  # whatever it was, the rules' answer goes out
            self._loading = None
            await self._fail(error)
        else:
            self._loading = None

    async def _fail(self, error: Exception) -> None:
        """End the child, and leave the model alone where that has happened too often."""
        child = self._child
        await self._end_child()
        if self._stopped:
            return
        self._failures += 1
        told = {"kind": type(error).__name__, "why": str(error), "exit": child.returncode if child else None}
        log.warning("the language model failed", **told, in_a_row=self._failures)
        if self._failures >= FAILURES_MOST:
            self._failures, self._paused_until = 0, asyncio.get_running_loop().time() + PAUSE_S

    async def _rest(self) -> None:
        """End the child when, once loaded, nobody has asked it for a while: who asks cancels this at their turn."""
        if self._loading is not None:
            await asyncio.wait([self._loading])
        await asyncio.sleep(self._settings.rest_s)
        async with self._turn:
            await self._end_child()

    def _wake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()

    def _kill(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.kill()

    async def _end_child(self) -> None:
        """End the child, as the only one who reads what it says."""
        self._kill()
        if self._loading is not None:
            await asyncio.wait([self._loading])
        child, self._child = self._child, None
        if child is not None:  # it holds nothing that would have to be put away
            await asyncio.shield(self._tasks.spawn(end_child(child)))


@contextmanager
def reading(settings: LanguageModelSettings, load: bool = False) -> Iterator[Callable[[str], SizeFacts]]:
    """Yield what reads one text after the other, for commands; the model's file is looked at when the first one comes.

    Raises SettingsRejected, then and not here, for a file that cannot be used; with `load` also where the model cannot
    be loaded.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # facts have their note
    patient = settings.model_copy(update={"wait_s": START_S})
    with asyncio.Runner() as runner, ExitStack() as ends:

        @functools.cache
        def reader() -> TextReader:
            made = TextReader(patient)
            ends.callback(lambda: runner.run(made.stop()))
            if load:
                runner.run(made.load())
            return made

        yield lambda text: runner.run(reader().read(text))


def _begin(text: str) -> tuple[Reading, Question | None]:
    found = read(text)
    return found, question_of(found)


async def _told(child: asyncio.subprocess.Process, question: Question | None = None) -> dict[str, str]:
    """Return the child's next line, after a question if there is one: with `answer` or `refused`.

    Raises EOFError, OSError, and ValueError for what is no such line.
    """
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    if question is not None:
        asked = {name: getattr(question, name) for name in ("prompt", "grammar", "lines", "longest")}
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        await child.stdin.drain()
    line = await child.stdout.readline()
    if not line:
        raise EOFError
    try:
        told = json.loads(line)
    except RecursionError:
        told = None
    match told:
        case {"ready": True} if question is None:
            return {}
        case {"answer": str(answer)} if question is not None:
            return {"answer": answer}
        case {"refused": str(why)} if question is not None and why.isprintable():
            return {"refused": why}
    raise ValueError("not a line that was asked for")


def _checked(file: Path, sha256: str, before: FileState | None = None) -> FileState:
    """Return a file's state: a GGUF and, where that is named, of the hash, unless it is as it was `before`.

    Raises SettingsRejected.
    """
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            state = (found.st_ino, found.st_size, found.st_mtime_ns)
            if state == before:
                return state
            if opened.read(4) != b"GGUF":
                raise SettingsRejected(f"language_model.model: {file} is no GGUF file; name one, or nothing for none")
            opened.seek(0)
            digest = hashlib.file_digest(opened, "sha256").hexdigest() if sha256 else ""
    except OSError as error:
        why = error.strerror or error
        raise SettingsRejected(f"language_model.model: {file}: {why}; name a GGUF file, or nothing for none") from None
    if digest != sha256:
        raise SettingsRejected(
            f"language_model.sha256: {file} has {digest}; get the file anew, or correct the setting if it is yours"
        )
    return state
