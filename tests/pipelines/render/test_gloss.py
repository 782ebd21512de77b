"""Satin mirrors the lamps, in every renderer."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.light.sh import light_from
from pipelines.render.backend import Renderer, select_renderer
from tests.pipelines.render.scenes import FLAT_WHITE, item, on_picture, request, weave

WINE = (125, 36, 56)


@pytest.fixture(scope="module", params=["pyrender", "numba"])
def renderer(request):
    backend, _ = select_renderer(request.param)
    yield backend
    backend.close()


def drawn(renderer: Renderer, gloss: float, light: np.ndarray) -> np.ndarray:
    """Return the picture (240, 320, 4) of a tube under a light."""
    cloth = item(color=WINE, normal_map=weave(), gloss=gloss, key=gloss)
    return on_picture(renderer.render(request([cloth], light=light)))[0].astype(int)


def lamp(x: float) -> np.ndarray:
    return light_from((x, 0.3, 0.8), ambient=0.3, key=0.5)


def test_satin_under_an_even_sky_is_any_cloth(renderer: Renderer) -> None:
    assert np.abs(drawn(renderer, 1.0, FLAT_WHITE) - drawn(renderer, 0.0, FLAT_WHITE)).max() <= 1


def test_satin_shines_where_it_mirrors_the_lamp_and_darkens_nowhere(renderer: Renderer) -> None:
    middles = []
    for x in (-0.8, 0.8):
        gain = (drawn(renderer, 1.0, lamp(x)) - drawn(renderer, 0.0, lamp(x)))[..., :3].sum(axis=2)
        assert gain.max() > 60 and gain.min() >= -3
        assert np.count_nonzero(gain < 0.2 * gain.max()) > np.count_nonzero(gain > 0.6 * gain.max()) > 50
        middles.append((np.arange(320) * gain.clip(0).sum(axis=0)).sum() / gain.clip(0).sum())
    assert middles[0] < middles[1] - 20  # the lamp at the right shines at the right


def test_satin_without_light_is_black(renderer: Renderer) -> None:
    assert drawn(renderer, 1.0, np.zeros((9, 3), np.float32))[..., :3].max() <= 1


def test_both_renderers_draw_the_same_satin() -> None:
    pair = [select_renderer(name)[0] for name in ("pyrender", "numba")]
    one, other = (drawn(backend, 1.0, lamp(0.5)) for backend in pair)
    for backend in pair:
        backend.close()
    inside = (one[..., 3] == 255) & (other[..., 3] == 255)
    assert np.abs(one - other)[inside].mean() < 1.0
