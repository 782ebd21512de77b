"""From seen joints to a posed skeleton, in one numba call a frame.

1. Chest and pelvis frames and limb directions come from the points in space.
2. The body's own bone lengths are laid out along them and placed by the closed-form translation.
3. Ray-PBD moves the joints onto their rays.
4. Rotations follow from the joints: frames, clavicle, swing, twist.
5. A second translation puts the posed torso onto the image again.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.pose.kinematics import (
    CLAVICLE,
    HEAD,
    LOWERARM01,
    LOWERARM02,
    LOWERLEG01,
    SPINE01,
    UPPERARM01,
    UPPERARM02,
    UPPERLEG01,
    WRIST_BONE,
    chain,
    clavicle_rotation,
    hand_rotations,
    head_rotations,
    limb,
    spine_rotations,
    torso_frame,
)
from pipelines.pose.ray_pbd import ANKLE, ELBOW, HIP, KNEE, SHOULDER, WRIST, place, solve_points
from pipelines.pose.rotations import cross, unit

F64 = NDArray[np.float64]

# rows of `SeenJoints.points_m` behind the twelve limb joints
LEFT_EAR, NOSE, INDEX_KNUCKLE, LITTLE_KNUCKLE = 12, 14, 15, 17


@njit(cache=True, nogil=True)
def _mid(points: F64, row: int) -> F64:
    out: F64 = 0.5 * (points[row] + points[row + 1])
    return out


@njit(cache=True, nogil=True)
def _torso_rotation(points: F64, rest: F64, row: int) -> F64:
    """Return the rotation of the chest (row SHOULDER) or pelvis (row HIP) from `rest` to `points`."""
    now = torso_frame(points[row], points[row + 1], _mid(points, SHOULDER), _mid(points, HIP))
    then = torso_frame(rest[row], rest[row + 1], _mid(rest, SHOULDER), _mid(rest, HIP))
    return now @ then.T


@njit(cache=True, nogil=True)
def _layout(joints: F64, key_heads: F64, rotations: F64) -> F64:
    """Return the shoulders and hips of the twelve joints, pelvis at the origin; the limbs are laid out afterwards."""
    heads = np.empty((HEAD + 1, 3))
    chain(rotations, key_heads, heads)
    out = np.empty((12, 3))
    for side in range(2):
        chest = rotations[SPINE01]
        out[SHOULDER + side] = heads[SPINE01] + chest @ (joints[SHOULDER + side] - key_heads[SPINE01])
        out[HIP + side] = rotations[0] @ (joints[HIP + side] - key_heads[0])
    return out


@njit(cache=True, nogil=True)
def _extend(joints: F64, world: F64, start: F64, shift: F64) -> None:
    """Lay arms and legs of `start` along the directions of `world`, at the body's lengths."""
    for side in range(2):
        for row, a, b in ((ELBOW, SHOULDER, ELBOW), (WRIST, ELBOW, WRIST), (KNEE, HIP, KNEE), (ANKLE, KNEE, ANKLE)):
            length = np.sqrt(np.sum((joints[b + side] - joints[a + side]) ** 2))
            base = start[a + side].copy()
            if a == SHOULDER:
                base += shift[side]
            start[row + side] = base + unit(world[b + side] - world[a + side]) * length


@njit(cache=True, nogil=True)
def _shoulder_shift(joints: F64, key_heads: F64, chest: F64, clavicle: F64, side: int) -> F64:
    arm = joints[SHOULDER + side] - key_heads[CLAVICLE + side]
    shift: F64 = clavicle @ arm - chest @ arm
    return shift


@njit(cache=True, nogil=True)
def _place_limbs(p: F64, joints: F64, key_heads: F64, knuckles: F64, world: F64, shift: F64, out: F64) -> None:
    """Set the rotations of arms, hands and legs from the solved joints `p` (12, 3)."""
    front, back = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
    for side in range(2):
        s, e, w = SHOULDER + side, ELBOW + side, WRIST + side
        upper_rest, lower_rest = joints[e] - joints[s], joints[w] - joints[e]
        lower = p[w] - p[e]
        first, second, fore = limb(
            out[CLAVICLE + side],
            upper_rest,
            lower_rest,
            unit(cross(upper_rest, front)),
            p[e] - p[s] - shift[side],
            lower,
        )
        out[UPPERARM01 + side], out[UPPERARM02 + side], out[LOWERARM01 + side] = first, second, fore
        index, little = world[INDEX_KNUCKLE + side], world[LITTLE_KNUCKLE + side]
        rest_index, rest_little = knuckles[side], knuckles[2 + side]
        out[LOWERARM02 + side], out[WRIST_BONE + side] = hand_rotations(
            fore,
            rest_index - rest_little,
            index - little,
            0.5 * (rest_index + rest_little) - joints[w],
            0.5 * (index + little) - world[w],
            lower,
        )
        h, k, a = HIP + side, KNEE + side, ANKLE + side
        thigh_rest, calf_rest = joints[k] - joints[h], joints[a] - joints[k]
        _, thigh, calf = limb(out[0], thigh_rest, calf_rest, unit(cross(thigh_rest, back)), p[k] - p[h], p[a] - p[k])
        out[UPPERLEG01 + side], out[LOWERLEG01 + side] = thigh, calf


@njit(cache=True, nogil=True)
def posed_limbs(joints: F64, key_heads: F64, rotations: F64) -> F64:
    """Return the joints (12, 3) of the posed skeleton, the pelvis at the origin."""
    heads = np.empty((HEAD + 1, 3))
    chain(rotations, key_heads, heads)
    p = np.empty((12, 3))
    chest = rotations[SPINE01]
    for side in range(2):
        clavicle, s, e, w = rotations[CLAVICLE + side], SHOULDER + side, ELBOW + side, WRIST + side
        base = heads[SPINE01] + chest @ (key_heads[CLAVICLE + side] - key_heads[SPINE01])
        p[s] = base + clavicle @ (joints[s] - key_heads[CLAVICLE + side])
        half = key_heads[UPPERARM02 + side]
        first, second, fore = rotations[UPPERARM01 + side], rotations[UPPERARM02 + side], rotations[LOWERARM01 + side]
        p[e] = p[s] + first @ (half - joints[s]) + second @ (joints[e] - half)
        wrist_half = key_heads[LOWERARM02 + side]
        p[w] = p[e] + fore @ (wrist_half - joints[e]) + rotations[LOWERARM02 + side] @ (joints[w] - wrist_half)
        h, k, a = HIP + side, KNEE + side, ANKLE + side
        p[h] = rotations[0] @ (joints[h] - key_heads[0])
        p[k] = p[h] + rotations[UPPERLEG01 + side] @ (joints[k] - joints[h])
        p[a] = p[k] + rotations[LOWERLEG01 + side] @ (joints[a] - joints[k])
    return p


@njit(cache=True, nogil=True)
def _set_clavicles(joints: F64, key_heads: F64, p: F64, rotations: F64, shift: F64) -> None:
    """Turn the clavicles of a set chest with the arms of `p` (N, 3), and tell how far they carry the shoulders."""
    chest = rotations[SPINE01]
    for side in range(2):
        rotations[CLAVICLE + side] = clavicle_rotation(chest, p[ELBOW + side] - p[SHOULDER + side])
        shift[side] = _shoulder_shift(joints, key_heads, chest, rotations[CLAVICLE + side], side)


@njit(cache=True, nogil=True)
def solve(
    joints: F64,
    key_heads: F64,
    face: F64,
    knuckles: F64,
    rays: F64,
    weights: F64,
    torso_weights: F64,
    world: F64,
    previous_z: F64,
    farther: float,
) -> tuple[F64, F64, F64]:
    """Return rotations (K, 3, 3) of the key bones, the root's place (3,) and the depths (12,) to remember.

    Rest geometry as in `rig.Rig`. `rays` (12, 2) as in `ray_pbd.translation`; `weights` (12,);
    `torso_weights` (12,) and `farther` for the two placements, see `ray_pbd.place`;
    `world` (19, 3) points in space as in `SeenJoints.points_m`.
    """
    rotations = np.empty((LOWERLEG01 + 2, 3, 3))
    shift = np.zeros((2, 3))
    trunk = world[:12].copy()
    for _ in range(2):  # the chest is read from the shoulders, and raised arms carry those with them
        trunk[SHOULDER : SHOULDER + 2] = world[SHOULDER : SHOULDER + 2] - shift
        spine_rotations(_torso_rotation(trunk, joints, HIP), _torso_rotation(trunk, joints, SHOULDER), rotations)
        _set_clavicles(joints, key_heads, world, rotations, shift)
    start = _layout(joints, key_heads, rotations)
    _extend(joints, world, start, shift)
    carried = start.copy()
    carried[SHOULDER : SHOULDER + 2] += shift
    start = start + place(carried, rays, torso_weights, farther)
    p = solve_points(start, shift, rays, weights, start[:, 2].copy(), previous_z)
    chest, pelvis = _torso_rotation(p, joints, SHOULDER), _torso_rotation(p, joints, HIP)
    spine_rotations(pelvis, chest, rotations)
    _set_clavicles(joints, key_heads, p, rotations, shift)
    _place_limbs(p, joints, key_heads, knuckles, world, shift, rotations)
    head_rotations(chest, face, world[LEFT_EAR : NOSE + 1], rotations)
    posed = posed_limbs(joints, key_heads, rotations)
    return rotations, place(posed, rays, torso_weights, farther), p[:, 2].copy()


@njit(cache=True, nogil=True)
def local_rotations(rotations: F64, key_of_bone: NDArray[np.int32], parents: NDArray[np.int32]) -> F64:
    """Return each bone's rotation against its parent (B, 3, 3); bones without a key follow their parent.

    `key_of_bone` (B,) is the row of `rotations` or -1; parents come before their children.
    """
    count = parents.shape[0]
    whole = np.empty((count, 3, 3))
    local = np.empty((count, 3, 3))
    for b in range(count):
        parent = parents[b]
        above = whole[parent] if parent >= 0 else np.eye(3)
        whole[b] = rotations[key_of_bone[b]] if key_of_bone[b] >= 0 else above
        local[b] = above.T @ whole[b]
    return local
