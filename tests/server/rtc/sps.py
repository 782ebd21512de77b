"""Reads an H.264 sequence parameter set of the baseline profile, ITU-T H.264 7.3.2.1.1 and E.1.1."""

from __future__ import annotations


class Bits:
    """The bits of a NAL unit after its header, without the emulation prevention bytes."""

    def __init__(self, nal: bytes) -> None:
        body = nal[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._bits = "".join(f"{byte:08b}" for byte in body)
        self._at = 0

    def u(self, count: int) -> int:
        """Take `count` bits."""
        taken = self._bits[self._at : self._at + count]
        self._at += count
        return int(taken, 2) if taken else 0

    def ue(self) -> int:
        """Take an unsigned Exp-Golomb number."""
        zeros = self._bits.index("1", self._at) - self._at
        self._at += zeros
        return self.u(zeros + 1) - 1


def reorder_limits(sps: bytes) -> dict[str, int]:
    """Return profile, reference frames and, where they are told, max_num_reorder_frames and max_dec_frame_buffering."""
    bits = Bits(sps)
    found = {"profile": bits.u(8)}
    assert found["profile"] == 66, "only baseline is read here"
    bits.u(16)  # constraints, level
    bits.ue()  # sps id
    bits.ue()  # log2_max_frame_num_minus4
    if bits.ue() == 0:  # pic_order_cnt_type
        bits.ue()
    found["references"] = bits.ue()
    bits.u(1)
    bits.ue(), bits.ue()  # width, height
    if not bits.u(1):  # frame_mbs_only_flag
        bits.u(1)
    bits.u(1)
    if bits.u(1):  # cropping
        bits.ue(), bits.ue(), bits.ue(), bits.ue()
    return found | (_vui(bits) if bits.u(1) else {})


def _vui(bits: Bits) -> dict[str, int]:
    if bits.u(1) and bits.u(8) == 255:  # aspect ratio
        bits.u(32)
    if bits.u(1):  # overscan
        bits.u(1)
    if bits.u(1):  # video signal type
        bits.u(4)
        if bits.u(1):
            bits.u(24)
    if bits.u(1):  # chroma location
        bits.ue(), bits.ue()
    if bits.u(1):  # timing
        bits.u(65)
    hrd = [_hrd(bits) for _ in range(2) if bits.u(1)]
    if hrd:
        bits.u(1)
    bits.u(1)  # pic_struct_present_flag
    if not bits.u(1):
        return {}
    bits.u(1)
    for _ in range(4):
        bits.ue()
    return {"reorder": bits.ue(), "buffered": bits.ue()}


def _hrd(bits: Bits) -> None:
    count = bits.ue() + 1
    bits.u(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.u(1)
    bits.u(20)
