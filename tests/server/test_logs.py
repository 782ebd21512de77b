from __future__ import annotations

import json

import pytest
import structlog

from server import logs


@pytest.fixture(autouse=True)
def restored():  # type: ignore[no-untyped-def]
    yield
    structlog.reset_defaults()


def test_what_must_not_be_written_down_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", as_json=True)
    structlog.get_logger().info("x", token="t0k3n", sdp="v=0", height_cm=171, address="192.0.2.77", session="abc")
    line = json.loads(capsys.readouterr().out)
    assert line["token"] == line["sdp"] == line["height_cm"] == "(hidden)"
    assert line["address"] == "192.0.2.0/24"
    assert (line["session"], line["level"]) == ("abc", "info")


def test_level_is_kept_and_errors_carry_their_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("warning", as_json=True)
    structlog.get_logger().info("quiet")
    try:
        raise ValueError("loud")
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = capsys.readouterr().out.splitlines()
    assert "ValueError: loud" in json.loads(line)["exception"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_trace_holds_no_values(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(told: str) -> None:
        raise ValueError("loud")

    logs.set_up("warning", as_json)
    try:
        fails("".join(["17", "1.5 cm"]))
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    written = capsys.readouterr().out
    assert "ValueError: loud" in written
    assert "171.5" not in written
