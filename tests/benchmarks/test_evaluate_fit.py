import json
from pathlib import Path

import numpy as np
import pytest

import run_server
from benchmarks.fit_scores import auc, calibration_error, item_rates, plain_scores, splits
from benchmarks.fit_shop import Made, make_shop
from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.fit_learning.table import HEADERS, read_feedback
from tests.pipelines.sizing.fit_learning.shops import shop, shop_lines


def evaluate(data: Path, *more: str) -> int:
    return run_server.main(["evaluate", "fit", "--data", str(data), *more])


def test_evaluate_scores_every_split_and_writes_what_it_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "fit.csv", tmp_path / "out.json"
    lines = shop_lines(3000)
    lines[5:7] = ["u1,i1,M,17,62,30,,c1,small,1500000000", lines[7]]
    data.write_text("\n".join(lines), "utf-8")
    assert evaluate(data, "--json", str(out)) == 0
    told = capsys.readouterr()
    assert "1 rows make no sense; the first: line 6: height 17" in told.err
    assert "1 rows stand there twice" in told.err
    metrics = json.loads(out.read_text())["metrics"]
    for split in ("random", "time", "new_item", "new_user"):
        for kind in ("auc", "accuracy", "macro_f1", "log_loss", "calibration_error", "train"):
            assert f"{split}_{kind}" in told.out
        assert metrics[f"{split}_auc"]["value"] > metrics[f"{split}_auc"]["peers"]["majority"] == 0.5
        assert metrics[f"{split}_log_loss"]["value"] < metrics[f"{split}_log_loss"]["peers"]["majority"]
    assert metrics["random_auc"]["value"] > metrics["random_auc"]["peers"]["item rate"] > 0.6


def test_splits_that_the_data_do_not_allow_are_left_out_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "fit.csv"
    rng = np.random.default_rng(0)
    rows = [f"i{n % 50},{('small', 'fit', 'large')[int(rng.integers(0, 3))]}" for n in range(1500)]
    data.write_text("\n".join(["item_id,fit", *rows]), "utf-8")
    assert evaluate(data) == 0
    printed = capsys.readouterr().out
    assert "left out: fewer than nine rows in ten tell their time" in printed
    assert "new_user_auc" in printed and "random_macro_f1" in printed


def test_a_split_that_leaves_too_little_to_learn_from_does_not_take_the_others_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "fit.csv"
    answers = [("small", "fit", "large" if n >= 1200 else "fit")[n % 3] for n in range(1500)]
    rows = [f"i{n % 50},{fit},{1_500_000_000 + n}" for n, fit in enumerate(answers)]
    data.write_text("\n".join(["item_id,fit,time", *rows]), "utf-8")
    assert evaluate(data) == 0
    printed = capsys.readouterr().out
    assert "left out: 0 pieces of feedback say large" in printed
    assert "random_macro_f1" in printed and "time_macro_f1" not in printed


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column"),
        (b"fit\nsmall\n", "200"),
        (b"item_id,fit\n" + b"tee,fit\n" * 300, "0 pieces of feedback say small"),
        (b"item_id;fit\ntee;fit\n", "semicolons"),
        (b"\xff\xfe\x00item", "CSV"),
    ],
)
def test_a_file_that_cannot_be_learnt_from_is_refused_in_one_line(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "fit.csv"
    data.write_bytes(content)
    assert evaluate(data) == 2
    assert reason in capsys.readouterr().err.splitlines()[-1]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(tmp_path / "none.csv") == 2
    assert "cannot be read" in capsys.readouterr().err


def test_no_item_or_wearer_that_is_tested_was_learnt_from_and_no_time_that_comes_later() -> None:
    rows = shop(2000)
    found, missing = splits(rows)
    assert not missing
    for name, column in (("new_item", rows.item), ("new_user", rows.user)):
        split = found[name]
        assert not np.isin(column.codes[split.tested], column.codes[split.learnt]).any()
    assert rows.time_s[found["time"].learnt].max() < rows.time_s[found["time"].tested].min()
    for split in found.values():
        assert not (split.learnt & split.tested).any()
        assert 0.05 < split.tested.mean() < 0.2


def test_scores_are_what_they_are_called() -> None:
    called = np.array([0, 0, 1, 1])
    assert auc(np.array([0.9, 0.8, 0.2, 0.1]), called == 0) == 1
    assert auc(np.array([0.5, 0.1, 0.5, 0.1]), called == 0) == 0.5
    rng = np.random.default_rng(0)
    said = rng.dirichlet((2, 5, 2), 20_000)
    drawn = (rng.random((len(said), 1)) > said.cumsum(axis=1)).sum(axis=1)
    assert calibration_error(said, drawn) < 0.01
    assert calibration_error(said, (drawn + 1) % 3) > 0.1
    assert plain_scores(said, drawn)["log_loss"] < plain_scores(np.full_like(said, 1 / 3), drawn)["log_loss"]


def test_item_rates_are_of_what_was_learnt_alone() -> None:
    lines = [",".join(HEADERS), *(f"u{n},{'ab'[n % 2]},M,,,,,,{'small' if n % 2 else 'fit'},{n}" for n in range(40))]
    rows = read_feedback(lines).feedback
    first = np.arange(40) < 20
    rates = item_rates(rows.rows(first), rows.rows(~first))
    assert rates[1] == pytest.approx(((10 + 5) / 20, 5 / 20, 0))
    rows.fit[20:] = 2
    assert np.array_equal(rates, item_rates(rows.rows(first), rows.rows(~first)))


def test_the_made_up_shop_answers_as_often_as_it_says_and_who_knows_more_says_it_better() -> None:
    shop = make_shop(Made(rows=20_000, items=300, users=12_000))
    rows = read_feedback(shop.lines).feedback
    assert len(rows) == 20_000
    assert np.bincount(rows.fit) / len(rows) == pytest.approx((0.134, 0.738, 0.128), abs=0.001)
    known = [plain_scores(chances, rows.fit) for chances in (shop.bodies, shop.items, shop.everything)]
    assert known[0]["auc"] < known[1]["auc"] < known[2]["auc"]
    for chances in (shop.bodies, shop.items, shop.everything):
        assert chances.sum(axis=1) == pytest.approx(1)
        assert chances.min() >= 0
        assert calibration_error(chances, rows.fit) < 0.015
    assert make_shop(Made(rows=200, items=30, users=150)).lines == make_shop(Made(rows=200, items=30, users=150)).lines


def test_what_is_learnt_of_the_items_that_fit_worst_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "fit.csv"
    rng = np.random.default_rng(0)
    chances = {"tight": (0.7, 0.2, 0.1), "wide": (0.05, 0.35, 0.6), **{f"i{n}": (0.1, 0.8, 0.1) for n in range(22)}}
    answers = [(item, rng.choice(("small", "fit", "large"), p=p)) for item, p in chances.items() for _ in range(90)]
    rows = [f"u{n},{item},{'ML'[n % 3 == 0]},{fit},{1_500_000_000 + n}" for n, (item, fit) in enumerate(answers)]
    data.write_text("\n".join(["user_id,item_id,size,fit,time", *rows]), "utf-8")
    assert evaluate(data) == 0
    table = [line.split() for line in capsys.readouterr().out.rpartition("\n\n")[2].splitlines()]
    assert table[0] == ["item", "size", "small", "fit", "large", "runs", "voices"]
    worst = {row[0]: row for row in table[1:3]}
    assert worst.keys() == {"tight", "wide"} and len(table) == 21
    assert worst["tight"][1] == worst["wide"][1] == "M"
    assert float(worst["tight"][5]) > 0.3 and float(worst["wide"][5]) < -0.3
    assert int(worst["tight"][2].rstrip("%")) > 35 < int(worst["wide"][4].rstrip("%"))


def test_the_shops_own_voices_are_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOKGLASS_SERVER__VAR_DIR", str(tmp_path))
    assert run_server.main(["evaluate", "fit", "--shop", "--json", str(tmp_path / "out.json")]) == 0
    told = capsys.readouterr()
    assert f"of {len(load_catalogue().list())} items by 0 users" in told.err
    said = json.loads((tmp_path / "out.json").read_text())
    assert said["data"] == "shop" and said["metrics"]["random_auc"]["value"] > 0.55
    assert "sweater_roll" in told.out and "left out: fewer than 20 of them" in told.out
    monkeypatch.setenv("LOOKGLASS_SHOP__DEMO", "false")
    monkeypatch.setenv("LOOKGLASS_SHOP__DATABASE", f"sqlite:///{tmp_path / 'empty.db'}")
    assert run_server.main(["evaluate", "fit", "--shop"]) == 2
    assert capsys.readouterr().err == "lookglass: the shop's feedback: no rows\n"
