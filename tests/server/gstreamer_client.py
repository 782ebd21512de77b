"""GStreamer's webrtcbin as an outside client, for the system's Python: publishes over WHIP, or plays over WHEP.

    gstreamer_client.py (publish|play) (h264|vp8) URL TOKEN SECONDS [audio]

Prints one JSON object: the status of the POST, the states of the connection, how many frames were decoded, and the
status of the DELETE; before that, as soon as it is known, the address of the session on a line of its own.
"""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import gi

for _name in ("Gst", "GstSdp", "GstWebRTC"):
    gi.require_version(_name, "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

ENCODE = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=500 key-int-max=30 "
    "! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 "
    "! application/x-rtp,media=video,encoding-name=H264,payload=96",
    "vp8": "vp8enc deadline=1 target-bitrate=500000 ! rtpvp8pay "
    "! application/x-rtp,media=video,encoding-name=VP8,payload=96",
}
DECODE = {"h264": "rtph264depay ! h264parse ! openh264dec", "vp8": "rtpvp8depay ! vp8dec"}
WANTED = {
    "h264": "encoding-name=H264,packetization-mode=(string)1,profile-level-id=(string)42e01f",
    "vp8": "encoding-name=VP8",
}
CAMERA = "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 ! videoconvert"
MICROPHONE = "audiotestsrc is-live=true ! opusenc ! rtpopuspay ! application/x-rtp,media=audio,payload=97 ! wb."
ELEMENTS = ("webrtcbin", "nicesrc", "srtpenc", "dtlsenc", "x264enc", "openh264dec", "vp8enc", "opusenc")


class Client:
    """One connection."""

    def __init__(self, role: str, codec: str, url: str, token: str, audio: bool) -> None:
        self.role, self.codec, self.url, self.token = role, codec, url, token
        self.loop = GLib.MainLoop()
        self.told: dict[str, Any] = {"status": None, "states": [], "frames": 0, "end": None, "error": None}
        self.location: str | None = None
        self.asked = False
        self.pipeline = self._pipeline(audio)
        self.webrtc = self.pipeline.get_by_name("wb")
        if role == "play":
            caps = Gst.Caps.from_string(f"application/x-rtp,media=video,payload=96,clock-rate=90000,{WANTED[codec]}")
            self.webrtc.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, caps)
        self.webrtc.connect("on-negotiation-needed", self._negotiate)
        self.webrtc.connect("notify::ice-gathering-state", self._gathered)
        self.webrtc.connect("notify::connection-state", self._state)
        self.webrtc.connect("pad-added", self._pad)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self._failed)

    def run(self, seconds: float) -> dict[str, Any]:
        """Stay for a while, then say goodbye."""
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add(int(seconds * 1000), self.loop.quit)
        self.loop.run()
        if self.location:
            self.told["end"] = self._ask("DELETE", self.location)[0]
        self.pipeline.set_state(Gst.State.NULL)
        return self.told

    def _pipeline(self, audio: bool) -> Any:
        if self.role == "publish":
            sources = f"{MICROPHONE if audio else ''} {CAMERA} ! {ENCODE[self.codec]} ! wb."
            return Gst.parse_launch(f"webrtcbin name=wb bundle-policy=max-bundle {sources}")
        pipeline = Gst.Pipeline.new("player")
        webrtc = Gst.ElementFactory.make("webrtcbin", "wb")
        webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        pipeline.add(webrtc)
        return pipeline

    def _negotiate(self, webrtc: Any) -> None:
        if self.asked:
            return
        self.asked = True
        index = 0
        while self.role == "publish" and (transceiver := webrtc.emit("get-transceiver", index)) is not None:
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
            index += 1
        webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self._offered, None))

    def _offered(self, promise: Any, *_: Any) -> None:
        promise.wait()
        reply = promise.get_reply()  # owns the offer
        self.webrtc.emit("set-local-description", reply.get_value("offer"), None)

    def _gathered(self, webrtc: Any, _: Any) -> None:
        if webrtc.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            sdp = webrtc.get_property("local-description").sdp.as_text()
            threading.Thread(target=self._post, args=(sdp,), daemon=True).start()

    def _post(self, sdp: str) -> None:
        self.told["status"], headers, body = self._ask("POST", self.url, sdp.encode(), "application/sdp")
        if self.told["status"] != 201:
            self.told["error"] = body.decode()
            self.loop.quit()
            return
        self.location = urllib.parse.urljoin(self.url, headers["location"])
        print(headers["location"], flush=True)
        message = GstSdp.SDPMessage.new_from_text(body.decode())[1]
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.webrtc.emit("set-remote-description", answer, None)

    def _ask(self, method: str, url: str, body: bytes | None = None, kind: str = "") -> tuple[int, Any, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - the test's own server
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def _pad(self, _: Any, pad: Any) -> None:
        if pad.direction != Gst.PadDirection.SRC:
            return
        description = f"{DECODE[self.codec]} ! fakesink name=end sync=false"
        decoder = Gst.parse_bin_from_description(description, True)
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        end = decoder.get_by_name("end").get_static_pad("sink")
        end.add_probe(Gst.PadProbeType.BUFFER, self._decoded)
        pad.link(decoder.get_static_pad("sink"))

    def _decoded(self, *_: Any) -> Any:
        self.told["frames"] += 1
        return Gst.PadProbeReturn.OK

    def _state(self, webrtc: Any, _: Any) -> None:
        self.told["states"].append(webrtc.get_property("connection-state").value_nick)

    def _failed(self, _: Any, message: Any) -> None:
        self.told["error"] = str(message.parse_error())
        self.loop.quit()


def main() -> None:
    """Run as the command line says; without arguments tell which elements are missing."""
    Gst.init(None)
    if len(sys.argv) == 1:
        print(*(name for name in ELEMENTS if Gst.ElementFactory.find(name) is None))
        return
    role, codec, url, token, seconds = sys.argv[1:6]
    print(json.dumps(Client(role, codec, url, token, "audio" in sys.argv).run(float(seconds))), flush=True)


if __name__ == "__main__":
    main()
