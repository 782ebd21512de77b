"""The records that pass between the stages, and the array types in their fields.

Frames of reference are glTF's: right-handed, metres, +Y up, +Z toward the viewer. The camera sits at
the origin and looks along -Z, so a point projects to

    u_px = cx + f * x / -z        v_px = cy - f * y / -z        (image origin top left, v down)

The body frame has +Y up, +Z out of the chest and +X to the person's own left; its origin is the
ground between the feet of the rest pose. `T_<to>_<from>` is a 4x4 transform of column vectors.
Suffixes: `_px` pixels, `_m` metres, `_cm` centimetres, `_s` seconds, `_ms` milliseconds, `_rad` radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ShapeError

PlaneU8: TypeAlias = Annotated[NDArray[np.uint8], "H W", "BT.601 limited range, 16..235 luma"]
MatteU8: TypeAlias = Annotated[NDArray[np.uint8], "h w", "0 background .. 255 person, whole frame"]
RgbaU8: TypeAlias = Annotated[NDArray[np.uint8], "h w 4", "sRGB, straight alpha"]
DepthF32: TypeAlias = Annotated[NDArray[np.float32], "h w", "metres along -z, inf where empty"]
Mat33: TypeAlias = Annotated[NDArray[np.float64], "3 3"]
PointsF32: TypeAlias = Annotated[NDArray[np.float32], "N 3", "metres"]
FacesI32: TypeAlias = Annotated[NDArray[np.int32], "F 3", "counter-clockwise seen from outside"]
UvF32: TypeAlias = Annotated[NDArray[np.float32], "N 2", "texture coordinates, glTF: origin top left"]
Transforms: TypeAlias = Annotated[NDArray[np.float32], "B 4 4"]
Sh9: TypeAlias = Annotated[NDArray[np.float32], "9 3", "irradiance / pi, linear RGB, camera frame"]

Delivery: TypeAlias = Literal["composed", "layer"]  # the whole picture, or what is drawn alone, packed

LANDMARKS = 33
FACE_LANDMARKS = 11  # indices 0..10: never stored, logged or sent

JOINTS = (
    "pelvis",
    "chest",
    "neck",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "spine",
)


@dataclass(frozen=True, slots=True)
class CameraFrame:
    """One picture as it came off the wire: planar yuv 4:2:0, both sides even.

    Its planes are contiguous and cannot be written to, wherever they come from: one compiled kernel serves them all.
    """

    y: PlaneU8  # (H, W)
    u: PlaneU8  # (H/2, W/2)
    v: PlaneU8  # (H/2, W/2)
    captured_s: float  # seconds on the source's own clock, rising
    K: Mat33  # pinhole intrinsics, pixels

    def __post_init__(self) -> None:
        for name in ("y", "u", "v"):
            plane = np.ascontiguousarray(getattr(self, name)).view()
            plane.flags.writeable = False
            object.__setattr__(self, name, plane)

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.y.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The 33 BlazePose points of one person."""

    uv_px: NDArray[np.float32]  # (33, 2), may lie outside the frame
    visibility: NDArray[np.float32]  # (33,), 0..1
    world_m: PointsF32  # (33, 3), camera-aligned axes of this module, hip-centred; depth is a guess
    matte: MatteU8 | None  # person matte over the whole frame, longer side <= 256 px


@dataclass(frozen=True, slots=True)
class SeenJoints:
    """One person's joints as one frame shows them; limb joints in the order of `pipelines.pose.lift.POINTS`."""

    uv_px: NDArray[np.float64]  # (12, 2), may lie outside the frame
    visibility: NDArray[np.float64]  # (12,), 0..1
    points_m: NDArray[np.float64]  # (19, 3) joints, ears, nose, knuckles: camera axes, about the mid-hip, any scale


@dataclass(frozen=True, slots=True)
class BodyPose:
    """Where one person's body is in the camera frame."""

    joints_m: PointsF32  # (17, 3), order of JOINTS
    T_cam_rest: Transforms  # (B, 4, 4) per bone: p_cam = sum_i w_i * T_cam_rest[b_i] @ p_rest


@dataclass(frozen=True, slots=True)
class Surface:
    """A triangle mesh in the camera frame, ready to draw or to occlude."""

    vertices_m: PointsF32  # (V, 3)
    normals: PointsF32  # (V, 3), outward; as long as the share of the light that reaches them, 1 in the open
    faces: FacesI32  # (F, 3)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of pixels, half open: x0 <= x < x1; all four even, inside the frame."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def is_empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def grown(self, across_px: float, down_px: float, frame: CameraFrame) -> Region:
        """Return the region with so much room on every side, or a little more, inside `frame`."""
        across, down = (2 * math.ceil(0.5 * room) for room in (across_px, down_px))
        return Region(
            max(0, self.x0 - across),
            max(0, self.y0 - down),
            min(frame.width_px & ~1, self.x1 + across),
            min(frame.height_px & ~1, self.y1 + down),
        )

    def united(self, other: Region) -> Region:
        """Return the smallest region around both; an empty one adds nothing."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        return Region(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class GarmentLayer:
    """What the renderer drew: the garments alone, over the region of interest only."""

    rgba: RgbaU8  # (y1-y0, x1-x0, 4)
    depth_m: DepthF32  # (y1-y0, x1-x0), of the drawn garment
    region: Region


@dataclass(frozen=True, slots=True)
class GarmentReport:
    """One line of the frame report: a garment that is worn."""

    id: str
    size: str
    area_px: int  # pixels with alpha > 127


@dataclass(frozen=True, slots=True)
class PersonReport:
    """What is told about one person; carries no face point."""

    id: int
    pose: bool  # a pose was believed in this frame
    uv_px: NDArray[np.float32] | None  # (33, 2), rows 0..10 NaN
    visibility: NDArray[np.float32] | None  # (33,)
    garments: tuple[GarmentReport, ...] = ()
    hint: str | None = None  # message key of the framing help, e.g. "step_back"


@dataclass(frozen=True, slots=True)
class TryOnResult:
    """What the main path makes of one frame."""

    frame: CameraFrame  # composed; where the layer is asked for, that: see `pipelines.composite.packed`
    layer: GarmentLayer | None  # as blended: occlusion and fade applied; None when nothing is drawn
    people: tuple[PersonReport, ...] = ()
    stage_ms: dict[str, float] = field(default_factory=dict)


def require_shape(name: str, array: NDArray[np.generic], expected: tuple[int | str, ...]) -> None:
    """Raise ShapeError unless `array` has the `expected` shape; a string stands for any length."""
    wrong = len(array.shape) != len(expected) or any(
        isinstance(want, int) and want != got for want, got in zip(expected, array.shape, strict=True)
    )
    if wrong:
        raise ShapeError(name, tuple(array.shape), expected)
