"""On every screen everything is seen, in full, and large enough for a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Route

from tests.e2e.conftest import Visit
from tests.e2e.shopper import visiting

BLOCK = '[data-garment-id="block"]'


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (740, 360), (1280, 800)])
def test_everything_fits_the_screen_and_the_finger(painted: str, visit: Visit, size: tuple[int, int]) -> None:
    shopper = visit(painted, viewport={"width": size[0], "height": size[1]})

    def fits() -> None:
        shopper.page.wait_for_timeout(350)  # dialogs rise
        assert shopper.too_wide() == []
        assert shopper.too_small() == []

    fits()
    shopper.page.click(BLOCK)
    shopper.page.click("#start")
    fits()
    shopper.agree()
    shopper.until("lookglass.state.phase === 'live'")
    shopper.page.click("#tool-panel")
    fits()
    shopper.page.click("#size-open")
    fits()


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (667, 375), (844, 390), (1280, 800)])
@pytest.mark.parametrize(("locale", "words"), [("en-GB", "Find my size"), ("zh-CN", "找到我的尺码")])
def test_every_size_and_colour_can_be_seen_and_the_way_to_the_own_size_has_words(
    painted: str, browser: Browser, size: tuple[int, int], locale: str, words: str
) -> None:
    with visiting(browser, painted, viewport={"width": size[0], "height": size[1]}, locale=locale) as shopper:
        shopper.page.route("**/api/v1/garments*", with_many_choices)
        shopper.arrive()
        shopper.page.click('[data-garment-id="slow"]')  # trousers, into which the next is tucked
        shopper.page.click(BLOCK)
        assert shopper.page.locator("#sizes button").count() == 6
        assert shopper.page.locator("#looks button:visible").count() == 4
        assert shopper.covered() == []
        assert shopper.page.inner_text("#size-open") == words
        shopper.check_clean()


def with_many_choices(route: Route) -> None:
    """Answer with the catalogue as if everything came in six sizes and three colours."""
    answer = route.fetch()
    cards = answer.json()["garments"]
    for card in cards:
        first, second = card["colourways"]
        card["sizes"] = ["XS", "S", "M", "L", "XL", "XXL"]
        card["colourways"] = [first, second, {**second, "id": "third"}]
        card["category"] = "trousers" if card["id"] == "slow" else card["category"]
    route.fulfill(response=answer, json={"garments": cards})
