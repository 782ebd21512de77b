"""Whatever is sent: an answer or a refusal, never more, and within the length of the text."""

import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.errors import InputRejected
from pipelines.sizing.text.extract import extract
from pipelines.sizing.text.facts import marked

PIECES = st.sampled_from(
    (
        "S M XL 均码 W30 L32 165/88A 胸围 chest waist length flat 平铺 104 38.5 cm in \" ' - ~ / , ， 。 | : ( ) *2 = "
        "模特 model wears 适合 fits my 我 售罄 only 仅剩 except 除了 尺码 size EU 码 偏小 if 喜欢 not 不 slim 宽松 "
        "women 男女 ❌ ✅ 5'9 1米7 2尺 统一 stretched 拉伸 ½"
    ).split()
    + ["sold out", "runs small", " ", "\n", "\t", "\u202e", "\x00", "\ud800"]
)
BOMBS = (
    *("1 S S/ x XL- 1/ 1- 胸围 S1 ( 1* cm 偏 大一码 平铺 5' 30/32, 是约 ：".split()),
    *("胸围1 ", "a ", "size ", "chest ", "chest 90 S ", "S,90\n", " ", "\n", "model ", "fits chest ", "no "),
)


def check(text: str) -> None:
    found = extract(text)
    for fact in (*found.facts, *found.doubted):
        assert 0 <= fact.start < fact.end <= len(text)
    for fact in found.of("value"):
        assert 1 < fact.low <= fact.high < 600
    contract = found.contract()
    assert len(contract["letters"]) <= 12
    assert marked(found).count("\n") <= 2 * text.count("\n") + 1


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
@example("0")
@example("1/2")
@example("S-")
@example("no M no")
def test_any_mixture_of_size_words_is_read(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    check(text)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_made_to_take_for_ever_does_not(bomb: str) -> None:
    """Ends at all: what grew with the square of these lengths would run into the test's own limit."""
    check((bomb * 100_000)[:100_000])


def test_more_than_a_page_is_refused() -> None:
    with pytest.raises(InputRejected, match="at most"):
        extract("胸围104 " * 40_000)


CUBES = (
    "size" + "." * 60_000 + "x 30",
    "sizes " + ": (" * 30_000 + "x 30 32 34",
    "sold out" + " " * 60_000 + "x S",
    "sold out" + " : " * 30_000 + "x S",
    "waist 68 stretched" + ":" * 60_000 + "x 88",
    "no" + " " * 60_000 + "S",
)
LOOPS = (
    *("S ✗ ", "红 S ✗ ", "均码 fits UK 8, ", "chest waist ", "尺码 cm ", "90 chest ", "chest 90 ", "chest S 90 "),
    *("165/88A ", "like XL ", "28-30, ", "32 34 ", "my M ", "only S ", "garment chest 90 ", "flat chest 50 "),
    *("太大", "if you like it loose ", "suitable for S ", "size 30 ", "胸围一百零四", "28(2.1尺) ", "S,90,92\n"),
    *("S M, ", "适合 S ", "90 chest 90 ", "chest 90/92 ", "统一 70 ", "腰统一70 165/88A "),
    *("S chest 90, M 92, ", "M 92, "),
    *("<td ", "<td a=1>", "<a b", "bust 90, waist 70, ", "bust 90 body "),
)  # fmt: skip


@pytest.mark.parametrize("bomb", CUBES)
def test_a_gap_made_to_be_read_again_and_again_is_read_once(bomb: str) -> None:
    """Ends at all: sixty thousand signs, of which every two or three were tried against each other."""
    check(bomb)


@pytest.mark.parametrize("bomb", LOOPS)
def test_twice_the_text_takes_twice_the_work(bomb: str) -> None:
    extract(bomb)
    short, long = (_calls(bomb * (size // len(bomb))) for size in (1500, 3000))
    assert long < 2.6 * short


def _calls(text: str) -> int:
    """Return how many functions of Python are called, generators' steps included."""
    count = 0

    def book(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(book)
    try:
        extract(text)
    finally:
        sys.setprofile(None)
    return count
