"""The signalling conversation, sans I/O: text and the time go in, actions come out.

    new --hello--> asking --accepted()--> welcome --offer, candidate--> ... --bye--> ended

The rim performs the actions and tells `accepted` or `refused` about the token. Nothing here
opens a socket, reads a clock or waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from pydantic import BaseModel

from server import schema
from server.errors import MessageRefused, Refused
from server.limits import RateWindow


@dataclass(frozen=True, slots=True)
class Send:
    """Send `message` to the client."""

    message: BaseModel


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Check `token`, or where it is given the key `resume`, then call `accepted` or `refused`."""

    token: str = field(repr=False)
    resume: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TakeOffer:
    """Answer this offer."""

    sdp: str


@dataclass(frozen=True, slots=True)
class TakeCandidate:
    """Add a remote candidate; None: there are no more."""

    candidate: schema.IceCandidate | None


@dataclass(frozen=True, slots=True)
class End:
    """The client leaves: free its seat."""


Action = Send | Close | Authenticate | TakeOffer | TakeCandidate | End


class _State(Enum):
    NEW = auto()
    ASKING = auto()
    WELCOME = auto()
    ENDED = auto()


class Signalling:
    """One connection's conversation."""

    def __init__(self, messages_per_s: int) -> None:
        self._state = _State.NEW
        self._rate = RateWindow(messages_per_s, 1.0)

    @property
    def greeted(self) -> bool:
        """Whether hello was said."""
        return self._state is not _State.NEW

    def receive(self, text: str, now_s: float) -> list[Action]:
        """Take one text message; `now_s` is any monotonic clock."""
        if self._state is _State.ENDED:
            return []
        if not self._rate.allow(now_s):
            return self._end(1008, "too many messages")
        try:
            message = schema.parse_signal(text)
        except MessageRefused as refused:
            return self._end(refused.close_code, refused.message)
        return self._step(message)

    def receive_binary(self) -> list[Action]:
        """Take a binary message: there is none in this protocol."""
        return self._end(1003, "text messages only")

    def accepted(self, session_id: str, resume: str) -> list[Action]:
        """Go on after `Authenticate` went well; `resume` is the key to come back with."""
        self._state = _State.WELCOME
        return [Send(schema.Welcome(session=session_id, resume=resume))]

    def refused(self, refused: Refused) -> list[Action]:
        """Say no and close."""
        self._state = _State.ENDED
        return [
            Send(schema.Error(code=refused.code, message=refused.message)),
            Close(refused.close_code, refused.code),
        ]

    def _step(self, message: schema.Hello | schema.Offer | schema.Candidate | schema.Bye) -> list[Action]:
        match self._state, message:
            case _, schema.Bye():
                self._state = _State.ENDED
                return [End(), Close(1000, "bye")]
            case _State.NEW, schema.Hello(token=token, resume=resume):
                self._state = _State.ASKING
                return [Authenticate(token, resume)]
            case _State.WELCOME, schema.Offer(sdp=sdp):
                return [TakeOffer(sdp)]
            case _State.WELCOME, schema.Candidate(candidate=candidate):
                return [TakeCandidate(candidate)]
            case _:
                return self._end(1007, f"{message.type}: not at this point")

    def _end(self, code: int, reason: str) -> list[Action]:
        self._state = _State.ENDED
        return [Close(code, reason.encode()[:120].decode(errors="ignore"))]
