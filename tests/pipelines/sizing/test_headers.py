"""What the headers of merchants' tables say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import ChartRejected
from pipelines.sizing.headers import read_header


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("Size", ""), ("尺码", ""), ("尺码/部位", ""), ("部位/尺码", ""), ("号型", ""), ("INT", ""), ("UK size", "UK"),
        ("Size (US)", "US"), ("EUR", "EU"), ("美码", "US"), ("中国码", "CN"),
    ],
)  # fmt: skip
def test_columns_of_sizes_are_known_with_their_system(text, system):
    header = read_header(text)
    assert (header.role, header.system) == ("size", system)


@pytest.mark.parametrize(
    ("text", "name", "kind", "unit", "flat"),
    [
        ("Chest/Bust", "chest", None, "", ""),
        ("Bust / Chest (cm)", "chest", None, "cm", ""),
        ("胸围 Bust (inch)", "chest", None, "in", ""),
        ("Body chest", "chest", "body", "", ""),
        ("to fit hips (in)", "hip", "body", "in", ""),
        ("净胸围(公分)", "chest", "body", "cm", ""),
        ("成衣胸围", "chest", "garment", "", ""),
        ("chest (laid flat)", "chest", "garment", "", "flat"),
        ("平铺腰围", "waist", "garment", "", "half"),
        ("腰围(平铺)", "waist", "garment", "", "flat"),
        ("1/2 chest", "chest", "garment", "", "half"),
        ("胸围/2", "chest", "garment", "", "half"),
        ("pit to pit", "chest", "garment", "", "half"),
        ("衣长（平铺）cm", "length", "garment", "cm", ""),
        ("body length", "length", "garment", "", ""),
        ("height", "height", "body", "", ""),
        ("肩宽", "shoulder", None, "", ""),
    ],
)
def test_columns_of_measures_say_whose_and_how(text, name, kind, unit, flat):
    header = read_header(text)
    assert (header.role, header.name, header.kind, header.unit, header.flat) == ("measure", name, kind, unit, flat)


@pytest.mark.parametrize("text", ["price", "notes", "体重", "建议体重(斤)", "Colour", "", "腰围/臀围", "contact"])
def test_other_columns_are_unknown(text):
    assert read_header(text).role == "unknown"


def test_google_merchants_columns_are_known():
    assert [read_header(text).role for text in ("size_system", "size_type", "gender")] == ["system", "type", "group"]


@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(text):
    try:
        read_header(text)
    except ChartRejected:
        pass
