import copy
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import GarmentRejected
from pipelines.garment.glb import read_glb
from tests.pipelines.garment.glb_files import fields_and_binary, pack, png, tube

Fields = dict[str, Any]
FIELDS, BINARY = fields_and_binary(*tube(), png())


def test_reader_returns_mesh_texture_and_colour() -> None:
    points, faces, uv = tube()
    glb = read_glb(pack(FIELDS, BINARY))
    assert np.array_equal(glb.points_m, points)
    assert np.array_equal(glb.faces, faces)
    assert np.array_equal(glb.uv, uv)
    assert glb.texture is not None
    assert glb.texture.shape == (16, 16, 3)
    assert glb.texture[0, 0].tolist() == [200, 40, 40]
    assert glb.base_color_rgb.tolist() == [255, 255, 255]


def test_reader_applies_the_transforms_of_nodes() -> None:
    fields = copy.deepcopy(FIELDS)
    fields["nodes"] = [
        {"children": [1], "translation": [0, 1, 0]},
        {"mesh": 0, "rotation": [0, 0.7071067811865476, 0, 0.7071067811865476], "scale": [2, 2, 2]},
    ]
    points = read_glb(pack(fields, BINARY)).points_m
    x, y, z = tube()[0].T
    assert np.allclose(points, np.stack([2 * z, 2 * y + 1, -2 * x], 1), atol=1e-6)


def _node_cycle(fields: Fields) -> None:
    fields["nodes"] = [{"children": [1]}, {"children": [0], "mesh": 0}]


def _deep_nodes(fields: Fields) -> None:
    fields["nodes"] = [{"children": [n + 1]} for n in range(50)] + [{"mesh": 0}]


def _node_bomb(fields: Fields) -> None:
    fields["nodes"] = [{"children": [n + 1] * 8} for n in range(20)] + [{"mesh": 0}]


def _set(*path: str | int, value: object) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        at: Any = fields
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


BROKEN: dict[str, Callable[[Fields], None]] = {
    "node cycle": _node_cycle,
    "deep nodes": _deep_nodes,
    "node bomb": _node_bomb,
    "draco": _set("extensionsRequired", value=["KHR_draco_mesh_compression"]),
    "buffer uri": _set("buffers", value=[{"byteLength": 4, "uri": "http://127.0.0.1/x"}]),
    "data uri": _set("images", value=[{"uri": "data:image/png;base64,AAAA"}]),
    "many images": _set("images", value=[{"bufferView": 3}] * 9),
    "sparse": _set("accessors", 1, "sparse", value={"count": 1}),
    "count beyond buffer": _set("accessors", 1, "count", value=1_000_000_000),
    "negative count": _set("accessors", 1, "count", value=-1),
    "empty accessor": _set("accessors", 0, "count", value=0),
    "bool count": _set("accessors", 1, "count", value=True),
    "text count": _set("accessors", 1, "count", value="9"),
    "view beyond file": _set("bufferViews", 1, "byteOffset", value=10_000_000),
    "negative offset": _set("bufferViews", 1, "byteOffset", value=-4),
    "short stride": _set("bufferViews", 1, "byteStride", value=4),
    "compressed view": _set("bufferViews", 1, "extensions", value={"EXT_meshopt_compression": {}}),
    "no such mesh": _set("nodes", 0, "mesh", value=7),
    "no such scene": _set("scene", value=5),
    "no such view": _set("accessors", 0, "bufferView", value=None),
    "lines": _set("meshes", 0, "primitives", 0, "mode", value=1),
    "no position": _set("meshes", 0, "primitives", 0, "attributes", value={}),
    "indices not threes": _set("accessors", 0, "count", value=100),
    "float indices": _set("accessors", 0, "componentType", value=5126),
    "huge matrix": _set("nodes", 0, "matrix", value=[1e30] * 16),
    "nan matrix": _set("nodes", 0, "matrix", value=[float("nan")] * 16),
    "short matrix": _set("nodes", 0, "matrix", value=[1.0]),
    "nodes are text": _set("nodes", value="abc"),
    "empty scene": _set("scenes", value=[{"nodes": []}]),
    "no such texture": _set("materials", 0, "pbrMetallicRoughness", "baseColorTexture", "index", value=3),
    "picture is no picture": _set("images", 0, "bufferView", value=1),
}


@pytest.mark.parametrize("case", BROKEN)
def test_reader_refuses_broken_files(case: str) -> None:
    fields = copy.deepcopy(FIELDS)
    BROKEN[case](fields)
    with pytest.raises(GarmentRejected, match="GLB"):
        read_glb(pack(fields, BINARY))


def test_reader_refuses_indices_beyond_the_vertices() -> None:
    points, faces, uv = tube()
    faces[3, 1] = 60000
    with pytest.raises(GarmentRejected, match="indices"):
        read_glb(pack(*fields_and_binary(points, faces, uv, png())))


def test_reader_refuses_numbers_that_are_not_finite() -> None:
    points, faces, uv = tube()
    points[5, 2] = np.nan
    with pytest.raises(GarmentRejected, match="finite"):
        read_glb(pack(*fields_and_binary(points, faces, uv, png())))


def test_reader_refuses_too_many_triangles() -> None:
    points, faces, uv = tube()
    many = np.tile(faces.astype(np.uint32), (200_001 // len(faces) + 1, 1))
    with pytest.raises(GarmentRejected, match="triangles"):
        read_glb(pack(*fields_and_binary(points, many, uv, png())))


def test_reader_refuses_pictures_that_are_too_large() -> None:
    with pytest.raises(GarmentRejected, match="4096"):
        read_glb(pack(*fields_and_binary(*tube(), png(5000, 2))))


def test_reader_refuses_two_base_colours() -> None:
    fields = copy.deepcopy(FIELDS)
    primitive = dict(fields["meshes"][0]["primitives"][0], material=1)
    fields["meshes"][0]["primitives"].append(primitive)
    fields["materials"].append({"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}})
    with pytest.raises(GarmentRejected, match="base colour"):
        read_glb(pack(fields, BINARY))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"glTF",
        b"PK\3\4" + b"\0" * 40,
        b"glTF" + struct.pack("<II", 1, 40) + b"\0" * 28,
        pack(FIELDS, BINARY)[:-100],
        pack(FIELDS, BINARY) + b"xx",
        b"glTF" + struct.pack("<IIII", 2, 24, 4, 0x4E4F534A) + b"[][]",
        b"glTF" + struct.pack("<IIII", 2, 24, 4, 0x4E4F534A) + b"1234",
        b"glTF" + struct.pack("<IIII", 2, 20, 2**32 - 1, 0x4E4F534A),
    ],
)
def test_reader_refuses_what_is_no_glb(data: bytes) -> None:
    with pytest.raises(GarmentRejected):
        read_glb(data)


def test_reader_raises_nothing_but_its_own_error_on_damaged_bytes() -> None:
    whole = bytearray(pack(FIELDS, BINARY))
    rng = np.random.default_rng(11)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole) if rng.random() < 0.3 else 1400, rng.integers(1, 6)):
            damaged[at] = rng.integers(0, 256)
        try:
            read_glb(bytes(damaged))
        except GarmentRejected:
            refused += 1
    assert refused > 200


def test_reader_takes_real_garments(media: Path) -> None:
    files = [file for file in sorted((media / "meshes").glob("mh_*.glb")) if "clothed" not in file.name]
    assert files
    for file in files:
        glb = read_glb(file.read_bytes())
        assert len(glb.faces) > 1000
        assert glb.texture is not None or "body" in file.name
