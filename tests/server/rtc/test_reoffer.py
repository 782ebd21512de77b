"""Our offer in a connection that began with another's keeps every number that was agreed on."""

from __future__ import annotations

import re

from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy

from server.rtc.reoffer import PRIVATE, offer_again


def as_chromium_numbers(sdp: str) -> str:
    """Give payload types and extensions the numbers of another program."""
    for line in ("a=rtpmap:", "a=rtcp-fb:", "a=fmtp:"):
        sdp = re.sub(rf"{line}(9\d|1[01]\d)\b", lambda found: f"{found[0].partition(':')[0]}:{int(found[1]) - 60}", sdp)
    sdp = re.sub(r"apt=(\d+)", lambda found: f"apt={int(found[1]) - 60}", sdp)
    sdp = re.sub(r"(m=\w+ \d+ \S+) (.*)", lambda found: f"{found[1]} " + _lowered(found[2]), sdp)
    return re.sub(r"a=extmap:(\d+) ", lambda found: f"a=extmap:{15 - int(found[1])} ", sdp)


def _lowered(formats: str) -> str:
    return " ".join(str(int(one) - 60) if int(one) >= 90 else one for one in formats.strip().split())


def numbers(section: str) -> list[str]:
    kinds = ("m=", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
    lines = [line for line in ("m=" + section).splitlines() if line.startswith(kinds)]
    return [lines[0].split(" ", 3)[3], *sorted(lines[1:])]


async def test_every_number_stays_and_a_new_section_speaks_as_the_cameras() -> None:
    policy = RTCBundlePolicy.BALANCED
    remote, ours = (RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=policy)) for _ in range(2))
    remote.addTransceiver(AudioStreamTrack(), "sendonly")
    remote.addTransceiver(VideoStreamTrack(), "sendonly")
    await remote.setLocalDescription(await remote.createOffer())
    camera = ours.addTransceiver("video", "recvonly")
    offer = as_chromium_numbers(remote.localDescription.sdp)
    assert offer != remote.localDescription.sdp
    await ours.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await ours.setLocalDescription(await ours.createAnswer())
    agreed = ours.localDescription.sdp.split("m=")[1:]
    ours.addTransceiver(VideoStreamTrack(), "sendonly")
    sdp = await offer_again(ours, camera)
    again = sdp.split("m=")[1:]
    assert [numbers(section) for section in again] == [numbers(section) for section in (*agreed, agreed[1])]
    assert "a=sendonly" in again[2]
    assert len(set(re.findall(r"a=mid:(\S+)", sdp))) == 3
    assert sdp.count("a=setup:actpass") == 3
    assert ours.signalingState == "have-local-offer"
    for transceiver in ours.getTransceivers():
        assert all(getattr(transceiver, name) for name in PRIVATE)
    await remote.close()
    await ours.close()


async def test_stock_offer_would_number_anew() -> None:
    """The reason for all this: when it fails, aiortc has learnt it."""
    remote, ours = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    remote.addTransceiver(VideoStreamTrack(), "sendonly")
    await remote.setLocalDescription(await remote.createOffer())
    ours.addTransceiver("video", "recvonly")
    offer = as_chromium_numbers(remote.localDescription.sdp)
    await ours.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await ours.setLocalDescription(await ours.createAnswer())
    agreed = ours.localDescription.sdp.split("m=")[1]
    assert numbers((await ours.createOffer()).sdp.split("m=")[1]) != numbers(agreed)
    await remote.close()
    await ours.close()
