"""`run_server.py shop chart`: a merchant's size chart read, shown, put into the shop's database, and taken back."""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from sqlalchemy import select

from pipelines.errors import GarmentNotFound, InputRejected
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import Item
from pipelines.sizing.systems import SCHEMA_SYSTEMS
from server.settings import load_settings
from server.shop.chart_file import Asked, read_chart
from server.shop.chart_report import against, differences, shown, understood
from server.shop.copies import HOW
from server.shop.keeper import Keeper
from server.shop.merchants import Sold, fitted, put, sold_in, take_back
from server.shop.tables import Product
from server.text_reader import reading


def chart(keeper: Keeper, args: argparse.Namespace) -> int:
    """Show the chart of `args.file`, and put it in where that is asked.  Raises InputRejected and StoreClosed."""
    if args.undo == (args.file is not None):
        raise InputRejected("shop chart: name the FILE that holds the chart, or --undo")
    if args.undo:
        return _undo(keeper, args.product)
    with reading(load_settings(args.config).language_model) as read_text:
        read = read_chart(args.file, _asked(args), read_text)
    print(f"{args.file}:", *understood(read), "", *shown(read.charts), "", sep="\n")
    sold = _sold(keeper, args.product)
    new = fitted(read.charts, sold)
    for line in against(args.product, new):
        print(line)
    own = _own(keeper, args.product)
    if own is not None:
        return _compare(args.product, new.item, own, args.write)
    if not args.write:
        print("nothing was written: --write puts it into the shop's database")
        return 0
    keeper.write(lambda db: put(db, sold, new, keeper.now_s()))
    undo = f"`shop chart --product {args.product} --undo` brings the former one back"
    print(f"{keeper.what}: the chart of {args.product} is in; {undo}")
    return 0


def _asked(args: argparse.Namespace) -> Asked:
    """Return what is said beside the file.  Raises InputRejected."""
    system = args.system.strip().upper()
    if system not in ("", *SCHEMA_SYSTEMS):
        raise InputRejected(f"--system {args.system}: known are {', '.join(SCHEMA_SYSTEMS)}")
    return Asked(args.of, args.unit, system, args.whom)


def _undo(keeper: Keeper, product: str) -> int:
    _sold(keeper, product)
    if _own(keeper, product) is not None:
        raise InputRejected(f"{product} is tried on, and {HOW}")
    keeper.write(lambda db: take_back(db, product, keeper.now_s()))
    print(f"{keeper.what}: the chart of {product} is as it was before; --undo again undoes that")
    return 0


def _compare(product: str, new: Item, own: Item, write: bool) -> int:
    """Tell how a chart differs from that of the garment that is tried on.  Raises InputRejected for `write`."""
    found = list(differences(new, own))
    print(f"{product} is tried on; from its garment's own chart {'this differs:' if found else 'nothing differs'}")
    for line in found:
        print(line)
    if write:
        raise InputRejected(f"nothing was written: {product} is tried on, and {HOW}")
    return 0


def _sold(keeper: Keeper, product: str) -> Sold:
    """Return what there is of a product.  Raises InputRejected where it is not sold."""
    sold = keeper.read(lambda db: sold_in(db, product))
    if sold is None:
        ids = keeper.read(lambda db: list(db.scalars(select(Product.id))))
        near = get_close_matches(product, ids, 3)
        hint = f"is it {' or '.join(near)}?" if near else "--product is an id of the table `products`"
        raise InputRejected(f"product {product[:64]!r} is not in the shop; {hint}")
    return sold


def _own(keeper: Keeper, product: str) -> Item | None:
    """Return the charts of the garment that is tried on, None where there is no such garment.  Raises ChartRejected."""
    try:
        return item_of(keeper.catalogue.get(product))
    except GarmentNotFound:
        return None
