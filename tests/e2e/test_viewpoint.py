"""A shopper looks from another side: over the live picture, and in the closer look at sizes."""

from __future__ import annotations

import numpy as np

from tests.e2e.conftest import Visit
from tests.e2e.shopper import Shopper

STILLS = "[...document.querySelectorAll('#closer-sizes img')].filter((image) => image.naturalWidth).length === 3"


def live(visit: Visit, address: str, garment: str) -> Shopper:
    shopper = visit(address)
    shopper.enter()
    shopper.page.click(f"[data-garment-id={garment}]")
    shopper.until(f"lookglass.state.worn.some(({{ id, size }}) => id === '{garment}' && size)", 60)
    return shopper


def corner(shopper: Shopper) -> float:
    return float(np.median(shopper.picture()[:8, :8]))


def test_shopper_walks_round_by_drag_and_keys_and_returns(visit: Visit, painted: str) -> None:
    shopper = live(visit, painted, "block")
    page = shopper.page
    page.click("#tool-orbit")
    shopper.until("lookglass.state.look === 'orbit'")
    for _ in shopper.frames(3):
        if corner(shopper) > 225:
            break
    assert corner(shopper) > 225
    assert shopper.too_wide() == shopper.too_small() == []
    box = page.locator("#orbit-pad").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + box["width"] / 10, middle[1], steps=4)
    page.mouse.up()
    assert abs(shopper.state("yaw_deg") - (36 if shopper.state("mirror") else 324)) < 3
    page.keyboard.press("Home")
    assert shopper.state("yaw_deg") == 0
    page.keyboard.press("ArrowLeft")
    assert shopper.state("yaw_deg") in (15, 345)
    page.click("#orbit-replay")
    shopper.until("lookglass.state.look === 'replay'")
    assert page.locator("#orbit-slow").is_visible()
    page.keyboard.press("Escape")
    shopper.until("lookglass.state.look === 'mirror'")
    assert page.evaluate("document.activeElement.id") == "tool-orbit"
    assert page.locator("#orbit-bar").is_hidden()


def test_shopper_compares_sizes_and_looks_all_round(visit: Visit, painted: str) -> None:
    shopper = live(visit, painted, "block")
    page = shopper.page
    page.click("#closer-open")
    shopper.until(STILLS, 60)
    assert shopper.too_wide() == shopper.too_small() == []
    shopper.until("document.querySelectorAll('#closer-sizes .badge:not(:empty)').length === 1", 60)
    assert page.inner_text("#closer-sizes .badge:not(:empty)") == "for now"  # nobody recommends it who knows nothing
    page.locator("#closer-sizes button").nth(2).click()
    shopper.until("lookglass.state.outfit[0].size === 'L'")
    page.click("[data-tab=round]")
    shopper.until("document.getElementById('closer-progress').hidden", 60)
    first = page.get_attribute("#closer-turn", "src")
    page.locator("#closer-slide").press("ArrowRight")
    assert page.get_attribute("#closer-turn", "src") != first
    page.keyboard.press("Escape")
    shopper.until("!document.getElementById('closer').open")


def test_real_avatar_wears_the_garment_in_the_studio(visit: Visit, shop: str) -> None:
    shopper = live(visit, shop, "tee_stripe")
    shopper.page.click("#tool-orbit")
    shopper.until("lookglass.state.look === 'orbit'")
    for picture in shopper.frames(6):
        edge = np.median(picture[:, :20].reshape(-1, 3), axis=0)
        if edge.min() > 150:  # the studio's wall, where the shopper's own room was
            break
    assert edge.min() > 150
    middle = picture[picture.shape[0] // 4 : -picture.shape[0] // 3, picture.shape[1] // 3 : -picture.shape[1] // 3]
    assert np.percentile(middle, 2) < 90, "dark stripes stand in the light studio"
    shopper.page.click("#orbit-back")
    shopper.until("lookglass.state.look === 'mirror'")
