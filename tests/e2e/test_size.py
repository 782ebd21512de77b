"""A shopper finds their size, keeps several bodies and corrects figures; what lies in the storage does no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload

from tests.e2e.conftest import Visit
from tests.e2e.shopper import Shopper, visiting

REFUSAL = "status of 422"  # the browser's own line on an answer that is a refusal
KNOWN = "lookglass.state.bodies.at(-1).known"


@pytest.fixture
def shopper(painted: str, browser: Browser) -> Iterator[Shopper]:
    with visiting(browser, painted, viewport={"width": 390, "height": 844}) as shopper:
        shopper.arrive()
        yield shopper
        shopper.check_clean(allowed=REFUSAL)


def answer(shopper: Shopper, question: str, text: str) -> None:
    shopper.page.wait_for_selector(f"[data-question={question}]")
    shopper.page.fill("#size-field", text)
    shopper.page.keyboard.press("Enter")


def to_the_result(shopper: Shopper) -> None:
    shopper.page.click("[data-garment-id=block]")
    shopper.page.click("#size-open")
    answer(shopper, "height", "5'10\"")
    answer(shopper, "weight", "156斤")
    shopper.page.wait_for_selector("[data-question=kind]")
    shopper.page.click("[data-value=male]")
    shopper.page.click("#size-view .primary")
    shopper.until("!document.querySelector('[data-question=kind]')")
    if shopper.page.query_selector("[data-question]"):
        shopper.page.click("#size-view .answers .quiet")
    shopper.page.wait_for_selector("#size-reason")


def test_four_questions_lead_to_a_size_that_is_marked_and_worn(shopper: Shopper) -> None:
    shopper.page.evaluate("lookglass.events.addEventListener('state', (e) => { window.told = e.detail; })")
    to_the_result(shopper)
    page = shopper.page
    size = shopper.state("advice.size")
    assert size is not None
    assert page.inner_text("#size-reason") == shopper.state("advice.reason")
    shares = page.eval_on_selector_all(
        "[data-choice] span:first-child", "all => all.map((one) => parseInt(one.textContent))"
    )
    assert 96 <= sum(shares) <= 104
    assert shopper.too_wide() == shopper.too_small() == []
    page.click("#size-wear")
    assert page.get_attribute(f'[data-size="{size}"]', "aria-pressed") == "true"
    assert "likeliest" in (page.get_attribute(f'[data-size="{size}"]', "class") or "")
    assert page.evaluate("document.activeElement.id") == "size-open"
    shopper.enter()
    shopper.until(f"window.told?.garments[0].size === {size!r}")
    shopper.until("window.told.height_cm > 170")
    assert [one["name"] for one in shopper.state("told.known")] == ["height", "weight"]


@pytest.mark.parametrize("nonsense", ["17", "900 kg", "😀", "<b>170</b>", "-5", "1e999"])
def test_nonsense_is_explained_at_its_field_and_never_a_size(shopper: Shopper, nonsense: str) -> None:
    shopper.page.click("[data-garment-id=block]")
    shopper.page.click("#size-open")
    answer(shopper, "height", nonsense)
    shopper.page.wait_for_selector("#size-error:not(:empty)")
    assert shopper.page.get_attribute("#size-field", "aria-invalid") == "true"
    assert shopper.page.evaluate("document.activeElement.id") == "size-field"
    assert shopper.state("bodies") == []
    assert shopper.state("advice") is None


def test_who_knows_nothing_is_shown_other_ways(shopper: Shopper) -> None:
    page = shopper.page
    page.click("#size-open")
    for question in ("height", "weight", "kind"):
        page.wait_for_selector(f"[data-question={question}]")
        page.click("#size-view .answers .quiet")
    page.click("[data-key=tape]")
    answer(shopper, "chest", "98")
    page.wait_for_selector("[data-key=figures]:enabled")
    assert page.evaluate(KNOWN) == [{"name": "chest", "value": "98 cm"}]
    page.click("[data-key=figures]")
    page.wait_for_selector("[data-figure=waist]")
    assert "chest girth" in page.inner_text("[data-figure=waist] .source")


def test_who_knows_no_weight_is_asked_for_the_tape_that_helps_most(shopper: Shopper) -> None:
    page = shopper.page
    page.click("[data-garment-id=block]")
    page.click("#size-open")
    answer(shopper, "height", "168")
    for question in ("weight", "kind"):
        page.wait_for_selector(f"[data-question={question}]")
        page.click("#size-view .answers .quiet")
    tape = next(name for name in shopper.state("advice.ask") if name not in ("height", "weight", "sex"))
    answer(shopper, tape, "92")
    page.wait_for_selector("[data-verdict]")
    assert shopper.state("advice.figures")[tape]["source"] == "tape"


def test_figures_are_corrected_forgotten_and_brought_back(shopper: Shopper) -> None:
    to_the_result(shopper)
    page = shopper.page
    page.click("[data-key=figures]")
    page.click("[data-key=edit-chest]")
    answer(shopper, "chest", "104 cm")
    page.wait_for_selector("[data-figure=chest][data-source=tape]")
    page.click("[data-key=edit-chest]")
    answer(shopper, "chest", "160")
    page.wait_for_selector("#size-error:not(:empty)")
    page.click("#size-back")
    page.click("[data-key=forget-chest]")
    page.wait_for_selector("[data-figure=chest][data-source=estimated]")
    page.click("#size-said button")
    page.wait_for_selector("[data-figure=chest][data-source=tape]")
    assert shopper.too_wide() == shopper.too_small() == []


def test_preference_and_numbers_change_with_a_tap(shopper: Shopper) -> None:
    to_the_result(shopper)
    page = shopper.page
    before = shopper.state("advice.chances")
    page.click("[data-value=loose]")
    shopper.until(
        f"JSON.stringify(lookglass.state.advice.chances) !== {json.dumps(json.dumps(before, separators=(',', ':')))}"
    )
    page.click(".numbers summary")
    page.click("[data-choice=S]")
    assert page.inner_text(".numbers caption").startswith("Size S")
    assert page.inner_text("#size-wear") == "Try size S on"
    bodies = [one["body_cm"] for one in shopper.state("advice.fit.S")]
    assert page.locator(".numbers tbody tr").count() == len(bodies) > 0


def test_a_preference_that_does_not_arrive_is_said_and_not_shown_as_chosen(shopper: Shopper) -> None:
    to_the_result(shopper)
    page = shopper.page
    page.route("**/api/v1/size", lambda route: route.abort())
    page.click("[data-value=loose]")
    page.wait_for_selector("#size-said:has-text('cannot be reached')")
    assert page.get_attribute("[data-value=regular]", "aria-pressed") == "true"
    shopper.complaints = [text for text in shopper.complaints if "ERR_FAILED" not in text]


def test_bodies_are_named_kept_deleted_and_come_back(shopper: Shopper, tmp_path: Path) -> None:
    to_the_result(shopper)
    page = shopper.page
    page.click("[data-key=bodies]")
    page.fill("[data-key=new-name]", "Ada <b>")
    page.click("[data-key=add]")
    answer(shopper, "height", "1米62")
    page.wait_for_selector("[data-question=weight]")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("body:not([data-phase=boot])")
    assert page.inner_text("#size-open") == "Ada <b>"
    page.click("#size-open")
    page.click("[data-key=bodies]")
    with page.expect_download() as download:
        page.click("[data-key=export]")
    path = tmp_path / "bodies.json"
    download.value.save_as(path)
    page.click("[data-key=delete-b2]")
    shopper.until("lookglass.state.bodies.length === 1")
    page.click("#size-said button")
    shopper.until("lookglass.state.bodies.length === 2")
    with page.expect_file_chooser() as chooser:
        page.click("[data-key=import]")
    chooser.value.set_files(path)
    page.wait_for_selector("#size-said:has-text('Here already: 2')")
    assert len(shopper.state("bodies")) == 2
    broken = FilePayload(name="x.json", mimeType="application/json", buffer=b"{")
    page.set_input_files("#size-file", broken)
    page.wait_for_selector("#size-said:has-text('no bodies')")
    page.uncheck("[data-key=keep]")
    assert page.evaluate("localStorage.length") == 0
    assert shopper.too_wide() == shopper.too_small() == []


def test_what_became_of_a_scan_file_is_seen_from_the_button_that_took_it(shopper: Shopper) -> None:
    to_the_result(shopper)
    page = shopper.page
    page.locator("[data-key=file]").scroll_into_view_if_needed()
    with page.expect_file_chooser() as chooser:
        page.click("[data-key=file]")
    chooser.value.set_files(FilePayload(name="me.png", mimeType="image/png", buffer=b"no body"))
    shopper.agree()
    page.wait_for_selector("#size-said:has-text('GLB, OBJ or PLY')")
    seen = page.locator("#size-said").bounding_box()
    assert seen is not None
    assert 0 <= seen["y"] < seen["y"] + seen["height"] <= 844
    shopper.complaints = [text for text in shopper.complaints if "status of 415" not in text]  # the refusal itself


MARKED = "\u202e<img src=x onerror=window.hurt=1>" * 50
HOSTILE: list[object] = [
    "{",
    "[[[[[[",
    {"bodies": [{"known": [{"name": "height", "value": 10**308}], "name": "<script>window.hurt=1</script>"}]},
    {
        "bodies": [{"id": "b1", "known": [{"name": "__proto__", "value": "x"}, {"name": "moon", "value": "1"}]}],
        "unit": {},
    },
    {"bodies": [{"id": "b1", "name": MARKED, "known": [{"name": "height", "value": 17}]}], "body": {"id": 1}},
]


@pytest.mark.parametrize("kept", HOSTILE)
def test_whatever_lies_in_storage_does_no_harm(shopper: Shopper, kept: object) -> None:
    page = shopper.page
    page.evaluate(
        "(text) => localStorage.setItem('lookglass.v1', text)", kept if isinstance(kept, str) else json.dumps(kept)
    )
    page.reload()
    page.wait_for_selector("body:not([data-phase=boot])")
    page.click("#size-open")
    page.wait_for_selector("#size-dialog[open]")
    if page.query_selector("[data-key=bodies]"):
        page.click("[data-key=bodies]")
    assert shopper.too_wide() == []
    assert page.evaluate("window.hurt") is None


def test_dialog_speaks_chinese_and_to_the_ear(painted: str, visit: Visit) -> None:
    shopper = visit(painted, locale="zh-CN")
    page = shopper.page
    page.click("#size-open")
    assert page.inner_text("#size-title") == "您有多高？"
    assert page.evaluate("document.activeElement.id") == "size-field"
    assert page.get_attribute("#size-field", "aria-label") == "您有多高？"
    answer(shopper, "height", "1米78")
    page.click("[data-value=jin]")
    answer(shopper, "weight", "150")
    page.wait_for_selector("[data-question=kind]")
    assert page.evaluate(KNOWN) == [{"name": "height", "value": "1米78"}, {"name": "weight", "value": "150斤"}]
    nameless = """[...document.querySelectorAll('#size-dialog :is(button, input)')].filter((e) =>
      e.checkVisibility() && !(e.ariaLabel || e.textContent.trim() || e.closest('label'))).length"""
    assert page.evaluate(nameless) == 0


def test_a_body_goes_to_the_shops_server_only_after_its_text_and_leaves_it(shopper: Shopper) -> None:
    page = shopper.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.removeprefix(shopper.address)}"))
    to_the_result(shopper)
    page.click("[data-key=bodies]")
    page.click("[data-key=keep-there]")
    page.wait_for_selector("[data-key=agree]")
    assert "90 days" in page.inner_text("#size-view")
    assert not [one for one in sent if "/bodies" in one and not one.startswith("GET")]
    page.click("[data-key=agree]")
    page.wait_for_selector("[data-key^=unsave]")
    page.reload()
    page.wait_for_selector("body:not([data-phase=boot])")
    page.click("#size-open")
    page.click("[data-key=bodies]")
    page.wait_for_selector("[data-key^=unsave]")
    page.click("[data-key^=use]")
    page.wait_for_selector("#size-said:has-text('Here already: 1')")
    page.click("[data-key=delete-b1]")
    shopper.until("lookglass.state.bodies.length === 0")
    page.click("[data-key^=use]")
    shopper.until("lookglass.state.bodies.length === 1")
    assert shopper.state("bodies[0].known") == [
        {"name": "height", "value": "5'10\""},
        {"name": "weight", "value": "156斤"},
    ]
    page.click("[data-key^=unsave]")
    shopper.until("lookglass.state.saved.length === 0")
    assert shopper.too_wide() == shopper.too_small() == []


def test_a_mirror_has_digits_to_tap_and_a_phone_none(painted: str, visit: Visit) -> None:
    shopper = visit(painted, viewport={"width": 1080, "height": 1920})
    page = shopper.page
    page.click("#size-open")
    page.wait_for_selector("[data-question=height]")
    for key in "1722⌫":
        page.click(f'[data-digit="{key}"]')
    assert page.input_value("#size-field") == "172"
    page.click("[data-value=ft]")
    for key in "⌫⌫⌫⌫5'7":
        page.click(f'[data-digit="{key}"]')
    page.click("#size-view .primary")
    page.wait_for_selector("[data-question=weight]")
    assert page.evaluate(KNOWN) == [{"name": "height", "value": "5'7"}]
    assert shopper.too_wide() == shopper.too_small() == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.is_hidden(".keypad")
