"""Colourways of a GLB: its variants (glTF extension KHR_materials_variants), offered as those of a template are."""

from __future__ import annotations

import re

import numpy as np

from pipelines.errors import GarmentRejected
from pipelines.garment.glb import GlbLook, GlbLooks
from pipelines.garment.look import Colourway, Look, Name

OWN = Name(en="As made", zh="原色")  # the file's look where no variant is chosen, if no variant has it


def with_variants(look: Look, looks: GlbLooks) -> Look:
    """Return `look` with the colourways of a GLB; raises GarmentRejected.

    Without colourways of its own it gets one for each variant, the file's default first. Its own name their variants.
    """
    missing = [way.variant for way in look.colourways if way.variant not in looks.variants]
    if missing:
        raise GarmentRejected(
            f"material.colourways: the GLB has no variant {missing[0]!r}; it has {', '.join(map(repr, looks.variants))}"
        )
    ways = look.colourways or _colourways(looks)
    return look.model_copy(update={"colourways": ways, "base_colour": ways[0].base_colour, "variant": ways[0].variant})


def look_of(look: Look, looks: GlbLooks) -> GlbLook:
    """Return what the GLB shows in the colourway of `look`; raises GarmentRejected."""
    if look.variant is None:
        return looks.own
    if look.variant not in looks.variants:
        raise GarmentRejected(f"GLB: there is no variant {look.variant!r}")
    return looks.variants[look.variant]


def _colourways(looks: GlbLooks) -> tuple[Colourway, ...]:
    names = sorted(looks.variants, key=lambda name: name != looks.default)
    ways = [] if looks.default is not None else [_colourway("as_made", OWN, None, looks.own)]
    for name in names:
        id_ = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:24] or "variant"
        taken = {way.id for way in ways}
        free = next(one for one in (id_, *(f"{id_}_{n}" for n in range(2, 99))) if one not in taken)
        ways.append(_colourway(free, Name(en=name, zh=name), name, looks.variants[name]))
    return tuple(ways)


def _colourway(id_: str, name: Name, variant: str | None, shown: GlbLook) -> Colourway:
    mean = np.full(3, 255.0) if shown.texture is None else shown.texture.reshape(-1, 3).mean(0)
    red, green, blue = (shown.base_color_rgb * mean / 255).round().astype(int).tolist()
    return Colourway(id=id_, name=name, base_colour=f"#{red:02x}{green:02x}{blue:02x}", variant=variant)
