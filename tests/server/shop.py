"""A catalogue for tests, and a server over the painted pipeline: `python -m tests.server.shop [PORT]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.errors import GarmentNotFound
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.package import GarmentPackage
from server.serve_command import serve
from server.settings import Settings, load_settings
from tests.server.painted_path import GARMENTS

PAINTED = "tests.server.painted_path"


@dataclass(frozen=True)
class Swatch:
    id: str
    name: dict[str, str]
    colour: str


WHITE = Swatch("white", {"en": "White", "zh": "白色"}, "#ffffff")
RED = Swatch("red", {"en": "Red", "zh": "红色"}, "#c03030")


@dataclass(frozen=True)
class Card:
    id: str
    name: dict[str, str]
    category: str = "tshirt"
    sizes: tuple[str, ...] = ("S", "M", "L")
    colourways: tuple[Swatch, ...] = (WHITE, RED)
    tucked: bool | None = False


class Shop:
    """A catalogue of test garments."""

    def cards(self) -> tuple[Card, ...]:
        return tuple(
            Card(name, {"en": name.title(), "zh": name}, tucked=None if name == "slow" else False) for name in GARMENTS
        )

    def get(self, garment_id: str) -> GarmentPackage:
        if garment_id not in GARMENTS:
            raise GarmentNotFound(garment_id)
        return load_catalogue().get("tee_crew")

    def thumbnail_png(self, garment_id: str, colourway: str | None = None) -> bytes | None:
        if garment_id not in GARMENTS or colourway not in (None, "white", "red"):
            return None
        target = BytesIO()
        Image.new("RGB", (32, 32), (200, 120, 80)).save(target, "PNG")
        return target.getvalue()


def shop_settings(var_dir: Path, **overrides: Any) -> Settings:
    """Settings for a test: free port, own var folder; keys with `__` for the dot."""
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_settings(None, {"server.port": 0, "server.var_dir": var_dir, "server.log_level": "warning", **dotted})


def main() -> int:
    """Serve the painted pipeline as a program of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int, nargs="?", default=0)
    parser.add_argument("--var", type=Path)
    parser.add_argument("--lan", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        overrides: dict[str, Any] = {"server.port": args.port, "server.log_level": "info"}
        if args.lan:
            overrides["lan.enabled"] = True
        overrides.update(item.split("=", 1) for item in args.set)
        return serve(shop_settings(args.var or Path(folder), **overrides), Shop(), PAINTED)


if __name__ == "__main__":
    sys.exit(main())
