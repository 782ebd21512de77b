"""A connection on which both ends make offers: the other one for its camera, we for the composed picture.

Perfect negotiation (W3C WebRTC section 10.7) with us as the impolite end: aiortc cannot roll back, so where two offers
meet ours stands, and the other end, told that it is the polite one, takes its own back and makes it again.
"""

from __future__ import annotations

import structlog
from aiortc import RTCSessionDescription

from server import rtc
from server.errors import OfferRefused
from server.offers import CheckedOffer
from server.peer import Peer

log = structlog.get_logger("lookglass.peer")


class TwoWayPeer(Peer):
    """Wraps aiortc; the first offer is the other end's.  One event loop only."""

    @property
    def offering(self) -> bool:
        """Whether an offer of ours waits for its answer: then others are not looked at."""
        return bool(self._pc.signalingState == "have-local-offer")

    async def agree_again(self, offer: CheckedOffer) -> str:
        """Take another offer over the same transport, return the answer.  Raises OfferRefused."""
        if len(self._pc.getTransceivers()) > self._settings.limits.offer_media_max:  # their names keep changing
            raise OfferRefused("offer.media", "The connection has too many media sections.")
        if not self._ours:
            self._add_camera(offer.direction)
        return await self._to_its_end(self._agree(offer.sdp))

    async def offer_picture(self) -> str | None:
        """Return our offer of the composed picture.

        None: there is no camera yet, or the picture goes back already.
        """
        if self.sends or not self._ours:
            return None
        self._add_transceiver(self.track, "sendonly")
        self.sends = True
        return await rtc.offer_again(self._pc, self._ours[0])

    async def take_answer(self, answer: CheckedOffer) -> None:
        """Take the answer to our offer.  Raises OfferRefused."""
        if not self.offering:
            raise OfferRefused("offer.answer", "Nothing was offered.")
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        except Exception as error:  # as in `Peer`
            log.info("answer refused by the parser", kind=type(error).__name__)
            raise OfferRefused("offer.malformed", "The answer cannot be read.") from None
