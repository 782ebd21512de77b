"""A small transformer that reads what part each size, number and word of a text plays, where rules only guess.

It takes the tokens of a text, each as a bag of hashed pieces (kind, value, what the rules say, the characters around
it), and answers with one of `ROLES` for each. It was trained on made-up texts: first to fill in hidden tokens, then, by
low-rank adapters (LoRA), on the parts (`scripts/train_size_text.py`). Base and adapters lie in `data/`, as safetensors
of half precision; here numpy alone runs them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.roles import ROLES, Parts

F32: TypeAlias = NDArray[np.float32]
I64: TypeAlias = NDArray[np.int64]
Weights: TypeAlias = Mapping[str, F32]
DATA = Path(__file__).parent / "data"
BASE, ADAPTER = DATA / "size_text_base.safetensors", DATA / "size_text_lora.safetensors"
WINDOW, STRIDE = 96, 48  # tokens that are read together, and how far the next window is on
BUCKETS, WIDTH, HEADS, LAYERS = 4096, 64, 4, 3
PIECES = 24  # of one token at most; bucket 0 is none, bucket 1 a hidden token
NEAR = 8  # characters of the gaps on both sides that are seen
ADAPTED = ("query", "key", "value", "out", "wide", "narrow")
LORA_ALPHA = 16.0
EPSILON = 1e-5


def coded(layout: Layout, parts: Parts) -> I64:
    """Return the pieces (tokens, PIECES) of a text's tokens as buckets, 0 where there are fewer."""
    found = np.zeros((len(layout.tokens), PIECES), np.int64)
    for i in range(len(layout.tokens)):
        for n, piece in zip(range(PIECES), _pieces(layout, parts, i), strict=False):
            found[i, n] = 2 + zlib.crc32(piece.encode("utf-8", "replace")) % (BUCKETS - 2)
    return found


def _pieces(layout: Layout, parts: Parts, i: int) -> Iterator[str]:
    """Yield what is known of a token: the first two pieces are its kind and its value, the third what the rules say."""
    token = layout.tokens[i]
    yield f"kind {token.kind} {token.style} {token.unit}"
    yield f"value {token.value or round(token.low)}"
    yield f"rules {parts.roles[i]} {parts.sure[i]}"
    if token.kind == "number":
        yield f"about {token.low // 10:g}"
        yield f"range {token.low < token.high}"
    elif token.kind in ("cue", "gender", "fit", "runs"):
        yield f"word {layout.plain.text[token.start : token.end]}"
    before = layout.gap(i - 1)[-NEAR:] if i else layout.plain.text[: token.start][-NEAR:]
    after = layout.gap(i)[:NEAR]
    for side, gap in (("before", before), ("after", after)):
        yield f"{side} {gap.strip()}"
        yield f"{side} {'newline' if chr(10) in gap else 'gap' if gap else 'none'}"
        yield from (f"{side} {one}{other}" for one, other in zip(gap, gap[1:], strict=False) if one + other != "  ")


def windows(count: int) -> list[tuple[int, int]]:
    """Return starts and ends of the windows that cover `count` tokens."""
    return [(start, min(count, start + WINDOW)) for start in range(0, max(1, count - STRIDE), STRIDE)]


@cache
def load_weights() -> Weights:
    """Return the weights with the adapters added to them."""
    weights = {name: one.astype(np.float32) for name, one in load_file(BASE).items()}
    adapter = {name: one.astype(np.float32) for name, one in load_file(ADAPTER).items()}
    for name in [name for name in adapter if name.endswith(".lora_a")]:
        bare, down = name.removesuffix(".lora_a"), adapter[name]
        weights[f"{bare}.weight"] += (LORA_ALPHA / len(down)) * adapter[f"{bare}.lora_b"] @ down
    return weights | {name: one for name, one in adapter.items() if ".lora_" not in name}


def read_parts(layout: Layout, parts: Parts) -> F32:
    """Return how probable each of `ROLES` is for each token, (tokens, roles), given what the rules say."""
    pieces, weights = coded(layout, parts), load_weights()
    found = np.zeros((len(pieces), len(ROLES)), np.float32)
    for number, (start, end) in enumerate(windows(len(pieces))):
        if start == end:
            break
        states = encode(pieces[start:end], weights)
        skip = STRIDE // 2 if number else 0  # what stood further from the edge in the window before
        found[start + skip : end] = _softmax(_linear(states[skip:], weights, "head"))
    return found


def encode(pieces: I64, weights: Weights) -> F32:
    """Return the state (n, WIDTH) of each token of one window from its pieces (n, PIECES)."""
    x = weights["pieces.weight"][pieces].sum(axis=1) + weights["places.weight"][: len(pieces)]
    for n in range(LAYERS):
        x = x + _attend(_norm(x, weights, f"layers.{n}.before"), weights, f"layers.{n}")
        inner = _linear(_norm(x, weights, f"layers.{n}.after"), weights, f"layers.{n}.wide")
        inner = 0.5 * inner * (1 + np.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)))
        x = x + _linear(inner, weights, f"layers.{n}.narrow")
    return _norm(x, weights, "last")


def _attend(x: F32, weights: Weights, layer: str) -> F32:
    query, key, value = (
        _linear(x, weights, f"{layer}.{name}").reshape(len(x), HEADS, -1).transpose(1, 0, 2) for name in ADAPTED[:3]
    )
    shares = _softmax(query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1]))
    return _linear((shares @ value).transpose(1, 0, 2).reshape(len(x), -1), weights, f"{layer}.out")


def _linear(x: F32, weights: Weights, name: str) -> F32:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(x: F32, weights: Weights, name: str) -> F32:
    mean, spread = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    even: F32 = (x - mean) / np.sqrt(spread + EPSILON) * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return even


def _softmax(x: F32) -> F32:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: F32 = powers / powers.sum(axis=-1, keepdims=True)
    return shares
