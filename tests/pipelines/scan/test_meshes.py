"""Files of body scans: the same body from each kind, and what is refused."""

import numpy as np
import pytest

from pipelines.errors import MeasurementRejected
from pipelines.scan.meshes import kind_of, read_mesh
from pipelines.sizing.scan import scan_evidence
from tests.pipelines.scan.mesh_files import glb, hostile, obj, ply, standing

WRITERS = {"glb": (glb, 1.0), "obj": (obj, 100.0), "ply": (ply, 1000.0)}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_gives_the_same_triangles(kind):
    points, faces = standing()
    write, unit = WRITERS[kind]
    data = write(points, faces)
    assert kind_of(data) == kind
    found, triangles = read_mesh(data)
    assert len(triangles) == len(faces)
    assert np.allclose(found[triangles], unit * points[faces], atol=2e-3 * unit)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_gives_the_same_body(kind):
    points, faces = standing()
    expected = {one.name: one.value for one in scan_evidence(points, faces)}
    found = {one.name: one.value for one in scan_evidence(*read_mesh(WRITERS[kind][0](points, faces)))}
    assert found == pytest.approx(expected, rel=2e-3)


def test_four_cornered_faces_are_split():
    data = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\n"
    assert read_mesh(data)[1].shape == (2, 3)


@pytest.mark.parametrize("name", hostile())
def test_hostile_files_are_refused_or_hold_no_body(name):
    with pytest.raises(MeasurementRejected) as refused:
        scan_evidence(*read_mesh(hostile()[name]))
    assert refused.value.problem in ("file", "scan")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x00" * 500, b"<html>", b'{"asset": {}}', b"hello\nworld\n"])
def test_other_files_are_none_of_these(data):
    assert kind_of(data) is None
    with pytest.raises(MeasurementRejected, match="not a GLB, OBJ or PLY"):
        read_mesh(data)


def test_a_file_that_is_too_large_is_not_read():
    with pytest.raises(MeasurementRejected, match="MiB"):
        read_mesh(b"glTF" + bytes(20 * 2**20))
