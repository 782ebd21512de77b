"""The peer of the latency benchmark: a plain aiortc echo, as its own example writes it."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn
from aiortc import RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel

FILM = Path(__file__).parent.parent / "xr_client" / "web" / "demo_shopper.webm"
PAGE = """<!doctype html><video id="mirror" autoplay playsinline muted></video><script type="module">
window.start = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const peer = new RTCPeerConnection({ iceServers: [] });
  peer.ontrack = (event) => { document.querySelector('#mirror').srcObject = new MediaStream([event.track]); };
  peer.addTrack(stream.getVideoTracks()[0], stream);
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
  });
  const answer = await fetch('/offer', { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sdp: peer.localDescription.sdp, type: peer.localDescription.type }) });
  await peer.setRemoteDescription(await answer.json());
};
</script>"""


class Description(BaseModel):
    """An SDP with its type."""

    sdp: str
    type: str


def make_app() -> FastAPI:
    """Return the echo."""
    app = FastAPI()
    peers: set[RTCPeerConnection] = set()

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE)

    @app.get("/static/demo_shopper.webm")
    async def film() -> FileResponse:
        return FileResponse(FILM)

    @app.post("/offer")
    async def offer(description: Description) -> Description:
        peer = RTCPeerConnection()
        peers.add(peer)
        peer.on("track", lambda track: peer.addTrack(track) and None)
        await peer.setRemoteDescription(RTCSessionDescription(description.sdp, description.type))
        await peer.setLocalDescription(await peer.createAnswer())
        return Description(sdp=peer.localDescription.sdp, type=peer.localDescription.type)

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(make_app(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")
