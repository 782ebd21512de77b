"""`run_server.py shop`: put in the demo shop, or tell what is in the database."""

from __future__ import annotations

import argparse
import logging
import sys

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.catalogue import open_catalogue
from server.settings import SettingsRejected, load_settings
from server.shop.keeper import Keeper
from server.shop.migrate import head
from server.shop.store import StoreClosed
from server.shop.tables import FitFeedback, Product, Return, Review, SavedBody, ShopSession, Stock, Variant

COUNTED = (Product, Variant, FitFeedback, Return, Review, ShopSession, SavedBody)


def main(args: argparse.Namespace) -> int:
    """Do what `args.action` says; 2 and one line where it cannot be done."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # we tell it ourselves
    try:
        settings = load_settings(args.config)
        keeper = Keeper(settings, open_catalogue(settings))
        try:
            return _seed(keeper) if args.action == "seed" else _status(keeper)
        finally:
            keeper.close()
    except SettingsRejected as rejected:
        print(f"lookglass: settings: {rejected}", file=sys.stderr)
    except StoreClosed as closed:
        print(f"lookglass: {closed}", file=sys.stderr)
    return 2


def _seed(keeper: Keeper) -> int:
    """Put in what is missing; a new database was filled when it was opened."""
    new = keeper.fill() + keeper.new_products
    print(f"{keeper.what}: {new} new products" if new else f"{keeper.what}: nothing was missing")
    return 0


def _status(keeper: Keeper) -> int:
    counts = keeper.read(_counts)
    print(f"{keeper.what}, tables {head()}")
    for name, count in counts.items():
        print(f"  {name:<20}{count:>8}")
    return 0


def _counts(db: Session) -> dict[str, int]:
    found = {table.__tablename__: db.scalar(select(func.count()).select_from(table)) or 0 for table in COUNTED}
    gone = db.scalar(select(func.count()).select_from(Stock).where(Stock.quantity == 0)) or 0
    return {**found, "variants sold out": gone}
