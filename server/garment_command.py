"""`run_server.py garment`: list the garments there are, render their pictures and contact sheets."""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipelines.garment.catalogue import Catalogue, load_catalogue


def main(args: argparse.Namespace) -> int:
    """Do what `args.action` says; raises GarmentNotFound or GarmentRejected."""
    catalogue = load_catalogue()
    if args.action == "picture":
        return _render_pictures(catalogue, args.ids)
    if args.action == "sheet":
        return _render_sheets(catalogue, args.ids, args.out)
    return _print_list(catalogue, args.json)


def _render_pictures(catalogue: Catalogue, ids: Sequence[str]) -> int:
    """Cut the garments named by `ids`, or all, in their base size and write thumbnail.png beside each garment.json."""
    from pipelines.body.model import COMPONENTS, load_body_model, shape_body
    from pipelines.garment.thumbnail import write_thumbnails
    from pipelines.render.backend import select_renderer

    wanted = Catalogue([catalogue.get(name) for name in ids]) if ids else catalogue
    renderer, _ = select_renderer("auto")
    try:
        files = write_thumbnails(wanted, renderer, shape_body(load_body_model(), np.zeros(COMPONENTS)))
    finally:
        renderer.close()
    print(*files, sep="\n")
    return 0


def _render_sheets(catalogue: Catalogue, ids: Sequence[str], out: Path) -> int:
    """Write OUT/ID.jpg for the garments named by `ids`, or all: each on many bodies and from three sides."""
    from PIL import Image

    from pipelines.composite.backend import NumbaCompositor
    from pipelines.render.raster import NumbaBackend
    from pipelines.viewpoint.sheet import contact_sheet

    packages = [catalogue.get(name) for name in ids] if ids else catalogue.list()
    out.mkdir(parents=True, exist_ok=True)
    for package in packages:
        file = out / f"{package.id}.jpg"
        Image.fromarray(contact_sheet(package, (NumbaBackend(), NumbaCompositor()))).save(file, quality=88)
        print(file)
    return 0


def _print_list(catalogue: Catalogue, as_json: bool) -> int:
    """Print ids, categories, sizes and names, one garment a line, or as JSON."""
    cards = catalogue.cards()
    if as_json:
        rows = [{"id": c.id, "name": dict(c.name), "category": c.category, "sizes": list(c.sizes)} for c in cards]
        print(json.dumps({"garments": rows}, ensure_ascii=False, indent=2))
        return 0
    table = [("id", "category", "sizes", "name", "名称")]
    table += [(c.id, c.category, " ".join(c.sizes), c.name["en"], c.name["zh"]) for c in cards]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def _width(text: str) -> int:
    """Columns that `text` takes in a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
