"""What people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import MeasurementRejected
from pipelines.sizing.quantity import quantity


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("height", "172", 172),
        ("height", " 172 cm ", 172),
        ("height", "1.72m", 172),
        ("height", "1,72 m", 172),
        ("height", "1米72", 172),
        ("height", "1米7", 170),
        ("height", "１７２厘米", 172),
        ("height", "5'7\"", 170.18),
        ("height", "5’7", 170.18),
        ("height", "5 ft 7 in", 170.18),
        ("height", "5 feet 7", 170.18),
        ("height", "67 inches", 170.18),
        ("weight", "115斤", 57.5),
        ("weight", "57.5公斤", 57.5),
        ("weight", "150 lbs", 68.0389),
        ("weight", "11 st 4", 71.6676),
        ("waist", "2.3尺", 76.6667),
        ("waist", "2尺3", 76.6667),
        ("waist", '30"', 76.2),
        ("age", "31岁", 31),
        ("height", "一米七", 170),
        ("height", "一米七五左右", 175),
        ("height", "一百七十二厘米", 172),
        ("weight", "六十公斤", 60),
        ("weight", "一百二十斤", 60),
        ("waist", "两尺三寸", 76.7),
        ("age", "三十五岁", 35),
        ("height", "172cm。", 172),
        ("height", "１７２ｃｍ", 172),
        ("height", "１７２．５ｃｍ！", 172.5),
        ("height", "１米７２，", 172),
        ("height", "５’７”", 170.18),
        ("height", "5 ft. 7 in.", 170.18),
        ("height", "约172厘米", 172),
        ("height", "172 左右", 172),
        ("height", "~172", 172),
        ("height", "about 172 cm.", 172),
        ("weight", "１１５斤、", 57.5),
        ("weight", "：60kg", 60),
    ],
)
def test_units_become_centimetres_kilograms_and_years(name, text, value):
    assert quantity(name, text) == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("height", "😀"), ("height", ""), ("height", "tall"), ("height", "-172"), ("height", "172 kg"),
        ("weight", "60 cm"), ("height", "nan"), ("height", "1e9"), ("height", "172 cm 3 cm 4 cm"), ("height", "5 6 7"),
        ("height", "172 180"), ("height", "172" * 40), ("height", "172; drop table"), ("weight", "六公斤"),
        ("height", "172😀"), ("height", "。"), ("height", "约"), ("height", "-１７２"), ("height", ".5 m"),
        ("height", "cm172"), ("height", "about"),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(name, text):
    with pytest.raises(MeasurementRejected) as refused:
        quantity(name, text)
    assert refused.value.measure == name


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("height", "900 kg", "height: “900 kg” is in kg; it is told in cm"),
        ("navel_waist", "😀", "waist girth at the navel: “😀” is not understood; type a number in cm"),
        ("height", "172 180", "height: “172 180” is two numbers; type one in cm"),
        ("height", "5'13", "height: “5'13” is two numbers that do not go together; type one in cm"),
        ("height", "1米120", "height: “1米120” is two numbers that do not go together; type one in cm"),
        ("weight", "11 st 20", "weight: “11 st 20” is two numbers that do not go together; type one in kg"),
    ],
)
def test_a_refusal_quotes_what_was_typed_and_says_what_would_do(name, text, said):
    with pytest.raises(MeasurementRejected) as refused:
        quantity(name, text)
    assert str(refused.value) == said


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text):
    try:
        assert 0 <= quantity("height", text) < 1e7
    except MeasurementRejected as refused:
        assert refused.problem == "number"
