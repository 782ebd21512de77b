"""What a wish becomes before any frame is drawn: this shopper's body with garments fitted to it.

Making one takes some tenths of a second (shape, cut, grade, weave, settle the cloth), so the rim does it beside the
live path, with a `Tailor` that remembers, and hands the finished outfit over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.conform import TorsoRows, arm_weight
from pipelines.body.fit import body_from_measurements
from pipelines.body.model import Body, BodyModel
from pipelines.drape.cloth import ClothState, start
from pipelines.errors import InputRejected
from pipelines.far_side import ROUND_FROM, LegSkin
from pipelines.fit_map import GarmentFit, fit_on, map_material, mapped
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fabric import Weave, material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered
from pipelines.garment.package import GarmentPackage
from pipelines.garment.worn import WornGarment
from pipelines.leg_outline import LegCloth
from pipelines.light.face import FaceSkin
from pipelines.pose.skeleton import Skeleton
from pipelines.render.backend import Material
from pipelines.sizing.ease import PointFit
from pipelines.sizing.estimate import Figure, estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import drawn_size
from pipelines.sizing.regions import regions_of
from pipelines.sizing.shape import body_of, figures_of
from pipelines.types import Delivery, FacesI32, PointsF32

Told: TypeAlias = float | KnownBody | None  # a height in cm alone, or all that is known of the body; None: nothing
PEOPLE_MAX = 3
HANDS = ("left_hand", "right_hand")
ARMS = ("left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm")
LOWER_LEGS = ("left_calf", "right_calf", "left_foot", "right_foot")
SKIRTED = ("skirt", "dress")
SLEEVE_GAP_M = 0.02  # the bare arm starts this far below the sleeve, so that it never bites into the hem
LIMB_STEPS = 13
HEM_GAP_M = 0.08  # a leg hides nothing this near to cloth: what it is inside of it must not tear, however it bends


@dataclass(frozen=True, slots=True)
class GarmentChoice:
    """A garment that the shopper wants to wear.

    Size None means the recommended one, colourway None the default, tucked None as the garment is worn by default.
    """

    id: str
    size: str | None = None
    colourway: str | None = None
    tucked: bool | None = None  # into trousers or skirt, where there are any


@dataclass(frozen=True, slots=True)
class Comparison:
    """A garment of the outfit that the shopper wants to see in two sizes at once."""

    garment: str
    sizes: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the shopper asks for."""

    garments: tuple[GarmentChoice, ...] = ()
    height_cm: float | None = None
    mirror: bool = False
    people: int = 1  # how many are dressed at most, 1..3
    others: tuple[tuple[GarmentChoice, ...] | None, ...] = ()  # of the second and third person; None: as the shopper
    known: KnownBody | None = None  # of the shopper; beside it `height_cm` counts for nothing
    delivery: Delivery = "composed"
    fit_map: bool = False  # the shopper's garments in the colours of how they fit
    compare: Comparison | None = None

    @property
    def told(self) -> Told:
        """What the shopper's body is made from."""
        return self.height_cm if self.known is None else self.known


@dataclass(frozen=True, slots=True, eq=False)
class BodyPatch:
    """Some of the body's vertices, to be skinned each frame."""

    rest_m: PointsF32  # (N, 3)
    arms: NDArray[np.float32]  # (N,) arm weight, for the width conform
    skin_index: NDArray[np.int32]  # (N, 4)
    skin_weight: NDArray[np.float32]  # (N, 4)
    faces: FacesI32  # (F, 3)

    @staticmethod
    def of(body: Body, index: NDArray[Any], faces: FacesI32) -> BodyPatch:
        """Return the patch of `body` at the vertices `index` (N,), with `faces` into it."""
        model = body.model
        return BodyPatch(
            np.ascontiguousarray(body.rest_m[index]),
            np.ascontiguousarray(arm_weight(body)[index]),
            np.ascontiguousarray(model.skin_index[index]),
            np.ascontiguousarray(model.skin_weight[index]),
            np.ascontiguousarray(faces),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """One arm as a line with a radius; places on it are 0 at the shoulder, 1 at the elbow, 2 at the wrist."""

    radius_m: NDArray[np.float64]  # (LIMB_STEPS,) at even steps from 0 to 2
    bare_from: float  # where the longest sleeve ends


@dataclass(frozen=True, slots=True, eq=False)
class Outfit:
    """A body and what it wears, ready to be posed and drawn; nothing in it changes."""

    body: Body
    skeleton: Skeleton
    torso: TorsoRows
    occluder: BodyPatch  # what may hide the garments, arms and hands apart
    arms: tuple[BodyPatch, BodyPatch]  # left, right: what the sleeves leave bare
    hands: tuple[BodyPatch, BodyPatch]  # left, right: they hide the garments where the real ones cannot be made out
    limbs: tuple[Limb, Limb]  # left, right arm
    legs: LegSkin | None  # what hides the inside of hems and trouser legs; None where no cloth goes round a leg
    sides: tuple[NDArray[np.uint8], ...]  # of each garment: how many sides of each face (F,) are drawn
    trousers: tuple[LegCloth | None, ...]  # of each garment: where it lies along the legs; None of all but trousers
    skin: FaceSkin  # samples for the light
    garments: tuple[WornGarment, ...]  # innermost first
    cloth: tuple[ClothState, ...]  # settled in the rest pose
    materials: tuple[Material, ...]
    mirror: bool
    others: tuple[Outfit, ...] = ()  # of the second and third person
    delivery: Delivery = "composed"
    fits: tuple[GarmentFit, ...] = ()  # how each garment sits, where that is asked for
    mapped: bool = False  # the garments have the colours of that
    beside: Outfit | None = None  # the same in another size, to be shown beside it

    @property
    def people(self) -> int:
        """How many are dressed at most."""
        return 1 + len(self.others)

    def of(self, person: int) -> Outfit:
        """Return the outfit of `person`, 0 the shopper."""
        return self if person == 0 else self.others[person - 1]

    def hangs_as(self, other: Outfit) -> bool:
        """Return whether the cloth of both is the very same, whatever its colours."""
        pairs = zip(self.garments, other.garments, strict=False)
        return len(self.garments) == len(other.garments) and all(one.cloth is two.cloth for one, two in pairs)


class Tailor:
    """Makes outfits, and remembers the bodies, fits and outfits that it made last."""

    def __init__(self, catalogue: Catalogue, model: BodyModel, weave: Weave = material_of) -> None:
        self._catalogue, self._model = catalogue, model
        self._shaped = lru_cache(4)(self._shape)
        self._fitted = lru_cache(128)(self._fit)
        self._woven = lru_cache(64)(weave)
        self._made = lru_cache(128)(self._make)
        self._judged = lru_cache(32)(self._judge)

    def prepare(self, wish: Wish) -> Outfit:
        """Return the outfit of `wish`; raises GarmentNotFound, MeasurementRejected or InputRejected.

        Nothing is known of the others' measurements: they are taken for average.
        """
        if not 1 <= wish.people <= PEOPLE_MAX:
            raise InputRejected(f"people: {wish.people}, must be 1 to {PEOPLE_MAX}")
        others = (*wish.others, None, None)[: wish.people - 1]
        dressed = tuple(self._made(wish.garments if other is None else other, None) for other in others)
        own = self._of_size(wish, 0)
        beside = None if wish.compare is None else self._of_size(wish, 1)
        return replace(own, mirror=wish.mirror, others=dressed, delivery=wish.delivery, beside=beside)

    def _of_size(self, wish: Wish, which: int) -> Outfit:
        """Return what the shopper wears, in the comparison's first or second size where there is one."""
        two, choices = wish.compare, wish.garments
        if two is not None:
            if all(choice.id != two.garment for choice in choices):
                raise InputRejected(f"{two.garment} is not worn: there is nothing to compare")
            choices = tuple(replace(one, size=two.sizes[which]) if one.id == two.garment else one for one in choices)
        made = self._made(choices, wish.told)
        return self._judged(made, wish.told, wish.fit_map) if wish.fit_map or two is not None else made

    def _judge(self, outfit: Outfit, told: Told, in_colours: bool) -> Outfit:
        """Return `outfit` with how it fits, if wanted `in_colours` of that."""
        figures = self._figures(told)
        fits = tuple(fit_on(worn, outfit.body, figures) for worn in outfit.garments)
        if not in_colours:
            return replace(outfit, fits=fits)
        worn = tuple(mapped(one, fit, outfit.body) for one, fit in zip(outfit.garments, fits, strict=True))
        return replace(outfit, fits=fits, garments=worn, materials=(map_material(),) * len(worn), mapped=True)

    def prepare_ahead(self) -> Iterator[None]:
        """Prepare the catalogue, so that a shopper's first change is as quick as the next.

        In short steps: who is taken for a shopper ends the step it is at beside the first picture.
        """
        for card in self._catalogue.cards():
            worn = self._choose(GarmentChoice(card.id), None)
            yield
            self._woven(worn.package)
            yield
            self._made((GarmentChoice(card.id),), None)
            yield

    def fits(self, garment: str, told: Told) -> tuple[str, dict[str, tuple[PointFit, ...]]]:
        """Return the size of `garment` that is recommended and how each size sits; raises GarmentNotFound."""
        package = self._catalogue.get(garment)
        item, figures = item_of(package), self._figures(told)
        return size_for(package, told), {size: regions_of(figures, item, size) for size in package.sizes}

    def _figures(self, told: Told) -> dict[str, Figure]:
        """Return the dimensions of the shopper: as told, or of the body that is assumed."""
        if isinstance(told, KnownBody):
            return estimate(told.evidence, told.sex).figures()
        return figures_of(self._shaped(told))

    def _shape(self, told: Told) -> Body:
        if isinstance(told, KnownBody):
            return body_of(estimate(told.evidence, told.sex), self._model)
        return body_from_measurements(self._model, {} if told is None else {"height": told})

    def _choose(self, choice: GarmentChoice, told: Told) -> WornGarment:
        package = self._catalogue.get(choice.id)
        size = choice.size or size_for(package, told)
        if choice.tucked and not package.can_be_tucked:
            raise InputRejected(f"{choice.id} is worn over the waistband: it cannot be tucked in")
        worn = self._fitted(package, size, told)
        if package.tucked if choice.tucked is None else choice.tucked:
            worn = replace(worn, tucked=True)
        return worn if choice.colourway is None else replace(worn, package=package.in_colourway(choice.colourway))

    def _fit(self, package: GarmentPackage, size: str, told: Told) -> WornGarment:
        return fit_garment(package, size, self._shaped(told))

    def _make(self, choices: tuple[GarmentChoice, ...], told: Told) -> Outfit:
        return outfit_on(self._shaped(told), [self._choose(choice, told) for choice in choices], self._woven)


def size_for(package: GarmentPackage, told: Told) -> str:
    """Return the size of `package` to draw somebody in of whom as much is `told`.  Raises MeasurementRejected."""
    known = KnownBody((evidence_of("height", told),)) if isinstance(told, float | int) else told
    return drawn_size(known, item_of(package))


def outfit_on(body: Body, fitted: Sequence[WornGarment], weave: Weave) -> Outfit:
    """Return `body` in garments that were fitted to it one by one: layered, settled, their materials from `weave`."""
    worn = list(layered(fitted, body.model))
    parts = _hiding_parts(worn)
    return Outfit(
        body=body,
        skeleton=Skeleton.of(body),
        torso=TorsoRows.of(body),
        occluder=_before_all(body, worn, parts - frozenset((*HANDS, *ARMS))),
        arms=(_bare_arm(body, worn, "left"), _bare_arm(body, worn, "right")),
        hands=(_whole(body, parts & {HANDS[0]}), _whole(body, parts & {HANDS[1]})),
        limbs=(_limb(body, worn, "left"), _limb(body, worn, "right")),
        legs=LegSkin.of(body, worn) if any(_goes_round_legs(body, garment) for garment in worn) else None,
        sides=tuple(_sides(body, garment) for garment in worn),
        trousers=tuple(LegCloth.of(body, garment) for garment in worn),
        skin=FaceSkin.of(body),
        garments=tuple(worn),
        cloth=_settled(worn),
        materials=tuple(weave(garment.package) for garment in worn),
        mirror=False,
    )


def prepare(wish: Wish, catalogue: Catalogue, model: BodyModel) -> Outfit:
    """Return the outfit of `wish`, made once; raises GarmentNotFound or MeasurementRejected."""
    return Tailor(catalogue, model).prepare(wish)


def _sides(body: Body, worn: WornGarment) -> NDArray[np.uint8]:
    """Return how many sides of each face (F,) are drawn: 2, 1 the outside, 0 where a hem is folded to the inside.

    An arm fills its sleeve, and the trunk stands before the inside of a back, also where the front is open; but a coat
    shows its inside between the legs, and who squats in a skirt that below the hem, beside them.
    """
    corners = worn.rest_m[worn.faces]
    folded = np.zeros(len(worn.rest_m), bool)
    folded[worn.cloth.count :] = worn.cloth.followers.depth_m > 0.0
    hem = folded[worn.faces].any(axis=1)
    in_sleeve = (worn.arm_weight > 0.5)[worn.faces].all(axis=1)
    hip, neck = (body.heads_m[body.model.bone(bone)] for bone in ("upperleg01.L", "neck01"))
    before_back = (corners[..., 1].min(axis=1) > _legs_from(body)) & (corners[..., 1].max(axis=1) < neck[1])
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    before_back &= np.where(hem, corners[..., 2].mean(axis=1) < hip[2], outward < 0.0)
    filled = in_sleeve | (before_back & (worn.package.category not in SKIRTED))
    return np.where(filled & hem, 0, np.where(filled, 1, 2)).astype(np.uint8)


def _legs_from(body: Body) -> float:
    """Return the height below which the legs are apart and round: there their far sides hide what is behind them."""
    knee, hip = (float(body.heads_m[body.model.bone(bone)][1]) for bone in ("lowerleg01.L", "upperleg01.L"))
    return hip + ROUND_FROM * (knee - hip)


def _goes_round_legs(body: Body, worn: WornGarment) -> bool:
    """Return whether the legs hide the inside of `worn`."""
    return "left_foot" in worn.occluder_parts or float(worn.rest_m[worn.arm_weight < 0.5, 1].min()) < _legs_from(body)


def _settled(worn: list[WornGarment]) -> tuple[ClothState, ...]:
    """Return the cloth of `worn`, innermost first, settled in the rest pose."""
    cloth: list[ClothState] = []
    for garment in worn:
        cloth.append(start(garment, garment.rest_m, below=cloth))
    return tuple(cloth)


def _hiding_parts(worn: list[WornGarment]) -> frozenset[str]:
    """Return the body parts that may stand before the garments; a torso that a garment covers does not."""
    parts = frozenset().union(*(garment.occluder_parts for garment in worn))
    return parts if all("torso" in garment.occluder_parts for garment in worn) else parts - {"torso"}


def _bare_arm(body: Body, worn: list[WornGarment], side: str) -> BodyPatch:
    """Return the skin of one arm beyond the end of the longest sleeve."""
    shoulder, axis, end_m = _sleeve_end(body, worn, side)
    on_arm = body.model.vertices_of(f"{side}_upper_arm", f"{side}_forearm")
    beyond = ((body.rest_m - shoulder) @ axis > end_m + SLEEVE_GAP_M) & on_arm
    return _patch_of(body, _faces_of(body, beyond, np.all))


def _sleeve_end(body: Body, worn: list[WornGarment], side: str) -> tuple[PointsF32, PointsF32, float]:
    """Return (shoulder, direction of the arm at rest, how far along it the longest sleeve ends, -inf without one)."""
    shoulder, _, wrist = _arm_joints(body, side)
    axis = (wrist - shoulder) / np.linalg.norm(wrist - shoulder)
    end_m = -np.inf
    for garment in worn:
        sleeve = garment.rest_m[(garment.arm_weight > 0.5) & (garment.rest_m[:, 0] * shoulder[0] > 0)]
        end_m = max([end_m, *((sleeve - shoulder) @ axis)])
    return shoulder, axis, float(end_m)


def _arm_joints(body: Body, side: str) -> PointsF32:
    """Return shoulder, elbow and wrist (3, 3) of the rest pose."""
    mark = side[0].upper()
    return body.heads_m[[body.model.bone(f"{bone}.{mark}") for bone in ("upperarm01", "lowerarm01", "wrist")]]


def _limb(body: Body, worn: list[WornGarment], side: str) -> Limb:
    """Return the arm's radius, the median of the skin's distance from the bones, and where it is bare."""
    joints = _arm_joints(body, side).astype(np.float64)
    shoulder, axis, end_m = _sleeve_end(body, worn, side)
    lengths = np.concatenate([[0.0], np.cumsum([(joints[i + 1] - joints[i]) @ axis for i in range(2)])])
    bare_from = float(np.interp(end_m, lengths, (0.0, 1.0, 2.0)))
    skin = body.rest_m[body.model.vertices_of(f"{side}_upper_arm", f"{side}_forearm")].astype(np.float64)
    along = (skin - shoulder) @ axis
    bones = np.stack([np.interp(along, lengths, joints[:, i]) for i in range(3)], axis=1)
    step = np.round(np.interp(along, lengths, (0.0, 1.0, 2.0)) / 2.0 * (LIMB_STEPS - 1)).astype(int)
    away = np.linalg.norm(skin - bones, axis=1)
    radius = np.array([np.median(away[step == i]) if (step == i).any() else np.nan for i in range(LIMB_STEPS)])
    known = np.isfinite(radius)
    return Limb(np.interp(np.arange(LIMB_STEPS), np.flatnonzero(known), radius[known]), bare_from)


def _before_all(body: Body, worn: list[WornGarment], parts: frozenset[str]) -> BodyPatch:
    """Return the coarse skin of `parts`: up to what touches them, but of legs only what is well below all cloth."""
    inside = body.model.vertices_of(*parts - set(LOWER_LEGS))
    legs = np.flatnonzero(body.model.vertices_of(*parts & set(LOWER_LEGS)))
    clear = np.isin(np.arange(len(inside)), legs)
    for garment in worn:
        away, _ = cKDTree(garment.rest_m).query(body.rest_m[legs], distance_upper_bound=HEM_GAP_M)
        clear[legs] &= np.isinf(away) & (body.rest_m[legs, 1] < garment.rest_m[:, 1].min())
    return _patch_of(body, np.concatenate([_faces_of(body, inside, np.any), _faces_of(body, clear, np.all)]))


def _whole(body: Body, parts: frozenset[str]) -> BodyPatch:
    """Return the coarse skin that lies all within `parts`."""
    return _patch_of(body, _faces_of(body, body.model.vertices_of(*parts), np.all))


def _faces_of(body: Body, inside: NDArray[np.bool_], rule: Callable[..., NDArray[np.bool_]]) -> FacesI32:
    """Return the coarse faces with any, or with all of their corners `inside` (V,)."""
    model = body.model
    return np.asarray(model.occluder_faces[rule(inside[model.occluder_index[model.occluder_faces]], axis=1)])


def _patch_of(body: Body, faces: FacesI32) -> BodyPatch:
    used, local = np.unique(faces, return_inverse=True)
    return BodyPatch.of(body, body.model.occluder_index[used], local.reshape(-1, 3).astype(np.int32))
