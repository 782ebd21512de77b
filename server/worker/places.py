"""Where people stand in the picture, as the rim is told of it."""

from __future__ import annotations

import numpy as np

from pipelines.types import CameraFrame, PersonReport

HEAD = 0.75  # from the shoulders to the crown, in torso lengths


def place_above(person: PersonReport, frame: CameraFrame) -> list[float] | None:
    """Return about where the crown of the head is, (x, y) in shares of the picture; None for whoever is not seen.

    Told from shoulders and hips alone: no point of the face is in a report.
    """
    if person.uv_px is None:
        return None
    shoulders, hips = person.uv_px[11:13], person.uv_px[23:25]
    torso_px = max(float(np.linalg.norm(hips.mean(0) - shoulders.mean(0))), 1.2 * float(np.ptp(shoulders[:, 0])))
    x, y = shoulders.mean(axis=0) - (0.0, HEAD * torso_px)
    return [round(min(1.0, max(0.0, float(at))), 3) for at in (x / frame.width_px, y / frame.height_px)]
