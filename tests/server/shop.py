"""A catalogue for tests, and a server over the painted pipeline: `python -m tests.server.shop [PORT]`."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from server.serve_command import serve
from server.settings import Settings, load_settings
from tests.server.painted_path import GARMENTS

PAINTED = "tests.server.painted_path"


@dataclass(frozen=True)
class Card:
    id: str
    name: dict[str, str]
    category: str = "tshirt"
    sizes: tuple[str, ...] = ("S", "M", "L")


class Shop:
    """A catalogue of test garments."""

    def cards(self) -> tuple[Card, ...]:
        return tuple(Card(name, {"en": name.title(), "zh": name}) for name in GARMENTS)

    def thumbnail_png(self, garment_id: str) -> bytes | None:
        if garment_id not in GARMENTS:
            return None
        target = BytesIO()
        Image.new("RGB", (32, 32), (200, 120, 80)).save(target, "PNG")
        return target.getvalue()


def shop_settings(var_dir: Path, **overrides: Any) -> Settings:
    """Settings for a test: free port, own var folder; keys with `__` for the dot."""
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_settings(None, {"server.port": 0, "server.var_dir": var_dir, "server.log_level": "warning", **dotted})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
        sys.exit(serve(shop_settings(Path(folder), server__port=port, server__log_level="info"), Shop(), PAINTED))
