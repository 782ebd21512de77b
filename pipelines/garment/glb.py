"""Read a GLB of a garment that came from outside: glTF 2.0 binary, everything checked before it is used.

Accepted: one file without external or data URIs, at most 20 MiB, 200,000 triangles and 8 pictures of at
most 4096 x 4096, plain accessors, 12 variants (KHR_materials_variants). Refused with GarmentRejected: compression
extensions, sparse accessors, counts that do not fit their buffers, indices out of range, numbers that are not
finite, node cycles, variants that contradict each other.
"""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pipelines.errors import GarmentRejected
from pipelines.types import FacesI32, PointsF32, UvF32

MAX_BYTES = 20 * 1024 * 1024
MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_TRIANGLES = 200_000
MAX_VERTICES = 400_000
MAX_IMAGES = 8
MAX_IMAGE_SIDE = 4096
MAX_VARIANTS, MAX_NAME = 12, 80
MAX_DEPTH = 32
MAX_NODES = MAX_PRIMITIVES = 4096
TEXTURE_SIDE_PX = 1024
FARTHEST_M = 10.0
VARIANTS = "KHR_materials_variants"
KNOWN_EXTENSIONS = frozenset({"KHR_materials_sheen", VARIANTS, "KHR_materials_specular"})

_COMPONENT = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
Json = dict[str, Any]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, eq=False)
class GlbLook:
    """The one colour or picture of the whole garment."""

    texture: NDArray[np.uint8] | None  # (h, w, 3) sRGB
    base_color_rgb: NDArray[np.uint8]  # (3,) sRGB


@dataclass(frozen=True, slots=True, eq=False)
class GlbLooks:
    """In which looks the garment comes."""

    own: GlbLook  # where no variant is chosen
    variants: dict[str, GlbLook]  # by name, in the order of the file
    default: str | None  # the first variant whose materials are those of `own`


@dataclass(frozen=True, slots=True, eq=False)
class GlbMesh:
    """All triangles of the scene in one mesh."""

    points_m: PointsF32  # (N, 3)
    faces: FacesI32  # (F, 3)
    uv: UvF32  # (N, 2)
    looks: GlbLooks


def read_glb(data: bytes) -> GlbMesh:
    """Decode `data`; raises GarmentRejected and nothing else."""
    return _guarded(lambda: _Reader(*_chunks(data)).mesh())


def read_surface(data: bytes, farthest: float) -> tuple[PointsF32, FacesI32]:
    """Decode the triangles alone, in the file's unit, none beyond `farthest`; raises GarmentRejected alone."""

    def read() -> tuple[PointsF32, FacesI32]:
        reader = _Reader(*_chunks(data), farthest)
        points, faces, _ = reader.triangles_of(reader.placed())
        return points, faces

    return _guarded(read)


def read_looks(data: bytes) -> GlbLooks | None:
    """Decode the looks of `data` alone, None where it has no variants; raises GarmentRejected and nothing else."""
    return _guarded(lambda: _Reader(*_chunks(data)).looks_in_variants())


def glb_bytes(path: Path) -> bytes:
    """Return what the file holds; raises GarmentRejected where it cannot be read or is too large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GarmentRejected(f"{path}: larger than {MAX_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise GarmentRejected(f"{path}: cannot be read ({error.strerror})") from error


def _guarded(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except GarmentRejected:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise GarmentRejected(f"GLB: malformed ({type(error).__name__}: {error})") from error


def _chunks(data: bytes) -> tuple[Json, memoryview]:
    if len(data) > MAX_BYTES:
        raise GarmentRejected(f"GLB: {len(data) / 2**20:.1f} MiB, at most {MAX_BYTES // 2**20}")
    if len(data) < 20 or data[:4] != b"glTF":
        raise GarmentRejected("GLB: no binary glTF file")
    version, length, json_length, json_type = struct.unpack_from("<IIII", data, 4)
    if (
        version != 2
        or length != len(data)
        or json_type != 0x4E4F534A
        or json_length > min(len(data) - 20, MAX_JSON_BYTES)
    ):
        raise GarmentRejected("GLB: header and content do not agree")
    try:
        fields = json.loads(data[20 : 20 + json_length])
    except ValueError as error:
        raise GarmentRejected(f"GLB: its JSON cannot be read ({error})") from error
    if not isinstance(fields, dict):
        raise GarmentRejected("GLB: its JSON is no object")
    at = 20 + json_length
    if at == len(data):
        return fields, memoryview(b"")
    if at + 8 > len(data):
        raise GarmentRejected("GLB: cut off")
    size, kind = struct.unpack_from("<II", data, at)
    if kind != 0x004E4942 or at + 8 + size > len(data):
        raise GarmentRejected("GLB: the binary chunk is cut off")
    return fields, memoryview(data)[at + 8 : at + 8 + size]


class _Reader:
    """One decoded file."""

    def __init__(self, fields: Json, binary: memoryview, farthest: float = FARTHEST_M) -> None:
        self.fields, self.binary, self.farthest = fields, binary, farthest
        self.visits = self.primitives = self.triangles = self.vertices = 0
        self.pictures: dict[int, NDArray[np.uint8]] = {}
        required = set(fields.get("extensionsRequired", ())) - KNOWN_EXTENSIONS
        if required:
            raise GarmentRejected(f"GLB: needs {', '.join(sorted(map(str, required)))}, which is not supported")
        for group in ("buffers", "images"):
            if any("uri" in entry for entry in fields.get(group, ())):
                raise GarmentRejected(f"GLB: {group} must lie inside the file, not behind a URI")
        if len(fields.get("buffers", ())) > 1:
            raise GarmentRejected("GLB: more than one buffer")
        if len(fields.get("images", ())) > MAX_IMAGES or len(fields.get("textures", ())) > MAX_IMAGES:
            raise GarmentRejected(f"GLB: more than {MAX_IMAGES} textures")

    def mesh(self) -> GlbMesh:
        """Gather the triangles of the default scene."""
        placed = self.placed()
        points, faces, uv = self.triangles_of(placed)
        return GlbMesh(points, faces, uv, self._looks([primitive for primitive, _ in placed]))

    def triangles_of(self, placed: list[tuple[Json, NDArray[np.float64]]]) -> tuple[PointsF32, FacesI32, UvF32]:
        """Return points, triangles and texture coordinates of the `placed` primitives in one mesh."""
        parts = [self._primitive(primitive, T) for primitive, T in placed]
        starts = np.cumsum([0] + [len(part[0]) for part in parts])
        points = np.concatenate([part[0] for part in parts])
        faces = np.concatenate([part[1] + start for part, start in zip(parts, starts, strict=False)])
        uv = np.concatenate([part[2] for part in parts])
        return points.astype(np.float32), faces.astype(np.int32), uv.astype(np.float32)

    def looks_in_variants(self) -> GlbLooks | None:
        """Return the looks without the triangles, None where there are no variants."""
        primitives = [primitive for primitive, _ in self.placed()]
        return self._looks(primitives) if self._variants() else None

    def placed(self) -> list[tuple[Json, NDArray[np.float64]]]:
        """Return the primitives of the default scene and where they stand (4, 4)."""
        scenes = self.fields.get("scenes") or [{"nodes": list(range(len(self.fields.get("nodes", ()))))}]
        scene = scenes[_index(self.fields.get("scene", 0), scenes, "scene")]
        placed = [part for node in scene.get("nodes", ()) for part in self._visit(node, np.eye(4), ())]
        if not placed:
            raise GarmentRejected("GLB: no triangles")
        return placed

    def _visit(
        self, number: object, above: NDArray[np.float64], path: tuple[int, ...]
    ) -> Iterator[tuple[Json, NDArray[np.float64]]]:
        nodes = self.fields.get("nodes", [])
        at = _index(number, nodes, "node")
        self.visits += 1
        if at in path or len(path) >= MAX_DEPTH or self.visits > MAX_NODES:
            raise GarmentRejected("GLB: its nodes form a cycle or lie too deep")
        node = nodes[at]
        T = above @ _transform(node)
        if "mesh" in node:
            meshes = self.fields.get("meshes", [])
            for primitive in meshes[_index(node["mesh"], meshes, "mesh")]["primitives"]:
                self.primitives += 1
                if self.primitives > MAX_PRIMITIVES:
                    raise GarmentRejected(f"GLB: more than {MAX_PRIMITIVES} parts")
                yield primitive, T
        for child in node.get("children", ()):
            yield from self._visit(child, T, (*path, at))

    def _primitive(
        self, primitive: Json, T: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        if primitive.get("mode", 4) != 4:
            raise GarmentRejected("GLB: only triangle lists are supported")
        attributes = primitive["attributes"]
        points = self._accessor(attributes["POSITION"], "VEC3", (5126,)).astype(np.float64)
        self.vertices += len(points)
        if self.vertices > MAX_VERTICES:
            raise GarmentRejected(f"GLB: more than {MAX_VERTICES} vertices")
        if "indices" in primitive:
            index = self._accessor(primitive["indices"], "SCALAR", (5121, 5123, 5125)).astype(np.int64)[:, 0]
        else:
            index = np.arange(len(points))
        self.triangles += len(index) // 3
        if self.triangles > MAX_TRIANGLES:
            raise GarmentRejected(f"GLB: more than {MAX_TRIANGLES} triangles")
        if len(index) % 3 or not len(index) or index.max() >= len(points):
            raise GarmentRejected("GLB: indices do not fit their vertices")
        uv = np.zeros((len(points), 2))
        if "TEXCOORD_0" in attributes:
            uv = self._accessor(attributes["TEXCOORD_0"], "VEC2", (5126,)).astype(np.float64)
            if len(uv) != len(points):
                raise GarmentRejected("GLB: texture coordinates and vertices differ in number")
        points = points @ T[:3, :3].T + T[:3, 3]
        if not (np.isfinite(points).all() and np.isfinite(uv).all()) or np.abs(points).max() > self.farthest:
            raise GarmentRejected(f"GLB: a vertex is not finite or more than {self.farthest:g} m away")
        return points, index.reshape(-1, 3), uv

    def _accessor(self, number: object, kind: str, components: tuple[int, ...]) -> NDArray[Any]:
        accessors = self.fields.get("accessors", [])
        entry = accessors[_index(number, accessors, "accessor")]
        if "sparse" in entry or entry["type"] != kind or entry["componentType"] not in components:
            raise GarmentRejected(f"GLB: accessor {number} is not a plain {kind}")
        if entry.get("normalized"):
            raise GarmentRejected("GLB: normalized accessors are not supported")
        dtype = np.dtype(_COMPONENT[entry["componentType"]]).newbyteorder("<")
        width, count = _WIDTH[kind], _natural(entry["count"], "count")
        if count == 0:
            raise GarmentRejected(f"GLB: accessor {number} is empty")
        view, stride = self._view(entry["bufferView"])
        offset = _natural(entry.get("byteOffset", 0), "byteOffset")
        step = stride or dtype.itemsize * width
        if step < dtype.itemsize * width or offset + step * (count - 1) + dtype.itemsize * width > len(view):
            raise GarmentRejected(f"GLB: accessor {number} reaches beyond its buffer")
        return np.ndarray((count, width), dtype, view, offset, (step, dtype.itemsize))

    def _view(self, number: object) -> tuple[memoryview, int]:
        views = self.fields.get("bufferViews", [])
        entry = views[_index(number, views, "bufferView")]
        start, size = _natural(entry.get("byteOffset", 0), "byteOffset"), _natural(entry["byteLength"], "byteLength")
        if entry.get("buffer", 0) != 0 or "extensions" in entry or start + size > len(self.binary):
            raise GarmentRejected(f"GLB: bufferView {number} reaches beyond the file")
        return self.binary[start : start + size], _natural(entry.get("byteStride", 0), "byteStride")

    def _looks(self, primitives: list[Json]) -> GlbLooks:
        names = self._variants()
        own = tuple(int(primitive.get("material", -1)) for primitive in primitives)
        chosen = [_mapped(primitive, len(names)) for primitive in primitives]
        used = {
            name: tuple(mapped.get(number, usual) for mapped, usual in zip(chosen, own, strict=True))
            for number, name in enumerate(names)
        }
        variants = {}
        for name, materials in used.items():
            try:
                variants[name] = self._look(set(materials))
            except GarmentRejected as error:
                raise GarmentRejected(f"{error} (variant {name!r})") from error
        return GlbLooks(self._look(set(own)), variants, next((name for name in names if used[name] == own), None))

    def _variants(self) -> list[str]:
        """Return the names of the variants; the extension's specification leaves them free, here they must differ."""
        extension = self.fields.get("extensions", {}).get(VARIANTS)
        if extension is None:
            return []
        entries = extension["variants"]
        if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_VARIANTS:
            raise GarmentRejected(f"GLB: from 1 to {MAX_VARIANTS} variants are possible")
        names = [entry["name"] for entry in entries]
        for name in names:
            if (
                not isinstance(name, str)
                or not 1 <= len(name) <= MAX_NAME
                or not name.isprintable()
                or not name.strip()
            ):
                raise GarmentRejected(f"GLB: the name of a variant must be a line of 1 to {MAX_NAME} letters")
        if len(set(names)) < len(names):
            raise GarmentRejected("GLB: two variants have the same name")
        return names

    def _look(self, used: set[int]) -> GlbLook:
        """Return base-colour texture and factor; a garment has one material that shows."""
        materials = self.fields.get("materials", [])
        looks = {}
        for number in used:
            material = materials[_index(number, materials, "material")] if number >= 0 else {}
            pbr = material.get("pbrMetallicRoughness", {})
            factor = tuple(float(c) for c in pbr.get("baseColorFactor", (1, 1, 1, 1))[:3])
            looks[pbr.get("baseColorTexture", {}).get("index"), factor] = material
        if len(looks) > 1:
            raise GarmentRejected("GLB: more than one base colour; bake them into one texture")
        texture, factor = next(iter(looks))
        linear = np.clip(np.nan_to_num(np.array(factor)), 0, 1)
        srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        color = np.round(srgb * 255).astype(np.uint8)
        return GlbLook(None if texture is None else self._picture(texture), color)

    def _picture(self, number: object) -> NDArray[np.uint8]:
        """Return the picture of a texture; the variants that share it share the array."""
        textures, images = self.fields.get("textures", []), self.fields.get("images", [])
        source = _index(textures[_index(number, textures, "texture")]["source"], images, "image")
        if source not in self.pictures:
            self.pictures[source] = self._decoded(images[source]["bufferView"])
        return self.pictures[source]

    def _decoded(self, number: object) -> NDArray[np.uint8]:
        view, _ = self._view(number)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(view), formats=("PNG", "JPEG", "WEBP")) as file:
                    if max(file.size) > MAX_IMAGE_SIDE:
                        raise GarmentRejected(f"GLB: a texture of {file.size}, at most {MAX_IMAGE_SIDE} a side")
                    file.draft("RGB", (TEXTURE_SIDE_PX, TEXTURE_SIDE_PX))
                    picture = file.convert("RGB")
                    picture.thumbnail((TEXTURE_SIDE_PX, TEXTURE_SIDE_PX))
                    return np.asarray(picture, np.uint8)
        except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError, Warning) as error:
            raise GarmentRejected(f"GLB: a texture cannot be read ({error})") from error


def _mapped(primitive: Json, variants: int) -> dict[int, int]:
    """Return the material of each variant for which `primitive` has one of its own."""
    extension = primitive.get("extensions", {}).get(VARIANTS)
    chosen: dict[int, int] = {}
    for mapping in () if extension is None else extension["mappings"]:
        material = mapping["material"]
        if isinstance(material, bool) or not isinstance(material, int) or material < 0:
            raise GarmentRejected(f"GLB: there is no material {material}")
        if not mapping["variants"]:
            raise GarmentRejected("GLB: a material is mapped to no variant")
        for number in mapping["variants"]:
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < variants:
                raise GarmentRejected(f"GLB: there is no variant {number}")
            if number in chosen:
                raise GarmentRejected(f"GLB: variant {number} has two materials on one part")
            chosen[number] = material
    return chosen


def _index(number: object, entries: list[Any], what: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(entries):
        raise GarmentRejected(f"GLB: there is no {what} {number}")
    return number


def _natural(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_BYTES:
        raise GarmentRejected(f"GLB: {what} {value} is out of range")
    return value


def _transform(node: Json) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = (float(c) for c in node.get("rotation", (0, 0, 0, 1)))
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    T = np.eye(4)
    T[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64).reshape(3)
    T[:3, 3] = np.array(node.get("translation", (0, 0, 0)), np.float64).reshape(3)
    return T
