"""From a survey to distributions."""

import json

import numpy as np
import pytest

from pipelines.errors import InputRejected
from pipelines.sizing.ansur import COLUMNS, read_surveys
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.learn import AGE_YEARS, HEIGHT_WIDER, learn
from pipelines.sizing.people import load_people, people_from, people_text


def write_survey(folder, sex, people=300):
    """Made-up people in the survey's form: everything in proportion to height and weight, with some noise."""
    rng = np.random.default_rng(len(sex))
    plain = sorted({name for column in COLUMNS.values() for name in ([column] if isinstance(column, str) else column)})
    lines = [",".join([*plain, "DODRace", "Age", "Heightin", "Weightlbs"])]
    for _ in range(people):
        height, fat = 1700 + 70 * rng.standard_normal(), rng.standard_normal()
        row = {
            name: (0.3 + 0.002 * len(name)) * height * np.exp(0.08 * fat + 0.04 * rng.standard_normal())
            for name in plain
        }
        row |= {"stature": height, "weightkg": 700 * np.exp(2 * np.log(height / 1700) + 0.15 * fat)}
        row |= {"trochanterionheight": 0.53 * height, "lateralfemoralepicondyleheight": 0.28 * height}
        row["lateralmalleolusheight"] = 0.04 * height * np.exp(0.03 * rng.standard_normal())
        row["trochanterionheight"] *= np.exp(0.01 * rng.standard_normal())
        told = [
            1,
            rng.integers(18, 60),
            height / 25.4 * 1.01 + 0.4 * rng.standard_normal(),
            row["weightkg"] / 10 / 0.4536,
        ]
        lines.append(",".join(str(value) for value in [*row.values(), *told]))
    (folder / f"ansur_ii_{sex}_train.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def surveys(tmp_path):
    for sex in ("female", "male"):
        write_survey(tmp_path, sex)
    return read_surveys(tmp_path)


def test_learning_keeps_how_dimensions_follow_and_widens_who_there_is(surveys):
    people = learn(surveys, "made up")
    survey, one = surveys[1], people.populations["male"]
    logs = np.log(survey.values)
    height, chest, age = (people.index(name) for name in ("height", "chest", "age"))
    assert one.mean[age] == pytest.approx(np.log(AGE_YEARS))
    assert one.covariance[height, height] > HEIGHT_WIDER * logs[:, height].var()
    lead = [people.index(name) for name in ("age", "height", "weight")]
    slopes = [
        np.linalg.solve(matrix[np.ix_(lead, lead)], matrix[lead, chest]) for matrix in (np.cov(logs.T), one.covariance)
    ]
    assert slopes[0] == pytest.approx(slopes[1])


def test_learning_finds_how_people_tell_their_height(surveys):
    people = learn(surveys, "made up")
    found = estimate([Evidence("height", 175.0, "told"), Evidence("weight", 70.0, "told")], "female", people)
    assert found.figure("height").value == pytest.approx(175 / 1.01, abs=0.8)


def test_distributions_survive_their_file(surveys):
    people = learn(surveys, "made up")
    again = people_from(json.loads(people_text(people)))
    assert again.names == people.names
    for sex, one in people.populations.items():
        assert np.allclose(one.covariance, again.populations[sex].covariance, atol=1e-8)
        assert np.allclose(one.mean, again.populations[sex].mean, atol=1e-5)


def test_a_slip_in_a_told_weight_is_left_out(tmp_path):
    for sex in ("female", "male"):
        write_survey(tmp_path, sex)
    path = tmp_path / "ansur_ii_male_train.csv"
    first, second, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, second.rpartition(",")[0] + ",0", *rest]))
    survey = read_surveys(tmp_path)[1]
    assert np.isnan(survey.reported[0]).all()
    assert np.isfinite(survey.reported[1:]).all()


def test_a_folder_without_the_survey_is_refused(tmp_path):
    with pytest.raises(InputRejected, match="ansur_ii_female"):
        read_surveys(tmp_path)
    (tmp_path / "ansur_ii_female.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputRejected, match="ANSUR"):
        read_surveys(tmp_path)


def test_shipped_file_is_what_the_survey_gives(ansur):
    fresh, shipped = learn(ansur, ""), load_people()
    for sex, one in fresh.populations.items():
        count = len(fresh.names)
        assert shipped.names[:count] == fresh.names
        assert np.allclose(shipped.populations[sex].mean[:count], one.mean, atol=1e-5)
        assert np.allclose(shipped.populations[sex].covariance[:count, :count], one.covariance, atol=1e-8)
        assert np.allclose(shipped.populations[sex].told, one.told, atol=1e-4)


def test_told_heights_are_taken_back_as_far_as_the_surveys_people_overstated_them(ansur):
    people = learn(ansur, "")
    for survey in ansur:
        height, told = survey.column("height"), survey.reported[:, 0]
        for inches in range(62, 72, 2) if survey.sex == "female" else range(66, 76, 2):
            said = np.abs(told - 2.54 * inches) < 1.27
            found = estimate([Evidence("height", 2.54 * inches, "told")], survey.sex, people).figure("height")
            assert found.value == pytest.approx(height[said].mean(), abs=0.4), (survey.sex, inches)
            assert found.low < height[said].mean() < found.high


def test_widening_who_there_is_moves_no_girth_at_a_known_age_height_and_weight(surveys, monkeypatch):
    wide = learn(surveys, "")
    for name in ("HEIGHT_WIDER", "WEIGHT_WIDER"):
        monkeypatch.setattr(f"pipelines.sizing.learn.{name}", 1.0)
    narrow = learn(surveys, "")
    known = [Evidence(name, value, "measured") for name, value in (("age", 30.0), ("height", 172.0), ("weight", 66.0))]
    waists = [estimate(known, "male", people).figure("navel_waist").value for people in (wide, narrow)]
    assert waists[0] == pytest.approx(waists[1], rel=2e-3)
