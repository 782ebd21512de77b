"""Puts our parts in aiortc's places, if it is the version they were written for.

aiortc looks its parts up by name, in the modules that use them, at the time a connection or track starts; those names
are what is replaced, nothing else. Another version keeps its own parts: the delay is worse, nothing breaks.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any

import aioice.ice
import aioice.stun
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import aiortc.rtp
import structlog
from aioice.ice import Connection, StunProtocol
from aioice.stun import Transaction
from aiortc.codecs import get_decoder, get_encoder
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from aiortc.rtcrtpreceiver import RemoteStreamTrack, RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RTP_HISTORY_SIZE, HeaderExtensions, HeaderExtensionsMap, RtcpRtpfbPacket

from server.rtc.certificates import Certificate
from server.rtc.decoders import LowDelayH264Decoder, LowDelayVp8Decoder
from server.rtc.decoding import BoundedTrack, Count, uncounted
from server.rtc.encoders import LowDelayH264, LowDelayVp8
from server.rtc.extensions import (
    CAPTURE_TIME,
    PLAYOUT_DELAY,
    TRANSPORT_NUMBER,
    Extensions,
    ExtensionsMap,
    negotiate,
)
from server.rtc.feedback import TransportFeedback
from server.rtc.handshake import QuickDtls, QuickTransaction
from server.rtc.hardware import NvdecH264Decoder, NvencH264, probe_decoder, probe_encoder
from server.rtc.jitter import MarkerJitterBuffer
from server.rtc.receiver import Receiver
from server.rtc.sender import LowDelaySender, hear_capture, stock_handle_rtp_packet
from server.rtc.sources import CheckedConnection, CheckedProtocol
from server.settings import MediaSettings

WRITTEN_FOR = "1.16."
ICE_WRITTEN_FOR = "0.13."
RECEIVER_SWITCHES = ("marker_release", "nack_timer", "key_frame_gate", "key_frame_guard", "bounded_decoding")
SEND_SWITCHES = ("encoder_pool", "pace_frames", "resend_once_per_rtt", "playout_delay", "capture_time")
ICE_SWITCHES = ("source_filter", "quick_handshake")
RATE_SWITCHES = ("rate_control", "network_ladder", "send_twice")
_receiver: Any = aiortc.rtcrtpreceiver  # the modules whose names are replaced
_sender: Any = aiortc.rtcrtpsender
_peer: Any = aiortc.rtcpeerconnection
_rtp: Any = aiortc.rtp
_transport: Any = aiortc.rtcicetransport
_ice: Any = aioice.ice
_stun: Any = aioice.stun
log = structlog.get_logger("lookglass.rtc")


def install(media: MediaSettings, count: Count = uncounted) -> tuple[str, ...]:
    """Replace the parts that `media` switches on; return their names.

    `count` is told what they dropped, gave up and asked for: name, how many.
    """
    uninstall()
    found = version("aiortc")
    if not found.startswith(WRITTEN_FOR):
        log.warning("aiortc keeps its own parts", found=found, written_for=WRITTEN_FOR)
        return ()
    if media.marker_release:
        _receiver.JitterBuffer = MarkerJitterBuffer
    if media.tuned_encoder:
        h264 = _h264_encoder(media)
        _sender.get_encoder = lambda codec: _encoder(codec, media, h264)
    if media.low_delay_decoder:
        decoder = _h264_decoder(media)
        _receiver.get_decoder = lambda codec: _decoder(codec, decoder)
    if media.rsa_peers:
        _peer.RTCCertificate = Certificate
    _install_receiver(media, count)
    _install_sender(media)
    names = ("tuned_encoder", "low_delay_decoder", *RECEIVER_SWITCHES, *SEND_SWITCHES, *RATE_SWITCHES, "rsa_peers")
    ours = tuple(name for name in names if getattr(media, name))
    if media.quick_handshake:
        _peer.RTCDtlsTransport = QuickDtls
    return (*ours, *_install_ice(media, count))


def uninstall() -> None:
    """Put aiortc's own parts back."""
    _receiver.JitterBuffer = JitterBuffer
    _sender.get_encoder = get_encoder
    _receiver.get_decoder = get_decoder
    _peer.RTCCertificate = RTCCertificate
    _peer.RTCRtpReceiver, _peer.RemoteStreamTrack = RTCRtpReceiver, RemoteStreamTrack
    _transport.Connection, _ice.StunProtocol = Connection, StunProtocol
    _stun.Transaction, _peer.RTCDtlsTransport = Transaction, RTCDtlsTransport
    _receiver.RTCRtpReceiver._handle_rtp_packet = stock_handle_rtp_packet
    _peer.RTCRtpSender, _sender.RTP_HISTORY_SIZE = RTCRtpSender, RTP_HISTORY_SIZE
    _rtp.HeaderExtensions, _rtp.HeaderExtensionsMap = HeaderExtensions, HeaderExtensionsMap
    _rtp.RtcpRtpfbPacket = RtcpRtpfbPacket
    negotiate(set())


def _install_receiver(media: MediaSettings, count: Count) -> None:
    if any(getattr(media, name) for name in (*RECEIVER_SWITCHES, "rate_control")):
        _peer.RTCRtpReceiver = type("ConfiguredReceiver", (Receiver,), {"media": media, "count": staticmethod(count)})
    if media.bounded_decoding:
        _peer.RemoteStreamTrack = BoundedTrack


def _install_ice(media: MediaSettings, count: Count) -> tuple[str, ...]:
    found = version("aioice")
    wanted = tuple(name for name in ICE_SWITCHES if getattr(media, name))
    if wanted and not found.startswith(ICE_WRITTEN_FOR):
        log.warning("aioice keeps its own parts", found=found, written_for=ICE_WRITTEN_FOR)
        return ()
    if media.source_filter:
        _ice.StunProtocol = type("ConfiguredProtocol", (CheckedProtocol,), {"count": staticmethod(count)})
        _transport.Connection = CheckedConnection
    if media.quick_handshake:
        _stun.Transaction = QuickTransaction
    return wanted


def _install_sender(media: MediaSettings) -> None:
    _sender.RTP_HISTORY_SIZE = media.history_packets
    if any(getattr(media, name) for name in (*SEND_SWITCHES, "rate_control")):
        _peer.RTCRtpSender = partial(LowDelaySender, media)
    switches = {
        PLAYOUT_DELAY: media.playout_delay,
        CAPTURE_TIME: media.capture_time,
        TRANSPORT_NUMBER: media.rate_control,
    }
    if any(switches.values()):
        _rtp.HeaderExtensions, _rtp.HeaderExtensionsMap = Extensions, ExtensionsMap
        negotiate({uri for uri, wanted in switches.items() if wanted})
    if media.rate_control:
        _rtp.RtcpRtpfbPacket = TransportFeedback
    if media.capture_time:
        _receiver.RTCRtpReceiver._handle_rtp_packet = hear_capture


def _h264_encoder(media: MediaSettings) -> type[LowDelayH264]:
    if not media.hardware_encoder:
        return LowDelayH264
    verdict = probe_encoder(media)
    log.info("encoder on a GPU", taken=verdict.taken, reason=verdict.reason)
    return NvencH264 if verdict.taken else LowDelayH264


def _h264_decoder(media: MediaSettings) -> type[LowDelayH264Decoder]:
    if not media.hardware_decoder:
        return LowDelayH264Decoder
    verdict = probe_decoder(media)
    log.info("decoder on a GPU", taken=verdict.taken, reason=verdict.reason)
    return NvdecH264Decoder if verdict.taken else LowDelayH264Decoder


def _encoder(codec: Any, media: MediaSettings, h264: type[LowDelayH264]) -> Any:
    match codec.mimeType.lower():
        case "video/h264":
            return h264(media)
        case "video/vp8":
            return LowDelayVp8(media)
    return get_encoder(codec)


def _decoder(codec: Any, h264: type[LowDelayH264Decoder]) -> Any:
    match codec.mimeType.lower():
        case "video/h264":
            return h264()
        case "video/vp8":
            return LowDelayVp8Decoder()
    return get_decoder(codec)
