import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InputRejected
from pipelines.sizing.text.plain import MAX_TEXT, plain_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ｍ號　胸圍１０４ｃｍ", "m号 胸围104cm"),
        ("W30–L32 24½″", 'w30-l32 24 1/2"'),
        ("52×2～54", "52*2-54"),
        ("a\x00b\u200bc\r\nd", "a bc\n\nd"),
    ],
)
def test_text_is_read_in_one_spelling(written: str, read: str) -> None:
    assert plain_text(written).text == read


def test_places_lead_back_to_what_was_written() -> None:
    plain = plain_text("尺寸：Ｘ\u200bＬ（24½）")
    start = plain.text.index("xl")
    assert plain.raw[slice(*plain.span(start, start + 2))] == "Ｘ\u200bＬ"
    half = plain.text.index("1/2")
    assert plain.raw[slice(*plain.span(half, half + 3))] == "½"


@given(st.text(max_size=60))
def test_every_place_is_in_the_text_and_rises(text: str) -> None:
    plain = plain_text(text)
    assert len(plain.text) == len(plain.cased) == len(plain.at) - 1
    assert list(plain.at) == sorted(plain.at)
    assert plain.at[-1] == len(text)


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(InputRejected, match="at most"):
        plain_text("x" * (MAX_TEXT + 1))
