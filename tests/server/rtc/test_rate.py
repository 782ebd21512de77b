from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiortc.rtcpeerconnection
import pytest
from aiortc import RTCPeerConnection
from aiortc.rtp import RtcpRrPacket

from server.rtc import install, uninstall
from server.rtc.encoders import LowDelayH264
from server.rtc.extensions import TRANSPORT_NUMBER
from server.rtc.sender import SHARE_LEAST, PictureShare
from server.settings import MediaSettings
from tests.server.rtc.calls import Call, call
from tests.server.rtc.test_codecs import picture
from tests.server.rtc.wire import Impairment, Wire

LINES = ("a=rtcp-fb:97 transport-cc", TRANSPORT_NUMBER)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    uninstall()


@asynccontextmanager
async def narrow_call(kbps: float, **media: Any) -> AsyncIterator[Call]:
    install(MediaSettings(**media))
    async with call(Wire(Impairment(delay_s=0.01, kbps=kbps))) as running:
        yield running


def sender_of(running: Call) -> Any:
    return running.left.getTransceivers()[0].sender


@pytest.mark.parametrize("switched", [True, False])
async def test_offer_names_the_feedback_only_where_it_is_switched_on(switched: bool) -> None:
    install(MediaSettings(rate_control=switched))
    peer = RTCPeerConnection()
    peer.addTransceiver("video")
    offer = (await peer.createOffer()).sdp
    await peer.close()
    assert [line in offer for line in LINES] == [switched, switched]
    uninstall()
    peer = RTCPeerConnection()
    peer.addTransceiver("video")
    offer = (await peer.createOffer()).sdp
    await peer.close()
    assert not any(line in offer for line in LINES)


async def test_narrow_wire_leads_the_rate_and_the_picture_goes_on() -> None:
    async with narrow_call(200) as running:
        await running.until(lambda: running.track.number > 120)
        sender = sender_of(running)
        assert sender._control.heard
        assert 120e3 <= vars(sender)["_RTCRtpSender__encoder"].rate.bps < 220e3
        assert running.track.number - running.newest < 30, "nothing piles up"
        assert vars(running.receiver)["_RTCRtpReceiver__remote_bitrate_estimator"] is None, "no second opinion"


async def test_lost_packets_are_sent_again_under_a_number_of_their_own() -> None:
    install(MediaSettings())
    async with call(Wire(Impairment(delay_s=0.01, loss=0.05))) as running:
        await running.until(lambda: running.track.number > 60)
        packets = sender_of(running)._sent
        assert packets._number > vars(sender_of(running))["_RTCRtpSender__packet_count"]
        assert len(packets._sent) < 200, "what was told of is forgotten"


async def test_receiver_without_the_feedback_leads_by_its_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    install(MediaSettings())
    ours = aiortc.rtcpeerconnection.RTCRtpReceiver  # type: ignore[attr-defined]
    monkeypatch.setattr(ours, "media", MediaSettings(rate_control=False))
    async with call(Wire(Impairment(delay_s=0.01))) as running:
        await running.frames(20)
        sender = sender_of(running)
        assert not sender._control.heard
        await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[]))
        encoder = vars(sender)["_RTCRtpSender__encoder"]
        encoder.target_bitrate = 2_000_000
        assert encoder.target_bitrate == 2_000_000


def test_share_of_the_picture_is_that_of_the_last_second() -> None:
    share = PictureShare()
    assert share.book(800, 1000, 0.0) == 0.8
    for step in range(1, 31):
        found = share.book(900, 1000 + 1000 * step, step / 10)
    assert found == pytest.approx(0.9)
    assert share.book(0, 10**6, 3.1) == SHARE_LEAST


@pytest.mark.parametrize("switched", [True, False])
def test_encoder_makes_the_picture_smaller_where_the_rate_is_too_small_for_it(switched: bool) -> None:
    encoder = LowDelayH264(MediaSettings(network_ladder=switched))
    encoder.rate.lead(250e3)
    sizes = []
    for number in range(60):
        encoder.encode(picture(number, (640, 480), noise=8))
        sizes.append((encoder.codec.width, encoder.codec.height))
    assert sizes[-1] == ((480, 360) if switched else (640, 480))


def test_frames_are_left_out_last_and_a_key_frame_that_was_asked_for_comes_with_the_next() -> None:
    encoder = LowDelayH264(MediaSettings(min_kbps=50))
    encoder.rate.lead(50e3)
    sent = [bool(encoder.encode(picture(number, (640, 480), noise=8))[0]) for number in range(90)]
    assert sum(sent[-30:]) == 10, "every third"
    number = 90 if sent[-1] else 91 if sent[-2] else 92
    frames = [encoder.encode(picture(n, (640, 480)), force_keyframe=n == number)[0] for n in range(90, number + 3)]
    assert not frames[number - 90], "asked for at one that is left out"
    assert any(payload[0] & 31 in (7, 24) for payloads in frames[number - 89 :] for payload in payloads), "SPS"


def test_no_more_bits_are_sent_than_a_pixel_shows() -> None:
    encoder = LowDelayH264(MediaSettings(max_kbps=8000, start_kbps=8000, bits_per_pixel_max=0.1))
    sent = sum(sum(map(len, encoder.encode(picture(number, noise=20))[0])) for number in range(60))
    assert sent * 8 / 2 == pytest.approx(0.1 * 320 * 240 * 30, rel=0.3)
