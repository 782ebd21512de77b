"""The servers of benchmarks that load or break them: `python -m benchmarks.capacity_server KIND STAGE PORT [--lan]`.

KIND "lookglass", "stock" (an aiortc server as its own example writes it, a thread a session for the stage) or
"fastrtc"; STAGE "identity" or "full". FastRTC runs in an environment of its own; what the full path needs beyond it
is taken from the folder in LOOKGLASS_SITE.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

if "LOOKGLASS_SITE" in os.environ:
    sys.path.append(os.environ["LOOKGLASS_SITE"])

import numpy as np
import uvicorn
from fastapi import FastAPI, Request

GARMENT = "tee_crew"
SESSIONS_MAX = 16


def try_on() -> Callable[[np.ndarray], np.ndarray]:
    """Return the whole path over pictures (H * 3 / 2, W) I420, with a shopper's state in it."""
    from pipelines.body.model import load_body_model
    from pipelines.garment.catalogue import load_catalogue
    from pipelines.tryon import (
        DressState,
        GarmentChoice,
        TrackState,
        TryOnSettings,
        Wish,
        load_dress_engine,
        load_track_engine,
        prepare,
        step,
    )
    from pipelines.types import CameraFrame

    outfit = prepare(Wish((GarmentChoice(GARMENT),)), load_catalogue(), load_body_model())
    engines = load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())
    states, count = (TrackState(), DressState()), 0

    def dressed(packed: np.ndarray) -> np.ndarray:
        nonlocal states, count
        height, width = packed.shape[0] * 2 // 3, packed.shape[1]
        half, flat = (height // 2, width // 2), packed[height:].ravel()
        planes = packed[:height], flat[: flat.size // 2].reshape(half), flat[flat.size // 2 :].reshape(half)
        lens = np.array([[1.1 * width, 0, width / 2], [0, 1.1 * width, height / 2], [0, 0, 1]])
        frame, count = CameraFrame(*planes, count / 30, lens), count + 1
        result, states = step(frame, outfit, states, engines, lambda _stage: nullcontext())
        out = result.frame
        return np.concatenate([out.y, *(plane.reshape(-1, width) for plane in (out.u, out.v))])

    return dressed


def stock(stage: str, port: int) -> None:
    """Serve aiortc as it comes."""
    import av
    from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

    app = FastAPI()
    peers: set[Any] = set()

    class Staged(MediaStreamTrack):
        kind = "video"

        def __init__(self, source: Any) -> None:
            super().__init__()
            self._source, self._thread = source, ThreadPoolExecutor(1)
            self._dressed = self._thread.submit(try_on) if stage == "full" else None

        async def recv(self) -> Any:
            frame = await self._source.recv()
            if self._dressed is None or not self._dressed.done():
                return frame
            work = self._dressed.result()
            packed = frame.to_ndarray(format="yuv420p")
            made = av.VideoFrame.from_ndarray(
                await asyncio.get_running_loop().run_in_executor(self._thread, work, packed), format="yuv420p"
            )
            made.pts, made.time_base = frame.pts, frame.time_base
            return made

    @app.post("/offer")
    async def offer(request: Request) -> dict[str, str]:
        asked = await request.json()
        peer = RTCPeerConnection()
        peers.add(peer)
        peer.on("track", lambda track: peer.addTrack(Staged(track)) and None)
        await peer.setRemoteDescription(RTCSessionDescription(asked["sdp"], asked["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        return {"sdp": peer.localDescription.sdp, "type": "answer"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def fastrtc(stage: str, port: int) -> None:
    """Serve FastRTC as its documentation writes a video stream."""
    import cv2
    from fastrtc import Stream, VideoStreamHandler, get_current_context

    works: dict[str, Callable[[np.ndarray], np.ndarray]] = {}

    def dressed(picture: np.ndarray) -> np.ndarray:
        if stage == "identity":
            return picture
        session = get_current_context().webrtc_id
        if session not in works:
            works[session] = try_on()
        packed = works[session](cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))
        return cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_I420)

    app = FastAPI()
    handler = VideoStreamHandler(dressed, fps=30, skip_frames=True)
    stream = Stream(handler, modality="video", mode="send-receive", concurrency_limit=SESSIONS_MAX)
    stream.mount(app)

    @app.post("/input_hook")  # without an input it gives frames back untouched
    async def input_hook(request: Request) -> dict[str, str]:
        stream.set_input((await request.json())["webrtc_id"], None)
        return {}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def lookglass(stage: str, port: int, lan: bool = False) -> None:
    """Serve the product; with `lan` to other machines, over HTTPS."""
    from server.serve_command import serve
    from server.settings import load_settings
    from server.worker.pool import LIVE_PATH

    with tempfile.TemporaryDirectory() as folder:
        limits = dict.fromkeys(("offers_per_minute", "consents_per_minute", "connections_per_address"), 1000)
        overrides: dict[str, Any] = {f"limits.{name}": value for name, value in limits.items()}
        overrides |= {"limits.sessions_max": SESSIONS_MAX, "server.port": port, "server.var_dir": Path(folder)}
        if lan:
            overrides |= {"server.host": "0.0.0.0", "lan.enabled": True, "tls.mode": "self_made"}  # noqa: S104
        serve(load_settings(None, overrides), None, LIVE_PATH if stage == "full" else "benchmarks.identity_path")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("lookglass", "stock", "fastrtc"))
    parser.add_argument("stage", choices=("identity", "full"))
    parser.add_argument("port", type=int)
    parser.add_argument("--lan", action="store_true", help="lookglass alone: serve other machines, over HTTPS")
    args = parser.parse_args()
    if args.kind == "lookglass":
        lookglass(args.stage, args.port, args.lan)
    else:
        {"stock": stock, "fastrtc": fastrtc}[args.kind](args.stage, args.port)
