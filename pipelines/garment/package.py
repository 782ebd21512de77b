"""A garment package: a folder with `garment.json` and, where the garment is no template, a GLB.

`load_package` answers with a frozen `GarmentPackage` or raises GarmentRejected naming the key that
is wrong. All lengths are centimetres; girths go all the way round (a flat chest of 53 is 106).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from pipelines.errors import GarmentNotFound, GarmentRejected
from pipelines.garment.glb import glb_bytes, read_looks
from pipelines.garment.look import Logo, Look, Name, Share
from pipelines.garment.look import Strict as _Strict
from pipelines.garment.variants import with_variants

FILE_NAME = "garment.json"
MAX_JSON_BYTES = 256 * 1024
SIZE_ORDER = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL")

Category = Literal[
    "tshirt", "tank_top", "polo", "shirt", "hoodie", "sweater", "jacket", "blazer", "coat",
    "dress", "skirt", "jeans", "trousers", "joggers", "shorts",
]  # fmt: skip
GarmentMeasure = Literal[
    "chest", "waist", "hip", "hem", "length", "shoulder", "sleeve", "upper_arm", "cuff",
    "thigh", "knee", "leg_opening", "inseam",
]  # fmt: skip
BodyMeasure = Literal[
    "height", "neck", "shoulder", "chest", "underbust", "waist", "hip", "thigh", "arm", "inseam"
]  # fmt: skip

TROUSERS = ("jeans", "trousers", "joggers", "shorts")
BOTTOMS = ("skirt", *TROUSERS)
TUCKED_IN = ("tshirt", "tank_top", "polo", "shirt", "sweater")  # the others are worn over the waistband, or reach below

# What a garment for grown-ups can measure, in cm; outside it the unit or the key is wrong.
PLAUSIBLE_CM: dict[str, tuple[float, float]] = {
    "chest": (60, 200), "waist": (45, 200), "hip": (60, 220), "hem": (50, 400), "length": (25, 170),
    "shoulder": (28, 80), "sleeve": (5, 85), "upper_arm": (20, 90), "cuff": (12, 90),
    "thigh": (35, 110), "knee": (25, 110), "leg_opening": (18, 120), "inseam": (5, 105),
}  # fmt: skip
PLAUSIBLE_BODY_CM: dict[str, tuple[float, float]] = {
    "height": (120, 230), "neck": (25, 60), "shoulder": (28, 65), "chest": (60, 180), "underbust": (55, 160),
    "waist": (45, 180), "hip": (60, 190), "thigh": (35, 100), "arm": (40, 100), "inseam": (50, 110),
}  # fmt: skip
NEEDED = {
    "top": ("chest", "length", "shoulder", "sleeve"),
    "sleeveless": ("chest", "length"),
    "skirt": ("waist", "hip", "length", "hem"),
    "trousers": ("waist", "hip", "thigh", "inseam", "leg_opening"),
}


def _no_percentage(value: object) -> object:
    if isinstance(value, int | float) and 1 < value <= 100:
        raise ValueError(f"{value:g} is no share of 0 to 1; for {value:g} % write {value / 100:g}")
    return value


Stretch = Annotated[Share, BeforeValidator(_no_percentage)]


class Fabric(_Strict):
    """How the cloth behaves; stretch is the lengthening under a gentle pull, as a share."""

    weight_gsm: float = Field(ge=20, le=1200)
    stretch_warp: Stretch
    stretch_weft: Stretch
    bend: Literal["soft", "medium", "stiff"]
    fibres: str = Field(default="", max_length=80)


class TopTemplate(_Strict):
    """A top or dress cut from the body's own tights: neckline, sleeves, straight fall, front closed or open."""

    kind: Literal["top"]
    neck_radius_cm: float = Field(default=8.0, ge=6, le=14)
    neck_up_cm: float = Field(default=2.0, ge=-6, le=6)
    neck_front_cm: float = Field(default=3.0, ge=-6, le=8)
    v_neck_cm: float = Field(default=0.0, ge=0, le=30, description="from the round neckline down to the point of the V")
    sleeve: Literal["none", "short", "long"] = "short"
    armhole_cm: float = Field(default=7.0, ge=5, le=11, description="radius about the shoulder, without sleeves")
    open_front_cm: float = Field(default=0.0, ge=0, le=16, description="between the front edges; 0 is closed")
    collar: Literal["none", "shirt", "stand", "turtle", "lapel", "hood"] = "none"
    front: Literal["plain", "placket", "buttoned"] = "plain"
    pocket: Literal["none", "chest", "kangaroo"] = "none"
    skirted: bool = Field(default=False, description="goes on below the crotch as one tube: dresses, coats")


class SkirtTemplate(_Strict):
    """A skirt that hangs from the waist and opens evenly toward a level hem."""

    kind: Literal["skirt"]
    pleats: int | None = Field(default=None, ge=16, le=60, multiple_of=2, description="knife pleats all the way round")


class TrousersTemplate(_Strict):
    """Straight trousers with a waistband, cut from the body's own tights, to the ankle or `short` to the thigh."""

    kind: Literal["trousers"]
    short: bool = False


class MeshFrame(_Strict):
    """How a GLB's coordinates become the body frame's: scale, then offset."""

    scale: float = Field(default=1.0, gt=0.001, le=1000)
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)


Template = Annotated[TopTemplate | SkirtTemplate | TrousersTemplate, Field(discriminator="kind")]


class SizeRow(_Strict):
    """One row of the size chart."""

    size: str = Field(min_length=1, max_length=8)
    garment_cm: dict[GarmentMeasure, float]
    body_cm: dict[BodyMeasure, tuple[float, float]]


class GarmentPackage(_Strict):
    """What `garment.json` says."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,47}$")
    name: Name
    category: Category
    layer: int = Field(ge=0, le=9, description="worn under every garment of a higher layer")
    tucked: bool = Field(default=False, description="into trousers or skirt, unless the shopper wants it otherwise")
    base_size: str
    fabric: Fabric
    material: Look
    template: Template | None = None
    mesh: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_\-]{1,64}\.glb$")
    mesh_frame: MeshFrame = MeshFrame()
    size_chart: tuple[SizeRow, ...] = Field(min_length=1, max_length=16)
    licence: str = Field(min_length=1, max_length=80)
    folder: Path | None = Field(default=None, exclude=True, repr=False)  # set by load_package, never read from JSON

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.template is None) == (self.mesh is None):
            raise ValueError("template: give either template or mesh")
        if self.tucked and not self.can_be_tucked:
            raise ValueError("tucked: only a closed top that ends below the waist is")
        _check_look(self)
        _check_sizes(self)
        _check_chart(self)
        return self

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes, smallest first."""
        return tuple(row.size for row in self.size_chart)

    @property
    def is_bottom(self) -> bool:
        """Whether a top can be tucked into it."""
        return self.category in BOTTOMS

    @property
    def can_be_tucked(self) -> bool:
        """Whether it can be worn inside of a waistband: closed tops but hoodies; no outer layers, no dresses."""
        cut = self.template
        whole = not isinstance(cut, TopTemplate) or not (cut.skirted or cut.open_front_cm)
        return self.category in TUCKED_IN and whole

    def in_colourway(self, colourway: str) -> GarmentPackage:
        """Return the garment in one of `material.colourways`; raises GarmentNotFound."""
        for way in self.material.colourways:
            if way.id == colourway:
                return self.model_copy(update={"material": self.material.in_colours(way)})
        ids = ", ".join(way.id for way in self.material.colourways)
        raise GarmentNotFound(f"{self.id} has no colourway {colourway!r}; it comes in {ids or 'one'}")

    def __hash__(self) -> int:
        return hash((self.id, self.folder))

    def row(self, size: str) -> SizeRow:
        """Return the chart's row of `size`; raises GarmentNotFound."""
        for row in self.size_chart:
            if row.size == size:
                return row
        raise GarmentNotFound(f"{self.id} has no size {size!r}; it comes in {', '.join(self.sizes)}")


def load_package(folder: Path) -> GarmentPackage:
    """Read and check `folder`/garment.json; raises GarmentRejected."""
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise GarmentRejected(f"{path}: larger than {MAX_JSON_BYTES // 1024} KiB")
        fields = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise GarmentRejected(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise GarmentRejected(f"{path}: no valid JSON ({error})") from error
    package = parse_package(fields, str(path)).model_copy(update={"folder": folder})
    return package if package.mesh is None else _with_variants(package, folder / package.mesh, path)


def _with_variants(package: GarmentPackage, mesh: Path, origin: Path) -> GarmentPackage:
    """Return a GLB garment with its variants as colourways; raises GarmentRejected."""
    if not mesh.is_file():
        raise GarmentRejected(f"{origin}: mesh: there is no {mesh.name} beside it")
    try:
        looks = read_looks(glb_bytes(mesh))
        if looks is None and package.material.colourways:
            raise GarmentRejected("material.colourways: the GLB has no variants")
        look = package.material if looks is None else with_variants(package.material, looks)
    except GarmentRejected as error:
        raise GarmentRejected(f"{origin}: {error}") from error
    return package.model_copy(update={"material": look})


def parse_package(fields: object, origin: str = FILE_NAME) -> GarmentPackage:
    """Check the decoded JSON `fields`; raises GarmentRejected naming the first wrong key."""
    if isinstance(fields, dict) and "folder" in fields:
        raise GarmentRejected(f"{origin}: folder: Extra inputs are not permitted")
    try:
        return GarmentPackage.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        text = str(first["msg"]).removeprefix("Value error, ")
        raise GarmentRejected(f"{origin}: {where + ': ' if where else ''}{text}") from error


def _check_look(package: GarmentPackage) -> None:
    """Refuse colours for parts that the garment does not have."""
    kind = package.template.kind if package.template else None
    for n, way in enumerate(package.material.colourways):
        if (way.variant is None) == (kind is None):
            raise ValueError(
                f"material.colourways.{n}.variant: only a mesh has variants, and each of its colourways one"
            )
    if package.material.variant is not None and not package.material.colourways:
        raise ValueError("material.variant: the first of material.colourways says which variant is the default")
    looks = [("material", package.material.pattern, package.material.blocks)]
    for n, way in enumerate(package.material.colourways):
        looks.append((f"material.colourways.{n}", way.pattern, way.blocks))
    for where, pattern, blocks in looks:
        if kind is None and (pattern or blocks):
            raise ValueError(f"{where}: a mesh brings its own print and colours")
        if isinstance(pattern, Logo) and kind != "top":
            raise ValueError(f"{where}.pattern: a logo needs a top")
        for part in blocks.model_dump(exclude_none=True) if blocks else ():
            if (part == "waistband") == (kind == "top"):
                raise ValueError(f"{where}.blocks.{part}: a garment of template {kind} has none")


def _check_sizes(package: GarmentPackage) -> None:
    sizes = package.sizes
    if package.base_size not in sizes:
        raise ValueError(f"base_size: {package.base_size!r} is not in the size chart")
    if len(set(sizes)) != len(sizes):
        raise ValueError("size_chart: a size stands there twice")
    known = [SIZE_ORDER.index(size) for size in sizes if size in SIZE_ORDER]
    numbers = [float(size) for size in sizes if size.replace(".", "", 1).isdigit()]
    if known != sorted(known) or numbers != sorted(numbers):
        raise ValueError(f"size_chart: sizes {', '.join(sizes)} are not in rising order")


def _check_chart(package: GarmentPackage) -> None:
    needed: tuple[str, ...] = ()
    if package.template is not None:
        bare = isinstance(package.template, TopTemplate) and package.template.sleeve == "none"
        needed = NEEDED["sleeveless" if bare else package.template.kind]
    first = package.size_chart[0]
    for n, row in enumerate(package.size_chart):
        here = f"size_chart.{n}"
        missing = [key for key in needed if key not in row.garment_cm]
        if missing:
            raise ValueError(f"{here}.garment_cm.{missing[0]}: missing")
        if not row.garment_cm or not row.body_cm:
            raise ValueError(f"{here}: garment_cm and body_cm must not be empty")
        if row.garment_cm.keys() != first.garment_cm.keys() or row.body_cm.keys() != first.body_cm.keys():
            raise ValueError(f"{here}: measures other than those of size {first.size}")
        for key, value in row.garment_cm.items():
            _check_range(f"{here}.garment_cm.{key}", value, PLAUSIBLE_CM[key])
        for measure, (low, high) in row.body_cm.items():
            _check_range(f"{here}.body_cm.{measure}", low, PLAUSIBLE_BODY_CM[measure])
            _check_range(f"{here}.body_cm.{measure}", high, PLAUSIBLE_BODY_CM[measure])
            if low > high:
                raise ValueError(f"{here}.body_cm.{measure}: {low:g} is above {high:g}")
        if n:
            _check_rising(here, package.size_chart[n - 1], row)


def _check_range(key: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        hint = "; are these inches?" if low <= value * 2.54 <= high and value < low else ""
        raise ValueError(f"{key}: {value:g} is outside {low:g}..{high:g} cm{hint}")


def _check_rising(here: str, smaller: SizeRow, row: SizeRow) -> None:
    for key, value in row.garment_cm.items():
        if value < smaller.garment_cm[key]:
            raise ValueError(f"{here}.garment_cm.{key}: {value:g} in {row.size} is below {smaller.size}")
    for measure, (low, high) in row.body_cm.items():
        if low < smaller.body_cm[measure][0] or high < smaller.body_cm[measure][1]:
            raise ValueError(f"{here}.body_cm.{measure}: {row.size} lies below {smaller.size}")
