"""Carts: every change says what it changed, so that putting that back undoes it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.errors import ChoiceRefused, NotHere
from server.shop.errors import NotInStock
from server.shop.goods import Wish
from server.shop.tables import CartLine, Price, Product, Stock, Variant
from server.shop.wire import AT_MOST, LINES_MAX, Cart, CartChanged, LineCard, Money
from server.shop.words import refused


def cart(db: Session, session_id: str, wish: Wish) -> Cart:
    """Return what is in somebody's cart, in the order in which it came there."""
    zh = wish.language == "zh"
    asked = (
        select(
            CartLine.sku, CartLine.quantity, Variant.product_id, Variant.colourway, Variant.size, Stock.quantity,
            Price.amount, Product.name_zh if zh else Product.name_en,
        )
        .join(Variant, Variant.sku == CartLine.sku)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Stock, Stock.sku == CartLine.sku)
        .outerjoin(Price, (Price.sku == CartLine.sku) & (Price.currency == wish.currency))
        .where(CartLine.session_id == session_id)
        .order_by(CartLine.added_s, CartLine.sku)
    )  # fmt: skip
    lines = [
        LineCard(
            sku=sku, product=product, name=name, colourway=colourway, size=size, quantity=quantity,
            available=min(left or 0, AT_MOST), short=quantity > (left or 0),
            price=None if amount is None else Money(amount=amount, currency=wish.currency),
        )
        for sku, quantity, product, colourway, size, left, amount, name in db.execute(asked)
    ]  # fmt: skip
    total = sum(line.quantity * line.price.amount for line in lines if line.price)
    return Cart(lines=lines, total=Money(amount=total, currency=wish.currency))


def put(db: Session, session_id: str, sku: str, quantity: int, wish: Wish, now_s: int) -> CartChanged:
    """Have so many of a variant in a cart; 0 takes it out.  Raises NotHere, NotInStock or ChoiceRefused."""
    line = db.get(CartLine, (session_id, sku))
    before = line.quantity if line is not None else 0
    if quantity > before:
        _check(db, session_id, sku, quantity, line is None, wish)
    if line is not None and quantity == 0:
        db.delete(line)
    elif line is not None:
        line.quantity = quantity
    elif quantity:
        db.add(CartLine(session_id=session_id, sku=sku, quantity=quantity, added_s=now_s))
    db.flush()
    return CartChanged(**dict(cart(db, session_id, wish)), sku=sku, before=before)


def _check(db: Session, session_id: str, sku: str, quantity: int, new: bool, wish: Wish) -> None:
    if db.get(Variant, sku) is None:
        raise refused(NotHere, "sku.unknown", wish.language, sku=sku)
    left = db.scalar(select(Stock.quantity).where(Stock.sku == sku)) or 0
    if left == 0:
        raise refused(NotInStock, "cart.sold_out", wish.language)
    if quantity > left:
        raise refused(NotInStock, "cart.stock", wish.language, available=left)
    lines = db.scalar(select(func.count()).select_from(CartLine).where(CartLine.session_id == session_id)) or 0
    if new and lines >= LINES_MAX:
        raise refused(ChoiceRefused, "cart.full", wish.language, most=LINES_MAX)
