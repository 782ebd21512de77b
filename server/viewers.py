"""Who watches a session's composed picture besides the shopper: a few, each with a connection and encoder of their own.

What they see is what was composed, never the bare camera; a slow viewer gets fewer frames and holds up nobody.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from server.errors import TokenRefused, TryLater
from server.media import composed_frame
from server.offers import PLAYBACK, check_offer
from server.peer import Peer
from server.settings import Settings
from server.tasks import Tasks
from server.worker.ring import RingFrame

RETRY_S = 5.0


class Viewers:
    """The viewers of one session, at most `limits.viewers_max`.  One event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.allowed = False
        self._peers: dict[str, Peer] = {}
        self._holders: dict[str, str] = {}  # the `jti` of the token that each viewer came with
        self._tasks = Tasks()

    def __len__(self) -> int:
        return len(self._peers)

    def get(self, viewer_id: str) -> Peer | None:
        """Return a viewer's connection."""
        return self._peers.get(viewer_id)

    def is_holder(self, viewer_id: str, jti: str) -> bool:
        """Whether a viewer came with this token."""
        return self._holders.get(viewer_id) == jti

    async def add(self, sdp: str, jti: str) -> tuple[str, Peer, str]:
        """Take the offer of a viewer who comes with token `jti`; return its id, its connection and the answer.

        Raises OfferRefused, TryLater, TokenRefused where this session is not to be watched.
        """
        if not self.allowed:
            raise TokenRefused
        limits = self._settings.limits
        offer = check_offer(sdp, limits, PLAYBACK)
        if len(self._peers) >= limits.viewers_max:
            raise TryLater("viewers", f"At most {limits.viewers_max} may watch. Try again later.", retry_s=RETRY_S)
        viewer_id = secrets.token_urlsafe(12)
        peer = Peer(self._settings, _nothing, _nothing, _nothing, lambda _: self._tasks.spawn(self.remove(viewer_id)))
        self._holders[viewer_id] = jti
        self._peers[viewer_id] = peer  # holds the place while the answer is made
        try:
            return viewer_id, peer, await peer.answer(offer)
        except BaseException:
            await self.remove(viewer_id)
            raise

    def show(self, frame: RingFrame) -> None:
        """Give every viewer a copy: encoders write into their frames."""
        for peer in self._peers.values():
            if peer.connected:
                peer.outbox.put(composed_frame(frame))

    def let_silent_go(self, silence_s: float) -> None:
        """Let those go of whom not even a check of ICE has come for so long."""
        limit_s = time.monotonic() - silence_s
        for viewer_id, peer in self._peers.items():
            if peer.connected and peer.reached_s is not None and peer.reached_s < limit_s:
                self._tasks.spawn(self.remove(viewer_id))

    async def remove(self, viewer_id: str) -> None:
        """Let one go; idempotent."""
        self._holders.pop(viewer_id, None)
        peer = self._peers.pop(viewer_id, None)
        if peer is not None:
            await asyncio.shield(self._tasks.spawn(peer.close()))

    async def close(self) -> None:
        """Let all go, and wait for those who are going already."""
        for viewer_id in list(self._peers):
            self._tasks.spawn(self.remove(viewer_id))
        await self._tasks.ended()


def _nothing(*_: object) -> None:
    pass
