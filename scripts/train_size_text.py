"""Train the reader of product texts: a base that fills in hidden tokens, then LoRA adapters for the parts.

    python scripts/train_size_text.py [--base FILE] [--texts 16000] [--log out/size_text]

Needs the extra `train` (peft, tensorboard). All it learns from is made by `size_text_corpus.py`; the hand-written
texts are never read. Writes `pipelines/sizing/text/data/size_text_{base,lora}.safetensors`, prints precision, recall
and F1 of every part on made-up texts of another seed, and logs the same for TensorBoard. `--base` takes a base as it
is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import load_file, save_file
from torch.utils.tensorboard import SummaryWriter

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from size_text_corpus import Made, corpus  # noqa: E402

from pipelines.sizing.text.layout import layout_of  # noqa: E402
from pipelines.sizing.text.plain import plain_text  # noqa: E402
from pipelines.sizing.text.reader import (  # noqa: E402
    ADAPTED,
    ADAPTER,
    BASE,
    BUCKETS,
    HEADS,
    LAYERS,
    LORA_ALPHA,
    PIECES,
    WIDTH,
    WINDOW,
    coded,
)  # fmt: skip
from pipelines.sizing.text.roles import ROLES, parts_of  # noqa: E402

BATCH, RANK = 64, 16
HIDDEN = 1  # the bucket of a hidden token
UNREAD = -100  # no part to learn: cues and measures
READ = ("size", "number", "gender", "fit", "runs")
Example = tuple[np.ndarray, np.ndarray]  # pieces (tokens, PIECES), parts (tokens,)


class Layer(torch.nn.Module):
    """One layer, normalised before attention and before its two linear maps."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.out = (torch.nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor, absent: torch.Tensor) -> torch.Tensor:
        """Return the states (batch, n, WIDTH) after this layer; nobody looks at `absent` (batch, n)."""
        batch, n, _ = x.shape
        y = self.before(x)
        parts = (part(y).view(batch, n, HEADS, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        seen = torch.nn.functional.scaled_dot_product_attention(*parts, attn_mask=~absent[:, None, None, :])
        x = x + self.out(seen.transpose(1, 2).reshape(batch, n, -1))
        return x + self.narrow(torch.nn.functional.gelu(self.wide(self.after(x)), approximate="tanh"))


class Reader(torch.nn.Module):
    """The transformer as `pipelines/sizing/text/reader.py` runs it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = torch.nn.Embedding(BUCKETS, WIDTH, padding_idx=0)
        self.places = torch.nn.Embedding(WINDOW, WIDTH)
        self.layers = torch.nn.ModuleList(Layer() for _ in range(LAYERS))
        self.last, self.head = torch.nn.LayerNorm(WIDTH), torch.nn.Linear(WIDTH, len(ROLES))
        for table in (self.pieces, self.places):
            torch.nn.init.normal_(table.weight, std=0.1)
        with torch.no_grad():
            self.pieces.weight[0] = 0

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        """Return the states (batch, n, WIDTH) of tokens (batch, n, PIECES); a token without pieces is absent."""
        x = self.pieces(pieces).sum(2) + self.places.weight[: pieces.shape[1]]
        for layer in self.layers:
            x = layer(x, pieces[:, :, 0] == 0)
        return self.last(x)


def main() -> None:
    """Train, tell how well, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="a trained base instead of training one")
    parser.add_argument("--texts", type=int, default=16000, help="made-up texts to learn from")
    parser.add_argument(
        "--epochs", type=int, default=6, help="rounds over them, for the base and again for the adapters"
    )
    parser.add_argument("--log", type=Path, default=ROOT / "out" / "size_text", help="folder of the TensorBoard log")
    options = parser.parse_args()
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    texts = examples(1, options.texts)
    log = SummaryWriter(options.log)
    network = Reader()
    if options.base:
        network.load_state_dict({**network.state_dict(), **{k: v.float() for k, v in load_file(options.base).items()}})
    else:
        fill_in(network, texts, options.epochs, rng, log)
    base = {name: one.half() for name, one in network.state_dict().items() if not name.startswith("head.")}
    adapt(network, texts, options.epochs, rng, log)
    report(network, examples(2, 2000), log)
    save_file(base, BASE)
    save_file(adapters(network), ADAPTER)
    print(
        f"{BASE.stat().st_size / 1e3:.0f} kB base, {ADAPTER.stat().st_size / 1e3:.0f} kB adapters; log in {options.log}"
    )


def examples(seed: int, count: int) -> list[Example]:
    """Return made-up texts as numbers, each token with its part."""
    made = (example(one) for one in corpus(seed, count))
    return [one for one in made if len(one[0])]


def example(made: Made) -> Example:
    """Return one text as numbers, cut to one window."""
    layout = layout_of(plain_text(made.text))
    parts = np.full(len(layout.tokens), UNREAD, np.int64)
    for i, token in enumerate(layout.tokens):
        if token.kind in READ:
            start, end = layout.plain.span(token.start, token.end)
            part = next((role for low, high, role in made.marks if low < end and start < high), "other")
            parts[i] = ROLES.index(part)
    return coded(layout, parts_of(layout))[:WINDOW], parts[:WINDOW]


def batches(texts: Sequence[Example], rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield pieces (batch, n, PIECES) and parts (batch, n) of texts of like length, in random order."""
    order = sorted(rng.permutation(len(texts)), key=lambda i: len(texts[i][0]) // 4)
    groups = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    for i in rng.permutation(len(groups)):
        yield stacked([texts[n] for n in groups[i]])


def stacked(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pieces and parts of some texts, 0 and UNREAD where a text has ended."""
    n = max(len(parts) for _, parts in batch)
    pieces = np.zeros((len(batch), n, PIECES), np.int64)
    parts = np.full((len(batch), n), UNREAD, np.int64)
    for row, (mine, goals) in enumerate(batch):
        pieces[row, : len(mine)], parts[row, : len(goals)] = mine, goals
    return torch.from_numpy(pieces), torch.from_numpy(parts)


def fill_in(
    network: Reader, texts: Sequence[Example], epochs: int, rng: np.random.Generator, log: SummaryWriter
) -> None:
    """Train the base to fill in kind and value of hidden tokens."""
    guess = torch.nn.ModuleList(torch.nn.Linear(WIDTH, BUCKETS) for _ in range(2))
    optimiser = torch.optim.AdamW([*network.parameters(), *guess.parameters()], lr=2e-3, weight_decay=0.01)
    total = epochs * -(-len(texts) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=total + 1)
    step = 0
    for _ in range(epochs):
        for pieces, _ in batches(texts, rng):
            hidden = torch.from_numpy(rng.random(pieces.shape[:2]) < 0.2) & (pieces[:, :, 0] > 0)
            step += 1
            if not hidden.any():
                continue
            covered = torch.where(hidden[:, :, None], 0, pieces)
            covered[:, :, 0] = torch.where(hidden, HIDDEN, covered[:, :, 0])
            states = network(covered)[hidden]
            losses = [torch.nn.functional.cross_entropy(guess[n](states), pieces[hidden][:, n]) for n in range(2)]
            _step(optimiser, losses[0] + losses[1])
            schedule.step()
            log.add_scalar("base/kind", losses[0].item(), step)
            log.add_scalar("base/value", losses[1].item(), step)
            if step % 200 == 0:
                print(f"base {step} of {total}: {losses[0].item():.3f} {losses[1].item():.3f}", flush=True)


def _step(optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def adapt(network: Reader, texts: Sequence[Example], epochs: int, rng: np.random.Generator, log: SummaryWriter) -> None:
    """Fine-tune with low-rank adapters on the linear maps, and the head; the base stays as it is."""
    config = LoraConfig(r=RANK, lora_alpha=LORA_ALPHA, target_modules=list(ADAPTED), lora_dropout=0.05)
    inject_adapter_in_model(config, network)
    for name, one in network.named_parameters():
        one.requires_grad_("lora_" in name or name.startswith("head."))
    chosen = [one for one in network.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(chosen, lr=4e-3, weight_decay=0.01)
    total = epochs * -(-len(texts) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=total + 1)
    step = 0
    network.train()
    for _ in range(epochs):
        for pieces, parts in batches(texts, rng):
            step += 1
            if (parts == UNREAD).all():
                continue
            logits = network.head(network(pieces))
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), parts.flatten(), label_smoothing=0.02)
            _step(optimiser, loss)
            schedule.step()
            log.add_scalar("lora/loss", loss.item(), step)
            if step % 200 == 0:
                print(f"lora {step} of {total}: {loss.item():.3f}", flush=True)
    network.eval()


def report(network: Reader, texts: Sequence[Example], log: SummaryWriter) -> None:
    """Print and log precision, recall and F1 of every part."""
    confusion = np.zeros((len(ROLES), len(ROLES)), np.int64)
    with torch.no_grad():
        for i in range(0, len(texts), BATCH):
            pieces, parts = stacked(texts[i : i + BATCH])
            told = network.head(network(pieces)).argmax(2)[parts != UNREAD].numpy()
            np.add.at(confusion, (parts[parts != UNREAD].numpy(), told), 1)
    print("part       precision  recall     F1  tokens")
    for n, role in enumerate(ROLES):
        right = confusion[n, n]
        precision, recall = right / max(1, confusion[:, n].sum()), right / max(1, confusion[n].sum())
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{role:10} {precision:9.3f} {recall:7.3f} {f1:6.3f} {confusion[n].sum():7d}")
        log.add_scalar(f"f1/{role}", f1, 0)
    log.add_text(
        "confusion", "\n".join(f"    {role}: {row.tolist()}" for role, row in zip(ROLES, confusion, strict=True))
    )
    log.close()


def adapters(network: Reader) -> dict[str, torch.Tensor]:
    """Return the adapters by the names of the maps they belong to, and the head."""
    found: dict[str, torch.Tensor] = {}
    for name, one in network.state_dict().items():
        bare = name.replace(".default.weight", "")
        if bare.endswith((".lora_A", ".lora_B")):
            found[bare.replace(".lora_A", ".lora_a").replace(".lora_B", ".lora_b")] = one.half().contiguous()
        elif name.startswith("head."):
            found[name] = one.half().contiguous()
    return found


if __name__ == "__main__":
    main()
