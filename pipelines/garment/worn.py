"""A garment in one size on one body: what the drape simulates and the renderer draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.garment.package import GarmentPackage
from pipelines.types import FacesI32, PointsF32, UvF32

IndicesI32 = NDArray[np.int32]
ValuesF32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Followers:
    """Render vertices that are not simulated: hem folds, the second side of texture seams, collars, hoods and pleats.

    x_follower = x_parent + share * (x_inner - x_parent) + side_share * (x_side - x_parent) - depth_m * normal_parent
    """

    parent: IndicesI32  # (W,) simulated vertex
    inner: IndicesI32  # (W,) a neighbour farther from the rim
    share: ValuesF32  # (W,)
    depth_m: ValuesF32  # (W,) 0 for texture seams
    side: IndicesI32  # (W,) a third vertex, of collars, hoods and pleats; elsewhere the parent
    side_share: ValuesF32  # (W,)
    shaped: FacesI32  # (K, 3) drawn faces of collars, hoods and pleats, whose vertices are lit by their own normals


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """The part of the body that the cloth must stay outside of, in the rest pose."""

    rest_m: PointsF32  # (N, 3)
    faces: FacesI32  # (K, 3)
    skin_index: IndicesI32  # (N, 4)
    skin_weight: ValuesF32  # (N, 4)
    arms: ValuesF32  # (N,) arm weight, for the width conform
    layers: tuple[Layer, ...] = ()  # cloth that is worn below; its points come last


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Points of a skin that are a garment's worn below: they are where that cloth hangs."""

    first: int  # number of its first point in the skin
    garment: int  # its number, 0 the innermost
    vertices: IndicesI32  # (n,) simulated vertices of that garment


@dataclass(frozen=True, slots=True, eq=False)
class Capsules:
    """Limbs as tapered capsules, each end bound to one bone, and which vertices may meet which of them."""

    bones: IndicesI32  # (C, 2)
    ends_m: ValuesF32  # (C, 2, 3) in the rest pose
    radii_m: ValuesF32  # (C, 2)
    touch: IndicesI32  # (T, 2) simulated vertex, capsule that pushes it away


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """Skin of other limbs than the one that a vertex is bound to, in patches for a quick search."""

    faces: FacesI32  # (K, 3) over the points of the skin, patch by patch
    first: IndicesI32  # (P + 1,) number of each patch's first face
    limb: IndicesI32  # (P,) that it belongs to
    own: IndicesI32  # (S,) limb that each vertex is bound to and does not meet; -1: it meets none


@dataclass(frozen=True, slots=True, eq=False)
class Shoulders:
    """The upper bones of the arms, which turn inside of their sleeves."""

    bones: IndicesI32  # (A,)
    parents: IndicesI32  # (A,) the bones that they hang from
    heads_m: ValuesF32  # (A, 3) in the rest pose
    axes: ValuesF32  # (A, 3) unit, along the bones in the rest pose


@dataclass(frozen=True, slots=True, eq=False)
class Hanging:
    """Trunk and limbs that a garment hangs along, and how long it is on a body where they are stretched.

    Along a bone that is `t` times as long, the garment has `min(own, room * t)` times the length that it has at rest.
    """

    bones: IndicesI32  # (K,) stretched along its axis where the shopper's is longer
    axes: ValuesF32  # (K, 3) unit, in the rest pose, away from where the garment hangs
    far_m: ValuesF32  # (S, K) how far each vertex hangs along them
    own: ValuesF32  # (K,) 1, or how much more cloth there is where the body ends before it does
    room: ValuesF32  # (K,) how much farther the body goes than the cloth; infinite where nothing ends it


@dataclass(frozen=True, slots=True, eq=False)
class ClothModel:
    """Constants of the simulation; compliances are times the vertex mass, in s^2."""

    count: int  # S, the simulated vertices come first in every (V, ...) array
    faces: FacesI32  # (F, 3) over the simulated vertices
    edges: IndicesI32  # (E, 2)
    edge_slack: ValuesF32  # (E,) rest length over the length in rest_m
    edge_pull_s2: ValuesF32  # (E,) compliance against stretching
    edge_push_s2: ValuesF32  # (E,) compliance against compression
    bends: IndicesI32  # (B, 2) opposite vertices of an edge
    bend_slack: ValuesF32  # (B,)
    bend_s2: ValuesF32  # (B,)
    ties: IndicesI32  # (T, 2) a vertex and the held vertex that it hangs from
    tie_slack: ValuesF32  # (T,)
    limit_m: ValuesF32  # (S,) how far from its anchor a vertex may go
    candidates: IndicesI32  # (S, 8) nearest triangles of skin.faces, -1 for none
    skin: Skin
    capsules: Capsules
    across: Across
    shoulders: Shoulders
    hanging: Hanging
    followers: Followers
    root_bone: int


@dataclass(frozen=True, slots=True, eq=False)
class WornGarment:
    """One garment, graded to one size and laid around one body in the rest pose."""

    package: GarmentPackage
    size: str
    ease_cm: dict[str, float]  # garment minus body by measure; negative is tight
    rest_m: PointsF32  # (V, 3) body frame
    faces: FacesI32  # (F, 3) counter-clockwise from outside
    uv: UvF32  # (V, 2)
    skin_index: IndicesI32  # (V, 4)
    skin_weight: ValuesF32  # (V, 4), sums to 1
    arm_weight: ValuesF32  # (V,) sum of the weights of the arm bones
    occluder_parts: frozenset[str]  # body parts to draw into the depth test
    cloth: ClothModel
    tucked: bool = False  # into the waistband of what is worn with it
    inside: ValuesF32 | None = None  # (V,) of what is tucked: 1 inside of the waistband .. 0 clear of it
    beneath: ValuesF32 | None = None  # (V,) how many garments are worn over it there; None: none anywhere
