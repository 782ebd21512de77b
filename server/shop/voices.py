"""What shoppers say of products: how a size fitted, why it went back, reviews; and what is learnt of it.

One voice a person and product: saying it again replaces it. Who returns a product as too small or too large has
thereby said how it fitted, so that feedback and returns count alike and nobody twice.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from typing import TypeVar, cast

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from pipelines.sizing.feedback import Kind, Tendencies, Voices, tendencies
from pipelines.sizing.reasons import runs_words
from pipelines.sizing.recommend import Runs
from server.errors import ChoiceRefused, NotHere
from server.shop.tables import FitFeedback, Product, Return, Review, Variant
from server.shop.wire import (
    Fit,
    FitSaid,
    Language,
    Reason,
    ReturnSaid,
    ReviewCard,
    ReviewPage,
    ReviewSaid,
    RunsCard,
    Voice,
)
from server.shop.words import refused

REVIEWS_A_PAGE = 10
FIT_OF: dict[Reason, Fit] = {"too_small": "small", "too_large": "large"}
Said = TypeVar("Said", FitFeedback, Return, Review)
KINDS, NEWS = "kinds of garment", 0.01  # of all voices, by which kinds are learnt anew


def counts_in(db: Session, product_id: str) -> Voices:
    """Return how many called a product small, right and large."""
    asked = select(FitFeedback.fit, func.count()).where(FitFeedback.product_id == product_id)
    said = {fit: count for fit, count in db.execute(asked.group_by(FitFeedback.fit))}
    return said.get("small", 0), said.get("fit", 0), said.get("large", 0)


def runs_in(db: Session, product_id: str) -> Runs:
    """Return how a product runs by what shoppers said of it and of others like it."""
    category = db.scalar(select(Product.category).where(Product.id == product_id)) or ""
    return Tendencies({product_id: counts_in(db, product_id)}, kinds_in(db)).runs(product_id, category)


def kinds_in(db: Session) -> Mapping[str, Kind]:
    """Return how each kind of garment runs.

    Remembered with the connection until a hundredth more, or less, has been said: one voice more changes no kind, and
    learning reads them all.
    """
    count = db.scalar(select(func.count()).select_from(FitFeedback)) or 0
    memory = db.connection().info
    learnt_from, kinds = memory.get(KINDS, (0, {}))
    if abs(count - learnt_from) > NEWS * learnt_from:
        memory[KINDS] = count, (kinds := _learn_kinds(db))
    found: Mapping[str, Kind] = kinds
    return found


def _learn_kinds(db: Session) -> Mapping[str, Kind]:
    said = [func.sum(case((FitFeedback.fit == fit, 1), else_=0)) for fit in ("small", "fit", "large")]
    asked = select(FitFeedback.product_id, Product.category, *said).join(Product)
    voices: dict[str, Voices] = {}
    categories: dict[str, str] = {}
    for product_id, category, small, fit, large in db.execute(asked.group_by(FitFeedback.product_id, Product.category)):
        voices[product_id], categories[product_id] = (small, fit, large), category
    return tendencies(voices, categories).kinds


def runs_card(db: Session, product_id: str, language: Language) -> RunsCard:
    """Return the same as it is shown."""
    small, fit, large = counts_in(db, product_id)
    runs = runs_in(db, product_id)
    return RunsCard(
        sizes=round(runs.sizes, 2), count=runs.count, small=small, fit=fit, large=large,
        words=runs_words(runs, language),
    )  # fmt: skip


def feedback_lines(db: Session) -> list[str]:
    """Return all that was said of fit as a CSV table of `fit_learning.table`, the eldest first."""
    asked = select(
        FitFeedback.session_id, FitFeedback.product_id, FitFeedback.size, Product.category, FitFeedback.fit,
        FitFeedback.at_s,
    )  # fmt: skip
    found = db.execute(asked.join(Product).order_by(FitFeedback.id))
    table = StringIO()
    csv.writer(table).writerows([("user_id", "item_id", "size", "category", "fit", "time"), *found])
    return table.getvalue().splitlines()


def review_page(db: Session, product_id: str, before: int | None, session_id: str | None) -> ReviewPage:
    """Return reviews older than that of id `before`, the newest first."""
    asked = select(Review).where(Review.product_id == product_id)
    if before is not None:
        asked = asked.where(Review.id < before)
    found = list(db.scalars(asked.order_by(Review.id.desc()).limit(REVIEWS_A_PAGE + 1)))
    shown = [_review(one, session_id) for one in found[:REVIEWS_A_PAGE]]
    return ReviewPage(reviews=shown, next=shown[-1].id if len(found) > REVIEWS_A_PAGE else None)


def voice(db: Session, session_id: str, product_id: str) -> Voice:
    """Return what one shopper has said of a product."""
    fit = _own(db, FitFeedback, session_id, product_id)
    back = _own(db, Return, session_id, product_id)
    review = _own(db, Review, session_id, product_id)
    return Voice(
        fit=None if fit is None else FitSaid(size=fit.size, fit=cast(Fit, fit.fit)),
        returned=None if back is None else ReturnSaid(size=back.size, reason=cast(Reason, back.reason)),
        review=None if review is None else _review(review, session_id),
    )


def say_fit(db: Session, session_id: str, product_id: str, said: FitSaid, language: Language, now_s: int) -> None:
    """Keep how a size fitted.  Raises NotHere or ChoiceRefused."""
    check_size(db, product_id, said.size, language)
    one = _own(db, FitFeedback, session_id, product_id) or FitFeedback(session_id=session_id, product_id=product_id)
    one.size, one.fit, one.at_s = said.size, said.fit, now_s
    db.add(one)


def say_return(db: Session, session_id: str, product_id: str, said: ReturnSaid, language: Language, now_s: int) -> None:
    """Keep why a product goes back.  Raises NotHere or ChoiceRefused."""
    check_size(db, product_id, said.size, language)
    _unsay_implied(db, session_id, product_id)
    one = _own(db, Return, session_id, product_id) or Return(session_id=session_id, product_id=product_id)
    one.size, one.reason, one.at_s = said.size, said.reason, now_s
    db.add(one)
    if said.reason in FIT_OF:
        say_fit(db, session_id, product_id, FitSaid(size=said.size, fit=FIT_OF[said.reason]), language, now_s)


def say_review(db: Session, session_id: str, product_id: str, said: ReviewSaid, language: Language, now_s: int) -> None:
    """Keep a review.  Raises NotHere or ChoiceRefused."""
    check_size(db, product_id, said.size, language)
    one = _own(db, Review, session_id, product_id) or Review(session_id=session_id, product_id=product_id)
    one.rating, one.title, one.text, one.at_s = said.rating, said.title, said.text, now_s
    one.language, one.size = said.language, said.size
    db.add(one)


def unsay(db: Session, kind: type[FitFeedback | Return | Review], session_id: str, product_id: str) -> None:
    """Take back what one shopper has said of a product; with a return, how it fitted where only that said so."""
    if kind is Return:
        _unsay_implied(db, session_id, product_id)
    db.execute(delete(kind).where(kind.session_id == session_id, kind.product_id == product_id))


def _unsay_implied(db: Session, session_id: str, product_id: str) -> None:
    """Take back how a product fitted where nothing but the reason of a return has said so."""
    fit, back = _own(db, FitFeedback, session_id, product_id), _own(db, Return, session_id, product_id)
    if fit is None or back is None or FIT_OF.get(cast(Reason, back.reason)) != fit.fit:
        return
    if (fit.size, fit.at_s) == (back.size, back.at_s):
        db.delete(fit)
        db.flush()


def check_size(db: Session, product_id: str, size: str | None, language: Language) -> None:
    """Raise NotHere unless the product is sold, ChoiceRefused unless in this size."""
    if db.get(Product, product_id) is None:
        raise refused(NotHere, "product.unknown", language, product=product_id)
    asked = select(Variant.size).where(Variant.product_id == product_id).order_by(Variant.position)
    sizes = list(dict.fromkeys(db.scalars(asked)))
    if size is not None and size not in sizes:
        raise refused(ChoiceRefused, "size.unknown", language, product=product_id, sizes=", ".join(sizes))


def _own(db: Session, kind: type[Said], session_id: str, product_id: str) -> Said | None:
    return db.scalar(select(kind).where(kind.session_id == session_id, kind.product_id == product_id))


def _review(one: Review, session_id: str | None) -> ReviewCard:
    return ReviewCard(
        id=one.id, rating=one.rating, title=one.title, text=one.text, language=cast(Language, one.language),
        size=one.size, at_s=one.at_s, mine=session_id is not None and one.session_id == session_id,
    )  # fmt: skip
