"""The part of `garment.json` that says how cloth looks: colour, fabric, print, sewing, colourways.

Lengths are centimetres. Left and right share one texture, so every motif is mirrored at the middle of
front and back: letters and motifs with a hand are not possible, and a logo is given by its right half.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Weave = Literal[
    "plain", "jersey", "rib", "twill", "denim", "knit", "cable", "satin", "linen", "fleece", "corduroy"
]  # fmt: skip

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rgb = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
RepeatCm = Annotated[float, Field(gt=0.2, le=40)]

# Roughness and sheen of each fabric; `garment.json` may give others.
SURFACE: dict[Weave, tuple[float, float]] = {
    "plain": (0.85, 0.12), "jersey": (0.90, 0.22), "rib": (0.95, 0.40), "twill": (0.88, 0.12),
    "denim": (0.95, 0.08), "knit": (0.97, 0.42), "cable": (0.97, 0.42), "satin": (0.30, 0.10),
    "linen": (0.90, 0.08), "fleece": (1.00, 0.65), "corduroy": (1.00, 0.55),
}  # fmt: skip


class Strict(BaseModel):
    """Refuses unknown keys and numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Name(Strict):
    """A name in the languages of the shop."""

    en: str = Field(min_length=1, max_length=80)
    zh: str = Field(min_length=1, max_length=80)


class Stripe(Strict):
    """Stripes across the garment."""

    kind: Literal["stripe"]
    colour: Rgb
    width_cm: float = Field(gt=0.2, le=20)
    spacing_cm: RepeatCm


class Pinstripe(Strict):
    """Stripes along the garment, one on the middle line."""

    kind: Literal["pinstripe"]
    colour: Rgb
    width_cm: float = Field(ge=0.1, le=20)
    spacing_cm: RepeatCm


class Check(Strict):
    """Gingham: bands as wide as their gaps, half tone where one band lies, full tone where two cross."""

    kind: Literal["check"]
    colour: Rgb
    size_cm: float = Field(ge=0.3, le=12, description="one square")


class Thread(Strict):
    """Some threads of one colour in a sett."""

    colour: Rgb
    width_cm: float = Field(ge=0.15, le=12)


class Tartan(Strict):
    """A sett of coloured threads, mirrored at its two ends, woven across itself in twill."""

    kind: Literal["tartan"]
    sett: tuple[Thread, ...] = Field(min_length=2, max_length=16)


class Floral(Strict):
    """Blossoms with leaves, scattered evenly."""

    kind: Literal["floral"]
    petals: tuple[Rgb, ...] = Field(min_length=1, max_length=6)
    eye: Rgb
    leaf: Rgb
    blossom_cm: float = Field(ge=1, le=12, description="across the largest")
    seed: int = Field(default=1, ge=0, le=9999)


class Dots(Strict):
    """Dots in staggered rows."""

    kind: Literal["dots"]
    colour: Rgb
    size_cm: float = Field(ge=0.2, le=10)
    spacing_cm: RepeatCm


class Shape(Strict):
    """A filled polygon, x to the wearer's left from the middle line (0 or more), y up; its mirror image is added."""

    colour: Rgb
    points_cm: tuple[tuple[Annotated[float, Field(ge=0, le=20)], Annotated[float, Field(ge=-30, le=30)]], ...] = Field(
        min_length=3, max_length=200
    )


class Logo(Strict):
    """Shapes on the chest; tops only."""

    kind: Literal["logo"]
    down_cm: float = Field(default=16, ge=6, le=40, description="from the neckline to the origin of the shapes")
    shapes: tuple[Shape, ...] = Field(min_length=1, max_length=24)


Pattern = Annotated[
    Stripe | Pinstripe | Check | Tartan | Floral | Dots | Logo, Field(discriminator="kind")
]  # fmt: skip


class Blocks(Strict):
    """Parts in another colour than the rest, without print."""

    sleeves: Rgb | None = None
    cuffs: Rgb | None = None
    neckband: Rgb | None = None
    waistband: Rgb | None = None


class Melange(Strict):
    """Fibres of a second colour spun into the yarn: heather."""

    colour: Rgb
    share: float = Field(default=0.4, ge=0.05, le=0.6)


class Colours(Strict):
    """What a colourway may change."""

    base_colour: Rgb
    pattern: Pattern | None = None
    blocks: Blocks | None = None
    melange: Melange | None = None
    stitching: Rgb | None = Field(default=None, description="contrast thread; else a shade of the cloth")
    variant: str | None = Field(default=None, min_length=1, max_length=80, description="of a GLB, by its name there")


class Colourway(Colours):
    """The garment in other colours; its print, blocks, melange and stitching are those given here."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")
    name: Name


class Look(Colours):
    """Colour and surface; the first of `colourways` is the default and says the same as the look itself."""

    weave: Weave
    roughness: Share | None = None
    sheen: Share | None = None
    colourways: tuple[Colourway, ...] = Field(default=(), max_length=12)

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [way.id for way in self.colourways]
        for n, id_ in enumerate(ids):
            if id_ in ids[:n]:
                raise ValueError(f"colourways.{n}.id: {id_!r} stands there twice")
        for key in Colours.model_fields if ids else ():
            if getattr(self.colourways[0], key) != getattr(self, key):
                raise ValueError(f"colourways.0.{key}: the first is the default and must repeat {key}")
        return self

    @property
    def surface(self) -> tuple[float, float, float]:
        """Roughness and sheen, those of the fabric where none are given, and its gloss."""
        rough, sheen = (
            fabrics if given is None else given
            for fabrics, given in zip(SURFACE[self.weave], (self.roughness, self.sheen), strict=True)
        )
        return rough, sheen, float(self.weave == "satin")

    def in_colours(self, way: Colourway) -> Look:
        """Return the look in the colours of `way`."""
        return self.model_copy(update={key: getattr(way, key) for key in Colours.model_fields})
