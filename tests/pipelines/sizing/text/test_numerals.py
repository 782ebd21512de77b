"""Numbers in Chinese characters against a writer of them."""

import pytest

from pipelines.sizing.text.numerals import follows_a_measure, length_at, numeral_at

ONES = "零一二三四五六七八九"


def written(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{ONES[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else ONES[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (ONES[ones] if ones else "")


def test_every_number_that_is_written_is_read() -> None:
    for value in range(10, 1000):
        text = f"胸围{written(value)}厘米"
        assert numeral_at(text, 2) == (value, len(text) - 2)
        assert numeral_at(text, 3) is None  # never from its middle
        assert numeral_at(f"{written(value)}点五", 0) == (value + 0.5, len(written(value)) + 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一百五", 150), ("两百零二", 202), ("一百十四", 114), ("一零四", 104), ("一〇四", 104), ("十点二五", 10.25),
        ("三", None), ("八九", None), ("一千", None), ("十分", None), ("十几", None), ("百", None), ("一百万", None),
        ("一百零", None), ("九十六十二", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_written_shorter_is_read_and_what_is_no_length_is_not(text: str, value: float | None) -> None:
    found = numeral_at(text + " ", 0)
    assert (None if found is None else found[0]) == value


def test_metres_and_chi_are_lengths() -> None:
    assert length_at("一米七", 0) == (170, 3)
    assert length_at("一米六八", 0) == (168, 4)
    assert length_at("1米七五", 0) == (175, 4)
    assert length_at("两尺三寸", 0) == (76.7, 4)
    assert length_at("二尺", 0) == (66.7, 2)
    assert length_at("三米", 0) is None


def test_a_number_without_a_unit_stands_behind_a_measure() -> None:
    for text in ("衣长", "胸围约", "胸围: ", "M码", "衣长七十、", "九十二厘米/"):
        assert follows_a_measure(text, len(text))
    for text in ("", "共", "价格", "胸围很大，"):
        assert not follows_a_measure(text, len(text))
