"""Shoppers: their sessions, what they agreed to, everything that is kept of them, and its end.

A shopper has no name here: whoever holds a session's token is its shopper. Only the token's hash is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from server.errors import NotHere, TokenRefused
from server.shop.errors import NotAgreed, TextOutdated
from server.shop.tables import (
    Base,
    CartLine,
    ConsentGiven,
    Event,
    FitFeedback,
    Return,
    Review,
    SavedBody,
    ShopSession,
)
from server.shop.voices import check_size
from server.shop.wire import (
    BodyCard,
    BodyCopy,
    ConsentCard,
    Consents,
    EventSaid,
    Export,
    Language,
    Purpose,
    SessionAnswer,
)
from server.shop.words import TEXT_VERSION, TEXTS, refused

DAY_S = 86_400
FIRST_S = DAY_S  # who is never seen again is forgotten after so long
EVENTS_MAX = 2000  # of one shopper; the oldest make room


@dataclass(frozen=True, slots=True)
class Lives:
    """How long what is kept is kept, in days."""

    session: int
    body: int
    event: int


def new_session(db: Session, now_s: int) -> SessionAnswer:
    """Begin a session; its life is a day until it is used again."""
    token = secrets.token_urlsafe(32)
    expires_s = now_s + FIRST_S
    db.add(ShopSession(id=secrets.token_hex(16), token_hash=_hash(token), created_s=now_s, expires_s=expires_s))
    return SessionAnswer(token=token, expires_s=expires_s)


def session_of(db: Session, token: str, now_s: int, lives: Lives | None = None) -> str:
    """Return the id of the session that a token speaks for; with `lives` it lives on.  Raises TokenRefused."""
    asked = select(ShopSession.id, ShopSession.expires_s).where(ShopSession.token_hash == _hash(token))
    found = db.execute(asked).first()
    if found is None or found.expires_s <= now_s:
        raise TokenRefused
    later = now_s + lives.session * DAY_S if lives is not None else 0
    if found.expires_s < later - DAY_S // 2:  # at most one write in half a day
        db.execute(update(ShopSession).where(ShopSession.id == found.id).values(expires_s=later))
    return str(found.id)


def consents(db: Session, session_id: str, language: Language, lives: Lives) -> Consents:
    """Return every text and whether it was agreed to."""
    cards = []
    for purpose, version in TEXT_VERSION.items():
        one = _standing(db, session_id, purpose)
        days = lives.body if purpose == "bodies" else lives.event
        cards.append(
            ConsentCard(
                purpose=purpose, text_version=version, text=TEXTS[purpose][language].format(days=days),
                given_s=one.given_s if one else None, outdated=one is not None and one.text_version != version,
            )
        )  # fmt: skip
    return Consents(consents=cards)


def agree(db: Session, session_id: str, purpose: Purpose, version: str, language: Language, now_s: int) -> None:
    """Record that somebody agreed to the text that is shown now.  Raises TextOutdated."""
    if version != TEXT_VERSION[purpose]:
        raise refused(TextOutdated, "consent.text_version", language, version=TEXT_VERSION[purpose])
    standing = _standing(db, session_id, purpose)
    if standing is not None and standing.text_version == version:
        return
    if standing is not None:
        standing.revoked_s = now_s  # the newer text takes its place
    db.add(ConsentGiven(session_id=session_id, purpose=purpose, text_version=version, given_s=now_s))


def revoke(db: Session, session_id: str, purpose: Purpose, now_s: int) -> None:
    """Record that a consent was taken back, and delete what stood on it."""
    standing = _standing(db, session_id, purpose)
    if standing is not None:
        standing.revoked_s = now_s
    kept = SavedBody if purpose == "bodies" else Event
    db.execute(delete(kept).where(kept.session_id == session_id))


def require(db: Session, session_id: str, purpose: Purpose, language: Language) -> None:
    """Raise NotAgreed unless the text of `purpose` that is shown now was agreed to."""
    standing = _standing(db, session_id, purpose)
    if standing is None or standing.text_version != TEXT_VERSION[purpose]:
        raise refused(NotAgreed, "consent.missing", language)


def remember(db: Session, session_id: str, said: EventSaid, language: Language, now_s: int) -> None:
    """Keep what somebody looked at, who agreed to that.  Raises NotAgreed, NotHere or ChoiceRefused."""
    require(db, session_id, "history", language)
    check_size(db, said.product, said.size, language)
    db.add(Event(session_id=session_id, product_id=said.product, kind=said.kind, size=said.size, at_s=now_s))
    db.flush()
    newest = select(Event.id).where(Event.session_id == session_id).order_by(Event.id.desc())
    last = db.scalar(newest.offset(EVENTS_MAX).limit(1))
    if last is not None:
        db.execute(delete(Event).where(Event.session_id == session_id, Event.id <= last))


def export(db: Session, session_id: str, bodies: list[BodyCard]) -> Export:
    """Return everything that is kept of a shopper.  Raises NotHere."""
    one = db.get(ShopSession, session_id)
    if one is None:
        raise NotHere("session.gone", "This session has ended.")
    lines = select(CartLine.sku, CartLine.quantity).where(CartLine.session_id == session_id)
    return Export(
        created_s=one.created_s, expires_s=one.expires_s,
        bodies=[BodyCopy(**body.model_dump(include=set(BodyCopy.model_fields))) for body in bodies],
        cart=dict(db.execute(lines).all()),
        consents=_all(db, ConsentGiven, session_id), fit_feedback=_all(db, FitFeedback, session_id),
        returns=_all(db, Return, session_id), reviews=_all(db, Review, session_id), events=_all(db, Event, session_id),
    )  # fmt: skip


def erase(db: Session, session_id: str) -> dict[str, int]:
    """Delete every row of a shopper, reviews too; return how many went, by table."""
    counts = {}
    for table in reversed(Base.metadata.sorted_tables):
        column = table.c.get("session_id") if table.name != ShopSession.__tablename__ else table.c.id
        if column is not None:
            counts[table.name] = cast(CursorResult[Any], db.execute(delete(table).where(column == session_id))).rowcount
    return counts


def sweep(db: Session, now_s: int, lives: Lives) -> int:
    """Delete what has outlived its time; return how many rows that were.

    What an expired session said of products stays, without a hint whose it was.
    """
    old = (
        delete(SavedBody).where(SavedBody.expires_s <= now_s),
        delete(Event).where(Event.at_s <= now_s - lives.event * DAY_S),
        delete(ShopSession).where(ShopSession.expires_s <= now_s),
    )
    return sum(cast(CursorResult[Any], db.execute(one)).rowcount for one in old)


def _standing(db: Session, session_id: str, purpose: Purpose) -> ConsentGiven | None:
    asked = select(ConsentGiven).where(ConsentGiven.session_id == session_id, ConsentGiven.purpose == purpose)
    return db.scalar(asked.where(ConsentGiven.revoked_s.is_(None)).order_by(ConsentGiven.id.desc()).limit(1))


def _all(db: Session, kind: type[Base], session_id: str) -> list[dict[str, Any]]:
    """Return somebody's rows of a table without their ids."""
    table = kind.__table__
    columns = [column for column in table.c if column.name not in ("id", "session_id")]
    return [dict(row._mapping) for row in db.execute(select(*columns).where(table.c.session_id == session_id))]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
