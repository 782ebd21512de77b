"""What a wish becomes before any frame is drawn: this shopper's body with garments fitted to it.

Making one takes some tenths of a second (shape, cut, grade, weave, settle the cloth), so the rim does it beside the
live path, with a `Tailor` that remembers, and hands the finished outfit over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import TorsoRows
from pipelines.body.fit import body_from_measurements
from pipelines.body.model import Body, BodyModel
from pipelines.drape.cloth import ClothState, start
from pipelines.errors import InputRejected
from pipelines.far_side import LegSkin
from pipelines.fit_map import GarmentFit, fit_on, map_material, mapped
from pipelines.garment import patterns
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fabric import Weave, material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered
from pipelines.garment.package import GarmentPackage
from pipelines.garment.patterns import Cutter
from pipelines.garment.worn import WornGarment
from pipelines.hiding import (
    ARMS,
    HANDS,
    BodyPatch,
    Limb,
    bare_arm,
    bare_legs,
    before_all,
    goes_round_legs,
    hiding_parts,
    limb,
    sides,
    throat,
    whole,
    yoke,
)
from pipelines.leg_outline import LegCloth
from pipelines.light.face import FaceSkin
from pipelines.pose.skeleton import Skeleton
from pipelines.render.backend import Material
from pipelines.sizing.ease import PointFit
from pipelines.sizing.estimate import Figure, estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.regions import regions_of
from pipelines.sizing.shape import body_of, figures_of
from pipelines.sizing.unasked import assumed_figures, drawn_size
from pipelines.types import Delivery

Told: TypeAlias = float | KnownBody | None  # a height in cm alone, or all that is known of the body; None: nothing
PEOPLE_MAX = 3


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
class Outfit:
    """A body and what it wears, ready to be posed and drawn; nothing in it changes."""

    body: Body
    skeleton: Skeleton
    torso: TorsoRows
    occluder: BodyPatch  # what may hide the garments, arms and hands apart
    yoke: BodyPatch | None  # skin that necklines and armholes may leave bare; None where nothing closed is worn above
    throat: BodyPatch | None  # what is behind a neckline; None where nothing covers the trunk below the neck
    arms: tuple[BodyPatch, BodyPatch]  # left, right: what the sleeves leave bare
    hands: tuple[BodyPatch, BodyPatch]  # left, right: they hide the garments where the real ones cannot be made out
    limbs: tuple[Limb, Limb]  # left, right arm
    bare_legs: tuple[Limb, Limb] | None  # left, right, where a skirt, a dress or shorts leave them bare
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

    def __init__(
        self, catalogue: Catalogue, model: BodyModel, weave: Weave = material_of, cutter: Cutter = patterns.cut
    ) -> None:
        self._catalogue, self._model, self._cutter = catalogue, model, cutter
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
        fits = tuple(fit_on(worn, outfit.body, self._figures(told, worn.package)) for worn in outfit.garments)
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

    def foresee(self, wish: Wish) -> Iterator[None]:
        """Prepare the outfit of a wish that may come, in steps; raises what `prepare` does."""
        for choice in wish.garments:
            worn = self._choose(choice, wish.told)
            yield
            self._woven(worn.package)
            yield
        self.prepare(wish)
        yield

    def fits(self, garment: str, told: Told) -> dict[str, tuple[PointFit, ...]]:
        """Return how each size of `garment` sits; raises GarmentNotFound."""
        package = self._catalogue.get(garment)
        item, figures = item_of(package), self._figures(told, package)
        return {size: regions_of(figures, item, size) for size in package.sizes}

    def _figures(self, told: Told, package: GarmentPackage) -> Mapping[str, Figure]:
        """Return the dimensions of the shopper: as told, or else of the people whom the size is for that is drawn."""
        if isinstance(told, KnownBody):
            return estimate(told.evidence, told.sex).figures()
        return assumed_figures(item_of(package), told) or figures_of(self._shaped(told))

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
        return fit_garment(package, size, self._shaped(told), self._cutter)

    def _make(self, choices: tuple[GarmentChoice, ...], told: Told) -> Outfit:
        return outfit_on(self._shaped(told), [self._choose(choice, told) for choice in choices], self._woven)


def size_for(package: GarmentPackage, told: Told) -> str:
    """Return the size of `package` to draw somebody in of whom as much is `told`.  Raises MeasurementRejected."""
    known = KnownBody((evidence_of("height", told),)) if isinstance(told, float | int) else told
    return drawn_size(known, item_of(package))


def outfit_on(body: Body, fitted: Sequence[WornGarment], weave: Weave) -> Outfit:
    """Return `body` in garments that were fitted to it one by one: layered, settled, their materials from `weave`."""
    worn = list(layered(fitted, body.model))
    parts = hiding_parts(worn)
    skeleton, torso, skin = _undressed(body)
    return Outfit(
        body=body,
        skeleton=skeleton,
        torso=torso,
        occluder=before_all(body, worn, parts - frozenset((*HANDS, *ARMS))),
        yoke=yoke(body, worn),
        throat=throat(body) if "neck" in parts and "torso" not in parts else None,
        arms=(bare_arm(body, worn, "left"), bare_arm(body, worn, "right")),
        hands=(whole(body, parts & {HANDS[0]}), whole(body, parts & {HANDS[1]})),
        limbs=(limb(body, worn, "left"), limb(body, worn, "right")),
        bare_legs=bare_legs(body, worn),
        legs=LegSkin.of(body, worn) if any(goes_round_legs(body, garment) for garment in worn) else None,
        sides=tuple(sides(body, garment) for garment in worn),
        trousers=tuple(LegCloth.of(body, garment) for garment in worn),
        skin=skin,
        garments=tuple(worn),
        cloth=_settled(worn),
        materials=tuple(weave(garment.package) for garment in worn),
        mirror=False,
    )


@lru_cache(4)
def _undressed(body: Body) -> tuple[Skeleton, TorsoRows, FaceSkin]:
    """Return what is the same whatever `body` wears."""
    return Skeleton.of(body), TorsoRows.of(body), FaceSkin.of(body)


def prepare(wish: Wish, catalogue: Catalogue, model: BodyModel) -> Outfit:
    """Return the outfit of `wish`, made once; raises GarmentNotFound or MeasurementRejected."""
    return Tailor(catalogue, model).prepare(wish)


def _settled(worn: list[WornGarment]) -> tuple[ClothState, ...]:
    """Return the cloth of `worn`, innermost first, settled in the rest pose."""
    cloth: list[ClothState] = []
    for garment in worn:
        cloth.append(start(garment, garment.rest_m, below=cloth))
    return tuple(cloth)
