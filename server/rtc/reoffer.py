"""An offer of ours in a connection that began with the other end's.

aiortc's `createOffer` numbers codecs and header extensions by its own tables, whatever was agreed on before. Chromium
refuses an extension whose number changes within a bundle (RFC 8285 section 6), and a receiver that runs already knows
the old payload types only. Here what was agreed on stays, and a new section speaks as the camera's does.
"""

from __future__ import annotations

from typing import Any

from aiortc import RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription

AGREED = ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
PRIVATE = ("_codecs", "_headerExtensions")  # of aiortc's RTCRtpTransceiver; the test would tell


async def offer_again(connection: RTCPeerConnection, camera: RTCRtpTransceiver) -> str:
    """Set and return an offer that keeps all numbers; new transceivers take those of `camera`."""
    before = _sections(connection.localDescription.sdp)
    transceivers: list[Any] = connection.getTransceivers()
    agreed = [{name: getattr(one if one.mid else camera, name) for name in PRIVATE} for one in transceivers]
    session, *sections = _split((await connection.createOffer()).sdp)
    for one, values in zip(transceivers, agreed, strict=True):
        for name, value in values.items():
            setattr(one, name, list(value))
    model = before[str(camera.mid)]
    lines = [*session, *(line for new in sections for line in _renumbered(new, before.get(_mid(new), model)))]
    await connection.setLocalDescription(RTCSessionDescription("\r\n".join(lines) + "\r\n", "offer"))
    # It names the role that this end has; RFC 8842 section 5.5 lets later offers leave it open as the first one does.
    sdp = str(connection.localDescription.sdp)
    return sdp.replace("a=setup:active", "a=setup:actpass").replace("a=setup:passive", "a=setup:actpass")


def _renumbered(section: list[str], model: list[str]) -> list[str]:
    if section[0].startswith("m=application"):
        return section
    kept = [line for line in section[1:] if not line.startswith(AGREED)]
    agreed = [line for line in model if line.startswith(AGREED)]
    media = section[0].split(" ")[:3] + model[0].split(" ")[3:]
    return [" ".join(media), *kept, *agreed]


def _sections(sdp: str) -> dict[str, list[str]]:
    return {_mid(section): section for section in _split(sdp)[1:]}


def _split(sdp: str) -> list[list[str]]:
    """Return the lines of the session, then those of each media section."""
    parts: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def _mid(section: list[str]) -> str:
    return next((line.removeprefix("a=mid:") for line in section if line.startswith("a=mid:")), "")
