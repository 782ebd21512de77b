"""Where the garment really is: the same package in the same size, fitted to the true body in its true pose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenes import FPS, Film
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.drape.cloth import drape, start
from pipelines.garment.fabric import material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage
from pipelines.garment.worn import WornGarment
from pipelines.render.backend import linear_rgb
from pipelines.synthetic.figure import Piece
from pipelines.synthetic.paint import Painter, Part
from pipelines.types import PointsF32, Surface

Mask = NDArray[np.bool_]

ARMS = ("left_forearm", "right_forearm", "left_hand", "right_hand")
OTHERS = ("head", "neck", "left_upper_arm", "right_upper_arm")  # an upper arm comes out of its own sleeve
TRUNK = ("torso", "left_thigh", "right_thigh", "left_calf", "right_calf")  # they hide the far side of a hem
UNDER_M = 0.012  # this far under the skin of TRUNK: cloth that touches it is not hidden
PICTURE_EVERY = 6  # frames between those in which the garment is painted under the true light


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The garment of one frame as that camera would see it; masks (H, W)."""

    full: Mask  # as if nothing were in front
    behind_arms: Mask  # hidden by the own forearms and hands
    behind_others: Mask  # hidden by head, hair, neck, upper arms, and its far side by trunk and legs
    behind_passer: Mask  # hidden by a second person
    bgr: NDArray[np.uint8] | None  # (H, W, 3) its picture under the true light, in some frames

    @property
    def visible(self) -> Mask:
        """What is to be seen of it."""
        return self.full & ~self.behind_arms & ~self.behind_others & ~self.behind_passer


def true_garments(film: Film, package: GarmentPackage, size: str) -> Iterator[Truth | None]:
    """Yield the garment of each frame: on the true body, hidden by its arms, head and hair and who goes by.

    None in frames before anything is measured.
    """
    body, lens = film.person.body, film.lens
    worn = fit_garment(package, size, body)
    cloth = start(worn, worn.rest_m)
    arms, others, trunk = (_faces(film, parts) for parts in (ARMS, OTHERS, TRUNK))
    hair = [one for one in film.person.pieces if "hair" in one.name]
    shirt = next(one for one in film.person.pieces if one.name == "shirt")
    sleeves = _forearm_faces(shirt, body.model.bone_names)
    width, height, K = lens.canvas
    painter = Painter(width, height)

    def bent(mask: Mask) -> Mask:
        return np.asarray(lens.bend(mask.astype(np.uint8) * 255) > 127)

    try:
        for index, T in enumerate(film.T_cam_rest):
            surface, cloth = drape(worn, worn.rest_m, T, cloth, 1.0 / FPS)
            skin = skin_points(body.rest_m, body.model.skin_index, body.model.skin_weight, T)
            if index < film.scene.burn_in:
                yield None
                continue
            garment = painter.depth([_part(surface.vertices_m, surface.faces)], K)
            full = np.isfinite(garment)
            before = [
                full & (painter.depth(parts, K) <= garment) if parts else np.zeros_like(full)
                for parts in (
                    [_part(skin, arms), _part(shirt.pose(T).vertices_m, sleeves)],
                    [_part(skin, others), _part(_sunk(skin, trunk), trunk), *(one.pose(T) for one in hair)],
                    list(film.passers[index]),
                )
            ]
            bgr = _picture(painter, film, worn, surface) if index % PICTURE_EVERY == 0 else None
            yield Truth(bent(full), *(bent(one) for one in before), bgr)
    finally:
        painter.close()


def _picture(painter: Painter, film: Film, worn: WornGarment, surface: Surface) -> NDArray[np.uint8]:
    """Return the garment (H, W, 3) BGR as the film's lamps light it."""
    light = film.person.light
    lit, _ = painter.paint([_dressed(worn, surface)], film.lens.canvas[2], light.lights, light.ambient)
    return np.asarray(film.lens.bend(np.ascontiguousarray(lit[:, :, 2::-1])), np.uint8)


def _faces(film: Film, parts: tuple[str, ...]) -> NDArray[np.int32]:
    """Return the skin's faces (F, 3) of `parts`."""
    model = film.person.body.model
    faces = model.body.faces[: model.skin_faces]
    return np.ascontiguousarray(faces[model.vertices_of(*parts)[faces].all(axis=1)])


def _forearm_faces(shirt: Piece, bones: tuple[str, ...]) -> NDArray[np.int32]:
    """Return the faces of the own sleeves beyond the elbow: as real as the hands when they are in front."""
    below = np.array([name.startswith(("lowerarm", "wrist")) for name in bones])
    mine = (shirt.skin_weight * below[shirt.skin_index]).sum(axis=1) > 0.5
    return np.ascontiguousarray(shirt.faces[mine[shirt.faces].all(axis=1)])


def _sunk(skin: PointsF32, faces: NDArray[np.int32]) -> PointsF32:
    """Return the skin's points (V, 3), those of `faces` moved UNDER_M inward."""
    return np.asarray(skin - np.float32(UNDER_M) * vertex_normals(skin, faces), np.float32)


def _part(points: PointsF32, faces: NDArray[np.int32]) -> Part:
    return Part(points, np.zeros_like(points), faces, np.ones(3))


def _dressed(worn: WornGarment, surface: Surface) -> Part:
    """Return the garment with the colours of its package."""
    look = material_of(worn.package)
    uv = worn.uv * look.texture_scale
    return Part(
        surface.vertices_m, surface.normals, surface.faces, linear_rgb(look.base_color_rgb), 0.9, uv, look.texture
    )
