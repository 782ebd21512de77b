"""What the page does by itself, against the real server over the painted pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright

from tests.e2e.conftest import Visit, chromium
from tests.e2e.shopper import Shopper, visiting

BLOCK = '[data-garment-id="block"]'
NO_SOCKETS = """window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); }
  close() {}
}"""
KEPT_CONNECTIONS = """window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) { super(...args); window.sockets.push(this); }
};
window.peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.peers.push(this); }
};"""
WATCH = """window.phases = [];
lookglass.events.addEventListener('change', () => phases.push(lookglass.state.phase));
lookglass.events.addEventListener('state', (event) => { window.told = event.detail; });"""
NO_DEVICES = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
NOT_SECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"
BUSY = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); }"


def is_painted(picture: np.ndarray) -> bool:
    """Whether the painted square is in the middle and not at the edge."""
    height, width = picture.shape[:2]
    middle = picture[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8]
    return bool(np.median(middle) > 225 and np.median(picture[-8:, -8:]) < 215)


def see_paint(shopper: Shopper, wanted: bool, selector: str = "video#mirror") -> None:
    for _ in range(100):
        if is_painted(shopper.picture(selector)) is wanted:
            return
        shopper.page.wait_for_timeout(50)
    raise AssertionError(f"painted is never {wanted}")


def test_garment_chosen_before_the_camera_is_worn_when_it_is_up(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.click(BLOCK)
    shopper.enter()
    see_paint(shopper, True)
    assert shopper.page.get_attribute(BLOCK, "aria-pressed") == "true"


def test_server_hears_of_size_and_height_and_its_word_is_shown(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.page.evaluate("lookglass.events.addEventListener('state', (e) => { window.told = e.detail; })")
    shopper.page.click(BLOCK)
    shopper.until("""lookglass.state.worn[0]?.size === 'M'""")  # left to the server, which says M
    assert shopper.page.get_attribute('[data-size="M"]', "aria-pressed") == "true"
    shopper.page.click('[data-size="L"]')
    shopper.until("""window.told.garments[0].size === 'L'""")
    shopper.page.evaluate("lookglass.setHeight(181)")
    shopper.until("window.told.height_cm === 181")


def test_taking_off_and_undo_reach_the_picture(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.click(BLOCK)
    shopper.enter()
    see_paint(shopper, True)
    shopper.page.click("#take-off")
    see_paint(shopper, False)
    shopper.page.click("#undo")
    see_paint(shopper, True)
    shopper.page.click(BLOCK)  # a tap on what is worn takes it off
    see_paint(shopper, False)


def test_nothing_is_captured_before_consent(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.click("#start")
    assert shopper.page.is_disabled("#consent-yes")
    shopper.page.click("#consent-no")
    shopper.page.wait_for_timeout(200)
    assert shopper.state("phase") == "idle"
    assert shopper.page.evaluate("document.querySelector('#preview').srcObject") is None


def test_stop_turns_the_camera_off(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.page.evaluate("window.track = document.querySelector('#preview').srcObject.getTracks()[0]")
    shopper.page.click("#stop")
    assert shopper.page.evaluate("window.track.readyState") == "ended"
    assert shopper.state("phase") == "idle"
    assert shopper.page.evaluate("document.querySelector('#mirror').srcObject") is None


def test_demo_goes_the_same_way_as_a_camera(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.click(BLOCK)
    shopper.enter("#use-demo")
    see_paint(shopper, True)
    assert shopper.page.inner_text("#status") == "Live demo"
    assert not shopper.state("mirror")


def test_mirror_button_flips_the_picture_by_css(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    flipped = "new DOMMatrix(getComputedStyle(document.querySelector('#mirror')).transform).a"
    assert shopper.page.evaluate(flipped) == -1
    shopper.page.click("#tool-mirror")
    assert shopper.page.evaluate(flipped) == 1
    assert shopper.page.get_attribute("#tool-mirror", "aria-pressed") == "false"


def test_panel_shows_frames_and_latency(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.page.click("#tool-panel")
    shopper.until("lookglass.stats.picture?.frames_per_s > 5 && lookglass.stats.server?.fps > 1")
    shopper.until("lookglass.stats.rtt_ms !== null")
    shopper.page.wait_for_timeout(100)
    assert " ms" in shopper.page.inner_text("#figures")
    assert "Pose" in shopper.page.inner_text("#stages")


def test_returned_frames_tell_when_they_were_filmed(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.until("lookglass.stats.picture?.glass_ms != null")
    assert 0 < shopper.page.evaluate("lookglass.stats.picture.glass_ms") < 5000


def enter_with(script: str, shopper: Shopper) -> None:
    """Come to a page that `script` has changed, choose the block and wait until it is seen."""
    shopper.page.add_init_script(script)
    shopper.arrive()
    shopper.page.click(BLOCK)
    shopper.enter()
    see_paint(shopper, True)


def test_signalling_falls_back_to_plain_requests_where_no_socket_opens(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        enter_with(NO_SOCKETS, shopper)
        assert shopper.state("signalling") == "https"
        shopper.check_clean()


def test_lost_connection_comes_back_to_its_session_with_the_outfit(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        requests: list[str] = []
        shopper.page.on("request", lambda request: requests.append(request.url))
        enter_with(KEPT_CONNECTIONS, shopper)
        shopper.page.evaluate(WATCH)
        shopper.page.evaluate("lookglass.setHeight(164)")
        shopper.page.evaluate("peers.at(-1).close()")
        shopper.until("phases.includes('reconnecting') && lookglass.state.phase === 'live'")
        see_paint(shopper, True)
        assert shopper.page.evaluate("told.height_cm") == 164
        consents = [url for url in requests if url.endswith("/api/v1/consent")]
        assert len(consents) == 1, "the key opened the session again"
        shopper.check_clean()


def test_picture_outlives_a_lost_socket(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        enter_with(KEPT_CONNECTIONS, shopper)
        shopper.page.evaluate(WATCH)
        shopper.page.evaluate("sockets.at(-1).close()")
        shopper.page.wait_for_timeout(4000)
        see_paint(shopper, True)
        assert shopper.page.evaluate("phases.every((phase) => phase === 'live')")
        shopper.check_clean()


def test_chinese_shopper_reads_chinese_and_can_switch(painted: str, visit: Visit) -> None:
    shopper = visit(painted, locale="zh-CN")
    assert shopper.page.inner_text("#start") == "打开试衣镜"
    assert shopper.page.evaluate("document.documentElement.lang") == "zh"
    shopper.page.click("#language")
    assert shopper.page.inner_text("#start") == "Open the mirror"


def test_height_is_remembered_only_with_consent(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.page.evaluate("lookglass.setHeight(177)")
    shopper.enter()
    assert shopper.page.evaluate("localStorage.length") == 0
    shopper.page.reload()
    shopper.page.wait_for_selector("body:not([data-phase=boot])")
    shopper.page.evaluate("lookglass.setHeight(178)")
    shopper.page.click("#start")
    shopper.agree(remember=True)
    shopper.until("lookglass.state.phase === 'live'")
    shopper.page.reload()
    shopper.page.wait_for_selector("body:not([data-phase=boot])")
    assert shopper.state("bodies")[0]["known"] == [{"name": "height", "value": 178}]
    shopper.until("lookglass.state.height_cm !== null")
    assert json.loads(shopper.page.evaluate("Object.values(localStorage)[0]")).keys() == {
        "bodies",
        "body",
        "unit",
        "split",
        "language",
    }


def test_photo_is_dressed_again_when_the_garment_changes(painted: str, visit: Visit, tmp_path: Path) -> None:
    shopper = visit(painted)
    path = tmp_path / "me.png"
    Image.new("RGB", (300, 400), (60, 90, 120)).save(path)
    shopper.page.set_input_files("#photo-file", path)
    shopper.agree()
    shopper.until("lookglass.state.phase === 'photo' && !lookglass.state.photoBusy && !!lookglass.state.photo")
    see_paint(shopper, False, "#photo")
    shopper.page.click(BLOCK)
    see_paint(shopper, True, "#photo")
    shopper.page.click("#take-off")
    see_paint(shopper, False, "#photo")


def test_photo_that_is_none_is_explained(painted: str, visit: Visit, tmp_path: Path) -> None:
    shopper = visit(painted)
    path = tmp_path / "me.png"
    path.write_text("not a picture")
    shopper.page.set_input_files("#photo-file", path)
    shopper.agree()
    shopper.until("lookglass.state.phase === 'failed'")
    assert shopper.page.inner_text("#cover-title") == "This picture cannot be used"
    assert shopper.page.is_visible("#start")


def test_refused_camera_is_explained_and_can_be_tried_again(painted: str, playwright: Playwright) -> None:
    with (
        chromium(playwright, "--use-fake-device-for-media-stream", "--deny-permission-prompts") as browser,
        visiting(browser, painted) as shopper,
    ):
        shopper.arrive()
        shopper.page.click("#start")
        shopper.agree()
        shopper.until("lookglass.state.phase === 'failed'")
        assert shopper.page.inner_text("#cover-title") == "The camera is not allowed"
        assert shopper.page.locator("#cover-steps li").count() == 3
        assert shopper.page.inner_text("#start") == "Try again"
        assert shopper.too_wide() == []
        shopper.page.context.grant_permissions(["camera"], origin=painted)
        shopper.page.click("#start")
        shopper.until("lookglass.state.phase === 'live'")
        shopper.check_clean()


def test_missing_camera_is_explained(painted: str, playwright: Playwright) -> None:
    with (
        chromium(
            playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"
        ) as browser,
        visiting(browser, painted, locale="zh-CN") as shopper,
    ):
        shopper.arrive()
        shopper.page.click("#start")
        shopper.agree()
        shopper.until("lookglass.state.phase === 'failed'")
        assert shopper.page.inner_text("#cover-title") == "没有找到摄像头"
        shopper.check_clean()


@pytest.mark.parametrize(
    ("script", "title"),
    [
        ("delete window.RTCPeerConnection", "This browser cannot show a live mirror"),
        (NO_DEVICES, "This browser cannot show a live mirror"),
        (NO_DEVICES + NOT_SECURE, "This page needs a secure address"),
        (BUSY, "The camera is busy"),
    ],
)
def test_browser_that_cannot_is_told_why(painted: str, browser: Browser, script: str, title: str) -> None:
    with visiting(browser, painted) as shopper:
        shopper.page.add_init_script(script)
        shopper.arrive()
        shopper.page.click("#start")
        if shopper.page.is_visible("#consent"):
            shopper.agree()
        shopper.until("lookglass.state.phase === 'failed'")
        assert shopper.page.inner_text("#cover-title") == title
        shopper.check_clean()


@pytest.mark.parametrize(
    ("left", "title"),
    [("", "No camera was found"), ("{ kind: 'videoinput', deviceId: 'x', label: '' }", "The camera is busy")],
)
def test_camera_that_was_pulled_out_is_told_from_one_that_is_taken(
    painted: str, visit: Visit, left: str, title: str
) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.page.evaluate(f"navigator.mediaDevices.enumerateDevices = async () => [{left}]")
    shopper.page.evaluate("document.querySelector('#preview').srcObject.getTracks()[0].onended()")
    shopper.until("lookglass.state.phase === 'failed'")
    assert shopper.page.inner_text("#cover-title") == title


def test_catalogue_that_fails_can_be_fetched_again(painted: str, browser: Browser) -> None:
    with visiting(browser, painted) as shopper:
        shopper.page.route("**/api/v1/garments", lambda route: route.abort())
        shopper.arrive()
        shopper.until("lookglass.state.catalogueState === 'failed'")
        shopper.page.unroute("**/api/v1/garments")
        shopper.page.click("#rail-state button")
        shopper.until("lookglass.state.catalogueState === 'ready'")
        assert shopper.page.locator("[data-garment-id]").count() > 0
        shopper.check_clean(allowed="net::ERR_FAILED")


def test_keyboard_alone_is_enough(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    page = shopper.page
    page.focus(BLOCK)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.garmentId") == "slow"
    page.focus("#start")
    page.keyboard.press("Enter")
    page.focus("#consent-adult")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    shopper.until("lookglass.state.phase === 'live'")
    outline = page.evaluate(
        "(document.querySelector('#stop').focus(), getComputedStyle(document.activeElement).outlineWidth)"
    )
    assert outline == "2px"


def test_three_people_are_dressed_one_by_one(painted: str, visit: Visit) -> None:
    shopper = visit(painted, viewport={"width": 1280, "height": 800})
    page = shopper.page
    page.click(BLOCK)
    shopper.enter()
    page.evaluate(WATCH)
    page.focus("#people-open")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    shopper.until("window.told?.people === 3")
    assert page.evaluate("document.activeElement.id") == "people-open"
    assert page.locator("#people-count").is_hidden()
    page.click("#who [data-person='2']")
    page.click('[data-garment-id="slow"]')
    shopper.until("told.others[1]?.[0]?.id === 'slow' && told.others[0] === null")
    assert page.get_attribute("#who [data-person='2']", "aria-label") == "Person 3: Slow"
    assert page.get_attribute("#who [data-person='1']", "aria-label") == "Person 2: Block"
    assert shopper.too_wide() == shopper.too_small() == []
    shopper.until("document.querySelectorAll('#marks button').length === 2")  # the first is not placed here
    page.click("#marks [data-person='1']")
    assert shopper.state("person") == 1
    assert page.get_attribute(BLOCK, "aria-pressed") == "true"
