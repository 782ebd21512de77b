"""Whose turn it is with the language model, how long one waits, and how it ends: with a child of a few lines."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from pipelines.sizing.text.extract import extract, read
from pipelines.sizing.text.facts import SizeFacts
from pipelines.sizing.text.questions import question_of
from server import text_reader
from server.settings import LanguageModelSettings
from server.text_reader import FAILURES_MOST, TextReader
from tests.server.clients import running

TEXT = "M is 52 across the front panel and 71 overall"
CHILD = """
import pathlib, sys, time

def held(name):
    (here / f"{name}-began").touch()
    while (here / f"{name}-held").exists():
        time.sleep(0.01)

here = pathlib.Path(sys.argv[1]).parent
with (here / "starts").open("a") as starts:
    starts.write("x")
held("loading")
print('{"ready": true}', flush=True)
for _ in sys.stdin:
    held("answer")
    time.sleep(float((here / "takes_s").read_text()))
    print((here / "says").read_text(), flush=True)
"""


class House:
    """A folder with a model's file, a child, and what it waits for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.model = folder, folder / "model.gguf"
        self.model.write_bytes(b"GGUF")
        (folder / "child.py").write_text(CHILD)
        (folder / "takes_s").write_text("0")
        self.say('{"refused": "heard"}')
        self.readers: list[TextReader] = []

    def reader(self, **settings: object) -> TextReader:
        self.readers.append(TextReader(LanguageModelSettings(model=str(self.model), **settings)))
        return self.readers[-1]

    def say(self, line: str) -> None:
        (self.folder / "says").write_text(line)

    def hold(self, what: str) -> None:
        (self.folder / f"{what}-began").unlink(missing_ok=True)
        (self.folder / f"{what}-held").touch()

    def release(self, what: str) -> None:
        (self.folder / f"{what}-held").unlink()

    async def began(self, what: str) -> None:
        await until((self.folder / f"{what}-began").exists)

    @property
    def starts(self) -> int:
        return len((self.folder / "starts").read_text())


@pytest_asyncio.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(text_reader, "CHILD", tmp_path / "child.py")
    house = House(tmp_path)
    yield house
    for reader in house.readers:
        await reader.stop()
        assert reader._child is None and not reader._tasks


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


def heard(found: SizeFacts) -> bool:
    assert found.facts == extract(TEXT).facts
    return found.note.endswith("heard")


async def test_an_answer_that_comes_too_late_ends_the_child_and_is_no_failure(house: House) -> None:
    reader = house.reader(answer_s=0.1)
    house.hold("answer")
    for _ in range(FAILURES_MOST):
        assert "none within 0.1 s" in (await reader.read(TEXT)).note
    assert reader._child is None
    house.release("answer")
    reader._settings = LanguageModelSettings(model=str(house.model))
    assert heard(await reader.read(TEXT))
    assert house.starts == FAILURES_MOST + 1


async def test_who_goes_away_is_no_failure_of_the_model(house: House) -> None:
    reader = house.reader()
    for _ in range(FAILURES_MOST):
        house.hold("answer")
        asked = asyncio.create_task(reader.read(TEXT))
        await house.began("answer")
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    house.release("answer")
    assert heard(await reader.read(TEXT))


async def test_a_model_that_takes_too_long_to_load_has_failed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_reader, "START_S", 0.1)
    reader = house.reader()
    house.hold("loading")
    notes = [(await reader.read(TEXT)).note for _ in range(FAILURES_MOST + 1)]
    assert all("could not be loaded" in note for note in notes[:-1])
    assert "left alone" in notes[-1]


async def test_the_limit_begins_anew_at_each_text_s_turn(house: House) -> None:
    reader = house.reader(answer_s=1.2)
    (house.folder / "takes_s").write_text("0.4")
    assert all(map(heard, await asyncio.gather(*(reader.read(TEXT) for _ in range(4)))))
    assert house.starts == 1


async def test_a_text_too_many_is_read_by_rules_at_once(house: House) -> None:
    reader = house.reader(waiting=2)
    house.hold("answer")
    asked = [asyncio.create_task(reader.read(TEXT)) for _ in range(2)]
    await house.began("answer")
    await until(lambda: reader._asking == 2)
    found = await reader.read(TEXT)
    assert "too many" in found.note and not heard(found)
    house.release("answer")
    assert all(map(heard, await asyncio.gather(*asked)))
    assert heard(await reader.read(TEXT))


async def test_who_waits_too_long_for_their_turn_disturbs_nobody(house: House) -> None:
    reader = house.reader(wait_s=0.5)
    await reader.load()
    house.hold("answer")
    first = asyncio.create_task(reader.read(TEXT))
    await house.began("answer")
    assert "none within 0.5 s" in (await reader.read(TEXT)).note
    house.release("answer")
    assert heard(await first)
    assert house.starts == 1


async def test_a_model_goes_on_loading_when_nobody_waits_any_more(house: House) -> None:
    reader = house.reader(wait_s=0.3, rest_s=1)
    house.hold("loading")
    found = await asyncio.gather(reader.read(TEXT), reader.read(TEXT))
    assert all("none within 0.3 s" in one.note for one in found)
    await house.began("loading")
    await asyncio.sleep(1.1)
    house.release("loading")
    await until(lambda: reader._loading is None)
    assert heard(await reader.read(TEXT))
    assert house.starts == 1


@pytest.mark.parametrize(
    "line",
    [
        "", "nonsense", "null", "[1]", '"answer"', "{}", '{"answer": 1}', '{"refused": {}}', '{"ready": true}',
        '{"refused": "\\ud800"}', "[" * 100_000, "1" * 10_000, "x" * (1 << 21),
    ],
)  # fmt: skip
async def test_a_garbled_line_is_no_answer(house: House, line: str) -> None:
    reader = house.reader()
    house.say(line)
    assert "its process ended" in (await reader.read(TEXT)).note
    house.say('{"refused": "heard"}')
    assert heard(await reader.read(TEXT))


@pytest.mark.parametrize("what", ["loading", "answer"])
async def test_texts_in_flight_are_read_by_rules_when_it_is_stopped(house: House, what: str) -> None:
    reader = house.reader()
    house.hold(what)
    asked = [asyncio.create_task(reader.read(TEXT)) for _ in range(3)]
    await house.began(what)
    await until(lambda: reader._asking == 3)
    await reader.stop()
    for found in [*await asyncio.gather(*asked), await reader.read(TEXT)]:
        assert "rules alone" in found.note and not heard(found)
    assert (reader._child, house.starts) == (None, 1)


async def test_one_that_is_stopped_while_it_starts_leaves_no_child(house: House) -> None:
    reader = house.reader()
    house.hold("loading")
    asked = asyncio.create_task(reader.read(TEXT))
    await until(lambda: reader._loading is not None)
    await reader.stop()
    assert not heard(await asked)
    assert reader._child is None


async def test_the_servers_farewell_answers_texts_in_flight(house: House, tmp_path: Path) -> None:
    house.hold("answer")
    async with running(tmp_path, language_model__model=str(house.model)) as server, server.http() as http:
        asked = asyncio.create_task(http.post("/api/v1/size/text", json={"v": 1, "text": TEXT}))
        await house.began("answer")
        await server.hub.farewell()
        answer = await asked
        assert answer.status_code == 200
        assert "rules alone" in answer.json()["note"]


async def test_a_question_that_comes_as_the_rest_ends_is_answered(house: House) -> None:
    reader = house.reader(rest_s=0.05)
    question = question_of(read(TEXT))
    assert question is not None
    for _ in range(10):
        with pytest.raises(text_reader._NoAnswer, match="heard"):
            await reader._ask(question)
        await asyncio.sleep(0.05)


async def test_a_question_before_the_rest_ends_keeps_the_child(house: House) -> None:
    reader = house.reader(rest_s=0.2)
    await reader.load()
    async with reader._turn:
        asked = asyncio.create_task(reader.read(TEXT))
        await until(lambda: reader._asking == 1)
        await asyncio.sleep(0.3)
    assert heard(await asked)
    assert house.starts == 1


async def test_a_file_that_changed_is_checked_again_before_it_is_loaded(house: House) -> None:
    reader = house.reader(sha256=hashlib.sha256(b"GGUF").hexdigest(), rest_s=0.05)
    assert heard(await reader.read(TEXT))
    await until(lambda: reader._child is None)
    os.utime(house.model, (0, 0))
    assert heard(await reader.read(TEXT))
    await until(lambda: reader._child is None)
    house.model.write_bytes(b"GGUX")
    assert "could not be loaded" in (await reader.read(TEXT)).note
    house.model.write_bytes(b"GGUF another")
    assert "could not be loaded" in (await reader.read(TEXT)).note
    house.model.write_bytes(b"GGUF")
    assert heard(await reader.read(TEXT))
