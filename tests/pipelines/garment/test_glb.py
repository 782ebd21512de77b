import contextlib
import copy
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import GarmentRejected
from pipelines.garment.glb import read_glb, read_looks
from tests.pipelines.garment.glb_files import fields_and_binary, pack, png, tube, with_variants

Fields = dict[str, Any]
FIELDS, BINARY = fields_and_binary(*tube(), png())


def test_reader_returns_mesh_texture_and_colour() -> None:
    points, faces, uv = tube()
    glb = read_glb(pack(FIELDS, BINARY))
    assert np.array_equal(glb.points_m, points)
    assert np.array_equal(glb.faces, faces)
    assert np.array_equal(glb.uv, uv)
    look = glb.looks.own
    assert look.texture is not None
    assert look.texture.shape == (16, 16, 3)
    assert look.texture[0, 0].tolist() == [200, 40, 40]
    assert look.base_color_rgb.tolist() == [255, 255, 255]
    assert glb.looks.variants == {}


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


EXTENSION = "KHR_materials_variants"
PART = ("meshes", 0, "primitives", 0, "extensions", EXTENSION)
BAD_VARIANTS: dict[str, tuple[Callable[[Fields], None], str]] = {
    "none": (_set("extensions", EXTENSION, "variants", value=[]), "from 1 to 12"),
    "no list": (_set("extensions", EXTENSION, "variants", value={"name": "Red"}), "from 1 to 12"),
    "no object": (_set("extensions", EXTENSION, value=[1]), "malformed"),
    "many": (_set("extensions", EXTENSION, "variants", value=[{"name": str(n)} for n in range(13)]), "from 1 to 12"),
    "no name": (_set("extensions", EXTENSION, "variants", 0, value={}), "malformed"),
    "empty name": (_set("extensions", EXTENSION, "variants", 0, "name", value=" "), "line of 1 to 80"),
    "long name": (_set("extensions", EXTENSION, "variants", 0, "name", value="a" * 81), "line of 1 to 80"),
    "two lines": (_set("extensions", EXTENSION, "variants", 0, "name", value="a\nb"), "line of 1 to 80"),
    "number as name": (_set("extensions", EXTENSION, "variants", 0, "name", value=5), "line of 1 to 80"),
    "same name": (_set("extensions", EXTENSION, "variants", 0, "name", value="Blue"), "the same name"),
    "no mappings": (_set(*PART, value={}), "malformed"),
    "mapping is text": (_set(*PART, "mappings", value=["red"]), "malformed"),
    "no such material": (_set(*PART, "mappings", 0, "material", value=9), "no material 9"),
    "negative material": (_set(*PART, "mappings", 0, "material", value=-1), "no material -1"),
    "bool material": (_set(*PART, "mappings", 0, "material", value=True), "no material True"),
    "no such variant": (_set(*PART, "mappings", 0, "variants", value=[7]), "no variant 7"),
    "bool variant": (_set(*PART, "mappings", 0, "variants", value=[False]), "no variant False"),
    "no variant": (_set(*PART, "mappings", 0, "variants", value=[]), "mapped to no variant"),
    "mapped twice": (_set(*PART, "mappings", 0, "variants", value=[0, 1]), "variant 1 has two materials"),
    "mapped but not listed": (_set("extensions", value={}), "no variant 0"),
    "no such texture": (
        _set("materials", 1, "pbrMetallicRoughness", value={"baseColorTexture": {"index": 4}}), "no texture 4"
    ),
}  # fmt: skip


def _variants() -> tuple[Fields, bytes]:
    """Red is the file's own picture, blue and olive are plain colours."""
    return with_variants(copy.deepcopy(FIELDS), BINARY, Red=None, Blue=(0, 0, 1), Olive=(0.2, 0.2, 0))


def test_variants_are_looks_by_name_beside_the_files_own() -> None:
    looks = read_glb(pack(*_variants())).looks
    assert list(looks.variants) == ["Red", "Blue", "Olive"]
    assert looks.default == "Red"
    red, blue, olive = looks.variants.values()
    assert red.texture is looks.own.texture
    assert red.texture is not None
    assert blue.texture is olive.texture is None
    assert blue.base_color_rgb.tolist() == [0, 0, 255]
    assert olive.base_color_rgb.tolist() == [124, 124, 0]


def test_looks_are_read_without_the_triangles() -> None:
    fields, binary = _variants()
    fields["accessors"] = []
    looks = read_looks(pack(fields, binary))
    assert looks is not None
    assert list(looks.variants) == ["Red", "Blue", "Olive"]
    assert read_looks(pack(FIELDS, BINARY)) is None


def test_part_without_a_material_for_a_variant_keeps_its_own() -> None:
    fields, binary = _variants()
    mappings = fields["meshes"][0]["primitives"][0]["extensions"][EXTENSION]["mappings"]
    del mappings[0]  # red
    looks = read_glb(pack(fields, binary)).looks
    assert looks.default == "Red"
    assert looks.variants["Red"].texture is looks.own.texture


@pytest.mark.parametrize("case", BAD_VARIANTS)
def test_reader_refuses_variants_that_contradict_each_other(case: str) -> None:
    fields, binary = _variants()
    change, words = BAD_VARIANTS[case]
    change(fields)
    for read in (read_glb, read_looks):
        if case == "mapped but not listed" and read is read_looks:
            continue
        with pytest.raises(GarmentRejected, match=words):
            read(pack(fields, binary))


def test_variant_of_two_base_colours_is_refused_by_name() -> None:
    fields, binary = _variants()
    plain = dict(fields["meshes"][0]["primitives"][0])
    del plain["extensions"]  # stays red where the other part turns blue
    fields["meshes"][0]["primitives"].append(plain)
    with pytest.raises(GarmentRejected, match=r"more than one base colour.*variant 'Blue'"):
        read_glb(pack(fields, binary))


def test_reader_refuses_more_parts_than_it_can_count() -> None:
    fields = copy.deepcopy(FIELDS)
    fields["meshes"][0]["primitives"] *= 1000
    fields["scenes"] = [{"nodes": [0] * 1000}]
    with pytest.raises(GarmentRejected, match="4096 parts"):
        read_glb(pack(fields, BINARY))


def test_damaged_variants_raise_nothing_but_the_readers_own_error() -> None:
    whole, rng = bytearray(pack(*_variants())), np.random.default_rng(12)
    for _ in range(300):
        damaged = bytearray(whole)
        for at in rng.integers(20, 2400, rng.integers(1, 5)):
            damaged[at] = rng.integers(32, 127)
        for read in (read_glb, read_looks):
            with contextlib.suppress(GarmentRejected):
                read(bytes(damaged))


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
        assert glb.looks.own.texture is not None or "body" in file.name
