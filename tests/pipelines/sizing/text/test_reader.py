import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipelines.sizing.text.judge import second_thoughts
from pipelines.sizing.text.layout import Layout, layout_of
from pipelines.sizing.text.plain import plain_text
from pipelines.sizing.text.reader import (
    ADAPTER,
    BASE,
    HEADS,
    LAYERS,
    PIECES,
    STRIDE,
    WIDTH,
    WINDOW,
    coded,
    encode,
    load_weights,
    read_parts,
    windows,
)  # fmt: skip
from pipelines.sizing.text.roles import ROLES, parts_of


def laid_out(text: str) -> Layout:
    return layout_of(plain_text(text))


def pieces_of(text: str) -> NDArray[np.int64]:
    layout = laid_out(text)
    return coded(layout, parts_of(layout))


def test_weights_are_small_and_whole() -> None:
    weights = load_weights()
    assert BASE.stat().st_size + ADAPTER.stat().st_size < 2e6
    assert weights["head.weight"].shape == (len(ROLES), WIDTH)
    assert all(np.isfinite(one).all() for one in weights.values())


def test_numpy_runs_the_network_as_torch_does() -> None:
    """The same weights in torch's own layers, written down independently."""
    pieces = pieces_of("模特168cm 穿S，S码胸围90，适合净胸围80-84；M sold out")
    weights = {name: torch.from_numpy(np.array(one)) for name, one in load_weights().items()}
    functional = torch.nn.functional
    x = weights["pieces.weight"][torch.from_numpy(pieces)].sum(1) + weights["places.weight"][: len(pieces)]

    def norm(name: str, x: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(x, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"])

    def linear(name: str, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    for n in range(LAYERS):
        y = norm(f"layers.{n}.before", x)
        heads = [
            linear(f"layers.{n}.{k}", y).view(len(x), HEADS, -1).transpose(0, 1) for k in ("query", "key", "value")
        ]
        seen = functional.scaled_dot_product_attention(*heads).transpose(0, 1).reshape(len(x), WIDTH)
        x = x + linear(f"layers.{n}.out", seen)
        inner = functional.gelu(linear(f"layers.{n}.wide", norm(f"layers.{n}.after", x)), approximate="tanh")
        x = x + linear(f"layers.{n}.narrow", inner)
    np.testing.assert_allclose(encode(pieces, load_weights()), norm("last", x).numpy(), atol=2e-4)


@pytest.mark.parametrize("count", [0, 1, WINDOW, WINDOW + 1, 5 * WINDOW + 7])
def test_windows_cover_every_token(count: int) -> None:
    covered = set()
    for number, (start, end) in enumerate(windows(count)):
        assert end - start <= WINDOW
        covered |= set(range(start + (STRIDE // 2 if number else 0), end))
    assert covered == set(range(count))


def test_every_token_of_a_long_text_has_its_chances() -> None:
    layout = laid_out("S码 胸围90 衣长60\n" * 60)
    chances = read_parts(layout, parts_of(layout))
    assert chances.shape == (len(layout.tokens), len(ROLES))
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-4)
    assert coded(layout, parts_of(layout)).shape == (len(layout.tokens), PIECES)


def test_reader_tells_a_garment_from_a_body_and_the_model() -> None:
    layout = laid_out("Model is 178cm and wears S\nM: chest 100cm, length 66cm")
    told = {
        layout.tokens[i].value or layout.tokens[i].low: ROLES[best]
        for i, best in enumerate(read_parts(layout, parts_of(layout)).argmax(1))
    }
    assert told["S"] == "model"
    assert told[178.0] == "model"
    assert told[100.0] == told[66.0] == "garment"
    assert told["M"] == "offer"


def test_what_the_rules_are_sure_of_stays() -> None:
    for text in ("S M L", "尺码 胸围\nS 90\nM 94", "均码 胸围平铺50", "model 175cm wears S"):
        layout = laid_out(text)
        rules = parts_of(layout)
        both = second_thoughts(layout, rules)
        assert [r for r, sure in zip(both.roles, both.sure, strict=True) if sure] == [
            r for r, sure in zip(rules.roles, rules.sure, strict=True) if sure
        ]


def test_training_texts_are_not_the_hand_written_ones() -> None:
    folder = Path(__file__).resolve().parents[4] / "benchmarks" / "data" / "size_text"
    scripts = Path(__file__).resolve().parents[4] / "scripts"
    templates = "".join((scripts / f"size_text_{lang}.py").read_text("utf-8") for lang in ("zh", "en"))
    for file in folder.glob("*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            for sentence in json.loads(line)["text"].splitlines():
                assert len(sentence) < 25 or sentence not in templates
