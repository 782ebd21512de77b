"""Unity Render Streaming's signalling over WebSocket, sans I/O: text goes in, actions come out.

    connect -> connect (polite) -> offer -> answer, then our own offer of the picture -> answer ... -> disconnect

The messages are those of UnityRenderStreaming 3.1 and its web client (`WebApp/src/class/websockethandler.ts`). There
the server passes messages between two clients; here it is itself the other client. One connection at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from server import schema
from server.errors import MessageRefused
from server.limits import RateWindow
from server.signalling import Close, End, Send, TakeCandidate, TakeOffer
from server.strict_json import parse_object

ConnectionId = Annotated[str, Field(min_length=1, max_length=128)]


class _Said(BaseModel):
    """What Unity says; its serialiser writes more keys than its protocol has, filled or not."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Connect(_Said):
    type: Literal["connect", "disconnect"]
    connectionId: ConnectionId  # noqa: N815 - Unity's name


class _Sdp(_Said):
    connectionId: ConnectionId  # noqa: N815 - Unity's name
    sdp: str


class _Described(_Said):
    type: Literal["offer", "answer"]
    data: _Sdp


class _Candidate(_Said):
    connectionId: ConnectionId  # noqa: N815 - Unity's name
    candidate: str = Field(max_length=512)
    sdpMid: str | None = Field(None, max_length=64)  # noqa: N815 - Unity's name
    sdpMLineIndex: int | None = Field(None, ge=0, le=64)  # noqa: N815 - Unity's name


class _Trickled(_Said):
    type: Literal["candidate"]
    data: _Candidate


_MESSAGE: TypeAdapter[_Connect | _Described | _Trickled] = TypeAdapter(
    Annotated[_Connect | _Described | _Trickled, Field(discriminator="type")]
)


class Told(BaseModel):
    """`connect` and `disconnect`, to Unity."""

    type: Literal["connect", "disconnect"]
    connectionId: str  # noqa: N815 - Unity's name
    polite: bool = True  # we are the impolite end, which never takes an offer back


class Failed(BaseModel):
    """`error`, to Unity, which logs it."""

    type: Literal["error"] = "error"
    message: str


class Sdp(BaseModel):
    """The payload of `Description`; `datetime` is Unix time in milliseconds."""

    sdp: str
    datetime: int
    polite: bool = True


class Description(BaseModel):
    """`offer` and `answer`, to Unity."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: str = Field(serialization_alias="from")
    to: str = ""
    type: Literal["offer", "answer"]
    data: Sdp


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """Take the answer to our offer."""

    sdp: str


Action = Send | Close | TakeOffer | TakeAnswer | TakeCandidate | End


class UnitySignalling:
    """One WebSocket's conversation."""

    def __init__(self, messages_per_s: int) -> None:
        self.connection_id: str | None = None
        self._rate = RateWindow(messages_per_s, 1.0)

    def receive(self, text: str, now_s: float) -> list[Action]:
        """Take one text message; `now_s` is any monotonic clock."""
        if not self._rate.allow(now_s):
            return [Close(1008, "too many messages")]
        try:
            message = parse_unity(text)
        except MessageRefused as refused:
            return [Send(Failed(message=refused.message))]
        match message:
            case _Connect(type="connect", connectionId=wanted):
                return self._connect(wanted)
            case _Connect(connectionId=known) if known == self.connection_id:
                return [End(), *self.ended()]
            case _Connect(connectionId=unknown):
                return [Send(Told(type="disconnect", connectionId=unknown))]
            case _Described() | _Trickled() if message.data.connectionId != self.connection_id:
                return [Send(Failed(message=f"{message.data.connectionId}: There is no such connection."))]
            case _Described(type="offer", data=data):
                return [TakeOffer(data.sdp)]
            case _Described(data=data):
                return [TakeAnswer(data.sdp)]
            case _Trickled(data=data):
                return [TakeCandidate(schema.IceCandidate(candidate=data.candidate))]

    def ended(self) -> list[Action]:
        """Tell that the connection has ended, whoever ended it."""
        known, self.connection_id = self.connection_id, None
        return [] if known is None else [Send(Told(type="disconnect", connectionId=known))]

    def describe(self, kind: Literal["offer", "answer"], sdp: str, now_ms: int) -> Send:
        """Send an offer or answer of ours."""
        data = Sdp(sdp=sdp, datetime=now_ms)
        return Send(Description(from_=self.connection_id or "", type=kind, data=data))

    def _connect(self, wanted: str) -> list[Action]:
        if self.connection_id not in (None, wanted):
            return [Send(Failed(message=f"{wanted}: One connection at a time."))]
        self.connection_id = wanted
        return [Send(Told(type="connect", connectionId=wanted))]


def parse_unity(text: str | bytes) -> _Connect | _Described | _Trickled:
    """Read a message of Unity's.  Raises MessageRefused."""
    value = parse_object(text)
    try:
        return _MESSAGE.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise MessageRefused("schema", f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]) from None
