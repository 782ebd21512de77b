"""GLB files made on the spot."""

import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image


def tube(rings: int = 14, columns: int = 40, radius: float = 0.18) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A tube around the chest of the mean body, with a texture seam; points, faces, uv."""
    y, t = np.meshgrid(np.linspace(0.98, 1.22, rings), np.linspace(0, 1, columns + 1), indexing="ij")
    angle = 2 * np.pi * t
    points = np.stack([radius * np.sin(angle), y, 0.03 + 0.85 * radius * np.cos(angle)], 2).reshape(-1, 3)
    uv = np.stack([t, (y.max() - y) / np.ptp(y)], 2).reshape(-1, 2)
    a = (np.arange(rings - 1)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    faces = np.concatenate(
        [np.stack([a, a + 1, a + columns + 2], 1), np.stack([a, a + columns + 2, a + columns + 1], 1)]
    )
    return points.astype(np.float32), faces.astype(np.uint16), uv.astype(np.float32)


def png(width: int = 16, height: int = 16) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), (200, 40, 40), np.uint8)).save(file, "PNG")
    return file.getvalue()


def fields_and_binary(
    points: np.ndarray, faces: np.ndarray, uv: np.ndarray, picture: bytes
) -> tuple[dict[str, Any], bytes]:
    """The JSON and the buffer of a file with one mesh and one texture."""
    chunks = [faces.tobytes(), points.tobytes(), uv.tobytes(), picture]
    binary, views = b"", []
    for chunk in chunks:
        binary += b"\0" * (-len(binary) % 4)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(chunk)})
        binary += chunk
    binary += b"\0" * (-len(binary) % 4)
    index_type = {np.dtype(np.uint16): 5123, np.dtype(np.uint32): 5125}[faces.dtype]
    fields = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 1, "TEXCOORD_0": 2}, "indices": 0, "material": 0}]}],
        "accessors": [
            {"bufferView": 0, "componentType": index_type, "count": faces.size, "type": "SCALAR"},
            {"bufferView": 1, "componentType": 5126, "count": len(points), "type": "VEC3"},
            {"bufferView": 2, "componentType": 5126, "count": len(uv), "type": "VEC2"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
    }
    return fields, binary


def with_variants(
    fields: dict[str, Any], binary: bytes, **colours: tuple[float, float, float] | None
) -> tuple[dict[str, Any], bytes]:
    """The same in variants (KHR_materials_variants) by name: a linear colour, or None for the file's own material."""
    name, mappings = "KHR_materials_variants", []
    for number, colour in enumerate(colours.values()):
        material = 0 if colour is None else len(fields["materials"])
        if colour is not None:
            fields["materials"].append({"pbrMetallicRoughness": {"baseColorFactor": [*colour, 1]}})
        mappings.append({"material": material, "variants": [number]})
    fields["meshes"][0]["primitives"][0]["extensions"] = {name: {"mappings": mappings}}
    fields["extensions"] = {name: {"variants": [{"name": word} for word in colours]}}
    fields["extensionsUsed"] = [name]
    return fields, binary


def pack(fields: dict[str, Any], binary: bytes) -> bytes:
    """Join JSON and buffer into a GLB."""
    text = json.dumps(fields).encode()
    text += b" " * (-len(text) % 4)
    size = 12 + 8 + len(text) + 8 + len(binary)
    return (
        b"glTF" + struct.pack("<II", 2, size) + struct.pack("<I4s", len(text), b"JSON") + text
        + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    )  # fmt: skip
