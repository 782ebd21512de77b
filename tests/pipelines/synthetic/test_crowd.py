"""Several synthetic people: who stands where, and who hides whom."""

import numpy as np
import pytest

from pipelines.synthetic.crowd import CrowdFrame, SyntheticCrowd, Walk


@pytest.fixture(scope="module")
def films() -> list[CrowdFrame]:
    crowd = SyntheticCrowd((Walk(3, ((0.0, 0.0, -1.2),)), Walk(6, ((0.0, -2.0, -0.3), (1.0, 0.0, -0.3)))), 320, 240)
    try:
        return [crowd.frame(0), crowd.frame(30)]
    finally:
        crowd.close()


def test_person_in_front_hides_the_one_behind(films) -> None:
    alone, hidden = (film.seen[0].sum() for film in films)
    assert alone > 2000
    assert hidden < 0.3 * alone
    assert not (films[1].seen[0] & films[1].seen[1]).any()


def test_walker_goes_where_the_way_leads(films) -> None:
    before, after = (float(film.joints_m[1][0, 0]) for film in films)
    assert after - before == pytest.approx(2.0, abs=0.1)
    still = [film.joints_m[0][0] for film in films]
    assert np.allclose(*still, atol=0.05)


def test_nearer_person_is_bigger(films) -> None:
    far, near = (float(np.ptp(joints[:, 1]) / -joints[0, 2]) for joints in films[1].joints_m)
    assert near > 1.2 * far
