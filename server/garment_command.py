"""`run_server.py garment list`: the garments there are."""

from __future__ import annotations

import argparse
import json
import unicodedata

from pipelines.garment.catalogue import load_catalogue


def main(args: argparse.Namespace) -> int:
    """Print ids, categories, sizes and names, one garment a line, or as JSON."""
    cards = load_catalogue().cards()
    if args.json:
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
