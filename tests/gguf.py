"""A tiny language model with weights of chance, as a GGUF file: two Llama layers over single bytes.

The format is GGUF 3 (ggml/docs/gguf.md of llama.cpp): header, metadata, where each tensor lies, tensors.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, LAYERS, HEADS = 64, 2, 4
SPECIAL = ("<|im_start|>", "<|im_end|>")
ALIGNMENT = 32


def write_gguf(file: Path, seed: int = 0) -> Path:
    """Write the model of a seed, some 0.4 MB; it knows every byte and two special tokens."""
    tokens = [*_bytes(), "ĠĠ", *SPECIAL]
    meta = {
        "general.architecture": "llama", "llama.context_length": 32768, "llama.embedding_length": WIDTH,
        "llama.block_count": LAYERS, "llama.feed_forward_length": 2 * WIDTH, "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": HEADS, "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "default", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3 if token in SPECIAL else 1 for token in tokens],
        "tokenizer.ggml.merges": ["Ġ Ġ"], "tokenizer.ggml.eos_token_id": len(tokens) - 1,
        "tokenizer.ggml.bos_token_id": len(tokens) - 2,
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    tensors = {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in _shapes(len(tokens)).items()}
    head, body = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(meta)), b""
    head += b"".join(_text(key) + _typed(value) for key, value in meta.items())
    for name, tensor in tensors.items():
        head += _text(name) + struct.pack(f"<I{tensor.ndim}QIQ", tensor.ndim, *tensor.shape[::-1], 0, len(body))
        body += _padded(tensor.tobytes())
    file.write_bytes(_padded(head) + body)
    return file


def _bytes() -> list[str]:
    """Return how GPT-2's tokenizers write each byte."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (vocabulary, WIDTH), "output_norm.weight": (WIDTH,)}
    for n in range(LAYERS):
        square = {f"blk.{n}.attn_{part}.weight": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
        shapes |= square | {f"blk.{n}.{part}_norm.weight": (WIDTH,) for part in ("attn", "ffn")}
        shapes |= {f"blk.{n}.ffn_{part}.weight": (2 * WIDTH, WIDTH) for part in ("gate", "up")}
        shapes[f"blk.{n}.ffn_down.weight"] = (WIDTH, 2 * WIDTH)
    return shapes


def _typed(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    of_texts = isinstance(value[0], str)
    items = map(_text, value) if of_texts else (struct.pack("<i", one) for one in value)
    return struct.pack("<IIQ", 9, 8 if of_texts else 5, len(value)) + b"".join(items)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
