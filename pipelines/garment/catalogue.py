"""The garments of the shop: every folder with a `garment.json`, in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import GarmentNotFound, GarmentRejected
from pipelines.garment.package import FILE_NAME, GarmentPackage, load_package

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "configs" / "garments"
THUMBNAIL = "thumbnail.png"


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colourway as a shopper sees it."""

    id: str
    name: Mapping[str, str]  # language code to name
    colour: str  # #rrggbb


@dataclass(frozen=True, slots=True)
class Card:
    """What a shopper sees of a garment before wearing it."""

    id: str
    name: Mapping[str, str]  # language code to name
    category: str
    sizes: tuple[str, ...]  # smallest first
    colourways: tuple[Swatch, ...]  # the default first; empty when it comes in one
    tucked: bool | None = None  # whether it is worn tucked in by default; None where it never is


def thumbnail_name(colourway: str | None) -> str:
    """Return the file name of the picture of a garment in a colourway; None is the default."""
    return THUMBNAIL if colourway is None else f"thumbnail_{colourway}.png"


class Catalogue:
    """Garment packages by id."""

    def __init__(self, packages: Sequence[GarmentPackage]) -> None:
        self._packages = {package.id: package for package in packages}
        if len(self._packages) < len(packages):
            ids = [package.id for package in packages]
            twice = next(id_ for id_ in ids if ids.count(id_) > 1)
            raise GarmentRejected(f"two garments are called {twice!r}")

    def get(self, garment_id: str) -> GarmentPackage:
        """Return the package; raises GarmentNotFound."""
        if garment_id not in self._packages:
            raise GarmentNotFound(f"no garment {garment_id!r}; there are {', '.join(self._packages) or 'none'}")
        return self._packages[garment_id]

    def list(self) -> tuple[GarmentPackage, ...]:
        """Return all packages."""
        return tuple(self._packages.values())

    def cards(self) -> tuple[Card, ...]:
        """Return what the shop shows of each garment."""
        return tuple(
            Card(
                package.id, package.name.model_dump(), package.category, package.sizes, _swatches(package),
                package.tucked if package.can_be_tucked else None,
            )
            for package in self._packages.values()
        )  # fmt: skip

    def thumbnail_png(self, garment_id: str, colourway: str | None = None) -> bytes | None:
        """Return the picture that lies beside garment.json, of the default or of another colourway, or None."""
        package = self._packages.get(garment_id)
        if package is None or package.folder is None:
            return None
        ways = [way.id for way in package.material.colourways]
        if colourway is not None and colourway not in ways:
            return None
        file = package.folder / thumbnail_name(None if colourway in ways[:1] else colourway)
        return file.read_bytes() if file.is_file() else None


def _swatches(package: GarmentPackage) -> tuple[Swatch, ...]:
    return tuple(Swatch(way.id, way.name.model_dump(), way.base_colour) for way in package.material.colourways)


def load_catalogue(folders: Sequence[Path] | None = None) -> Catalogue:
    """Load every package below `folders` (by default the built-in ones); raises GarmentRejected."""
    packages: list[GarmentPackage] = []
    for folder in folders or (DEFAULT_FOLDER,):
        if not folder.is_dir():
            raise GarmentRejected(f"{folder}: no such folder of garments")
        packages += [load_package(file.parent) for file in sorted(folder.glob(f"*/{FILE_NAME}"))]
    return Catalogue(packages)
