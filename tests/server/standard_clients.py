"""Clients that know nothing of our own protocol: one that publishes over WHIP, one that watches over WHEP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import av
import httpx
from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.server.clients import Camera, House, Viewing


@dataclass
class Standard(Viewing):
    """One connection over HTTP, with `application/sdp` both ways."""

    house: House
    token: str
    direction: str
    camera: Camera = field(default_factory=Camera)
    audio: bool = False

    def __post_init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if self.audio:  # as OBS does it: audio first
            self.pc.addTransceiver(AudioStreamTrack(), "sendonly")
        sends = self.direction != "recvonly"
        self.pc.addTransceiver(self.camera if sends else "video", self.direction)
        self.frames: list[tuple[float, av.VideoFrame]] = []
        self.pc.on("track", self._take_track)
        self._reading: asyncio.Task[None] | None = None
        self.location = ""
        self.etag = ""

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def http(self) -> httpx.AsyncClient:
        """Without an Origin: no page."""
        return httpx.AsyncClient(base_url=self.house.origin, timeout=20)

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def post(self, path: str, sdp: str | None = None, **headers: str) -> httpx.Response:
        """Post an offer, and take the answer where there is one."""
        head = {**self.bearer, "Content-Type": "application/sdp", **headers}
        async with self.http() as http:
            answer = await http.post(path, content=sdp if sdp is not None else await self.offer(), headers=head)
        if answer.status_code == 201:
            self.location, self.etag = answer.headers["location"], answer.headers["etag"]
            await self.pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    async def patch(self, fragment: str, **headers: str) -> httpx.Response:
        head = {**self.bearer, "Content-Type": "application/trickle-ice-sdpfrag", **headers}
        async with self.http() as http:
            return await http.patch(self.location, content=fragment, headers=head)

    async def delete(self) -> httpx.Response:
        async with self.http() as http:
            return await http.delete(self.location, headers=self.bearer)
