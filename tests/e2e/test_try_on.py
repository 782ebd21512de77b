"""The whole product: the synthetic shopper walks before the camera, and the mirror shows the garment on them."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.e2e.conftest import Visit
from tests.e2e.shopper import Shopper

PLAIN = ("long_sleeve", "tee_crew")  # of one colour, unlike the shopper's own clothes
CHANGED = 12.0  # CIE Lab distance that nobody overlooks
PATIENCE_S = 60.0  # what is tested is that it happens; how fast it is, the benchmarks say


def tops(address: str) -> list[dict[str, Any]]:
    """Two plain upper garments of the shop."""
    with urllib.request.urlopen(address + "/api/v1/garments", timeout=10) as answer:  # noqa: S310 - our own server
        garments = json.load(answer)["garments"]
    return [garment for id_ in PLAIN for garment in garments if garment["id"] == id_]


def lab_of(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE Lab, (H, W, 3)."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def trousers_x(picture: NDArray[np.uint8]) -> float:
    """Where the shopper stands: the middle of their dark blue trousers, in pixels from the left."""
    lower = lab_of(picture)[int(0.68 * len(picture)) : int(0.9 * len(picture))]
    navy = (lower[:, :, 0] < 28) & (lower[:, :, 2] < -5)
    assert navy.sum() > 500, "the shopper's trousers are not in the picture"
    return float(np.median(np.nonzero(navy)[1]))


def torso(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The median Lab colour of the shopper's chest."""
    x, height = round(trousers_x(picture)), len(picture)
    patch = lab_of(picture)[int(0.36 * height) : int(0.5 * height), x - 25 : x + 25]
    return np.asarray(np.median(patch.reshape(-1, 3), axis=0))


def chest_over(shopper: Shopper, seconds: float) -> NDArray[np.float32]:
    """The chest's colour over some time, so that a crossing arm does not decide."""
    return np.asarray(np.median([torso(picture) for picture in shopper.frames(seconds)], axis=0))


def distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """CIE76 colour difference."""
    return float(np.linalg.norm(a - b))


def wait_for_change(shopper: Shopper, before: NDArray[np.float32]) -> None:
    """Look until the chest no longer has the colour `before`."""
    _look_until(shopper, lambda colour: distance(colour, before) > CHANGED)


def wait_for_return(shopper: Shopper, own: NDArray[np.float32]) -> None:
    """Look until the chest has the colour `own` again."""
    _look_until(shopper, lambda colour: distance(colour, own) < CHANGED / 2)


def _look_until(shopper: Shopper, wanted: Callable[[NDArray[np.float32]], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not wanted(torso(shopper.picture())):
        assert time.monotonic() < end, f"the chest keeps its colour; hint: {shopper.state('hint')}"
        shopper.page.wait_for_timeout(20)


@pytest.fixture
def live(shop: str, visit: Visit) -> Iterator[Shopper]:
    """A shopper in front of the live mirror, wearing their own clothes."""
    shopper = visit(shop)
    shopper.enter()
    shopper.until("lookglass.stats.server?.fps > 0", PATIENCE_S)
    yield shopper


def test_garment_appears_on_the_shopper(shop: str, live: Shopper) -> None:
    own = chest_over(live, 1.0)
    garment = tops(shop)[0]
    live.page.click(f'[data-garment-id="{garment["id"]}"]')
    wait_for_change(live, own)
    assert distance(chest_over(live, 2.0), own) > CHANGED
    live.page.click("#take-off")
    wait_for_return(live, own)
    assert live.state("worn") == []


def test_garment_changes_when_another_is_chosen(shop: str, live: Shopper) -> None:
    first, second = tops(shop)[:2]
    own = chest_over(live, 1.0)
    live.page.evaluate(f"lookglass.wear([{first['id']!r}])")
    live.until(f"lookglass.state.worn[0]?.id === {first['id']!r} && lookglass.state.worn[0].size !== null", PATIENCE_S)
    wait_for_change(live, own)
    before = chest_over(live, 1.0)
    live.page.click(f'[data-garment-id="{second["id"]}"]')
    wait_for_change(live, before)
    assert [worn["id"] for worn in live.state("outfit")] == [second["id"]]


def largest(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected part of `mask`: the garment, and not wood or skin of a like colour."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax() if count > 1 else mask


@pytest.mark.parametrize("split", ["off", "live", "synced"])
def test_garment_follows_the_walking_shopper_whoever_composes(shop: str, live: Shopper, split: str) -> None:
    own = chest_over(live, 1.0)
    live.page.evaluate(f"lookglass.setSplit({split!r})")
    live.until(f"lookglass.state.composing === {str(split != 'off').lower()}")
    live.page.wait_for_timeout(500)  # the mirror plays another stream now
    live.page.evaluate(f"lookglass.wear([{tops(shop)[0]['id']!r}])")
    wait_for_change(live, own)
    worn = chest_over(live, 1.0)
    where: list[tuple[float, float]] = []
    for picture in live.frames(9.0):  # a whole walk from side to side
        lab = lab_of(picture)[: int(0.62 * len(picture))]
        near = largest(np.linalg.norm(lab - worn, axis=2) < 0.5 * distance(worn, own))
        assert near.sum() > 1000, "the garment blinked"
        where.append((trousers_x(picture), float(np.median(np.nonzero(near)[1]))))
    person, garment = np.array(where).T
    assert np.ptp(person) > 80  # the shopper did walk
    assert np.corrcoef(person, garment)[0, 1] > 0.95
    apart = np.abs(person - garment)  # arms and turns shift the garment's middle, but it stays on the body
    assert np.median(apart) < 25
    assert apart.max() < 60
    assert live.state("split") == split


def test_size_and_height_are_taken_up_by_the_pipeline(shop: str, live: Shopper) -> None:
    garment = tops(shop)[0]
    live.page.evaluate("lookglass.events.addEventListener('state', (event) => { window.told = event.detail; })")
    live.page.click(f'[data-garment-id="{garment["id"]}"]')
    live.until("window.told?.garments[0]?.size != null", PATIENCE_S)
    recommended = live.page.evaluate("told.garments[0].size")
    assert live.page.get_attribute(f'[data-size="{recommended}"]', "aria-pressed") == "true"
    other = next(size for size in garment["sizes"] if size != recommended)
    live.page.click(f'[data-size="{other}"]')
    live.until(f"told.garments[0].size === {other!r}")
    live.page.evaluate("lookglass.setHeight(158)")
    live.until("told.height_cm === 158")


def green_over(shopper: Shopper, seconds: float) -> float:
    """The area of the green tee in the picture, over some time."""
    areas = []
    for picture in shopper.frames(seconds):
        lab = lab_of(picture)
        areas.append(largest((lab[:, :, 1] < -18) & (lab[:, :, 2] > -22)).sum())
    return float(np.median(areas))


def wait_for_green(shopper: Shopper, wanted: Callable[[float], bool]) -> None:
    """Look until the green tee has the area `wanted`."""
    end = time.monotonic() + PATIENCE_S
    while not wanted(area := green_over(shopper, 2.0)):
        assert time.monotonic() < end, f"the tee still covers {area:.0f} pixels"


def test_a_top_is_tucked_in_and_taken_out_again(live: Shopper) -> None:
    live.page.evaluate("lookglass.events.addEventListener('state', (event) => { window.told = event.detail; })")
    live.page.evaluate("lookglass.wear(['jeans_straight', 'tee_crew'])")
    live.until("window.told?.garments.length === 2 && told.garments.every(({ size }) => size != null)", PATIENCE_S)
    live.page.wait_for_selector("#tuck:not([hidden])")
    assert live.page.get_attribute("#tuck", "aria-pressed") == "false"
    wait_for_green(live, lambda area: area > 5000)  # told first, seen when it is fitted
    over = green_over(live, 3.0)
    live.page.click("#tuck")
    live.until("told.garments.find(({ id }) => id === 'tee_crew').tucked === true", PATIENCE_S)
    assert live.page.get_attribute("#tuck", "aria-pressed") == "true"
    wait_for_green(live, lambda area: area < 0.85 * over)
    live.page.click("#tuck")
    live.until("told.garments.find(({ id }) => id === 'tee_crew').tucked === false", PATIENCE_S)
    wait_for_green(live, lambda area: area > 0.9 * over)


def test_garment_chosen_beforehand_is_fitted_when_the_mirror_opens(shop: str, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.page.click(f'[data-garment-id="{tops(shop)[0]["id"]}"]')
    shopper.page.click("#start")
    shopper.agree()
    shopper.until("lookglass.state.phase === 'live' && lookglass.state.worn[0]?.size != null", PATIENCE_S)


def test_every_garment_has_a_picture_of_itself(shop: str, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.until("lookglass.state.catalogueState === 'ready' && document.querySelector('#rail img') !== null")
    for image in shopper.page.locator("#rail img").all():  # they load when they come into view
        image.scroll_into_view_if_needed()
        shopper.page.wait_for_timeout(100)
    drawn = "[...document.querySelectorAll('#rail img')].filter((image) => image.naturalWidth >= 64).length"
    shopper.until(f"{drawn} === lookglass.state.catalogue.length")


def test_demo_shopper_is_dressed_too(shop: str, visit: Visit) -> None:
    shopper = visit(shop)
    shopper.enter("#use-demo")
    shopper.until("lookglass.stats.server?.fps > 0", PATIENCE_S)
    own = chest_over(shopper, 1.0)
    shopper.page.click(f'[data-garment-id="{tops(shop)[0]["id"]}"]')
    wait_for_change(shopper, own)


def test_photo_is_dressed(shop: str, visit: Visit, tmp_path: Any) -> None:
    import av

    from tests.e2e.conftest import DEMO

    with av.open(str(DEMO)) as source:
        still = next(source.decode(video=0)).to_ndarray(format="bgr24")
    path = tmp_path / "me.jpg"
    cv2.imwrite(str(path), still)
    shopper = visit(shop)
    shopper.page.set_input_files("#photo-file", path)
    shopper.agree()
    shopper.until("lookglass.state.phase === 'photo' && !lookglass.state.photoBusy && !!lookglass.state.photo")
    own = torso(shopper.picture("#photo"))
    shopper.page.click(f'[data-garment-id="{tops(shop)[0]["id"]}"]')
    shopper.page.wait_for_timeout(100)
    shopper.until("!lookglass.state.photoBusy && document.querySelector('#photo').naturalWidth > 0", PATIENCE_S)
    shopper.page.wait_for_timeout(200)
    assert distance(torso(shopper.picture("#photo")), own) > CHANGED
