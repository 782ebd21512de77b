"""A shopper is measured by the camera, figure by figure, or by a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload

from tests.e2e.shopper import Shopper, sized

REFUSAL = "status of 415"  # the browser's own line on a file that is none
KNOWN = "lookglass.state.bodies[0].known"


@pytest.fixture
def shopper(painted: str, browser: Browser) -> Iterator[Shopper]:
    with sized(browser, painted) as shopper:
        yield shopper
        shopper.check_clean(allowed=REFUSAL)


def to_the_guide(shopper: Shopper) -> None:
    shopper.page.click("#size-open")
    shopper.page.click("[data-key=camera]")
    shopper.page.wait_for_selector("#scan-start:visible")


def test_camera_measures_and_each_figure_is_taken_or_left(shopper: Shopper) -> None:
    page = shopper.page
    to_the_guide(shopper)
    assert page.evaluate("document.activeElement.id") == "scan-start"
    assert shopper.too_wide() == shopper.too_small() == []
    page.click("#scan-start")
    page.wait_for_selector("[data-key=take]")
    page.click("[data-key=take]")
    page.wait_for_selector("[data-key=figures]:enabled")
    assert page.evaluate(KNOWN)[-1] == {"name": "chest_breadth", "value": 31, "error": 0.5, "source": "camera"}
    page.click("[data-key=figures]")
    assert page.inner_text("[data-figure=chest_breadth] .source") == "by camera"
    page.click("[data-key=forget-chest_breadth]")
    shopper.until(f"{KNOWN}.length === 2")


def test_escape_leaves_the_guide_and_nothing_is_learnt(shopper: Shopper) -> None:
    to_the_guide(shopper)
    shopper.page.keyboard.press("Escape")
    shopper.until("lookglass.state.scan === null")
    assert shopper.page.evaluate("document.activeElement.id") == "size-open"
    assert len(shopper.page.evaluate(KNOWN)) == 2


def test_file_that_is_no_scan_is_refused_in_words(shopper: Shopper) -> None:
    page = shopper.page
    page.click("#size-open")
    with page.expect_file_chooser() as chooser:
        page.click("[data-key=file]")
    chooser.value.set_files(FilePayload(name="me.obj", mimeType="model/obj", buffer=b"\x00nothing"))
    page.wait_for_selector("#size-said:has-text('GLB, OBJ or PLY')")
    assert len(page.evaluate(KNOWN)) == 2
