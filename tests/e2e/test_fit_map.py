"""A shopper sees on the live picture how sizes fit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.shopper import Shopper, sized


@pytest.fixture
def shopper(painted: str, browser: Browser) -> Iterator[Shopper]:
    with sized(browser, painted) as shopper:
        yield shopper
        shopper.check_clean()


def test_fit_map_and_two_sizes_are_shown_and_left(shopper: Shopper) -> None:
    page = shopper.page
    page.click("#fit-map")
    shopper.until("lookglass.state.fit !== null")
    assert page.is_visible("#fit-legend")
    page.click("#compare")
    page.wait_for_selector("#pair-bar:visible")
    assert shopper.state("compare.sizes") == ["M", "L"]
    page.select_option("[data-half='0']", "S")
    shopper.until("lookglass.state.compare.sizes.join() === 'S,L'")
    assert shopper.too_wide() == shopper.too_small() == []
    page.click("#pair-bar button:has-text('Wear S')")
    shopper.until("lookglass.state.compare === null && lookglass.state.outfit[0].size === 'S'")
    page.click("#fit-map")
    shopper.until("lookglass.state.fit === null")
    assert page.is_hidden("#fit-legend")
