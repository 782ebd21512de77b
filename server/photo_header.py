"""Reads the size of a PNG, JPEG or WebP picture from its header, without a decoder.

Follows the PNG specification (section 5), ITU-T T.81 (annex B) and RFC 9649 (WebP container). Reads at most the
bytes it was given; a picture of several frames is refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from server.errors import PhotoRefused, PhotoTooLarge

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_BARE = {0x01, *range(0xD0, 0xD8)}
_ANIMATED = 0x02


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What a picture claims to be."""

    format: str  # PNG, JPEG, WEBP: Pillow's names
    width_px: int
    height_px: int


def read_header(data: bytes, max_bytes: int, max_pixels: int) -> PhotoHeader:
    """Return what `data` claims to be.  Raises PhotoRefused or PhotoTooLarge."""
    if len(data) > max_bytes:
        raise PhotoTooLarge("photo.bytes", f"The photo is larger than {max_bytes / 2**20:.0f} MiB.")
    try:
        header = _read(data)
    except (struct.error, IndexError):
        raise PhotoRefused("photo.truncated", "The photo is cut off.") from None
    if header.width_px < 1 or header.height_px < 1:
        raise PhotoRefused("photo.size", "The photo has no size.")
    if header.width_px * header.height_px > max_pixels:
        raise PhotoTooLarge("photo.pixels", f"The photo has more than {max_pixels / 1e6:.0f} megapixels.")
    return header


def _read(data: bytes) -> PhotoHeader:
    if data.startswith(PNG_SIGNATURE):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    raise PhotoRefused("photo.format", "Photos are PNG, JPEG or WebP.")


def _png(data: bytes) -> PhotoHeader:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if kind != b"IHDR" or length != 13:
        raise PhotoRefused("photo.format", "The PNG does not begin with its header.")
    position = 8
    while True:  # acTL, which announces an animation, has to stand before the first IDAT
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"acTL":
            raise PhotoRefused("photo.animated", "The photo has several frames.")
        if kind == b"IDAT":
            return PhotoHeader("PNG", width, height)
        position += 12 + length


def _jpeg(data: bytes) -> PhotoHeader:
    position = 2
    while True:
        if data[position] != 0xFF:
            raise PhotoRefused("photo.format", "The JPEG's markers are broken.")
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return PhotoHeader("JPEG", width, height)
        if marker in (0xD9, 0xDA):
            raise PhotoRefused("photo.format", "The JPEG has no frame header.")
        position += 2 if marker in _BARE else 2 + struct.unpack_from(">H", data, position + 2)[0]


def _webp(data: bytes) -> PhotoHeader:
    kind = data[12:16]
    if kind == b"VP8X":
        if data[20] & _ANIMATED:
            raise PhotoRefused("photo.animated", "The photo has several frames.")
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(_exactly(data, 27, 3), "little")
        return PhotoHeader("WEBP", width, height)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return PhotoHeader("WEBP", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return PhotoHeader("WEBP", 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF))
    raise PhotoRefused("photo.format", "The WebP's first chunk is unknown.")


def _exactly(data: bytes, start: int, count: int) -> bytes:
    found = data[start : start + count]
    if len(found) < count:
        raise IndexError
    return found
