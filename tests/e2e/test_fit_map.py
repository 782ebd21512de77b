"""A shopper sees on the live picture how sizes fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import Browser

from tests.e2e.shopper import Shopper, sized

MARKS = """[...document.querySelectorAll('#fit-marks p')].map((one) => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  return { text: one.innerText.replace(/\\s+/g, ' '), left, right, top, bottom };
})"""
POINTS = ["Chest", "Upper arm", "Waist", "Hip"]


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


@pytest.mark.parametrize("wish", ["#fit-map", "#compare"])
def test_numbers_have_names_and_never_lie_over_each_other(shopper: Shopper, wish: str) -> None:
    shopper.page.click(wish)
    shopper.until("document.querySelectorAll('#fit-marks p').length === 4")
    marks = shopper.page.evaluate(MARKS)
    assert [one["text"].rstrip("0123456789.+− ") for one in marks] == POINTS
    assert [len(one["text"].split()) - len(name.split()) for one, name in zip(marks, POINTS, strict=True)] == (
        [1] * 4 if wish == "#fit-map" else [2] * 4  # of two sizes both
    )
    for one, other in combinations(marks, 2):
        assert one["bottom"] <= other["top"] or one["top"] >= other["bottom"]
    tools, legend = (shopper.page.locator(name).bounding_box() for name in ("#outfit-tools", "#fit-legend"))
    stage = shopper.page.locator("#stage").bounding_box()
    assert tools is not None
    assert legend is not None
    assert stage is not None
    assert all(one["left"] >= 0 and one["right"] <= 390 and one["bottom"] <= tools["y"] for one in marks)
    assert legend["y"] >= stage["y"] + stage["height"]  # beside the picture, not over it


def test_a_comparison_is_fitting_until_the_picture_has_two_halves(shopper: Shopper) -> None:
    page = shopper.page
    page.evaluate("""window.seen = [];
      lookglass.events.addEventListener('change', ({ detail: { state } }) => {
        if (state.compare) seen.push([state.fit?.panes.length ?? 0, document.querySelector('#hint').textContent]);
      });""")
    page.click("#compare")
    shopper.until("lookglass.state.fit?.panes.length === 2")
    seen = page.evaluate("seen")
    assert seen[0][0] == 0
    assert seen[-1][0] == 2
    page.click("#fit-legend summary")
    head = page.locator("#fit-list thead th").all_inner_texts()
    assert head == ["Block", "Size M", "Size L"]


def test_on_a_small_phone_tools_leave_the_way_out_free(shopper: Shopper) -> None:
    page = shopper.page
    page.set_viewport_size({"width": 320, "height": 568})
    page.click("#fit-map")
    shopper.until("document.querySelectorAll('#fit-marks p').length > 1")
    page.click("#people-open")
    undo, people = (page.locator(name).bounding_box() for name in ("#undo", "#people-count"))
    assert undo is not None
    assert people is not None
    assert people["y"] + people["height"] <= undo["y"]
    page.click("#stop", timeout=3000)
    assert shopper.state("phase") == "idle"


def test_round_the_mannequin_nothing_is_said_of_two_sizes(shopper: Shopper) -> None:
    page = shopper.page
    page.click("#compare")
    shopper.until("lookglass.state.fit?.panes.length === 2")
    page.click("#tool-orbit")
    shopper.until("lookglass.state.look === 'orbit'")
    page.wait_for_selector("#hint:visible")
    assert page.is_hidden("#pair-bar")
    hint, bar = (page.locator(name).bounding_box() for name in ("#hint", "#orbit-bar"))
    assert hint is not None
    assert bar is not None
    assert hint["height"] < 80
    assert hint["y"] + hint["height"] <= bar["y"]
