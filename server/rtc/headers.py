"""Key pictures and the sizes they claim, read from the stream: H.264 (ITU-T H.264 7.3.2.1) and VP8 (RFC 6386 9.1).

The bytes come from outside: whatever they are, a function here returns or raises ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

NAL_SLICE, NAL_IDR, NAL_SPS = 1, 5, 7
NAL_UNITS_MAX = 256  # in one picture: a slice a row of blocks makes 68 at 1080 lines
SPS_MAX, SPS_BYTES_MAX = 4, 128  # a real picture has one or two, of ten to a hundred bytes
# profile_idc values whose SPS has the chroma and scaling fields
_HIGH_PROFILES = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_VP8_START = b"\x9d\x01\x2a"
_UNIT_END = re.compile(rb"\x00\x00[\x00\x01]")


def begins_key_picture(codec: str, data: bytes) -> bool:
    """Whether a decoder that knows nothing yet can begin with the picture that these bytes begin.

    `codec` is "H264" or "VP8", `data` a whole picture or its first packet.  Any other codec: yes.
    """
    if codec == "VP8":
        return len(data) >= 10 and not data[0] & 1 and data[3:6] == _VP8_START
    if codec != "H264":
        return True
    for at in _nal_units(data):
        kind = data[at] & 0x1F
        if kind in (NAL_IDR, NAL_SPS):
            return kind == NAL_SPS or (at + 1 < len(data) and data[at + 1] >= 0x80)  # first_mb_in_slice = 0
        if kind == NAL_SLICE:
            break
    return False


def claimed_sizes(codec: str, data: bytes) -> list[tuple[int, int]]:
    """Return every (width, height) in pixels that a picture's headers tell a decoder to reserve.

    Raises ValueError where a header cannot be read.
    """
    if codec == "VP8":
        return [_vp8_size(data)] if data and not data[0] & 1 else []
    if codec != "H264":
        return []
    units = list(_nal_units(data))
    found = [at for at in units if data[at] & 0x1F == NAL_SPS]
    if len(units) == NAL_UNITS_MAX or len(found) > SPS_MAX:
        raise ValueError("a picture in too many pieces")
    return [_sps_size(data[at : at + SPS_BYTES_MAX]) for at in found]


def _vp8_size(data: bytes) -> tuple[int, int]:
    if len(data) < 10 or data[3:6] != _VP8_START:
        raise ValueError("a VP8 key frame without its start code")
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def _nal_units(data: bytes) -> Iterator[int]:
    """Yield where each NAL unit's first byte is (Annex B start codes), of NAL_UNITS_MAX at most."""
    at = data.find(b"\x00\x00\x01")
    for _ in range(NAL_UNITS_MAX):
        if at < 0 or at + 3 >= len(data):
            return
        yield at + 3
        at = data.find(b"\x00\x00\x01", at + 3)


class _Bits:
    """Reads an RBSP: emulation prevention bytes are left out (7.4.1)."""

    def __init__(self, data: bytes) -> None:
        plain = _UNIT_END.split(data, maxsplit=1)[0].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(plain, "big"), len(plain) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("an SPS that ends early")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """ue(v), 9.1; at most 32 bits."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise ValueError("an Exp-Golomb code that is too long")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """se(v), 9.1.1."""
        code = self.golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def _sps_size(data: bytes) -> tuple[int, int]:
    """Return the coded size, before cropping: it is what a decoder reserves."""
    bits = _Bits(data)
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()  # seq_parameter_set_id
    if profile in _HIGH_PROFILES:
        _skip_chroma(bits)
    bits.golomb()  # log2_max_frame_num_minus4
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.golomb(), 256)):
            bits.signed()
    bits.golomb()  # max_num_ref_frames
    bits.take(1)
    width, rows = bits.golomb() + 1, bits.golomb() + 1
    return width * 16, rows * (1 if bits.take(1) else 2) * 16


def _skip_chroma(bits: _Bits) -> None:
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)
    bits.golomb()
    bits.golomb()
    bits.take(1)
    if bits.take(1):
        for number in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if number < 6 else 64)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
