"""The route of body scans from files: measured in a limited child, answered, and forgotten."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from pipelines.garment.glb import MAX_BYTES
from pipelines.scan.meshes import kind_of
from server.api import address_of, bearer, read_body, refusals
from server.child import end_child
from server.errors import ScanRefused, TooMany, TryLater, WrongMedia
from server.headers import require_same_origin
from server.hub import Hub
from server.limits import AddressRates
from server.scan_answer import BodyScan
from server.settings import ROOT, LimitSettings

AT_ONCE = 2
START_GRACE_S = 20.0  # of a busy machine, until the child has imported what it needs
TALLEST_CM, SHORTEST_CM = 220, 130


def make_body_scan_router(hub: Hub) -> APIRouter:
    """Return the route over `hub`."""
    router = APIRouter(prefix="/api/v1/body")
    rates = AddressRates(hub.settings.limits.scans_per_minute, 60)
    running = asyncio.Semaphore(AT_ONCE)

    @router.post(
        "/scan", response_model=BodyScan, openapi_extra=_FILE, responses=refusals(401, 403, 413, 415, 422, 429, 503)
    )
    async def scan(
        request: Request,
        height_cm: Annotated[float | None, Header(ge=SHORTEST_CM, le=TALLEST_CM, allow_inf_nan=False)] = None,
    ) -> JSONResponse:
        """Measure the body of a scan's file (GLB, OBJ or PLY as the body); nothing is kept."""
        require_same_origin(request)
        hub.tokens.check(bearer(request), time.time())
        if not rates.allow(address_of(request), time.monotonic()):
            raise hub.refuse(TooMany("rate.scans", "Too many scans. Wait a minute.", retry_s=60))
        data = await read_body(request, MAX_BYTES)
        if kind_of(data) is None:
            raise WrongMedia("scan.format", "A body scan is a GLB, OBJ or PLY file.")
        if running.locked():
            raise hub.refuse(TryLater("scans", "Other scans are being measured. Try again.", retry_s=3))
        async with running:
            found = await measure_file(data, height_cm, hub.settings.limits)
        return JSONResponse(found.model_dump(), headers={"Cache-Control": "no-store"})

    return router


async def measure_file(data: bytes, height_cm: float | None, limits: LimitSettings) -> BodyScan:
    """Return what the body in a stranger's file measures.  Raises ScanRefused."""
    numbers = (limits.scan_read_s, limits.scan_memory_mib, height_cm or 0.0)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(ROOT / "server" / "body_scan_child.py"), *map(str, numbers),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )  # fmt: skip
    output = b""
    try:
        async with asyncio.timeout(limits.scan_read_s * 2 + START_GRACE_S):
            output, _ = await child.communicate(data)
    except TimeoutError:
        pass
    finally:
        if child.returncode is None:
            await end_child(child)
    return _told(output)


def _told(output: bytes) -> BodyScan:
    try:
        told: dict[str, Any] = json.loads(output)
    except ValueError:
        raise ScanRefused("scan.file", "The scan takes too long or too much memory. Make it coarser.") from None
    if "refused" in told:
        code = "scan.file" if told["refused"] == "file" else "scan.body"
        raise ScanRefused(code, str(told["why"])[:300])
    return BodyScan.model_validate(told)


_FILE = {
    "requestBody": {
        "required": True,
        "content": {kind: {} for kind in ("model/gltf-binary", "model/obj", "application/octet-stream")},
    }
}
