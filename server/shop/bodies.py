"""Saved bodies: what a shopper measured, kept because they asked for it, sealed, and gone when its time is over."""

from __future__ import annotations

import secrets

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.bodies import estimated
from server.errors import NotHere
from server.shop.errors import TooManyKept
from server.shop.people import DAY_S, Lives, require
from server.shop.tables import SavedBody
from server.shop.vault import SealBroken, Vault
from server.shop.wire import Bodies, BodyCard, BodySaid, Language
from server.shop.words import refused

BODIES_MAX = 8


def saved(db: Session, vault: Vault, session_id: str, now_s: int) -> Bodies:
    """Return the bodies of a shopper that have not expired."""
    asked = select(SavedBody).where(SavedBody.session_id == session_id, SavedBody.expires_s > now_s)
    rows = db.scalars(asked.order_by(SavedBody.position))
    return Bodies(bodies=[_card(vault, row) for row in rows])


def save(
    db: Session, vault: Vault, session_id: str, said: BodySaid, language: Language, now_s: int, lives: Lives
) -> BodyCard:
    """Keep a body.  Raises NotAgreed, MeasureRefused or TooManyKept."""
    require(db, session_id, "bodies", language)
    _check(db, vault, session_id, said, None, language, now_s)
    last = db.scalar(select(func.max(SavedBody.position)).where(SavedBody.session_id == session_id)) or 0
    row = SavedBody(id=secrets.token_hex(16), session_id=session_id, position=last + 1)
    return _write(db, vault, row, said, now_s, lives)


def correct(
    db: Session, vault: Vault, session_id: str, body_id: str, said: BodySaid, language: Language, now_s: int,
    lives: Lives,
) -> BodyCard:  # fmt: skip
    """Put other figures or another name in the place of a body's.  Raises NotAgreed, NotHere, MeasureRefused, …."""
    require(db, session_id, "bodies", language)
    row = db.get(SavedBody, body_id)
    if row is None or row.session_id != session_id or row.expires_s <= now_s:
        raise refused(NotHere, "body.unknown", language)
    _check(db, vault, session_id, said, body_id, language, now_s)
    return _write(db, vault, row, said, now_s, lives)


def forget(db: Session, session_id: str, body_id: str) -> None:
    """Delete a body; that of nobody, or of somebody else, stays as it is."""
    db.execute(delete(SavedBody).where(SavedBody.id == body_id, SavedBody.session_id == session_id))


def _check(
    db: Session, vault: Vault, session_id: str, said: BodySaid, body_id: str | None, language: Language, now_s: int
) -> None:
    estimated(said.known, said.sex, language)  # what makes no sense is not kept
    others = [one for one in saved(db, vault, session_id, now_s).bodies if one.id != body_id]
    if len(others) >= BODIES_MAX:
        raise refused(TooManyKept, "body.many", language, most=BODIES_MAX)
    if any(one.name == said.name for one in others):
        raise refused(TooManyKept, "body.name", language, name=said.name)


def _write(db: Session, vault: Vault, row: SavedBody, said: BodySaid, now_s: int, lives: Lives) -> BodyCard:
    row.sealed = vault.seal(said.model_dump_json().encode(), _owner(row))
    row.changed_s, row.expires_s = now_s, now_s + lives.body * DAY_S
    db.add(row)
    db.flush()
    return _card(vault, row)


def _card(vault: Vault, row: SavedBody) -> BodyCard:
    """Return a body as it is shown; one that this key, or this version, cannot read, without its figures."""
    try:
        kept = BodySaid.model_validate_json(vault.open(row.sealed, _owner(row)))
    except (SealBroken, ValidationError):
        kept = None
    return BodyCard(
        id=row.id, name=kept and kept.name, sex=kept and kept.sex, known=list(kept.known) if kept else [],
        changed_s=row.changed_s, expires_s=row.expires_s, readable=kept is not None,
    )  # fmt: skip


def _owner(row: SavedBody) -> str:
    return f"{row.session_id}/{row.id}"
