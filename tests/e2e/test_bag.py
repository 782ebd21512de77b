"""A shopper puts what they wear in the bag, changes their mind, and finds it again on a later visit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.shopper import PHONE, Shopper, visiting

PIECES = "(lookglass.state.bag?.lines ?? []).reduce((sum, line) => sum + line.quantity, 0)"


def to_the_bag(shopper: Shopper) -> None:
    """Wear something, remember this visit, and open the bag."""
    shopper.page.click("#start")
    shopper.agree(remember=True)
    shopper.until("lookglass.state.phase === 'live'")
    shopper.page.click("[data-garment-id=block]")
    shopper.page.click('[data-size="L"]')
    shopper.until("lookglass.state.worn.some(({ size }) => size === 'L')")
    shopper.page.click("#bag-open")
    shopper.page.wait_for_selector("#bag-view .primary:enabled")


@pytest.mark.parametrize(("locale", "sign"), [("en-GB", "€"), ("zh-CN", "¥")])
def test_what_is_worn_goes_into_the_bag_and_out_of_it(painted: str, browser: Browser, locale: str, sign: str) -> None:
    viewport = {"width": PHONE[0], "height": PHONE[1]}
    with visiting(browser, painted, viewport=viewport, locale=locale) as shopper:
        shopper.arrive()
        to_the_bag(shopper)
        page = shopper.page
        page.click("#bag-view .primary")
        shopper.until(f"{PIECES} === 1")
        assert sign in page.inner_text("#bag-total")
        page.click('[data-key^="1-"]')
        shopper.until(f"{PIECES} === 2")
        assert shopper.too_wide() == shopper.too_small() == []
        page.click('[data-key^="remove-"]')
        shopper.until(f"{PIECES} === 0")
        page.click("#bag-said button")
        shopper.until(f"{PIECES} === 2")
        page.click("#bag-close")
        assert page.inner_text("#bag-count") == "2"
        shopper.check_clean()


def test_a_later_visit_finds_the_bag_as_it_was_left(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        shopper.arrive()
        to_the_bag(shopper)
        shopper.page.click("#bag-view .primary")
        shopper.until(f"{PIECES} === 1")
        shopper.arrive()
        shopper.until(f"{PIECES} === 1")
        assert shopper.page.inner_text("#bag-count") == "1"
        shopper.check_clean()


def test_what_is_sold_out_is_said_and_cannot_be_put_in(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        shopper.arrive()
        shopper.enter()
        shopper.page.click("[data-garment-id=block]")
        shopper.page.click('[data-size="M"]')
        shopper.until("lookglass.state.worn.some(({ size }) => size === 'M')")
        shopper.page.click("#bag-open")
        assert shopper.page.inner_text("#bag-view .primary:disabled") == "Sold out"
        assert "left in" in shopper.page.inner_text("#bag-view .doubt")
        shopper.page.keyboard.press("Escape")
        assert shopper.page.inner_text("#bag-count") == ""
        shopper.check_clean()
