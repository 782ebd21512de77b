"""What a shopper finds again who comes back: after a dropped network, another address, a lost worker.

aiortc knows no ICE restart, so who comes back brings a new connection, and a key to the same session. The key was given
with the last welcome, goes once, and is worth nothing as soon as the session is forgotten. Over plain HTTP there is no
welcome: there the token that sat down, and speaks for the session ever after, comes back. Everything is in memory.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from server import schema
from server.errors import TokenRefused

SECRET_BYTES = 16


@dataclass(slots=True)
class _Kept:
    secret: str = ""  # empty: used, or never given
    owner: str = ""  # the `jti` of the token that sat down over plain HTTP
    state: schema.State | None = None  # of a session that lost its seat
    until_s: float | None = None  # None: it has its seat


class Returns:
    """Keys of the sessions that may come back, and what is kept for them; times are of any monotonic clock."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._kept: dict[str, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def new_key(self, session_id: str, now_s: float) -> str:
        """Return the key with which `session_id` may come back; an earlier one is void."""
        self.forget_old(now_s)
        kept = self._kept.setdefault(session_id, _Kept(until_s=now_s + self._keep_s))
        kept.secret = secrets.token_urlsafe(SECRET_BYTES)
        return f"{session_id}.{kept.secret}"

    def use(self, key: str, now_s: float) -> str:
        """Return the session of `key` and use it up.  Raises TokenRefused, alike for every reason."""
        self.forget_old(now_s)
        session_id, _, secret = key.rpartition(".")
        kept = self._kept.get(session_id)
        if kept is None or not kept.secret or not hmac.compare_digest(secret.encode(), kept.secret.encode()):
            raise TokenRefused
        kept.secret = ""
        return session_id

    def seated(self, session_id: str, owner: str = "") -> None:
        """A session has its seat: its key is good for as long as that, and so is the token `owner` of plain HTTP."""
        kept = self._kept.setdefault(session_id, _Kept()) if owner else self._kept.get(session_id)
        if kept is not None:
            kept.state, kept.until_s = None, None
            kept.owner = owner or kept.owner

    def is_owner(self, session_id: str, owner: str, now_s: float) -> bool:
        """Whether the token `owner` sat down in `session_id`, which is not forgotten yet."""
        self.forget_old(now_s)
        kept = self._kept.get(session_id)
        return kept is not None and kept.owner != "" and hmac.compare_digest(kept.owner, owner)

    def keep(self, session_id: str, state: schema.State, now_s: float) -> None:
        """Keep what a session that lost its seat wore, if it has a key."""
        kept = self._kept.get(session_id)
        if kept is not None:
            kept.state, kept.until_s = state, now_s + self._keep_s

    def state_of(self, session_id: str) -> schema.State | None:
        """Return what is kept for a session that sits down again."""
        kept = self._kept.get(session_id)
        return None if kept is None else kept.state

    def forget(self, session_id: str) -> None:
        """Forget a session that will not come back."""
        self._kept.pop(session_id, None)

    def forget_old(self, now_s: float) -> None:
        """Forget those that stayed away too long."""
        for session_id, kept in list(self._kept.items()):
            if kept.until_s is not None and kept.until_s <= now_s:
                del self._kept[session_id]
