"""Which size, how sure, and why."""

import numpy as np
import pytest

from pipelines.errors import ChartRejected, MeasurementRejected
from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Source
from pipelines.sizing.ease import fit_of
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.learn import learn
from pipelines.sizing.packages import item_of
from pipelines.sizing.reasons import reason, refusal
from pipelines.sizing.recommend import Item, Runs, advise, choose, ranges_of, size_of

SOURCE = Source("made up", "brand")
LETTERS = ("S", "M", "L", "XL")


def tops(stretch=0.0, **more):
    """A top in 8 cm steps with 10 cm ease at the chest."""
    body = tuple(BodyRow(s, {"chest": (86 + 8 * i, 94 + 8 * i)}, SOURCE) for i, s in enumerate(LETTERS))
    garment = tuple(GarmentRow(s, {"chest": 100.0 + 8 * i, "length": 70.0 + i}, SOURCE) for i, s in enumerate(LETTERS))
    return Item(BodyChart("EU", body), GarmentChart(garment), stretch, **more)


def skirts():
    """A skirt without stretch that closes with 1 cm to spare."""
    body = tuple(
        BodyRow(s, {"waist": (66 + 6 * i, 72 + 6 * i), "hip": (90 + 6 * i, 96 + 6 * i)}, SOURCE)
        for i, s in enumerate(LETTERS)
    )
    garment = tuple(GarmentRow(s, {"waist": 73.0 + 6 * i, "hip": 100.0 + 6 * i}, SOURCE) for i, s in enumerate(LETTERS))
    return Item(BodyChart("EU", body), GarmentChart(garment))


def man(chest=None, height=178.0, weight=78.0, source="tape"):
    tape = [] if chest is None else [Evidence("chest", chest, source)]
    return estimate([Evidence("height", height, "told"), Evidence("weight", weight, "told"), *tape], "male")


def woman(**tapes):
    tape = [Evidence(name, value, "measured") for name, value in tapes.items()]
    return estimate([Evidence("height", 168.0, "told"), Evidence("weight", 66.0, "told"), *tape], "female")


def test_a_measured_chest_in_the_middle_of_a_size_is_that_size():
    advice = advise(man(98.0), tops())
    assert (advice.verdict, advice.size, advice.ask) == ("sure", "M", ())
    assert advice.chances["M"] > 0.95
    assert sum(advice.chances.values()) + advice.none_fits == pytest.approx(1)


def test_a_chest_between_two_sizes_names_both():
    advice = advise(man(102.0), tops())
    assert advice.verdict == "between"
    assert advice.chances["M"] == pytest.approx(advice.chances["L"], abs=0.25)
    assert advice.chances["S"] < 0.02


def test_thin_evidence_names_no_size_and_says_what_to_tell():
    advice = advise(estimate([Evidence("height", 178.0, "told")], "male"), tops())
    assert (advice.verdict, advice.size, advice.ask[0]) == ("unsure", None, "weight")
    told = reason(man().figures(), tops(), advise(estimate([Evidence("height", 178.0, "told")]), tops()), "en")
    assert "too little is known" in told
    assert advise(man(), tops()).ask[0] == "chest"
    assert advise(man(102.0), tops()).ask == ()  # measured: the doubt is of the sizes


def test_that_nothing_fits_is_not_said_of_somebody_of_whom_hardly_anything_is_known():
    tall = estimate([Evidence("height", 178.0, "told")], "male")
    advice = advise(tall, skirts())
    assert advice.none_fits > 0.5
    assert (advice.verdict, advice.ask[0]) == ("unsure", "weight")
    heavy = advise(estimate([*tall.evidence, Evidence("weight", 110.0, "told")], "male"), skirts())
    assert (heavy.verdict, heavy.ask) == ("none fits", ())


def test_what_is_asked_first_is_what_narrows_the_answer_most():
    height, weight = Evidence("height", 168.0, "told"), Evidence("weight", 66.0, "told")
    waist, chest = Evidence("navel_waist", 84.0, "tape"), Evidence("chest", 96.0, "tape")
    # A weight is known by heart; a tape comes before it only where it tells twice as much.
    assert advise(estimate([height], "female"), skirts()).ask[0] == "weight"
    assert advise(estimate([height, chest], "female"), skirts()).ask[0] in ("weight", "navel_waist")
    assert advise(estimate([waist]), tops()).ask[0] == "chest"
    assert "hip" not in advise(estimate([height, weight], "female"), tops()).ask  # says next to nothing of a chest
    assert "sex" in advise(estimate([waist]), skirts()).ask
    assert "sex" not in advise(estimate([waist], "female"), skirts()).ask


def test_an_answer_to_the_first_question_narrows_more_than_one_to_the_last():
    """Shoppers of known measures answer; what is open after that is counted over them."""
    rng = np.random.default_rng(5)
    at_start = estimate([Evidence("height", 178.0, "told")], "male")
    asked = advise(at_start, skirts()).ask
    mean, root = at_start.likeliest.mean, np.linalg.cholesky(at_start.likeliest.covariance)
    shoppers = np.exp(mean + rng.standard_normal((40, len(mean))) @ root.T)
    left = {}
    for name in (asked[0], asked[-1]):
        open_still = []
        for shopper in shoppers:
            value = float(shopper[at_start.names.index(name)])
            source = "told" if name == "weight" else "tape"
            after = advise(estimate([*at_start.evidence, Evidence(name, value, source)], "male"), skirts())
            shares = np.array([*after.chances.values(), after.none_fits])
            open_still.append(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())
        left[name] = float(np.mean(open_still))
    assert left[asked[0]] < left[asked[-1]] - 0.1


def test_preference_moves_those_who_are_in_doubt_and_not_the_others():
    sizes = [advise(man(102.0), tops(), wish).size for wish in ("snug", "regular", "loose")]
    assert (sizes[0], sizes[2]) == ("M", "L")
    assert {advise(man(98.0, source="measured"), tops(), wish).size for wish in ("snug", "regular", "loose")} == {"M"}


def test_what_feedback_says_moves_the_size():
    runs_small = tops(runs=Runs(1.0, 0.1, 40))
    assert advise(man(98.0), runs_small).size == "L"
    doubtful = advise(man(98.0), tops(runs=Runs(0.5, 0.8, 3)))
    assert doubtful.chances["M"] < advise(man(98.0), tops()).chances["M"]
    told = reason(man(98.0).figures(), runs_small, advise(man(98.0), runs_small), "en")
    assert "runs small by 40" in told


def test_who_is_larger_or_smaller_than_all_sizes_is_told_so():
    large = man(150.0, weight=150.0)
    advice = advise(large, tops())
    assert (advice.verdict, advice.size, advice.too_small) == ("none fits", None, True)
    assert reason(large.figures(), tops(), advice, "en") == "no size fits: even XL, the largest, is too small"
    slim = man(74.0, weight=50.0)
    advice = advise(slim, tops())
    assert (advice.verdict, advice.too_small) == ("none fits", False)
    assert "S 也偏大" in reason(slim.figures(), tops(), advice, "zh")


def test_a_size_that_does_not_close_is_not_named():
    pear = woman(navel_waist=88.0, hip=93.0)
    advice = advise(pear, skirts())
    fits = {one.point: one for one in fit_of(pear.figures(), skirts(), advice.size)}
    assert fits["waist"].sits != "does not close"
    assert next(one for one in fit_of(pear.figures(), skirts(), "S") if one.point == "waist").sits == "does not close"


def test_stretch_lets_a_smaller_size_do():
    names = ("waist", "hip")
    body = np.array([[73.5, 92.0]])  # the waist is just above S, the hip in S
    stiff, stretchy = skirts(), Item(skirts().body, None, 0.25)
    assert LETTERS[choose(body + [[0.0, 1.0]], ranges_of(stiff), 0.0)[0]] == "M"
    assert ranges_of(stretchy).names == names
    assert LETTERS[choose(np.array([[72.9, 91.0]]), ranges_of(stretchy), 0.25)[0]] == "S"


def test_reasons_speak_of_ease_in_both_languages():
    found = man(98.0, source="measured")
    advice = advise(found, tops())
    assert "6 cm" not in reason(found.figures(), tops(), advice, "en")
    assert reason(found.figures(), tops(), advice, "en").startswith(
        "M 100 %: 10 cm ease at the chest as the cut intends"
    )
    assert reason(found.figures(), tops(), advice, "zh").startswith("M 100 %：胸围松量 10 厘米，符合版型设计")
    pear = woman(navel_waist=80.0, hip=108.0)
    advice = advise(pear, skirts())
    told = reason(pear.figures(), skirts(), advice, "en")
    assert "waist" in told
    assert "loose" in told


def test_an_estimate_is_called_one():
    told = reason(man().figures(), tops(), advise(man(), tops()), "en")
    assert "chest estimated at" in told
    assert "estimated" not in reason(man(98.0).figures(), tops(), advise(man(98.0), tops()), "en")


def test_a_garment_without_a_body_chart_is_told_by_its_cut_and_less_surely():
    alone = Item(None, tops().garment)
    sure, guessed = advise(man(98.0), tops()), advise(man(98.0), alone)
    assert guessed.chances["M"] < sure.chances["M"]
    assert advise(man(98.0), Item(None, tops().garment, cut="loose")).chances["XL"] > guessed.chances["XL"]
    with pytest.raises(ChartRejected, match="no size"):
        advise(man(), Item(None, GarmentChart((GarmentRow("M", {"length": 70.0}, SOURCE),))))


def test_an_item_needs_a_chart_and_charts_of_the_same_sizes():
    with pytest.raises(ChartRejected):
        Item(None, None)
    other = GarmentChart((GarmentRow("M", {"chest": 108.0}, SOURCE),))
    with pytest.raises(ChartRejected, match="different sizes"):
        Item(tops().body, other)


def test_same_question_same_answer():
    assert advise(man(), tops()) == advise(man(), tops())


def test_every_garment_of_the_shop_has_an_answer_for_everybody(crowd):
    items = [item_of(package) for package in load_catalogue().list()]
    for sex, people in crowd.items():
        for person in people[:4]:
            found = estimate([Evidence(name, person[name], "told") for name in ("height", "weight")], sex)
            for item in items:
                advice = advise(found, item)
                assert (advice.size is None) == (advice.verdict in ("unsure", "none fits"))
                for language in ("en", "zh"):
                    assert reason(found.figures(), item, advice, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_wrong_is_said_in_both_languages(language):
    for values in ({"height": 17}, {"weight": 900, "height": 170}, {"height": "😀"}, {}, {"age": 30}, {"shoe": 43}):
        with pytest.raises(MeasurementRejected) as refused:
            estimate([Evidence(name, value, "told") for name, value in values.items()])
        assert refusal(refused.value, language)
    with pytest.raises(MeasurementRejected) as refused:
        man(140.0)
    assert ("重新测量" if language == "zh" else "measure again") in refusal(refused.value, language)


def test_a_refusal_names_the_measure_as_people_do():
    with pytest.raises(MeasurementRejected) as refused:
        estimate([Evidence("navel_waist", 400, "tape")])
    assert refusal(refused.value, "en") == "Waist girth at the navel 400 cm: adults have 50 to 185"
    assert refusal(refused.value, "zh").startswith("肚脐处腰围：")


@pytest.mark.parametrize(
    ("name", "value", "en", "zh"),
    [
        ("height", 67, "inches", "英寸"), ("height", 1.72, "metres", "米"), ("height", 5.7, "feet", "英尺"),
        ("chest", 38, "inches", "英寸"), ("weight", 300, "pounds", "磅"), ("chest", 960, "millimetres", "毫米"),
    ],
)  # fmt: skip
def test_a_value_in_another_unit_is_asked_about_in_both_languages(name, value, en, zh):
    with pytest.raises(MeasurementRejected) as refused:
        estimate([Evidence(name, value, "tape")])
    assert refusal(refused.value, "en").endswith(f"; are these {en}?")
    assert refusal(refused.value, "zh").endswith(f"单位是{zh}吗？")


@pytest.mark.parametrize(("name", "word"), [("chest", "请用软尺测量"), ("shoe", "shoe：无法识别")])
def test_what_is_no_measurement_is_said_in_chinese(name, word):
    with pytest.raises(MeasurementRejected) as refused:
        estimate([Evidence(name, 98.0, "told")])
    assert word in refusal(refused.value, "zh")


@pytest.mark.parametrize(("language", "word"), [("en", "none fits"), ("zh", "没有合适的尺码")])
def test_that_perhaps_no_size_fits_is_said_and_hopeless_sizes_are_not(language, word):
    for weight in (80.0, 90.0, 95.0, 97.0, 100.0):
        found = estimate([Evidence("height", 170.0, "told"), Evidence("weight", weight, "told")], "male")
        advice = advise(found, tops())
        told = reason(found.figures(), tops(), advice, language)
        assert " 0 %" not in told
        assert advice.verdict != "none fits"
        assert (word in told) == (advice.none_fits >= 0.05)


def test_what_is_said_with_seventy_percent_is_right_in_seventy(ansur):
    """On people that the model has not seen, by the size that their true measures take."""
    said, right = [], []
    fold = [np.random.default_rng(2).permutation(len(survey.values)) % 5 for survey in ansur]
    people = learn([survey.rows(of != 0) for survey, of in zip(ansur, fold, strict=True)], "folds")
    item = Item(tops().body, None)
    for survey, of in zip(ansur, fold, strict=True):
        for row in survey.values[of == 0]:
            person = dict(zip(survey.names, row, strict=True))
            evidence = [Evidence(name, person[name], "measured") for name in ("height", "weight", "age")]
            chances = advise(estimate(evidence, survey.sex, people), item).chances
            best = max(chances, key=chances.get)
            said.append(chances[best])
            right.append(best == LETTERS[choose(np.array([[person["chest"]]]), ranges_of(item), 0.0)[0]])
    said, right = np.array(said), np.array(right)
    assert said.mean() == pytest.approx(right.mean(), abs=0.04)
    seventy = (said > 0.62) & (said < 0.78)
    assert right[seventy].mean() == pytest.approx(said[seventy].mean(), abs=0.06)


@pytest.mark.parametrize(
    ("measurements", "size"),
    [
        ({"chest": 97, "waist": 85}, "M"),
        ({"chest": 80, "waist": 70}, "XS"),
        ({"chest": 150, "waist": 140}, "XXL"),
        ({"chest": 105, "waist": 92}, "L"),
    ],
)
def test_a_body_whose_measures_are_known_takes_the_nearest_size(measurements, size):
    item = item_of(load_catalogue().get("tee_crew"))
    whole = {name: man().quantile(name, 0.5) for name in ("height", "hip", "chest", "waist")}
    assert size_of(whole | measurements, item) == size
    with pytest.raises(KeyError):
        size_of({"thigh": 55}, item)


def test_how_a_kind_runs_is_said_where_few_have_spoken_of_the_item():
    item = tops(runs=Runs(0.4, 0.3, 2))
    found = man(98.0)
    said = {language: reason(found.figures(), item, advise(found, item), language) for language in ("en", "zh")}
    assert "garments of this kind run small here" in said["en"]
    assert "普遍偏小" in said["zh"]


@pytest.mark.parametrize("stretch", [-0.01, 1.01, 30, float("nan"), float("inf"), "0.2", True, None])
def test_a_cloth_that_gives_what_none_gives_is_refused(stretch):
    with pytest.raises(ChartRejected, match="stretch .*a share of 0 to 1" + (".*per cent" if stretch == 30 else "")):
        tops(stretch)
