"""A body from the little that is known of it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.body.model import SEXES
from pipelines.errors import MeasurementRejected
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.measures import FRONT_BREADTHS, MEASURES, SIDE_DEPTHS
from pipelines.sizing.people import load_people


def told(**values):
    return [Evidence(name, value, "told") for name, value in values.items()]


def tape(**values):
    return [Evidence(name, value, "tape") for name, value in values.items()]


def test_every_dimension_has_a_figure_whose_median_lies_in_its_interval():
    figures = estimate(told(height=172, weight=70, age=30), "male").figures()
    assert set(figures) == set(MEASURES) - {"age"}
    for name, figure in figures.items():
        assert MEASURES[name].low < figure.low < figure.value < figure.high < MEASURES[name].high


def test_people_add_to_their_height_and_that_is_taken_off_again():
    for sex in SEXES:
        height = estimate(told(height=172, weight=70), sex).figure("height")
        assert 170 <= height.value < 172
        assert height.source == "told"
    exact = estimate([Evidence("height", 172.0, "measured")], "male").figure("height")
    assert exact.value == pytest.approx(172, abs=0.1)
    assert exact.high - exact.low < 1


def test_what_was_measured_stays_what_it_was_and_says_so(crowd):
    person = crowd["female"][0]
    found = estimate(tape(chest=person["chest"], hip=person["hip"]), "female")
    for name in ("chest", "hip"):
        figure = found.figure(name)
        assert figure.value == pytest.approx(person[name], rel=0.02)
        assert figure.source == "tape"
        assert figure.drawn_from[0][0] == name
    assert found.figure("navel_waist").source == "estimated"


def test_every_further_measurement_narrows_the_rest(crowd):
    levels = [("height",), ("height", "weight"), ("height", "weight", *FRONT_BREADTHS)]
    levels.append((*levels[-1], *SIDE_DEPTHS))
    person = crowd["male"][0]
    widths = []
    for names in levels:
        found = estimate([Evidence(name, person[name], "measured") for name in names], "male")
        figures = [found.figure(name) for name in ("chest", "navel_waist", "hip")]
        widths.append([math.log(figure.high / figure.low) for figure in figures])
    assert (np.diff(np.array(widths), axis=0) < 0).all()


def test_a_doubtful_tape_moves_the_figure_less_than_a_sure_one():
    rough, sure = (
        estimate([*told(height=172, weight=70), Evidence("chest", 105.0, "tape", error)], "male").figure("chest").value
        for error in (6.0, 0.5)
    )
    without = estimate(told(height=172, weight=70), "male").figure("chest").value
    assert without < rough < sure <= 105


def test_what_is_said_twice_counts_once():
    for once in (told(height=185, weight=70), tape(chest=100), [Evidence("chest", 100.0, "tape", 3.0)]):
        repeated = estimate(once * 8, "male")
        assert repeated.figures() == estimate(once, "male").figures()
        assert len(repeated.evidence) == len(once)
    surest = [Evidence("chest", 100.0, "tape", 4.0), Evidence("chest", 100.0, "tape", 1.0)]
    assert estimate(surest, "male").evidence == (surest[1],)
    two_tapes = estimate(tape(chest=100) + tape(chest=101), "male").figure("chest")
    assert two_tapes.high - two_tapes.low < (one := estimate(tape(chest=100), "male").figure("chest")).high - one.low


def test_two_tapes_of_one_girth_may_differ_by_little_and_not_by_much() -> None:
    typed = told(height=178, weight=78)
    assert not estimate(typed + tape(chest=97) + tape(chest=99), "male").doubts
    assert {doubt.name for doubt in estimate(typed + tape(chest=95) + tape(chest=102), "male").doubts} == {"chest"}
    with pytest.raises(MeasurementRejected, match="chest girth"):
        estimate(typed + tape(chest=95) + tape(chest=107), "male")


@pytest.mark.parametrize("sex", [None, "male"])
def test_values_that_claim_to_be_certain_are_reckoned_with(sex):
    certain = [Evidence("height", 178.0, "told", 1e-300), Evidence("chest", 98.0, "tape", 1e-300)] * 12
    figures = estimate(certain, sex).figures()
    assert figures["height"].value == pytest.approx(178, abs=0.05)
    assert all(0 < one.low < one.value < one.high < math.inf for one in figures.values())


def test_stated_intervals_hold_as_often_as_they_say(crowd):
    held = []
    for sex, people in crowd.items():
        for person in people:
            found = estimate([Evidence(name, person[name], "measured") for name in ("height", "weight", "age")], sex)
            held += [
                found.figure(name).low <= person[name] <= found.figure(name).high for name in ("chest", "hip", "inseam")
            ]
    assert 0.74 < np.mean(held) < 0.88  # heavy people's intervals are wider on purpose


def test_untold_sex_is_weighed_by_what_the_body_says():
    found = estimate(told(height=158, weight=52))
    assert {one.sex for one in found.posteriors} == {"female", "male"}
    assert sum(one.probability for one in found.posteriors) == pytest.approx(1)
    assert found.likeliest.sex == "female"
    either, woman, man = (estimate(told(height=172, weight=70), sex).figure("hip") for sex in (None, "female", "male"))
    assert man.value < either.value < woman.value
    assert either.high - either.low > woman.high - woman.low


def test_heavy_people_have_wider_intervals_of_flesh_and_not_of_bones():
    widths = {}
    for weight in (75, 125):
        found = estimate(told(height=170, weight=weight), "male")
        widths[weight] = {n: math.log(found.figure(n).high / found.figure(n).low) for n in ("navel_waist", "inseam")}
    assert widths[125]["navel_waist"] > 1.15 * widths[75]["navel_waist"]
    assert widths[125]["inseam"] == pytest.approx(widths[75]["inseam"], rel=0.02)


def test_order_of_the_evidence_does_not_matter(crowd):
    person = crowd["female"][3]
    evidence = [Evidence(name, person[name], "measured") for name in ("height", "weight", "chest", "hip", "inseam")]
    one, other = estimate(evidence, "female"), estimate(evidence[::-1], "female")
    for name in one.names:
        assert one.quantile(name, 0.9) == pytest.approx(other.quantile(name, 0.9), rel=1e-6)


def test_shares_say_what_a_figure_was_drawn_from():
    figure = estimate([*told(height=170, weight=65), *tape(navel_waist=78)], "female").figure("waist")
    assert figure.drawn_from[0][0] == "navel_waist"
    assert 0.5 < sum(share for _, share in figure.drawn_from) <= 1


@pytest.mark.parametrize(
    ("evidence", "measure", "problem"),
    [
        (told(height=17), "height", "range"),
        (told(height=172, weight=900), "weight", "range"),
        (told(height=1.72), "height", "range"),
        (told(height=-170), "height", "range"),
        (told(height=0), "height", "range"),
        (told(height=float("nan")), "height", "number"),
        (told(height=float("inf")), "height", "number"),
        (told(height="😀"), "height", "number"),
        (told(height=None), "height", "number"),
        (told(height=True), "height", "number"),
        (tape(shoe=43), "shoe", "unknown"),
        (told(chest=90), "chest", "unknown"),
        ([], "", "nothing"),
        (told(age=30), "", "nothing"),
        ([*told(height=170, weight=70), *tape(navel_waist=130)], "navel_waist", "conflict"),
        ([*told(height=170), *tape(chest=80, navel_waist=120)], "chest", "conflict"),
        ([*told(height=185, weight=70), *tape(hip=150)], "hip", "conflict"),
        ([*told(height=165, weight=60), *tape(hip=90), *tape(hip=120)], "hip", "conflict"),
        (told(height=200, weight=40), "weight", "conflict"),
        ([Evidence("chest", 95.0, "camera")], "chest", "number"),
        ([Evidence("chest", 95.0, "tape", -1.0)], "chest", "number"),
        ([Evidence("chest", 95.0, "tape", float("nan"))], "chest", "number"),
    ],
)
@pytest.mark.parametrize("sex", [*SEXES, None])
def test_nonsense_is_answered_with_what_is_wrong(evidence, measure, problem, sex):
    with pytest.raises(MeasurementRejected) as refused:
        estimate(evidence, sex)
    assert (refused.value.measure, refused.value.problem) == (measure, problem)
    assert str(refused.value)


def test_refusals_say_what_would_do():
    with pytest.raises(MeasurementRejected, match="metres") as refused:
        estimate(told(height=1.72))
    assert (refused.value.low, refused.value.high) == (130, 220)
    with pytest.raises(MeasurementRejected, match="measure again") as refused:
        estimate([*told(height=170, weight=70), *tape(navel_waist=130)], "male")
    assert 80 < refused.value.likely < 95
    with pytest.raises(MeasurementRejected, match="female, male"):
        estimate(told(height=170), "robot")
    with pytest.raises(MeasurementRejected, match="weight 40 kg at a height of 200 cm"):
        estimate(told(height=200, weight=40))


def test_unusual_people_are_not_refused():
    for sex in SEXES:
        for height, weight in ((145, 90), (205, 160), (150, 38), (190, 58), (165, 150)):
            estimate(told(height=height, weight=weight, age=70), sex)


def test_nobody_of_the_population_is_refused(crowd):
    for sex, people in crowd.items():
        for person in people:
            names = ("height", "weight", "chest", "navel_waist", "hip", "neck", "inseam")
            estimate([Evidence(name, person[name], "tape") for name in names], sex)


def test_shipped_distributions_are_proper_and_name_their_source():
    people = load_people()
    assert set(people.names) == set(MEASURES)
    assert "ANSUR" in people.source
    for one in people.populations.values():
        assert np.linalg.eigvalsh(one.covariance).min() > 0


def test_what_hardly_goes_with_the_rest_is_used_and_asked_about():
    typed = told(height=178, weight=78)
    plain, odd = (estimate([*typed, *tape(navel_waist=girth)], "male") for girth in (88, 109))
    assert plain.doubts == ()
    assert {doubt.name for doubt in odd.doubts} == {"navel_waist", "weight"}
    waist = next(doubt for doubt in odd.doubts if doubt.name == "navel_waist")
    assert 85 < waist.likely < 95
    assert odd.figure("navel_waist").value > 103


def test_what_lies_within_another_is_not_wider_and_both_are_named():
    with pytest.raises(
        MeasurementRejected, match=r"underbust girth 100 cm .* chest girth 90 cm.* measure both"
    ) as refused:
        estimate(tape(chest=90, underbust=100), "female")
    assert (refused.value.measure, refused.value.problem) == ("underbust", "conflict")
    assert 70 < refused.value.likely < 85
    with pytest.raises(MeasurementRejected, match="shoulder points 46 cm"):
        estimate(tape(biacromial=46, shoulder_breadth=43), "male")
    estimate(tape(chest=84, underbust=84), "female")  # flat, and a tape may err
    assert estimate(tape(chest=118, underbust=124), "male").figure("chest").value > 115  # so are some men built


@pytest.mark.parametrize(("weight", "doubted"), [(45, True), (58, False), (120, False), (200, True)])
def test_a_weight_that_hardly_anybody_has_is_asked_about(weight, doubted):
    found = estimate(told(height=180, weight=weight), "male")
    assert [doubt.name for doubt in found.doubts] == ["weight"] * doubted


def test_few_real_people_are_doubted_and_nobody_is_refused(ansur):
    doubted = []
    for survey in ansur:
        for row in survey.values[::20]:
            person = dict(zip(survey.names, row.tolist(), strict=True))
            names = ("chest", "navel_waist", "hip", "neck", "inseam", "thigh")
            found = estimate(
                [*told(height=person["height"], weight=person["weight"]), *tape(**{n: person[n] for n in names})]
            )
            doubted.append(bool(found.doubts))
    assert np.mean(doubted) < 0.02


VALUES = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(16, 220),
    st.integers(-5, 300),
    st.sampled_from(["170", None, True, "😀", 10**400]),
)


@settings(max_examples=300, deadline=None)
@given(
    evidence=st.lists(
        st.builds(
            Evidence,
            st.sampled_from([*MEASURES, "shoe"]),
            VALUES,
            st.sampled_from(["told", "tape", "measured", "camera", "scan"]),
            st.one_of(st.none(), st.floats(0.01, 20)),
        ),
        max_size=8,
    ),
    sex=st.sampled_from([*SEXES, None]),
)
def test_whatever_is_told_is_a_whole_body_or_refused(evidence, sex):
    try:
        found = estimate(evidence, sex)
    except MeasurementRejected as refused:
        assert refused.problem in ("unknown", "number", "range", "conflict", "nothing")
        return
    for figure in found.figures().values():
        assert 0 < figure.low <= figure.value <= figure.high < 1000
    assert sum(one.probability for one in found.posteriors) == pytest.approx(1)
