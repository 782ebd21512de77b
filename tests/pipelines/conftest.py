"""What the tests of the whole path share."""

from collections.abc import Iterator

import pytest

from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import Tailor
from pipelines.tryon import DressEngine, TrackEngine, TryOnSettings, load_dress_engine, load_track_engine

Engines = tuple[TrackEngine, DressEngine]


@pytest.fixture(scope="module")
def tailor() -> Tailor:
    """The shop's tailor."""
    return Tailor(load_catalogue(), load_body_model())


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    """What tracks and what dresses."""
    both = load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())
    yield both
    for engine in both:
        engine.close()
