import pytest

from pipelines.sizing.text.plain import plain_text
from pipelines.sizing.text.tokens import Token, tokens_of


def tokens(text: str, kind: str) -> list[Token]:
    return [token for token in tokens_of(plain_text(text)) if token.kind == kind]


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("5'7\"", 170.18, 170.18, "cm"),
        ("5ft 7in", 170.18, 170.18, "cm"),
        ("6 ft", 182.88, 182.88, "cm"),
        ("1米7", 170, 170, "cm"),
        ("1.68m", 168, 168, "cm"),
        ("2尺3", 76.7, 76.7, "cm"),
        ("84-92cm", 84, 92, "cm"),
        ("84 to 92 cm", 84, 92, "cm"),
        ("51*2", 102, 102, ""),
        ("2x51cm", 102, 102, "cm"),
        ("105mm", 10.5, 10.5, "cm"),
        ('27 1/2"', 27.5, 27.5, "in"),
        ('102cm/40.2"', 102, 102, "cm"),
        ("40.2in (102cm)", 102, 102, "cm"),
        ("115斤", 115, 115, "kg"),
        ("¥129", 129, 129, "other"),
        ("95%", 95, 95, "other"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, low: float, high: float, unit: str) -> None:
    (number,) = tokens(text, "number")
    assert (number.low, number.high, number.unit) == (pytest.approx(low), pytest.approx(high), unit)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("s码 m码", ["S", "M"]),
        ("xx-large, 3xl, XXXL, 2 XL", ["XXL", "3XL", "3XL", "XXL"]),
        ("均碼 / free size / One Size", ["ONE", "ONE", "ONE"]),
        ("尺寸：F", ["ONE"]),
        ("165/88a 170/92 A", ["165/88A", "170/92A"]),
        ("W31 L32, 31x32, 31W/32L", ["31x32"] * 3),
        ("3T 40R 4Y", ["3T", "40R", "4Y"]),
        ("小号 中号 大号", ["S", "M", "L"]),
        ("it's Lucy's T-shirt, L-shaped, H型 S型 V领, medium wash, large print", []),
        ("TS-104-XL2 A3042 size-M2000", []),
        ("A smal and a mediumm", ["S", "M"]),
        ("too small, so large", []),
    ],
)
def test_labels_are_told_from_what_looks_like_them(text: str, labels: list[str]) -> None:
    assert [token.value for token in tokens(text, "size")] == labels


def test_lists_hand_their_unit_back() -> None:
    assert [(number.low, number.unit) for number in tokens("27 / 28 / 29 inches", "number")] == [
        (27, "in"),
        (28, "in"),
        (29, "in"),
    ]


def test_a_misspelt_measure_is_understood_and_another_word_is_not() -> None:
    assert [token.value for token in tokens("cheast 100, lenght 70, waste 3, cheese 5", "name")] == ["chest", "length"]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("comes up rather small", ["small"]),
        ("it doesn't run small", []),
        ("go for a size up if you like room", []),
        ("全码偏大一码", ["large"]),
        ("不偏大", []),
        ("建议选大一码", ["small"]),
        ("每大一码加4厘米", []),
        ("想宽松可选大一码", []),
        ("true to size", ["true"]),
    ],
)
def test_how_it_runs_is_said_or_not(text: str, runs: list[str]) -> None:
    assert [token.value for token in tokens(text, "runs")] == runs
