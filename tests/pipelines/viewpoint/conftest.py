"""A dressed figure, made once: cutting and settling the cloth takes longer than looking at it."""

from __future__ import annotations

import pytest

from pipelines.body.model import load_body_model
from pipelines.composite.backend import Compositor, NumbaCompositor
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import GarmentChoice, Outfit, Tailor, Wish
from pipelines.render.backend import Renderer
from pipelines.render.raster import NumbaBackend
from pipelines.viewpoint.studio import Figure
from pipelines.viewpoint.turntable import stand


@pytest.fixture(scope="session")
def tailor() -> Tailor:
    return Tailor(load_catalogue(), load_body_model())


@pytest.fixture(scope="session")
def outfit(tailor: Tailor) -> Outfit:
    return tailor.prepare(Wish((GarmentChoice("tee_crew", "M"), GarmentChoice("trousers_chino", "M")), 175.0))


@pytest.fixture(scope="session")
def figure(outfit: Outfit) -> Figure:
    return stand(outfit)


@pytest.fixture
def backends() -> tuple[Renderer, Compositor]:
    return NumbaBackend(), NumbaCompositor()
