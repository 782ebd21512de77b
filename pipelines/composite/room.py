"""What the room looks like behind a person: from the background plate, in the light of this moment.

By how much plate and picture differ around the person, the plate is made lighter or darker there: the camera's exposure
and the person's own shadow change. Where they differ otherwise the plate is not trusted. Where nothing is known, but
the room beside is plain, its colour goes on, along row or column, behind what is drawn as well; that of the nearest
side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.plate import FINE, SURE, Plate
from pipelines.types import CameraFrame, MatteU8, Region

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

NOBODY, AROUND_PX = 24, 3  # of 255, of the matte: under this, and so far from more, nobody is
PLAIN, PLAIN_CHROMA = 5.0, 3.0  # deviations, in levels, within which the room is plain …
BESIDE_PX = 10  # … so far beside what is looked for
GAP_M, CLOSE_PX = 0.25, 4  # so far its colour goes on; what is so close in its row needs no look along its column …
SMOOTH_PX = 3, 9  # … smoothed over so much, width and height
CELL, STEP = 8, 2  # side of a cell in which the light is compared, and steps in it
LUMA, CHROMA = 20.0, 8.0  # levels by which it may have changed
DIFFERENT, FEW = 0.25, 2.0  # share of what is compared that is otherwise, where the plate is not trusted; so few may be
LITTLE = 2.0  # so much of what is compared counts for nothing yet
BRIDGE_PX = 24  # gaps of what is known are filled from so far away


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """The room over a part of the picture; all planes (h, w) are of half its size."""

    known: Bools  # by the plate
    change: F32  # cells (h, w, 3) of CELL: by which levels of yuv the plate is to be changed
    plain: Bools  # where a colour goes on …
    colour: U8  # (h, w, 3) … which

    @property
    def sure(self) -> Bools:
        """Where the room is known, or plain."""
        return self.known | self.plain


def room_behind(
    frame: CameraFrame,
    plate: Plate,
    person: MatteU8,
    region: Region,
    masks: tuple[Bools, Bools],
    metre_px: float,
) -> Room:
    """Return the room over `region`, behind the `person` (h, w).

    `masks` are where it is wanted, and where no colour is carried to, though past it, where the plate is not enough.
    """
    shape = 2 * AROUND_PX + 1, 2 * AROUND_PX + 1
    nobody = cv2.dilate(person, np.ones(shape, np.uint8)) < NOBODY
    planes, corner = (frame.y, frame.u, frame.v), (region.x0 // 2, region.y0 // 2)
    looks = plate.looks[region.y0 // 2 : region.y1 // 2, region.x0 // 2 : region.x1 // 2]
    change, trusted = _change(planes, (plate.y, plate.u, plate.v), looks, nobody, corner)
    known, (wanted, blocked) = _known(looks, trusted), masks
    missed = wanted & ~known
    if missed.any():
        colour, plain = _carried_on(planes, corner, (nobody, blocked, missed), round(GAP_M * 0.5 * metre_px))
        colour = _without_streaks(colour, plain)
    else:
        colour, plain = np.zeros((0, 0, 3), np.uint8), np.zeros_like(known)
    return Room(known, change, plain, colour)


def levels_of(room: Room, plate: Plate, region: Region, wanted: Bools) -> U8:
    """Return four lumas, u and v (h, w, 6) of each 2 x 2 pixels of the room where `wanted`, 0 elsewhere."""
    out = np.zeros((*wanted.shape, 6), np.uint8)
    corner = (region.x0 // 2, region.y0 // 2)
    _levels((plate.y, plate.u, plate.v), corner, (room.known, room.plain, wanted), room.change, room.colour, out)
    return out


def _change(
    planes: tuple[U8, U8, U8], plate: tuple[U16, U16, U16], looks: U8, nobody: Bools, corner: tuple[int, int]
) -> tuple[F32, Bools]:
    """Return by how much yuv differ from the plate around each cell (h, w, 3), and where it is trusted (h, w)."""
    h, w = nobody.shape
    cells = np.zeros((-(-h // CELL), -(-w // CELL), 5), np.float32)
    _compare(planes, plate, looks, nobody, corner, cells)
    cells = 25.0 * cv2.blur(cells, (5, 5), borderType=cv2.BORDER_CONSTANT)
    trusted = cells[..., 4] < DIFFERENT * cells[..., 3] + FEW
    return cells[..., :3] / (cells[..., 3:4] + np.float32(LITTLE)), trusted


@njit(cache=True, nogil=True)
def _known(looks: U8, trusted: Bools) -> Bools:
    """Return where (h, w) enough looks agreed, in cells that are trusted."""
    out = np.empty(looks.shape, np.bool_)
    for j in range(looks.shape[0]):
        for i in range(looks.shape[1]):
            out[j, i] = looks[j, i] >= SURE and trusted[j // CELL, i // CELL]
    return out


@njit(cache=True, nogil=True)
def _compare(
    planes: tuple[U8, U8, U8],
    plate: tuple[U16, U16, U16],
    looks: U8,
    nobody: Bools,
    corner: tuple[int, int],
    out: F32,
) -> None:
    """Add to the cells (h, w, 5) how yuv differ from the plate, how often that was seen, and how often too much."""
    for j in range(0, nobody.shape[0], STEP):
        for i in range(0, nobody.shape[1], STEP):
            if not nobody[j, i] or looks[j, i] < SURE:
                continue
            b, a, cell = corner[1] + j, corner[0] + i, out[j // CELL, i // CELL]
            luma = planes[0][2 * b, 2 * a] - plate[0][2 * b, 2 * a] / FINE
            blue, red = planes[1][b, a] - plate[1][b, a] / FINE, planes[2][b, a] - plate[2][b, a] / FINE
            if abs(luma) > LUMA or max(abs(blue), abs(red)) > CHROMA:
                cell[4] += 1.0
                continue
            cell[0] += luma
            cell[1] += blue
            cell[2] += red
            cell[3] += 1.0


@njit(cache=True, nogil=True)
def _carried_on(
    planes: tuple[U8, U8, U8], corner: tuple[int, int], masks: tuple[Bools, Bools, Bools], gap: int
) -> tuple[U8, Bools]:
    """Return the colours (h, w, 3) of what is plain beside somebody, carried on, and where (h, w).

    `masks` are where nobody is, what is blocked, and what is missed: lines in which nothing is are let pass.
    """
    (nobody, blocked, missed), (h, w) = masks, masks[0].shape
    columns, near = np.zeros(w, np.bool_), np.full((h, w), gap + 1, np.int32)
    colour = np.zeros((h, w, 3), np.uint8)
    for j in range(h):
        if missed[j].any():
            _walk(planes, corner, nobody, blocked, (j, 0, 0, 1, w), near, colour)
            _walk(planes, corner, nobody, blocked, (j, w - 1, 0, -1, w), near, colour)
            columns |= missed[j] & (near[j] > CLOSE_PX)
    for i in range(w):
        if not columns[i]:
            continue
        _walk(planes, corner, nobody, blocked, (0, i, 1, 0, h), near, colour)
        _walk(planes, corner, nobody, blocked, (h - 1, i, -1, 0, h), near, colour)
    return colour, near <= gap


def _without_streaks(colour: U8, plain: Bools) -> U8:
    """Return `colour` (h, w, 3), which goes on row by row, smoothed across the rows of what is `plain` (h, w)."""
    weight, total = (
        cv2.boxFilter(plane.astype(np.float32), -1, SMOOTH_PX, normalize=False) for plane in (plain, colour)
    )
    return np.asarray(total / np.maximum(weight, np.float32(1.0))[:, :, None] + np.float32(0.5), np.uint8)


@njit(cache=True, nogil=True)
def _walk(
    planes: tuple[U8, U8, U8],
    corner: tuple[int, int],
    nobody: Bools,
    blocked: Bools,
    line: tuple[int, int, int, int, int],
    near: I32,
    colour: U8,
) -> None:
    """Carry colours on along a line: from (j, i) by (dj, di), so many steps, where they come from nearer than `near`.

    `near` (h, w) and `colour` are changed in place.
    """
    j, i, dj, di, steps = line
    mean, run, since, have = np.zeros(3), 0, 0, False
    for _ in range(steps):
        if nobody[j, i]:
            run, since, have = run + 1, 0, False
        else:
            if run >= BESIDE_PX:
                have = _is_plain(planes, corner[1] + j, corner[0] + i, dj, di, mean)
            run, since = 0, since + 1
            if have and not blocked[j, i] and since < near[j, i]:
                near[j, i] = since
                for c in range(3):
                    colour[j, i, c] = int(mean[c] + 0.5)
        j, i = j + dj, i + di


@njit(cache=True, nogil=True)
def _is_plain(planes: tuple[U8, U8, U8], j: int, i: int, dj: int, di: int, mean: F64) -> bool:
    """Set `mean` (3,) to the colour of the pixels before (j, i), coming by (dj, di); return whether they are alike."""
    square = np.zeros(3)
    mean[:] = 0.0
    for n in range(1, BESIDE_PX + 1):
        b, a = j - n * dj, i - n * di
        for c in range(3):
            level = float(planes[0][2 * b, 2 * a] if c == 0 else planes[c][b, a])
            mean[c] += level / BESIDE_PX
            square[c] += level * level / BESIDE_PX
    luma, blue, red = square[0] - mean[0] ** 2, square[1] - mean[1] ** 2, square[2] - mean[2] ** 2
    return bool(luma < PLAIN**2 and blue < PLAIN_CHROMA**2 and red < PLAIN_CHROMA**2)


@njit(cache=True, nogil=True)
def _levels(
    plate: tuple[U16, U16, U16],
    corner: tuple[int, int],
    masks: tuple[Bools, Bools, Bools],
    change: F32,
    colour: U8,
    out: U8,
) -> None:
    """Write the levels (h, w, 6) of what is wanted: known, plain, or as the nearest in the row."""
    known, plain, wanted = masks
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            at = i
            if not wanted[j, i] or not (known[j, i] or plain[j, i]):
                at = _nearest(known, plain, j, i) if wanted[j, i] else -1
            if at < 0:
                continue
            b, a = corner[1] + j, corner[0] + at
            for c in range(3):
                more = _between(change, j, at, c) if known[j, at] else 0.0
                for k in range(4 if c == 0 else 1):
                    y, x, to = (2 * b + (k >> 1), 2 * a + (k & 1), k) if c == 0 else (b, a, 3 + c)
                    level = plate[c][y, x] / FINE + more if known[j, at] else float(colour[j, at, c])
                    out[j, i, to] = int(min(max(level + 0.5, 16.0), 240.0))


@njit(cache=True, nogil=True)
def _between(cells: F32, j: int, i: int, c: int) -> float:
    """Return the value of `cells` (h, w, 3) at the pixel (j, i), bilinear; the outermost go on."""
    y = min(max((j + 0.5) / CELL - 0.5, 0.0), cells.shape[0] - 1.0)
    x = min(max((i + 0.5) / CELL - 0.5, 0.0), cells.shape[1] - 1.0)
    b, a = int(y), int(x)
    below, right = min(b + 1, cells.shape[0] - 1), min(a + 1, cells.shape[1] - 1)
    top = cells[b, a, c] + (x - a) * (cells[b, right, c] - cells[b, a, c])
    bottom = cells[below, a, c] + (x - a) * (cells[below, right, c] - cells[below, a, c])
    return float(top + (y - b) * (bottom - top))


@njit(cache=True, nogil=True)
def _nearest(known: Bools, plain: Bools, j: int, i: int) -> int:
    """Return the nearest column in the row that is known or plain; -1 where none is near."""
    for n in range(1, BRIDGE_PX):
        for at in (i - n, i + n):
            if 0 <= at < known.shape[1] and (known[j, at] or plain[j, at]):
                return at
    return -1
