"""The tables of the shop, portable between SQLite and PostgreSQL.

Money is an integer of minor units beside its currency, lengths are integer millimetres, times Unix seconds (UTC).
Every row of a shopper carries their `session_id`: what is erased is found by it (`people.erase`).
"""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Seconds = Annotated[int, mapped_column(BigInteger)]
Text8 = Annotated[str, mapped_column(String(8))]
Text16 = Annotated[str, mapped_column(String(16))]
Text80 = Annotated[str, mapped_column(String(80))]
Text120 = Annotated[str, mapped_column(String(120))]
Text400 = Annotated[str, mapped_column(String(400))]
ProductRef = Annotated[str, mapped_column(String(64), ForeignKey("products.id", ondelete="CASCADE"))]
SkuRef = Annotated[str, mapped_column(String(96), ForeignKey("variants.sku", ondelete="CASCADE"))]
# Carts, bodies, consents and events end with their session; what others have read of somebody stays, without a name.
SessionRef = Annotated[str, mapped_column(String(32), ForeignKey("sessions.id", ondelete="CASCADE"))]
FormerSession = Annotated[
    str | None, mapped_column(String(32), ForeignKey("sessions.id", ondelete="SET NULL"), nullable=True)
]


class Base(DeclarativeBase):
    """What every table has in common."""

    metadata = MetaData(naming_convention=NAMING)


class Mark(Base):
    """What happened to this database once, such as that the demo shop was put in."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at_s: Mapped[Seconds]


class Product(Base):
    """What is sold, in all its colours and sizes."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the garment that is tried on
    position: Mapped[int]
    category: Mapped[str] = mapped_column(String(32), index=True)
    name_en: Mapped[Text120]
    name_zh: Mapped[Text120]
    description_en: Mapped[Text400]
    description_zh: Mapped[Text400]
    stretch: Mapped[float] = mapped_column(Float)  # share that the cloth gives across under a gentle pull


class Colourway(Base):
    """One of the colours that a product comes in."""

    __tablename__ = "colourways"

    product_id: Mapped[ProductRef] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    name_en: Mapped[Text80]
    name_zh: Mapped[Text80]
    colour: Mapped[Text8]  # #rrggbb


class Variant(Base):
    """A product in one colourway (none where it comes in one) and one size: what goes into a cart."""

    __tablename__ = "variants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["product_id", "colourway"], ["colourways.product_id", "colourways.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("product_id", "colourway", "size"),
    )

    sku: Mapped[str] = mapped_column(String(96), primary_key=True)
    product_id: Mapped[ProductRef]
    colourway: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[Text16]
    position: Mapped[int]  # of the size, from the smallest


class Stock(Base):
    """How many of a variant there are to be sold."""

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    sku: Mapped[SkuRef] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class Price(Base):
    """What a variant costs in one currency."""

    __tablename__ = "prices"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    sku: Mapped[SkuRef] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)  # ISO 4217
    amount: Mapped[int]  # minor units: cents, fen


class BodySize(Base):
    """A row of a product's body chart: what bodies a size is made for.  Never mixed with what garments measure."""

    __tablename__ = "body_sizes"

    product_id: Mapped[ProductRef] = mapped_column(primary_key=True)
    size: Mapped[Text16] = mapped_column(primary_key=True)
    position: Mapped[int]
    body_mm: Mapped[dict[str, Any]] = mapped_column(JSON)  # dimension to [low, high]
    source_title: Mapped[Text120]
    source_kind: Mapped[Text16]
    source_where: Mapped[Text400]


class GarmentSize(Base):
    """A row of a product's garment chart: what the finished garment of a size measures."""

    __tablename__ = "garment_sizes"

    product_id: Mapped[ProductRef] = mapped_column(primary_key=True)
    size: Mapped[Text16] = mapped_column(primary_key=True)
    position: Mapped[int]
    garment_mm: Mapped[dict[str, Any]] = mapped_column(JSON)  # point of measure to length
    source_title: Mapped[Text120]
    source_kind: Mapped[Text16]
    source_where: Mapped[Text400]


class MerchantChart(Base):
    """That `shop chart` put in a product's charts: what sizes are called elsewhere, and the charts that were there."""

    __tablename__ = "merchant_charts"

    product_id: Mapped[ProductRef] = mapped_column(primary_key=True)
    system: Mapped[Text16]  # of the labels, as Google Merchant names it; "" where nobody said
    labels: Mapped[dict[str, Any]] = mapped_column(JSON)  # size to system to label
    former: Mapped[dict[str, Any]] = mapped_column(JSON)  # charts, system and labels before, to bring back
    changed_s: Mapped[Seconds]


class ShopSession(Base):
    """A shopper without a name: who holds the token whose hash this is."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the token, which is not kept
    created_s: Mapped[Seconds]
    expires_s: Mapped[Seconds] = mapped_column(index=True)


class CartLine(Base):
    """So many of a variant in somebody's cart."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    session_id: Mapped[SessionRef] = mapped_column(primary_key=True)
    sku: Mapped[SkuRef] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    added_s: Mapped[Seconds]


class Event(Base):
    """What somebody looked at, who agreed that it is kept."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[SessionRef] = mapped_column(index=True)
    product_id: Mapped[ProductRef] = mapped_column(index=True)
    kind: Mapped[Text16]  # viewed, tried_on, size_asked
    size: Mapped[str | None] = mapped_column(String(16))
    at_s: Mapped[Seconds] = mapped_column(index=True)


class FitFeedback(Base):
    """How a size of a product fitted somebody: one voice a person and product."""

    __tablename__ = "fit_feedback"
    __table_args__ = (UniqueConstraint("session_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[FormerSession]
    product_id: Mapped[ProductRef] = mapped_column(index=True)
    size: Mapped[Text16]
    fit: Mapped[Text8]  # small, fit, large
    at_s: Mapped[Seconds]


class Return(Base):
    """Why somebody gave a product back: one a person and product."""

    __tablename__ = "returns"
    __table_args__ = (UniqueConstraint("session_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[FormerSession]
    product_id: Mapped[ProductRef] = mapped_column(index=True)
    size: Mapped[Text16]
    reason: Mapped[Text16]  # too_small, too_large, colour, quality, not_as_shown, changed_mind, late
    at_s: Mapped[Seconds]


class Review(Base):
    """What somebody writes of a product, as plain text: one a person and product."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("session_id", "product_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[FormerSession]
    product_id: Mapped[ProductRef] = mapped_column(index=True)
    language: Mapped[Text8]
    rating: Mapped[int]  # 1 to 5
    title: Mapped[Text120]
    text: Mapped[str] = mapped_column(String(2000))
    size: Mapped[str | None] = mapped_column(String(16))
    at_s: Mapped[Seconds]


class ConsentGiven(Base):
    """That somebody agreed to a version of a text, and perhaps took it back."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[SessionRef] = mapped_column(index=True)
    purpose: Mapped[Text16]  # bodies, history
    text_version: Mapped[Text16]
    given_s: Mapped[Seconds]
    revoked_s: Mapped[int | None] = mapped_column(BigInteger)


class SavedBody(Base):
    """Measurements that somebody asked to keep; name and figures are sealed (`vault.py`)."""

    __tablename__ = "saved_bodies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    session_id: Mapped[SessionRef] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    position: Mapped[int]  # among the shopper's bodies
    changed_s: Mapped[Seconds]
    expires_s: Mapped[Seconds] = mapped_column(index=True)
