"""What is told of scans: over the control channel while one runs, and over HTTP of a file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.schema import VERSION


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Told):
    """One dimension that a scan found: value, standard deviation and the ends of the middle 80 %."""

    name: str
    value: float = Field(repr=False)
    error: float
    low: float = Field(repr=False)
    high: float = Field(repr=False)
    unit: str = "cm"
    source: str


class ScanTold(_Told):
    """How far a scan is, what to do now, and at its end what it found; a message of the control channel."""

    v: int = VERSION
    type: Literal["scan"] = "scan"
    step: Literal["front", "side", "done", "refused", "cancelled"]
    hint: str | None
    say: dict[str, str]  # the hint in words, by language
    progress: float
    measures: tuple[Measured, ...] = ()
    clothes_cm: float | None = None  # at its end: what was taken off each breadth and depth for clothes


class BodyScan(_Told):
    """What the file of a body scan holds."""

    format: Literal["glb", "obj", "ply"]
    triangles: int
    measures: tuple[Measured, ...]
