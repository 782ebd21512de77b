"""Encoders for a picture that is watched while it is made: no look-ahead, no threads, short buffers.

Timestamps count 1/90000 s all the way, so no frame rate is assumed and no tick is lost to rounding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.mediastreams import VIDEO_TIME_BASE, convert_timebase
from av.frame import Frame
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from server.rtc.ladder import Ladder, Rung
from server.settings import MediaSettings

NOMINAL_FPS = 30
TICKS_PER_S = 90_000
FPS_MIN, FPS_MAX = 5, 60
VBV_FRAMES = 2  # of the highest rate …
VBV_S, VBV_MIN_KBIT = 0.2, 20  # … and at a lower one what it sends in so long: a key frame must not stop a narrow link
REBUILD_RATIO = 0.2  # libvpx takes a new bit rate only in a new encoder, which costs a key frame


class SendRate:
    """A target bit rate inside the configured bounds, led by our controller, else by the receiver's estimate (REMB).

    The estimate is at most 1.5 times what arrived, so a slow picture would talk itself down for ever: an estimate
    below the target counts only where it is also below what is really being sent.
    """

    def __init__(self, media: MediaSettings) -> None:
        self._low, self._high = media.min_kbps * 1000, media.max_kbps * 1000
        self.bps = media.start_kbps * 1000
        self._sent: deque[tuple[int, int]] = deque()  # (ticks, bytes) of the last second
        self._led = False

    def lead(self, bps: float) -> None:
        """Take our controller's rate; from now on it alone counts."""
        self._led = True
        self.bps = round(max(self._low, min(bps, self._high)))

    def aim(self, bps: int) -> None:
        """Take an estimate in bits per second."""
        if not self._led and (bps > self.bps or bps < self.sent_bps):
            self.bps = max(self._low, min(bps, self._high))

    def book(self, ticks: int, size: int) -> None:
        """Note an encoded frame; its time in 1/90000 s is the only clock."""
        self._sent.append((ticks, size))
        while ticks - self._sent[0][0] > TICKS_PER_S:
            self._sent.popleft()

    @property
    def sent_bps(self) -> float:
        """Bit rate of the last second; 0 while there is less than half a second."""
        if not self._sent or self._sent[-1][0] - self._sent[0][0] < TICKS_PER_S // 2:
            return 0.0
        spent = self._sent[-1][0] - self._sent[0][0]
        return sum(size for _, size in list(self._sent)[1:]) * 8 * TICKS_PER_S / spent


class Pace:
    """Frames a second, from the frames' own times; a pause of a second starts afresh."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._interval = TICKS_PER_S / NOMINAL_FPS

    def fps(self, ticks: int) -> float:
        """Take the time of a frame; return the smoothed rate, within FPS_MIN and FPS_MAX."""
        if self._last is not None and 0 < ticks - self._last < TICKS_PER_S:
            self._interval += (ticks - self._last - self._interval) / 8
        self._last = ticks
        return min(FPS_MAX, max(FPS_MIN, TICKS_PER_S / self._interval))


class Steps:
    """Brings frames to the size and the number that the network carries (`network_ladder`)."""

    def __init__(self, media: MediaSettings, rate: SendRate) -> None:
        self._ladder = Ladder() if media.network_ladder else None
        self._rate, self._pace = rate, Pace()
        self._bits_max = media.bits_per_pixel_max
        self._scaler = VideoReformatter()
        self._count = 0
        self._key_is_due = False
        self.fps = float(NOMINAL_FPS)  # of the frames that are sent

    def fit(self, frame: av.VideoFrame, ticks: int, key: bool) -> tuple[av.VideoFrame, bool] | None:
        """Return the frame to encode, and whether as a key frame; None where it is left out."""
        fps = self._pace.fps(ticks)
        self._key_is_due |= key
        if self._ladder is None:
            rung = Rung()
        else:
            rung = self._ladder.climb(self._rate.bps, frame.width, frame.height, fps, ticks)
        self._count = (self._count + 1) % rung.keep
        self.fps = max(FPS_MIN, fps / rung.keep)
        if self._count:
            return None
        key, self._key_is_due = self._key_is_due, False
        return self._scaled(frame, rung.scale), key

    def bps(self, frame: av.VideoFrame) -> int:
        """Return the bit rate for frames like this one: beyond `bits_per_pixel_max` nothing is to be seen."""
        return min(self._rate.bps, round(self._bits_max * frame.width * frame.height * self.fps))

    def _scaled(self, frame: av.VideoFrame, scale: float) -> av.VideoFrame:
        if scale == 1.0:
            return frame
        size = int(frame.width * scale) & ~1, int(frame.height * scale) & ~1
        scaled = self._scaler.reformat(frame, *size)
        scaled.pts, scaled.time_base = frame.pts, frame.time_base
        return scaled


class LowDelayH264(H264Encoder):
    """x264 ultrafast, one thread, CBR with a VBV of two frames, key frames on request only, bit rate changed in place.

    Without delay x264 cannot know how long a frame will last and believes in NOMINAL_FPS: the rate it is given is
    scaled to the frames that really come.

    subme=1 brings sub-pixel motion back: 2.8 dB for 0.4 ms a frame at 640x480, as good as the preset medium.
    """

    def __init__(self, media: MediaSettings) -> None:
        super().__init__()
        self._media = media
        self._vbv_kbit = 0
        self.rate = SendRate(media)
        self._steps = Steps(media, self.rate)

    @property
    def target_bitrate(self) -> int:
        """Bits per second."""
        return self.rate.bps

    @target_bitrate.setter
    def target_bitrate(self, bps: int) -> None:
        self.rate.aim(bps)

    def _encode_frame(self, frame: av.VideoFrame, force_keyframe: bool) -> Iterator[bytes]:
        ticks = round((frame.pts or 0) * (frame.time_base or VIDEO_TIME_BASE) / VIDEO_TIME_BASE)
        fitted = self._steps.fit(frame, ticks, force_keyframe)
        if fitted is None:
            return
        frame, key = fitted
        vbv_kbit = self._wanted_vbv_kbit(frame)
        if self.codec is None or not self._suits(frame, vbv_kbit, key):
            self._vbv_kbit = vbv_kbit
            self.codec = self._open(frame.width, frame.height)
        self.codec.bit_rate = round(self._steps.bps(frame) * NOMINAL_FPS / self._steps.fps)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        data = b"".join(bytes(packet) for packet in self.codec.encode(frame))
        self.rate.book(ticks, len(data))
        yield from self._split_bitstream(data)

    def _open(self, width: int, height: int) -> Any:
        codec: Any = av.CodecContext.create("libx264", "w")
        codec.width, codec.height = width, height
        codec.pix_fmt = "yuv420p"
        # x264 follows a changed bit rate only in a stream that began as CBR, and only below the rate it began with.
        highest = self._media.max_kbps * NOMINAL_FPS // FPS_MIN
        codec.bit_rate = highest * 1000
        codec.framerate = Fraction(NOMINAL_FPS, 1)
        codec.time_base = VIDEO_TIME_BASE
        codec.thread_count = 1
        codec.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "level": "31",
            "maxrate": f"{highest}k",
            "bufsize": f"{self._vbv_kbit}k",
            "forced-idr": "1",
            "x264-params": "keyint=infinite:scenecut=0:subme=1",
        }
        codec.profile = "Baseline"
        codec.open()
        return codec

    def _suits(self, frame: av.VideoFrame, vbv_kbit: int, key: bool) -> bool:
        """Whether the codec fits the frame: too small a buffer is mended at once, a large one at a key frame."""
        codec: Any = self.codec
        if (frame.width, frame.height) != (codec.width, codec.height):
            return False
        return vbv_kbit < 1.5 * self._vbv_kbit and not (key and 1.5 * vbv_kbit < self._vbv_kbit)

    def _wanted_vbv_kbit(self, frame: av.VideoFrame) -> int:
        highest = self._media.max_kbps * VBV_FRAMES // NOMINAL_FPS
        lasting_s = max(VBV_S, VBV_FRAMES / self._steps.fps)
        return min(highest, max(VBV_MIN_KBIT, round(self._steps.bps(frame) * lasting_s / 1000)))


class LowDelayVp8(Vp8Encoder):
    """libvpx at its fastest real-time setting, one thread, no denoiser, exact timestamps."""

    def __init__(self, media: MediaSettings) -> None:
        super().__init__()
        self.rate = SendRate(media)
        self._steps = Steps(media, self.rate)

    @property
    def target_bitrate(self) -> int:
        """Bits per second."""
        return self.rate.bps

    @target_bitrate.setter
    def target_bitrate(self, bps: int) -> None:
        self.rate.aim(bps)

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """Encode a yuv420p frame; return (RTP payloads, timestamp in 1/90000 s)."""
        if not isinstance(frame, av.VideoFrame) or frame.pts is None or frame.time_base is None:
            raise ValueError("a video frame with a timestamp is needed")
        timestamp = convert_timebase(frame.pts, frame.time_base, VIDEO_TIME_BASE)
        fitted = self._steps.fit(frame, timestamp, force_keyframe)
        if fitted is None:
            return [], timestamp
        frame, key = fitted
        if self.codec is None or self._outgrown(frame):
            self.codec = self._open(frame)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        data = b"".join(bytes(packet) for packet in self.codec.encode(frame))
        self.rate.book(timestamp, len(data))
        payloads = self._packetize(data, self.picture_id)
        self.picture_id = (self.picture_id + 1) % (1 << 15)
        return payloads, timestamp

    def _outgrown(self, frame: av.VideoFrame) -> bool:
        codec: Any = self.codec
        change = abs(self._steps.bps(frame) - codec.bit_rate) / codec.bit_rate
        return (frame.width, frame.height) != (codec.width, codec.height) or change > REBUILD_RATIO

    def _open(self, frame: av.VideoFrame) -> Any:
        codec: Any = av.CodecContext.create("libvpx", "w")
        codec.width, codec.height = frame.width, frame.height
        codec.pix_fmt = "yuv420p"
        codec.bit_rate = self._steps.bps(frame)
        codec.framerate = Fraction(NOMINAL_FPS, 1)
        codec.time_base = VIDEO_TIME_BASE
        codec.thread_count = 1
        codec.gop_size = 3000
        codec.qmin, codec.qmax = 2, 56
        rate = str(codec.bit_rate)
        codec.options = {
            "deadline": "realtime", "cpu-used": "-12", "lag-in-frames": "0", "noise-sensitivity": "0",
            "minrate": rate, "maxrate": rate, "bufsize": str(codec.bit_rate // 2), "undershoot-pct": "100",
            "overshoot-pct": "15", "partitions": "0", "static-thresh": "1",
        }  # fmt: skip
        return codec
