"""Bodies and garments that the tests of this folder share."""

import numpy as np
import pytest

from pipelines.body.model import Body, BodyModel, load_body_model, shape_body
from pipelines.garment.catalogue import Catalogue, load_catalogue


@pytest.fixture(scope="session")
def model() -> BodyModel:
    return load_body_model()


@pytest.fixture(scope="session")
def mean_body(model: BodyModel) -> Body:
    return shape_body(model, np.zeros(24))


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()
