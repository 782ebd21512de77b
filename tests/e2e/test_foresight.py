"""A pointer that rests on a garment, or a key's focus, lets the server prepare it before it is pressed."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Visit

WORN = "lookglass.state.worn.some(({ id, size }) => id === 'rare' && size)"
CARD = "[data-garment-id=rare]"
TOLD = """() => {
  const send = RTCDataChannel.prototype.send;
  window.told = [];
  RTCDataChannel.prototype.send = function (text) {
    const { type, garments } = JSON.parse(text);
    if (type === 'likely') window.told.push(garments.map(({ id, size = null }) => `${id} ${size}`).join());
    return send.call(this, text);
  };
}"""


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_garment_that_may_be_pressed_is_expected(painted: str, visit: Visit, way: str) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.until("lookglass.state.rtt_ms !== null")  # the control channel is open
    page = shopper.page
    page.evaluate(TOLD)
    page.hover(CARD) if way == "hover" else page.dispatch_event(CARD, "focus")  # a window in the back has none
    shopper.until("told.length === 1")
    assert page.evaluate("told") == ["rare null"]
    assert shopper.state("outfit") == [], "nothing is worn for it"
    page.wait_for_timeout(300)  # on its way to the worker
    page.click(CARD)
    shopper.until(WORN)  # the painted tailor makes it only where it was expected
    page.dispatch_event("[data-size=L]", "focus")
    shopper.until("told.at(-1) === 'rare L'")


def test_pointer_that_only_passes_expects_nothing_and_a_finger_does_at_once(painted: str, visit: Visit) -> None:
    shopper = visit(painted)
    shopper.enter()
    shopper.until("lookglass.state.rtt_ms !== null")  # the control channel is open
    page = shopper.page
    page.evaluate(TOLD)
    page.evaluate(
        f"""() => {{
          const card = document.querySelector('{CARD}');
          card.dispatchEvent(new PointerEvent('pointerenter', {{ pointerType: 'mouse' }}));
          card.dispatchEvent(new PointerEvent('pointerleave', {{ pointerType: 'mouse' }}));
        }}"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("told") == []
    page.dispatch_event(CARD, "pointerdown", {"pointerType": "touch"})
    assert page.evaluate("told") == ["rare null"]
