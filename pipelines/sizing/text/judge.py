"""Rules and reader together: where the rules only guess, the reader may decide.

The reader finds nothing by itself: it says what part a token plays that the rules have found. A part that makes no
sense for the token (a weight that can be had in a shop) is passed over.
"""

from __future__ import annotations

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.reader import read_parts
from pipelines.sizing.text.roles import ROLES, Parts, Role

GUESSED = 0.75  # how probable the reader's part must be
ALLOWED: dict[str, tuple[Role, ...]] = {
    "size": ("offer", "other", "gone", "model"),
    "linked": ("garment", "body"),
    "number": ("offer", "other"),
    "gender": ("said", "other"),
    "fit": ("said", "other"),
    "runs": ("said", "other"),
}


def second_thoughts(layout: Layout, parts: Parts) -> Parts:
    """Return the parts with the reader's where it knows better."""
    chances = read_parts(layout, parts)
    linked = {link.number for link in parts.links}
    roles = list(parts.roles)
    for i, token in enumerate(layout.tokens):
        kind = "linked" if i in linked else token.kind
        allowed = ALLOWED.get(kind, ())
        if parts.sure[i] or roles[i] not in allowed or (kind == "number" and (token.unit or token.low > 200)):
            continue
        best = max(allowed, key=lambda role: float(chances[i, ROLES.index(role)]))
        if chances[i, ROLES.index(best)] >= GUESSED:
            roles[i] = best
    return Parts(tuple(roles), parts.sure, parts.links)
