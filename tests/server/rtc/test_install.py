from __future__ import annotations

import sys
from collections.abc import Iterator

import aioice.ice
import aioice.stun
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import aiortc.rtp
import pytest
from aiortc.codecs import CODECS

from server.rtc import install, uninstall
from server.rtc.certificates import Certificate
from server.rtc.decoders import LowDelayH264Decoder
from server.rtc.decoding import BoundedTrack
from server.rtc.encoders import LowDelayH264
from server.rtc.feedback import TransportFeedback
from server.rtc.handshake import QuickDtls, QuickTransaction
from server.rtc.install import ICE_SWITCHES, RATE_SWITCHES, RECEIVER_SWITCHES, SEND_SWITCHES
from server.rtc.jitter import MarkerJitterBuffer
from server.rtc.receiver import Receiver
from server.rtc.sender import hear_capture
from server.rtc.sources import CheckedConnection, CheckedProtocol
from server.settings import MediaSettings

SWITCHES = (
    "tuned_encoder",
    "low_delay_decoder",
    *RECEIVER_SWITCHES,
    *SEND_SWITCHES,
    *RATE_SWITCHES,
    "rsa_peers",
    *ICE_SWITCHES,
)
PLACES = (
    (aiortc.rtcrtpreceiver, "JitterBuffer"),
    (aiortc.rtcrtpreceiver, "get_decoder"),
    (aiortc.rtcrtpsender, "get_encoder"),
    (aiortc.rtp, "RtcpRtpfbPacket"),
    (aiortc.rtcpeerconnection, "RTCRtpReceiver"),
    (aiortc.rtcpeerconnection, "RemoteStreamTrack"),
    (aiortc.rtcpeerconnection, "RTCCertificate"),
    (aiortc.rtcicetransport, "Connection"),
    (aioice.ice, "StunProtocol"),
    (aioice.stun, "Transaction"),
    (aiortc.rtcpeerconnection, "RTCDtlsTransport"),
)


def parts() -> list[object]:
    return [getattr(module, name) for module, name in PLACES]


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    uninstall()
    yield
    uninstall()


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_part_has_a_switch_of_its_own(switch: str) -> None:
    stock = parts()
    assert install(MediaSettings(**{name: name == switch for name in SWITCHES})) == (switch,)
    h264 = next(codec for codec in CODECS["video"] if codec.name == "H264")
    assert (aiortc.rtcrtpreceiver.JitterBuffer is MarkerJitterBuffer) == (switch == "marker_release")
    encoder = aiortc.rtcrtpsender.get_encoder(h264)
    assert isinstance(encoder, LowDelayH264) == (switch == "tuned_encoder")
    decoder = aiortc.rtcrtpreceiver.get_decoder(h264)
    assert isinstance(decoder, LowDelayH264Decoder) == (switch == "low_delay_decoder")
    ours = issubclass(aiortc.rtcpeerconnection.RTCRtpReceiver, Receiver)
    assert ours == (switch in (*RECEIVER_SWITCHES, "rate_control"))
    assert (aiortc.rtp.RtcpRtpfbPacket is TransportFeedback) == (switch == "rate_control")
    assert (aiortc.rtcpeerconnection.RemoteStreamTrack is BoundedTrack) == (switch == "bounded_decoding")
    assert (aiortc.rtcpeerconnection.RTCCertificate is Certificate) == (switch == "rsa_peers")
    assert (aiortc.rtcicetransport.Connection is CheckedConnection) == (switch == "source_filter")
    assert issubclass(aioice.ice.StunProtocol, CheckedProtocol) == (switch == "source_filter")
    heard = aiortc.rtcrtpreceiver.RTCRtpReceiver._handle_rtp_packet is hear_capture
    assert heard == (switch == "capture_time")
    assert (aioice.stun.Transaction is QuickTransaction) == (switch == "quick_handshake")
    assert (aiortc.rtcpeerconnection.RTCDtlsTransport is QuickDtls) == (switch == "quick_handshake")
    uninstall()
    assert parts() == stock


def test_other_version_of_aiortc_keeps_its_own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    stock = parts()
    monkeypatch.setattr(sys.modules["server.rtc.install"], "version", lambda _: "1.17.0")
    assert install(MediaSettings()) == ()
    assert parts() == stock


def test_other_version_of_aioice_keeps_its_own_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"aiortc": "1.16.0", "aioice": "0.14.0"}
    monkeypatch.setattr(sys.modules["server.rtc.install"], "version", versions.__getitem__)
    assert install(MediaSettings()) == SWITCHES[: -len(ICE_SWITCHES)]
    assert aiortc.rtcicetransport.Connection is aioice.ice.Connection


def test_installed_versions_are_the_ones_that_were_written_for() -> None:
    assert install(MediaSettings()) == SWITCHES, "a new minor version: read its diff, then raise WRITTEN_FOR"
