"""Train the network that finds joints from landmarks, and write `pipelines/pose/data/joint_lift.npz`.

    python scripts/bake_joint_lift.py [--people 400] [--films /tmp/lift_films.npz]

Films synthetic people (two processes, about 6 s a person each), then fits the networks of `pipelines/pose/lift.py`
with torch, half a minute each. A fifth of the people is held back to tell how well they do, one alone and all together.
`--films` keeps what was filmed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).parent)]

from lift_films import Sample, film_person  # noqa: E402

from pipelines.pose.lift import LIMB_JOINTS, MIRRORED, POINTS, SHOULDER_WIDTH_M, WEIGHTS, Sight, look  # noqa: E402
from pipelines.pose.tracker import load_tracker  # noqa: E402

F32 = NDArray[np.float32]

NETWORKS = 6
HIDDEN = 128
EPOCHS = 80
BATCH = 256
RATE = 4e-3
DECAY = 1e-3
NOISE = 0.03  # standard deviations, added to the input while training
SOFT = 0.03  # of the shoulder width: errors below count squared, above in proportion (pseudo-Huber)
SPACE_SHARE = 0.3  # of the loss, for the points in space
OUTSIDE_SHARE = 0.1  # of a joint that the picture does not show
SWAPPED = 0.6  # shoulder widths off in the median: the network has mixed up left and right, nothing to learn there
HELD_BACK = 5  # every fifth person


def main() -> None:
    """Film, train, tell and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = _films(options.people, options.films)
    held_back = data["person"] % HELD_BACK == 0
    unseen = {name: column[held_back] for name, column in data.items()}
    tell(train_all({name: column[~held_back] for name, column in data.items()}), unseen)
    write(train_all(data), options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e3:.0f} kB")


def write(trained: Trained, path: Path) -> None:
    """Write weights (N, out, in) and biases (N, out) of each layer of the N networks, and their inputs' scale."""
    arrays = {"mean": trained.mean.numpy(), "spread": trained.spread.numpy()}
    layers = [[layer for layer in one if isinstance(layer, torch.nn.Linear)] for one in trained.networks]
    for number, alike in enumerate(zip(*layers, strict=True)):
        arrays[f"weight{number}"] = np.stack([layer.weight.detach().numpy().astype(np.float16) for layer in alike])
        arrays[f"bias{number}"] = np.stack([layer.bias.detach().numpy() for layer in alike])
    np.savez_compressed(path, **arrays)


def _films(people: int, cache: Path | None) -> dict[str, F32]:
    if cache is not None and cache.is_file():
        with np.load(cache) as file:
            return dict(file)
    rows: list[dict[str, NDArray[np.float64]]] = []
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=20) as pool:
        for number, found in enumerate(pool.imap(film, range(people)), 1):
            rows += found
            print(f"filmed {number} of {people} people, {len(rows)} samples", flush=True)
    data = {name: np.array([row[name] for row in rows], np.float32) for name in rows[0]}
    if cache is not None:
        np.savez_compressed(cache, **data)
    return data


def film(seed: int) -> list[dict[str, NDArray[np.float64]]]:
    """Film one person; return a training row per frame and its mirror picture."""
    tracker = load_tracker("bundled")
    samples, _, _ = film_person(seed, tracker, 0.0)
    tracker.close()
    return [row | {"person": np.array(seed)} for sample in samples for row in _rows(sample)]


def _rows(sample: Sample) -> list[dict[str, NDArray[np.float64]]]:
    """Return input and goal of `sample` and of its mirror picture; none where left and right are swapped."""
    sight = look(sample.landmarks, sample.K)
    width = sample.shoulder_width_px / sight.scale_px
    image = (sample.joints_px - sight.middle_px) / sight.scale_px * (1.0, -1.0) - sight.image[:LIMB_JOINTS]
    if np.median(np.abs(image)) > SWAPPED * width or _faces_away(sight, sample.points_m):
        return []
    true = sample.points_m - sample.points_m[[6, 7]].mean(axis=0)
    space = true * SHOULDER_WIDTH_M / np.linalg.norm(true[0] - true[1]) - sight.world
    limbs = MIRRORED[:LIMB_JOINTS]
    return [
        _row(sight, image, space, width, sample.inside),
        _row(
            sight.mirrored(),
            image[limbs] * (-1.0, 1.0),
            space[MIRRORED] * (-1.0, 1.0, 1.0),
            width,
            sample.inside[limbs],
        ),
    ]


def _faces_away(sight: Sight, points_m: NDArray[np.float64]) -> bool:
    """Return whether the network believes in the opposite facing."""
    across = [points[0] - points[1] + points[6] - points[7] for points in (sight.world, points_m)]
    return bool(across[0] @ across[1] < 0.0)


def _row(
    sight: Sight,
    image: NDArray[np.float64],
    space: NDArray[np.float64],
    width: float,
    inside: NDArray[np.bool_],
) -> dict[str, NDArray[np.float64]]:
    return {
        "x": sight.features(),
        "image": image.ravel(),
        "space": space.ravel(),
        "width": np.array(width),
        "share": np.where(inside, 1.0, OUTSIDE_SHARE),
    }


@dataclass(frozen=True, slots=True)
class Trained:
    """Networks that differ in where their training began, and the mean and the spread of their inputs (117,)."""

    networks: tuple[torch.nn.Sequential, ...]
    mean: torch.Tensor
    spread: torch.Tensor


def train_all(data: dict[str, F32]) -> Trained:
    """Fit every network to `data`."""
    x = torch.tensor(data["x"])
    mean, spread = x.mean(0), x.std(0) + 0.05
    goals = {name: torch.tensor(column) for name, column in data.items() if name != "x"}
    return Trained(tuple(train((x - mean) / spread, goals, seed) for seed in range(NETWORKS)), mean, spread)


def train(x: torch.Tensor, goals: dict[str, torch.Tensor], seed: int) -> torch.nn.Sequential:
    """Fit one network to inputs `x` (N, 117), scaled."""
    torch.manual_seed(seed)
    outputs = 2 * LIMB_JOINTS + 3 * len(POINTS)
    network = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, outputs),
    )
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    batches = (len(x) - 1) // BATCH + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            out = network(x[rows] + NOISE * torch.randn(len(rows), x.shape[1]))
            image, space = _errors(out, {name: goal[rows] for name, goal in goals.items()})
            loss = (_soft(image) * goals["share"][rows]).mean() + SPACE_SHARE * _soft(space).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network


def _errors(out: torch.Tensor, goals: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the distances in the picture (N, 12) and in space (N, 19), in shoulder widths."""
    cut = 2 * LIMB_JOINTS
    image = (out[:, :cut] - goals["image"]).reshape(-1, LIMB_JOINTS, 2).norm(dim=2) / goals["width"][:, None]
    space = (out[:, cut:] - goals["space"]).reshape(-1, len(POINTS), 3).norm(dim=2) / SHOULDER_WIDTH_M
    return image, space


def _soft(error: torch.Tensor) -> torch.Tensor:
    return torch.sqrt(error * error + SOFT * SOFT) - SOFT


def tell(trained: Trained, unseen: dict[str, F32]) -> None:
    """Print the errors on people who were held back."""
    goals = {name: torch.tensor(column) for name, column in unseen.items()}
    with torch.no_grad():
        outs = torch.stack([one((goals["x"] - trained.mean) / trained.spread) for one in trained.networks])
    shown = goals["share"] > OUTSIDE_SHARE
    for name, guess in (("bare landmarks", 0 * outs[0]), ("by one network", outs[0]), ("by all", outs.mean(0))):
        error = 100.0 * _errors(guess, goals)[0][shown]
        print(f"people held back, {name}: median {error.median():.1f}, p95 {torch.quantile(error, 0.95):.1f} % SW")


if __name__ == "__main__":
    main()
