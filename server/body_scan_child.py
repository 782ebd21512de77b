"""The limited child that measures a stranger's body scan: standard input to standard output, then gone.

Usage: body_scan_child SECONDS MEMORY_MIB HEIGHT_CM (0: not told). Writes one JSON object. Everything of ours is
imported first; the limits on processor time, memory and files, counted from there, are set before a byte is read.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import trimesh  # noqa: E402, F401 - loaded before the limits

from pipelines.body.slicing import tape_length  # noqa: E402
from pipelines.errors import MeasurementRejected  # noqa: E402
from pipelines.scan.meshes import kind_of, read_mesh  # noqa: E402
from pipelines.sizing.scan import scan_evidence  # noqa: E402
from server.bodies import told_measures  # noqa: E402

PAGE = resource.getpagesize()


def main() -> int:
    """Measure; say what was found or what is wrong."""
    seconds, memory_mib, height_cm = map(float, sys.argv[1:4])
    tape_length(np.eye(4)[:, :2].copy())  # its kernel is loaded, or even compiled, before anything is limited
    limit(seconds, memory_mib)
    print(json.dumps(answer(sys.stdin.buffer.read(), height_cm or None)))
    return 0


def limit(seconds: float, memory_mib: float) -> None:
    """Allow so much processor time and memory from here on, and no file to be written."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE
    cpu_s, memory = math.ceil(time.process_time() + seconds), used + int(memory_mib * 2**20)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(data: bytes, height_cm: float | None) -> dict[str, Any]:
    """Return what the file's body measures, or `refused` and why."""
    try:
        points, faces = read_mesh(data)
        found = scan_evidence(points, faces, height_cm)
    except MeasurementRejected as error:
        return {"refused": error.problem, "why": str(error)}
    except MemoryError:
        return {"refused": "file", "why": "scan: it takes too much memory"}
    return {"format": kind_of(data), "triangles": len(faces), "measures": told_measures(found)}


if __name__ == "__main__":
    sys.exit(main())
