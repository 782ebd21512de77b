import pytest

from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.letters import LETTERS, letter_of, letter_probabilities


def test_a_band_begins_with_its_first_centimetre():
    assert [letter_of(chest, "male") for chest in (70, 93.9, 94, 101.9, 102, 140)] == ["XXS", "S", "M", "M", "L", "3XL"]
    assert [letter_of(bust, "female") for bust in (73.9, 90, 98, 135)] == ["XXS", "M", "L", "3XL"]


@pytest.mark.parametrize("sex", ["female", "male"])
def test_probabilities_sum_to_one_and_gather_as_more_is_known(sex):
    little = [Evidence("height", 170.0, "told")]
    more = [*little, Evidence("weight", 68.0, "told")]
    exact = [*more, Evidence("chest", 94.0, "measured")]
    most = []
    for evidence in (little, more, exact):
        chances = letter_probabilities(estimate(evidence, sex), sex)
        assert tuple(chances) == LETTERS
        assert sum(chances.values()) == pytest.approx(1)
        assert min(chances.values()) >= 0
        most.append(max(chances.values()))
    assert most[0] < most[1]
