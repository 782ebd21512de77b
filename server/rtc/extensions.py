"""RTP header extensions that aiortc does not know, playout-delay and abs-capture-time, or does not use: numbers.

The first two travel on the first packet of a frame, where libwebrtc looks for them. Four bytes a frame for
playout-delay cost less than the state that "until acknowledged" would need, and a lost one costs nothing: the next
frame says it again. Numbers travel on every packet, also on one that is sent again: the receiver tells what arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack, unpack

from aiortc.codecs import CODECS, HEADER_EXTENSIONS, is_rtx
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import (
    HeaderExtensions,
    HeaderExtensionsMap,
    pack_header_extensions,
    unpack_header_extensions,
)

PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
TRANSPORT_NUMBER = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
OFFERED_IDS = {
    PLAYOUT_DELAY: 12,
    CAPTURE_TIME: 13,
    TRANSPORT_NUMBER: 5,
}  # of our own offers; an answer takes the offer's
TICKS_PER_S = 90_000
TRUSTED_TICKS = 5 * TICKS_PER_S  # libwebrtc, too, interpolates capture times for five seconds at most


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """When a frame was taken, after webrtc.googlesource.com/src/+/main/docs/native-code/rtp-hdrext/abs-capture-time."""

    ntp: int  # UQ32.32 seconds since 1900, clock of whoever filmed
    offset: int | None = None  # Q32.32 seconds from the sender's NTP clock to that clock; None: not told

    def after(self, ticks: int) -> CaptureTime:
        """Return the time `ticks` of 1/90000 s later."""
        return CaptureTime(self.ntp + (ticks << 32) // TICKS_PER_S & 0xFFFF_FFFF_FFFF_FFFF, self.offset)

    def __bytes__(self) -> bytes:
        """Return the value of the extension."""
        return pack("!Q", self.ntp) if self.offset is None else pack("!Qq", self.ntp, self.offset)

    @classmethod
    def parse(cls, value: bytes) -> CaptureTime | None:
        """Read the value of the extension; None when it is not one."""
        match len(value):
            case 8:
                return cls(*unpack("!Q", value))
            case 16:
                return cls(*unpack("!Qq", value))
        return None


@dataclass
class Extensions(HeaderExtensions):
    """aiortc's values and ours."""

    playout_delay: tuple[int, int] | None = None  # least and most, in 10 ms, 0..4095
    capture_time: CaptureTime | None = None


class ExtensionsMap(HeaderExtensionsMap):
    """aiortc's map, which also reads and writes ours where they were negotiated."""

    def __init__(self) -> None:
        super().__init__()
        self._ids: dict[str, int] = {}
        self._next: Extensions | None = None
        self._numbers: Callable[[], int] | None = None
        self._number: int | None = None

    def configure(self, parameters: RTCRtpParameters) -> None:
        """Learn the negotiated ids."""
        super().configure(parameters)
        self._ids |= {ext.uri: ext.id for ext in parameters.headerExtensions if ext.uri in OFFERED_IDS}

    def stamp_next(self, playout_delay: tuple[int, int] | None, capture_time: CaptureTime | None) -> None:
        """Give the next packet that is written these values, for good: sent again it bears them still."""
        self._next = Extensions(playout_delay=playout_delay, capture_time=capture_time)

    def number_with(self, numbers: Callable[[], int]) -> None:
        """Give every packet that is written a number of its own, where numbers were negotiated."""
        self._numbers = numbers

    def take_number(self) -> int | None:
        """Return the number of the packet written last, once."""
        number, self._number = self._number, None
        return number

    def get(self, extension_profile: int, extension_value: bytes) -> HeaderExtensions:
        """Read the extensions of a packet."""
        values = super().get(extension_profile, extension_value)
        wanted = self._ids.get(CAPTURE_TIME)
        if wanted is not None and isinstance(values, Extensions):
            for found, value in unpack_header_extensions(extension_profile, extension_value):
                if found == wanted:
                    values.capture_time = CaptureTime.parse(value)
        return values

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """Write the extensions of a packet."""
        if self._numbers is not None and TRANSPORT_NUMBER in self._ids:
            values.transport_sequence_number = self._number = self._numbers()
        packed = super().set(values)
        if not isinstance(values, Extensions):
            return packed
        if self._next is not None:
            values.playout_delay, values.capture_time = self._next.playout_delay, self._next.capture_time
            self._next = None
        ours: list[tuple[int, bytes]] = []
        if values.playout_delay is not None and PLAYOUT_DELAY in self._ids:
            least, most = values.playout_delay
            ours.append((self._ids[PLAYOUT_DELAY], pack("!L", least << 12 | most)[1:]))
        if values.capture_time is not None and CAPTURE_TIME in self._ids:
            ours.append((self._ids[CAPTURE_TIME], bytes(values.capture_time)))
        return pack_header_extensions(unpack_header_extensions(*packed) + ours) if ours else packed


class CaptureClock:
    """When the frames of one incoming stream were taken, by RTP timestamp; senders tell it now and then only."""

    def __init__(self) -> None:
        self._told: tuple[int, CaptureTime] | None = None

    def hear(self, timestamp: int, capture_time: CaptureTime) -> None:
        """Take what a packet says."""
        self._told = timestamp, capture_time

    def at(self, timestamp: int) -> CaptureTime | None:
        """Return when the frame of an RTP timestamp was taken; None while nobody said or too long ago."""
        if self._told is None:
            return None
        told_at, capture_time = self._told
        ticks = (timestamp - told_at + (1 << 31) & 0xFFFF_FFFF) - (1 << 31)
        return capture_time.after(ticks) if abs(ticks) <= TRUSTED_TICKS else None


def negotiate(uris: set[str]) -> None:
    """Let offers and answers for video name exactly these of our extensions, and the feedback that goes with them."""
    others = [ext for ext in HEADER_EXTENSIONS["video"] if ext.uri not in OFFERED_IDS]
    ours = [RTCRtpHeaderExtensionParameters(id=OFFERED_IDS[uri], uri=uri) for uri in OFFERED_IDS if uri in uris]
    HEADER_EXTENSIONS["video"][:] = others + ours
    told = RTCRtcpFeedback(type="transport-cc")
    for codec in CODECS["video"]:
        codec.rtcpFeedback[:] = [each for each in codec.rtcpFeedback if each != told]
        if TRANSPORT_NUMBER in uris and not is_rtx(codec):
            codec.rtcpFeedback.append(told)
