from __future__ import annotations

import asyncio
import threading
from fractions import Fraction
from typing import Any

import aiortc.rtcpeerconnection
import aiortc.rtcrtpsender
import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket, RtpPacket

from server import rtc
from server.rtc import sender as sender_module
from server.rtc.extensions import CAPTURE_TIME, PLAYOUT_DELAY, CaptureTime
from server.rtc.install import SEND_SWITCHES
from server.rtc.pacer import Bucket, PacedTransport
from server.rtc.sender import LowDelaySender
from server.settings import MediaSettings

NOON = CaptureTime(0xEB1C_0000_0000_0000)
FRAMES, STEP = 12, 3000
OFF = dict.fromkeys((*SEND_SWITCHES, "rate_control"), False)


@pytest.fixture(autouse=True)
def clean() -> Any:
    yield
    rtc.uninstall()


class Camera(MediaStreamTrack):
    """Grey pictures, each 12 levels lighter than the one before, first at tick 500."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.02)
        number, self._number = self._number, self._number + 1
        packed = np.full((96, 64), 128, np.uint8)
        packed[:64] = 40 + 12 * min(number, FRAMES)
        frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
        frame.pts, frame.time_base = 500 + number * STEP, Fraction(1, 90_000)
        return frame


def level(frame: av.VideoFrame) -> int:
    """Return the number of a camera's picture."""
    return round((float(frame.to_ndarray(format="yuv420p")[:64].mean()) - 40) / 12)


async def call(camera: RTCPeerConnection, server: RTCPeerConnection) -> None:
    await camera.setLocalDescription(await camera.createOffer())
    await server.setRemoteDescription(RTCSessionDescription(camera.localDescription.sdp, "offer"))
    await server.setLocalDescription(await server.createAnswer())
    await camera.setRemoteDescription(RTCSessionDescription(server.localDescription.sdp, "answer"))


async def test_echoed_frame_bears_the_capture_time_of_the_camera_frame_that_it_shows() -> None:
    rtc.install(MediaSettings())
    camera, server = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    outgoing = camera.addTransceiver(Camera(), "sendrecv")
    outgoing.sender.echo_capture(lambda ticks: NOON.after(ticks) if ticks % (4 * STEP) == 500 else None)
    back = server.addTransceiver("video", "sendrecv")
    server.on("track", lambda track: back.sender.replaceTrack(track))
    rtc.echo_capture(back, back)
    await call(camera, server)
    seen: dict[int, CaptureTime | None] = {}
    receiver: Any = outgoing.receiver
    async with asyncio.timeout(20):
        while len(seen) < 5:
            frame = await receiver.track.recv()
            origin = receiver._RTCRtpReceiver__timestamp_mapper._origin
            if 0 < level(frame) < FRAMES:
                seen[level(frame)] = receiver.capture_clock.at(frame.pts + origin & 0xFFFF_FFFF)
    await camera.close()
    await server.close()
    assert all(taken is not None for taken in seen.values())
    told = {number: taken.ntp for number, taken in seen.items() if taken is not None}
    due = {number: NOON.after(500 + number * STEP).ntp for number in told}
    assert all(abs(told[number] - due[number]) < 100 for number in told), "to 100 / 2**32 s"


@pytest.mark.parametrize("switch", [None, "playout_delay", "capture_time"])
async def test_answer_names_an_extension_only_where_its_switch_is_on(switch: str | None) -> None:
    rtc.install(MediaSettings())
    camera, server = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    camera.addTransceiver("video", "sendrecv")
    await camera.setLocalDescription(await camera.createOffer())
    rtc.install(MediaSettings(**({} if switch is None else {switch: False})))
    await server.setRemoteDescription(RTCSessionDescription(camera.localDescription.sdp, "offer"))
    answer = (await server.createAnswer()).sdp
    await camera.close()
    await server.close()
    assert (PLAYOUT_DELAY in answer) == (switch != "playout_delay")
    assert (CAPTURE_TIME in answer) == (switch != "capture_time")


class Wire:
    """A transport that keeps what is sent."""

    state = "new"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)


def nack(*lost: int) -> RtcpRtpfbPacket:
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=2, lost=list(lost))


def sending(media: MediaSettings, packets: int) -> tuple[Any, Wire]:
    """A sender that has sent `packets` packets."""
    rtc.install(media)
    wire = Wire()
    sender: Any = aiortc.rtcpeerconnection.RTCRtpSender("video", wire)  # type: ignore[arg-type]
    history = vars(sender)["_RTCRtpSender__rtp_history"]
    size = aiortc.rtcrtpsender.RTP_HISTORY_SIZE  # type: ignore[attr-defined]
    for number in range(packets):
        history[number % size] = RtpPacket(sequence_number=number, payload=b"%d" % number)
    return sender, wire


async def test_lost_packet_is_sent_again_once_a_round_trip(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(sender_module.time, "monotonic", lambda: now_s[0])
    sender, wire = sending(MediaSettings(), 20)
    vars(sender)["_RTCRtpSender__rtt"] = 0.08
    for at_s, lost, resent in [(0.0, (5, 5), 1), (0.07, (5, 6), 2), (0.09, (5, 6), 3), (0.2, (6,), 4)]:
        now_s[0] = 100.0 + at_s
        await sender._handle_rtcp_packet(nack(*lost))
        assert len(wire.sent) == resent
    assert [RtpPacket.parse(data).sequence_number for data in wire.sent] == [5, 6, 5, 6]


async def test_packets_are_sent_again_at_every_request_where_the_switch_is_off() -> None:
    sender, wire = sending(MediaSettings(resend_once_per_rtt=False), 20)
    await sender._handle_rtcp_packet(nack(5, 5))
    assert len(wire.sent) == 2


@pytest.mark.parametrize(("kept", "found"), [(1024, 2), (128, 1)])
async def test_history_reaches_as_far_back_as_the_settings_say(kept: int, found: int) -> None:
    sender, wire = sending(MediaSettings(history_packets=kept), 1000)
    await sender._handle_rtcp_packet(nack(300, 990))
    assert len(wire.sent) == found


def test_bucket_lets_usual_frames_out_at_once_and_spreads_a_large_one() -> None:
    bucket = Bucket(max_kbps=3000)
    for frame in range(30):
        assert all(bucket.wait_s(1200, frame / 30) == 0 for _ in range(16))
    now_s, waits = 2.0, 0
    for _ in range(100):
        wait_s = bucket.wait_s(1200, now_s)
        now_s += wait_s
        waits += wait_s > 0
    assert 0.008 < now_s - 2.0 < 0.015
    assert waits >= 5
    assert Bucket(max_kbps=20_000).burst > 80_000


async def test_only_the_task_that_sends_frames_waits_for_the_bucket() -> None:
    sender, wire = sending(MediaSettings(), 0)
    assert sender.transport is wire
    vars(sender)["_RTCRtpSender__rtp_task"] = asyncio.current_task()
    assert isinstance(sender.transport, PacedTransport)
    for number in range(40):
        await sender.transport._send_rtp(bytes([number]) * 1200)
    assert [data[0] for data in wire.sent] == list(range(40))


@pytest.mark.parametrize("own", [True, False])
async def test_encoding_runs_on_its_own_threads(own: bool) -> None:
    names: set[str] = set()

    class Encoder:
        def encode(self, frame: Any, force_keyframe: bool) -> tuple[list[bytes], int]:
            names.add(threading.current_thread().name)
            return [b"data"], 0

    sender, _ = sending(MediaSettings(encoder_pool=own), 0)
    sender.replaceTrack(Camera())
    vars(sender)["_RTCRtpSender__encoder"] = Encoder()
    await sender._next_encoded_frame(None)
    assert all(name.startswith("encode") == own for name in names)
    assert names


async def test_copies_are_made_of_what_is_sent_first_and_not_of_what_is_repeated() -> None:
    rtc.install(MediaSettings())
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sender: Any = connection.addTransceiver(Camera(), "sendonly").sender
    for number, sends_frames in ((7, True), (8, True), (7, False)):
        packet = RtpPacket(payload_type=96, sequence_number=number, ssrc=sender._ssrc)  # as repeated without RTX
        sender._book(number, sends_frames, packet.serialize())
    assert sender._frame == [7, 8]
    await connection.close()


def test_stock_sender_stays_where_every_switch_is_off() -> None:
    names = rtc.install(MediaSettings(**OFF))
    assert not set(OFF) & set(names)
    assert aiortc.rtcpeerconnection.RTCRtpSender is RTCRtpSender  # type: ignore[attr-defined]
    rtc.install(MediaSettings())
    assert aiortc.rtcpeerconnection.RTCRtpSender is not RTCRtpSender  # type: ignore[attr-defined]
    assert issubclass(LowDelaySender, RTCRtpSender)
