"""Where the pose network's landmarks lie on the body: measures the table again that the pose stage relies on.

    python -m benchmarks.landmark_offsets [--bodies 5] [--json F]

Films synthetic shoppers of several shapes in several poses and views, and solves for one constant offset a
landmark, in hundredths of the shoulder width and in the rest-pose axes of a bone: x lateral, y down, z to the
back, left and right mirrored onto each other. Robust least squares (iteratively reweighted, Huber).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.pose.rig import landmark_table
from pipelines.pose.tracker import Tracker, load_tracker
from pipelines.synthetic.figure import naked_of
from pipelines.synthetic.motion import motion_named, stance_at
from pipelines.synthetic.rig import body_transform, bone_rotations
from pipelines.synthetic.shopper import SyntheticFrame, SyntheticShopper

LEFT = {"shoulder": 11, "elbow": 13, "wrist": 15, "hip": 23, "knee": 25, "ankle": 27, "ear": 7, "nose": 0}
FRAME_BONES = {
    "chest": "spine01",
    "upperarm": "upperarm02.{side}",
    "lowerarm": "lowerarm01.{side}",
    "pelvis": "root",
    "upperleg": "upperleg01.{side}",
    "head": "head",
}
STANCES = (("sway", 0.0), ("a_pose", 0.5), ("t_pose", 0.0), ("raise", 3.3), ("gesture", 1.8))
YAWS_DEG = (-60.0, -30.0, -10.0, 10.0, 30.0, 60.0, 150.0, 180.0, 210.0)
REPEATS = 5  # of one picture, until the network's own smoothing has settled
HUBER = 4.0  # % of the shoulder width from which an observation counts less


@dataclass(frozen=True, slots=True)
class Sight:
    """One landmark in one picture, in % of the shoulder width: where it is from its joint, and how offsets show."""

    name: str
    seen: NDArray[np.float64]  # (2,) landmark minus projected joint
    shows: NDArray[np.float64]  # (2, 3) image move per unit of (lateral, down, back)


@dataclass(frozen=True, slots=True)
class Offset:
    """What was measured for one landmark, % of the shoulder width."""

    value: NDArray[np.float64]  # (3,) lateral, down, back
    residual_joint: float  # median distance from the bare joint
    residual: float  # median distance that is left


def sights(bodies: int, stances: tuple[tuple[str, float], ...], yaws_deg: tuple[float, ...]) -> Iterator[Sight]:
    """Yield every landmark that the network sees on `bodies` shoppers in all poses and views."""
    tracker, clock_s = load_tracker("bundled"), 0.0
    for seed in range(bodies):
        shopper = SyntheticShopper(seed, 640, 640, framing="full")
        rig = naked_of(shopper.body).rig
        for (motion, t_s), yaw in ((pose, yaw) for pose in stances for yaw in yaws_deg):
            stance = stance_at(motion_named(motion), t_s, seed)
            turn = np.eye(4)
            turn[:3, :3] = _about_y(np.radians(yaw))
            T_cam_body = body_transform(stance, shopper.T_cam_ground @ turn)
            film = shopper.film(shopper.place(bone_rotations(rig, stance), T_cam_body), clock_s)
            clock_s += 1.0
            yield from _observe(shopper, film, tracker)
        shopper.close()
    tracker.close()


def solve(seen: list[Sight]) -> tuple[dict[str, Offset], float]:
    """Return the offset of each landmark and the bias to the image right that all share."""
    names = sorted({one.name for one in seen})
    columns = {name: 3 * i for i, name in enumerate(names)}
    rows, wanted = np.zeros((2 * len(seen), 3 * len(names) + 1)), np.zeros(2 * len(seen))
    for i, one in enumerate(seen):
        column = columns[one.name]
        rows[2 * i : 2 * i + 2, column : column + 3] = one.shows
        rows[2 * i, -1] = 1.0
        wanted[2 * i : 2 * i + 2] = one.seen
    middle = columns.get("nose")
    if middle is not None:
        rows[:, middle] = 0.0  # the nose is in the middle
    weight = np.ones(len(seen))
    for _ in range(20):
        scale = np.repeat(np.sqrt(weight), 2)
        solution = np.linalg.lstsq(rows * scale[:, None], wanted * scale, rcond=None)[0]
        left = np.linalg.norm((wanted - rows @ solution).reshape(-1, 2), axis=1)
        weight = np.minimum(1.0, HUBER / np.maximum(left, 1e-9))
    offsets = {}
    for name in names:
        mine = np.array([one.name == name for one in seen])
        bare = np.median([np.linalg.norm(one.seen) for one in seen if one.name == name])
        value = solution[columns[name] : columns[name] + 3]
        offsets[name] = Offset(value, float(bare), float(np.median(left[mine])))
    return offsets, float(solution[-1])


def _observe(shopper: SyntheticShopper, film: SyntheticFrame, tracker: Tracker) -> Iterator[Sight]:
    frame, model = film.frame, shopper.body.model
    tracker.reset()
    for repeat in range(REPEATS):
        again = type(frame)(frame.y, frame.u, frame.v, frame.captured_s + repeat / 30, frame.K)
        found = tracker.track(again)
    if found is None:
        return
    heads = shopper.body.heads_m
    width_m = float(np.linalg.norm(heads[model.bone("upperarm01.L")] - heads[model.bone("upperarm01.R")]))
    points = landmark_table()["points"]
    for name, landmark in LEFT.items():
        for side, out in (("L", 1.0), ("R", -1.0)):
            if name == "nose" and side == "R":
                continue
            index = landmark + (side == "R")
            if found.visibility[index] < 0.5:
                continue
            joint = model.bone(_bone(points[name]["joint"], side, model.bone_names))
            T = film.T_cam_rest[joint].astype(np.float64)
            at = T[:3, :3] @ heads[joint] + T[:3, 3]
            frame_bone = model.bone(FRAME_BONES[points[name]["frame"]].format(side=side))
            axes = film.T_cam_rest[frame_bone][:3, :3].astype(np.float64) * np.array([out, -1.0, -1.0])
            yield _sight(name, found.uv_px[index], at, axes, frame.K, width_m)


def _sight(
    name: str,
    uv_px: NDArray[np.float32],
    at: NDArray[np.float64],
    axes: NDArray[np.float64],
    K: NDArray[np.float64],
    width_m: float,
) -> Sight:
    """Linearise the projection around the joint `at` (3,); `axes` (3, 3) are the offset's, in the camera frame."""
    depth = -at[2]
    joint_px = np.array([K[0, 2] + K[0, 0] * at[0] / depth, K[1, 2] - K[1, 1] * at[1] / depth])
    width_px = K[0, 0] * width_m / depth
    jacobian = np.array([[1.0, 0.0, at[0] / depth], [0.0, -1.0, -at[1] / depth]])
    return Sight(name, 100.0 * (uv_px - joint_px) / width_px, jacobian @ axes)


def _bone(joint: str, side: str, names: tuple[str, ...]) -> str:
    return joint if joint in names else f"{joint}.{side}"


def _about_y(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def table(offsets: dict[str, Offset], bias: float) -> str:
    """Return the measured values beside those in use."""
    known = landmark_table()
    lines = [f"{'landmark':10}{'measured x y z':>24}{'in use':>24}{'joint':>8}{'left':>6}  % of the shoulder width"]
    for name, offset in offsets.items():
        ours = "".join(f"{v:8.1f}" for v in offset.value)
        theirs = "".join(f"{v:8.1f}" for v in known["points"][name]["offset"])
        lines.append(f"{name:10}{ours}{theirs}{offset.residual_joint:8.1f}{offset.residual:6.1f}")
    lines.append(f"image bias {bias:.1f}, in use {known['image_bias_x']}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with --json also write what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bodies", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    offsets, bias = solve(list(sights(options.bodies, STANCES, YAWS_DEG)))
    print(table(offsets, bias))
    if options.json is not None:
        found: dict[str, Any] = {name: np.round(one.value, 1).tolist() for name, one in offsets.items()}
        options.json.write_text(json.dumps({"image_bias_x": round(bias, 1), "points": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
