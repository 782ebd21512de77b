"""`run_server.py shop`: put in the demo shop, tell what is in the database, read merchants' charts, renew copies."""

from __future__ import annotations

import argparse
import logging
import sys

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.catalogue import open_catalogue
from server.settings import SettingsRejected, load_settings
from server.shop.chart_command import chart
from server.shop.copies import HOW, astray, renew
from server.shop.keeper import Keeper
from server.shop.migrate import head
from server.shop.seed import left_out
from server.shop.store import StoreClosed
from server.shop.tables import FitFeedback, Product, Return, Review, SavedBody, ShopSession, Stock, Variant

COUNTED = (Product, Variant, FitFeedback, Return, Review, ShopSession, SavedBody)


def main(args: argparse.Namespace) -> int:
    """Do what `args.action` says; 2 and one line where it cannot be done.  Raises InputRejected."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # we tell it ourselves
    try:
        settings = load_settings(args.config)
        keeper = Keeper(settings, open_catalogue(settings))
        try:
            return ACTIONS[args.action](keeper, args)
        finally:
            keeper.close()
    except SettingsRejected as rejected:
        print(f"lookglass: settings: {rejected}", file=sys.stderr)
    except StoreClosed as closed:
        print(f"lookglass: {closed}", file=sys.stderr)
    return 2


def _seed(keeper: Keeper, _: argparse.Namespace) -> int:
    """Put in what is missing; a new database was filled when it was opened."""
    new = keeper.fill() + keeper.new_products
    print(f"{keeper.what}: {new} new products" if new else f"{keeper.what}: nothing was missing")
    for product, reason in keeper.read(lambda db: left_out(db, keeper.catalogue)).items():
        print(f"  {product} is left out: {reason}", file=sys.stderr)
    return 0


def _status(keeper: Keeper, _: argparse.Namespace) -> int:
    counts = keeper.read(_counts)
    print(f"{keeper.what}, tables {head()}")
    for name, count in counts.items():
        print(f"  {name:<20}{count:>8}")
    different = keeper.read(lambda db: astray(db, keeper.catalogue))
    for product, what in different.items():
        print(f"  chart of {product}: {what}")
    if different:
        print(f"  {HOW}")
    return 0


def _charts(keeper: Keeper, _: argparse.Namespace) -> int:
    changed = keeper.write(lambda db: renew(db, keeper.catalogue))
    for product, what in changed.items():
        print(f"{product}: {what}")
    what = f"{len(changed)} charts renewed" if changed else "every chart is its garment's"
    print(f"{keeper.what}: {what}")
    return 0


def _counts(db: Session) -> dict[str, int]:
    found = {table.__tablename__: db.scalar(select(func.count()).select_from(table)) or 0 for table in COUNTED}
    gone = db.scalar(select(func.count()).select_from(Stock).where(Stock.quantity == 0)) or 0
    return {**found, "variants sold out": gone}


ACTIONS = {"seed": _seed, "status": _status, "chart": chart, "charts": _charts}
