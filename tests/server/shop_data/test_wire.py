"""What shoppers write: plain text, in one line where it is a name."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from server.shop.wire import BodySaid, ReviewSaid

KNOWN = [{"name": "height", "value": 175}]


def named(name: str) -> BodySaid:
    return BodySaid.model_validate({"name": name, "known": KNOWN})


def reviewed(text: str, title: str = "Good") -> ReviewSaid:
    return ReviewSaid.model_validate({"rating": 5, "title": title, "text": text})


@pytest.mark.parametrize("blank", ["", " ", "\u3000", " \n "])
def test_a_name_or_title_is_not_blank(blank: str) -> None:
    for said in (lambda: named(blank), lambda: reviewed("", title=blank)):
        with pytest.raises(ValidationError):
            said()
    assert reviewed(blank).text == ""


@pytest.mark.parametrize("letters", ["a\nb", "a\tb", "a\x00", "\u202eb", "a\u200bb", "\ue000"])
def test_a_name_is_one_line_without_what_cannot_be_seen(letters: str) -> None:
    with pytest.raises(ValidationError, match="plain text alone"):
        named(letters)


def test_emoji_of_any_year_are_text() -> None:
    for emoji in ("👍🏽", "👩‍👧", "\U0001fae8", "\U0001fae9"):  # the last two are of Unicode 15 and 16
        assert named(f" {emoji} ").name == emoji


def test_a_review_may_have_lines_which_end_alike() -> None:
    said: BaseModel = reviewed("Line\r\n\tline\n")
    assert said.model_dump()["text"] == "Line\n\tline"
    with pytest.raises(ValidationError, match="plain text alone"):
        reviewed("a\rb")
