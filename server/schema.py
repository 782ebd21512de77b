"""Messages of protocol version 1, as `docs/protocol.md` tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)

from server.errors import MessageRefused
from server.strict_json import parse_object

VERSION = 1
GARMENTS_MAX = 4
PEOPLE_MAX = 3
KNOWN_MAX = 24

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Size = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9][A-Za-z0-9/ ._-]*$")]
Version = Annotated[int, Field(ge=VERSION, le=VERSION)]  # a Literal would take true for 1
Sex = Literal["female", "male"]
HeightCm = Annotated[float, Field(ge=50, le=250, allow_inf_nan=False)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Versioned(_Message):
    v: Version = VERSION


class FromOutside(_Versioned):
    """What a client sends."""

    v: Version


# --- signalling, client to server


class Hello(FromOutside):
    """First message on the WebSocket."""

    type: Literal["hello"]
    token: str = Field("", max_length=4096, repr=False)
    resume: str = Field("", max_length=256, repr=False)  # in its place: the key of the last welcome


class Offer(FromOutside):
    """An SDP offer; `server/offers.py` holds its limits."""

    type: Literal["offer"]
    sdp: str


class IceCandidate(_Message):
    """RTCIceCandidateInit."""

    candidate: str = Field(max_length=512)
    sdpMid: str | None = Field(None, max_length=16)  # noqa: N815 - the browser's name
    sdpMLineIndex: int | None = Field(None, ge=0, le=16)  # noqa: N815 - the browser's name
    usernameFragment: str | None = Field(None, max_length=256)  # noqa: N815 - the browser's name


class Candidate(FromOutside):
    """A trickled candidate; None says that there are no more."""

    type: Literal["candidate"]
    candidate: IceCandidate | None


class Bye(FromOutside):
    """The shopper leaves."""

    type: Literal["bye"]


ClientSignal = Annotated[Hello | Offer | Candidate | Bye, Field(discriminator="type")]


# --- signalling, server to client


class Welcome(_Versioned):
    """The token is good."""

    type: Literal["welcome"] = "welcome"
    session: str
    resume: str = Field(repr=False)


class Answer(_Versioned):
    """The SDP answer, candidates included."""

    type: Literal["answer"] = "answer"
    sdp: str


class Error(_Versioned):
    """A refusal, on either channel."""

    type: Literal["error"] = "error"
    code: str
    message: str


class Goodbye(_Versioned):
    """The server ends the session."""

    type: Literal["bye"] = "bye"
    reason: str


# --- control channel, client to server


class GarmentWish(_Message):
    """A garment to wear; without a size the recommended one, without the others the garment's defaults."""

    id: Id
    size: Size | None = None
    colourway: Id | None = None
    tucked: bool | None = None  # into trousers or skirt

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = handler(self)
        return {key: value for key, value in said.items() if value is not None or key in ("id", "size")}


class Wear(FromOutside):
    """The whole outfit; empty takes everything off."""

    type: Literal["wear"]
    garments: tuple[GarmentWish, ...] = Field(max_length=GARMENTS_MAX, strict=False)


class Likely(FromOutside):
    """An outfit that may be worn next: a pointer is over it, say. Nothing is answered, and nothing changes."""

    type: Literal["likely"]
    garments: tuple[GarmentWish, ...] = Field(max_length=GARMENTS_MAX, strict=False)


Others = tuple[Annotated[tuple[GarmentWish, ...], Field(max_length=GARMENTS_MAX, strict=False)] | None, ...]


class People(FromOutside):
    """How many people are dressed, and in what the second and the third; null or nothing: as the shopper."""

    type: Literal["people"]
    most: int = Field(ge=1, le=PEOPLE_MAX)
    others: Others = Field((), max_length=PEOPLE_MAX - 1, strict=False)


class Known(_Message):
    """One thing that the shopper tells of themself: a number in the measure's own unit, or as it was typed."""

    name: str = Field(min_length=1, max_length=40)
    value: float | Annotated[str, Field(max_length=40)] = Field(repr=False)
    # nothing: told of height, weight and age, else a tape; a camera needs its error
    source: Literal["told", "tape", "measured", "camera", "scan"] | None = None
    error: float | None = Field(None, gt=0, le=50, allow_inf_nan=False)  # standard deviation, in the measure's own unit


class Body(FromOutside):
    """What the shopper tells about themself."""

    type: Literal["body"]
    height_cm: HeightCm | None
    sex: Sex | None = None
    known: tuple[Known, ...] = Field((), max_length=KNOWN_MAX, strict=False)


Delivery = Literal["composed", "layer"]


class View(FromOutside):
    """How the picture is returned: flipped or not; composed, or the layer alone, packed."""

    type: Literal["view"]
    mirror: bool
    delivery: Delivery = "composed"


class FitMap(FromOutside):
    """Whether the shopper's garments are drawn in the colours of how they fit."""

    type: Literal["fit_map"]
    on: bool


class Comparison(_Message):
    """A garment that is seen in two sizes at once: the first in the left half of the picture as it is sent."""

    garment: Id
    sizes: tuple[Size, Size] = Field(strict=False)


class Compare(FromOutside):
    """Which garment of the outfit to see in two sizes; null ends it."""

    type: Literal["compare"]
    garment: Id | None
    sizes: tuple[Size, Size] | None = Field(None, strict=False)


Mode = Literal["mirror", "orbit", "replay"]


class Look(FromOutside):
    """From where the shopper looks: the mirror, round the avatar, or at the last seconds again.

    Yaw 90 shows the person's own left side, a positive pitch looks down; both are read but by the mirror. A speed
    below 1 is slow motion.
    """

    type: Literal["look"]
    mode: Mode
    yaw_deg: float = Field(0.0, ge=-3600, le=3600, allow_inf_nan=False)
    pitch_deg: float = Field(6.0, ge=-10, le=60, allow_inf_nan=False)
    speed: float = Field(1.0, ge=0.1, le=1, allow_inf_nan=False)


class Ping(FromOutside):
    """Heartbeat; `t_ms` comes back as it is."""

    type: Literal["ping"]
    t_ms: float = Field(allow_inf_nan=False)


class Scan(FromOutside):
    """Measure the shopper from the front and from the side, or stop that."""

    type: Literal["scan"]
    action: Literal["start", "cancel"]
    height_cm: HeightCm | None = Field(None, repr=False)  # gives the scale
    height_source: Literal["told", "tape", "measured"] = "told"
    views: Literal["both", "front"] = "both"
    clothes: Literal["fitted", "loose"] = "fitted"

    @model_validator(mode="after")
    def _has_a_scale(self) -> Scan:
        if self.action == "start" and self.height_cm is None:
            raise ValueError("height_cm is needed to start")
        return self


Control = Wear | Likely | People | Body | View | FitMap | Compare | Look | Scan | Ping
ClientControl = Annotated[Control, Field(discriminator="type")]


# --- control channel, server to client


class State(_Versioned):
    """What is worn, wished and seen at this moment."""

    type: Literal["state"] = "state"
    garments: tuple[GarmentWish, ...]
    height_cm: float | None
    mirror: bool
    delivery: Delivery = "composed"
    people: int = 1
    others: tuple[tuple[GarmentWish, ...] | None, ...] = ()
    look: Mode = "mirror"
    fit_map: bool = False
    compare: Comparison | None = None
    body: Body | None = Field(None, exclude=True, repr=False)  # what the shopper told; never told back


class Place(_Message):
    """About where the crown of somebody's head is: (x, y), in shares of the picture as it is sent."""

    id: int
    above: tuple[float, float]


class Stats(_Versioned):
    """Twice a second; `dropped` counts since the start of the session."""

    type: Literal["stats"] = "stats"
    t_s: float
    fps: float
    dropped: int
    stage_ms: dict[str, float]
    hint: str | None
    people: tuple[Place, ...] = ()  # where more than one is dressed


class Fit(_Versioned):
    """How the shopper's garments fit, while the fit map or a comparison is on: see `server/worker/fit_told.py`."""

    type: Literal["fit"] = "fit"
    body: Literal["told", "assumed"]
    scale: list[dict[str, Any]]
    panes: list[dict[str, Any]]


class Pong(_Versioned):
    """Answer to a ping."""

    type: Literal["pong"] = "pong"
    t_ms: float


# --- HTTP bodies


class Consent(_Message):
    """The consent click."""

    text_version: str = Field(max_length=32)
    adult: bool
    join: str | None = Field(None, max_length=256, repr=False)


class ConsentAnswer(_Message):
    """The token for one session."""

    token: str = Field(repr=False)
    expires_s: float


_SIGNAL: TypeAdapter[Hello | Offer | Candidate | Bye] = TypeAdapter(ClientSignal)
_CONTROL: TypeAdapter[Control] = TypeAdapter(ClientControl)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def parse_signal(text: str | bytes) -> Hello | Offer | Candidate | Bye:
    """Read a signalling message.  Raises MessageRefused."""
    return _checked(_SIGNAL, text)


def parse_control(text: str | bytes) -> Control:
    """Read a message of the control channel.  Raises MessageRefused."""
    return _checked(_CONTROL, text)


def parse_as(model: type[M], text: str | bytes) -> M:
    """Read one message of a known kind.  Raises MessageRefused."""
    return _checked(TypeAdapter(model), text)


def _checked(adapter: TypeAdapter[T], text: str | bytes) -> T:
    value = parse_object(text)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise MessageRefused("schema", _first(error)) from None


def _first(error: ValidationError) -> str:
    """Name the first wrong key; never repeats the value."""
    first = error.errors(include_input=False, include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{path}: {first['msg']}"[:200]
