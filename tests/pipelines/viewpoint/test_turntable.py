"""Stills of the dressed mannequin: every angle another picture, and the right one."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.composite.backend import Compositor, NumbaCompositor
from pipelines.drape.cloth import start
from pipelines.errors import BackendUnavailable, InputRejected
from pipelines.outfit import Outfit
from pipelines.render.backend import Renderer, select_renderer
from pipelines.viewpoint.studio import Figure, View, ground_shadow, lens_for
from pipelines.viewpoint.turntable import still, turn

Backends = tuple[Renderer, Compositor]
SIZE = (120, 160)


def look(figure: Figure, backends: Backends, yaw: float, pitch: float = 6.0) -> np.ndarray:
    return still(figure, View(yaw, pitch), SIZE, backends).astype(np.int16)


def test_frames_of_a_turn_differ_and_begin_with_the_front(figure: Figure, backends: Backends) -> None:
    frames = list(turn(figure, 6, 6.0, SIZE, backends))
    assert np.array_equal(frames[0], look(figure, backends, 0.0))
    assert np.array_equal(frames[3], look(figure, backends, 180.0))
    for n, one in enumerate(frames):
        for other in frames[n + 1 :]:
            assert np.abs(one.astype(int) - other).mean() > 0.8


def test_a_symmetric_body_looks_mirrored_from_left_and_right(figure: Figure, backends: Backends) -> None:
    for yaw in (35.0, 90.0):
        left, right = look(figure, backends, yaw), look(figure, backends, -yaw)
        mirrored = np.abs(left - right[:, ::-1]).mean()
        assert mirrored < 0.35 * np.abs(left - right).mean()


def test_yaw_of_ninety_shows_the_persons_own_left_side(figure: Figure) -> None:
    lens = lens_for(figure, View(90.0, 0.0), SIZE)
    left_of_foot = (figure.foot_m + np.array([[0.4, 0.9, 0.0], [0.0, 0.9, 0.0]])).astype(np.float32)
    hand, middle = lens.seen(left_of_foot)
    assert hand[2] > middle[2] + 0.39, "the left hand is nearer to the camera"


def test_view_from_behind_shows_the_back(figure: Figure, backends: Backends, outfit: Outfit) -> None:
    """The chinos' and the tee's back are other vertices than their front: what is drawn nearest must face away."""
    surface = figure.parts[-1].surface
    for yaw, sign in ((0.0, 1.0), (180.0, -1.0)):
        lens = lens_for(figure, View(yaw, 0.0), SIZE)
        seen = lens.seen(surface.vertices_m)
        nearest = seen[:, 2] > np.percentile(seen[:, 2], 90)
        assert np.sign(np.median(surface.normals[nearest, 2])) == sign
    front, back = look(figure, backends, 0.0), look(figure, backends, 180.0)
    face = (slice(8, 30), slice(50, 70))
    assert np.abs(front - back[:, ::-1])[face].mean() > 0.5, "chin before, nape behind"


def test_whole_figure_is_in_the_picture_from_every_side(figure: Figure) -> None:
    points = np.concatenate([part.surface.vertices_m for part in figure.parts])
    for size in ((480, 640), (640, 480), (360, 740)):
        for yaw in (0.0, 45.0, 90.0, 200.0):
            lens = lens_for(figure, View(yaw, 10.0), size)
            seen = lens.seen(points) @ (lens.K @ np.diag([1.0, -1.0, -1.0])).T.astype(np.float32)
            uv = seen[:, :2] / seen[:, 2:]
            assert uv.min() >= 0.0
            assert (uv < size).all()


def test_ground_is_darker_under_the_feet_than_beside(figure: Figure, backends: Backends) -> None:
    shadow = ground_shadow(figure)
    middle = len(shadow) // 2
    assert shadow[middle - 12 : middle + 12, middle - 12 : middle + 12].max() > 0.25
    assert shadow[0].max() < 0.02
    picture = look(figure, backends, 0.0, 10.0)
    assert picture[150, 45].sum() < picture[150, 6].sum() + 60
    assert np.isfinite(shadow).all()


def test_cloth_of_the_standing_figure_has_settled(figure: Figure, outfit: Outfit) -> None:
    """At ease the arms hang: the sleeve ends lie lower and nearer to the body than in the rest pose."""
    tee = next(index for index, worn in enumerate(outfit.garments) if worn.package.id == "tee_crew")
    worn, surface = outfit.garments[tee], figure.parts[1 + tee].surface
    rest = start(worn, worn.rest_m)
    sleeve = (worn.arm_weight[: worn.cloth.count] > 0.9) & (rest.x[:, 0] > 0)
    outer = np.argsort(rest.x[sleeve, 0])[-20:]
    before, after = rest.x[sleeve][outer].mean(0), surface.vertices_m[: worn.cloth.count][sleeve][outer].mean(0)
    assert after[0] < before[0] - 0.03
    assert after[1] < before[1] - 0.03


def test_both_renderers_give_the_same_picture(figure: Figure, backends: Backends) -> None:
    try:
        renderer, _ = select_renderer("pyrender")
    except BackendUnavailable as error:
        pytest.skip(f"EGL: {error}")
    try:
        drawn = look(figure, (renderer, NumbaCompositor()), 30.0)
    finally:
        renderer.close()
    assert np.abs(drawn - look(figure, backends, 30.0)).mean() < 0.5


@pytest.mark.parametrize("size", [(32, 640), (480, 1300), (0, 0)])
def test_size_that_is_not_possible_is_refused(figure: Figure, backends: Backends, size: tuple[int, int]) -> None:
    with pytest.raises(InputRejected):
        still(figure, View(), size, backends)
