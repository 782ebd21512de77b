from __future__ import annotations

import json
from typing import Any

import pytest

from server.errors import MessageRefused, TokenRefused
from server.schema import parse_control, parse_signal
from server.signalling import Authenticate, Close, End, Send, Signalling, TakeCandidate, TakeOffer

CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


def text(**message: Any) -> str:
    return json.dumps({"v": 1, **message})


HELLO, OFFER = text(type="hello", token="t"), text(type="offer", sdp="v=0")


def welcomed() -> Signalling:
    signalling = Signalling(messages_per_s=10)
    signalling.receive(HELLO, 0.0)
    signalling.accepted("s1", "s1.key")
    return signalling


def test_conversation_goes_from_hello_to_bye() -> None:
    signalling = Signalling(messages_per_s=10)
    assert signalling.receive(HELLO, 0.0) == [Authenticate("t")]
    (welcome,) = signalling.accepted("s1", "s1.key")
    assert isinstance(welcome, Send)
    told = json.loads(welcome.message.model_dump_json())
    assert told == {"v": 1, "type": "welcome", "session": "s1", "resume": "s1.key"}
    assert signalling.receive(OFFER, 0.1) == [TakeOffer("v=0")]
    (candidate,) = signalling.receive(text(type="candidate", candidate=CANDIDATE), 0.2)
    assert isinstance(candidate, TakeCandidate)
    assert candidate.candidate is not None
    assert candidate.candidate.sdpMid == "0"
    assert signalling.receive(text(type="candidate", candidate=None), 0.3) == [TakeCandidate(None)]
    assert signalling.receive(text(type="bye"), 0.4) == [End(), Close(1000, "bye")]
    assert signalling.receive(OFFER, 0.5) == []


def test_hello_may_carry_the_key_of_the_last_welcome() -> None:
    assert Signalling(10).receive(text(type="hello", resume="s1.key"), 0.0) == [Authenticate("", "s1.key")]


@pytest.mark.parametrize("early", [OFFER, text(type="candidate", candidate=None)])
def test_nothing_happens_before_hello(early: str) -> None:
    assert [type(action) for action in Signalling(10).receive(early, 0.0)] == [Close]


def test_offer_while_the_token_is_checked_closes() -> None:
    signalling = Signalling(10)
    signalling.receive(HELLO, 0.0)
    (close,) = signalling.receive(OFFER, 0.0)
    assert isinstance(close, Close)
    assert close.code == 1007


def test_second_hello_closes() -> None:
    (close,) = welcomed().receive(HELLO, 1.0)
    assert isinstance(close, Close)
    assert close.code == 1007


def test_refused_token_is_told_and_closed() -> None:
    signalling = Signalling(10)
    signalling.receive(HELLO, 0.0)
    error, close = signalling.refused(TokenRefused())
    assert isinstance(error, Send)
    assert close == Close(4401, "token")


def test_rate_is_a_window_and_not_a_total() -> None:
    signalling = welcomed()
    for i in range(9):
        assert signalling.receive(text(type="candidate", candidate=None), 0.01 * i) == [TakeCandidate(None)]
    slow = welcomed()
    for i in range(100):
        assert slow.receive(text(type="candidate", candidate=None), 2.0 + 0.2 * i) == [TakeCandidate(None)]
    assert signalling.receive(text(type="candidate", candidate=None), 0.2) == [Close(1008, "too many messages")]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "nonsense",
        "[]",
        "1",
        '"hello"',
        "{}",
        '{"v": 1}',
        '{"v": 2, "type": "bye"}',
        '{"v": "1", "type": "bye"}',
        '{"v": true, "type": "bye"}',
        '{"type": "bye"}',
        '{"v": 1, "type": "dance"}',
        '{"v": 1, "type": "bye", "extra": 1}',
        '{"v": 1, "type": "bye", "type": "bye"}',
        '{"v": 1, "type": "offer", "sdp": 7}',
        '{"v": 1, "type": "offer", "sdp": NaN}',
        '{"v": 1, "type": "candidate"}',
        '{"v": 1, "type": "candidate", "candidate": {"candidate": "x", "port": 1}}',
        '{"v": 1, "type": "hello", "token": "' + "x" * 5000 + '"}',
        "[" * 1000 + "]" * 1000,
        '{"a":' * 1000 + "1" + "}" * 1000,
        '{"v": 1, "type": "bye"} {"v": 1}',
        '"' * 60_000,
        '{"v": 1, "type": "' + '\\"' * 30_000,
    ],
)
def test_message_outside_the_schema_closes_with_1007(raw: str) -> None:
    (close,) = Signalling(10).receive(raw, 0.0)
    assert isinstance(close, Close)
    assert close.code == 1007
    assert len(close.reason.encode()) <= 123, "RFC 6455 section 5.5"


def test_binary_closes_with_1003() -> None:
    assert [a.code for a in Signalling(10).receive_binary() if isinstance(a, Close)] == [1003]


def test_candidate_may_carry_what_browsers_add() -> None:
    message = parse_signal(text(type="candidate", candidate={**CANDIDATE, "usernameFragment": "abcd"}))
    assert message.type == "candidate"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "wear", "garments": [{"id": "a"}, {"id": "b", "size": "M"}]},
        {"type": "wear", "garments": []},
        {"type": "body", "height_cm": 172},
        {"type": "body", "height_cm": None},
        {"type": "body", "height_cm": 172, "sex": "female", "known": [{"name": "weight", "value": "60 kg"}]},
        {"type": "body", "height_cm": None, "known": [{"name": "hip", "value": 97.5, "source": "tape", "error": 1}]},
        {"type": "view", "mirror": True},
        {"type": "view", "mirror": False, "delivery": "layer"},
        {"type": "look", "mode": "mirror"},
        {"type": "look", "mode": "orbit", "yaw_deg": -725.5, "pitch_deg": 20},
        {"type": "look", "mode": "replay", "yaw_deg": 90, "pitch_deg": -10, "speed": 0.25},
        {"type": "ping", "t_ms": 1.5},
        {"type": "people", "most": 2},
        {"type": "people", "most": 3, "others": [None, [{"id": "tee", "size": "M"}]]},
    ],
)
def test_control_messages_of_the_protocol_are_read(message: dict[str, Any]) -> None:
    assert parse_control(text(**message)).type == message["type"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "wear", "garments": [{"id": "a"}] * 5},
        {"type": "wear", "garments": [{"id": "../../etc/passwd"}]},
        {"type": "wear", "garments": [{"id": ""}]},
        {"type": "wear", "garments": [{"id": "a", "colour": "red"}]},
        {"type": "wear", "garments": {"id": "a"}},
        {"type": "body", "height_cm": 3},
        {"type": "body", "height_cm": "170"},
        {"type": "body", "height_cm": 170, "sex": "cat"},
        {"type": "body", "height_cm": 170, "known": [{"name": "hip"}]},
        {"type": "body", "height_cm": 170, "known": [{"name": "hip", "value": "9" * 41}]},
        {"type": "body", "height_cm": 170, "known": [{"name": "hip", "value": 97}] * 25},
        {"type": "body"},
        {"type": "view", "mirror": 1},
        {"type": "view", "mirror": False, "delivery": "half"},
        {"type": "look"},
        {"type": "look", "mode": "back"},
        {"type": "look", "mode": "orbit", "yaw_deg": 1e9},
        {"type": "look", "mode": "orbit", "pitch_deg": 90},
        {"type": "look", "mode": "replay", "speed": 0},
        {"type": "ping"},
        {"type": "people"},
        {"type": "people", "most": 4},
        {"type": "people", "most": True},
        {"type": "people", "most": 3, "others": [None, None, None]},
        {"type": "people", "most": 2, "others": [[{"id": "a"}] * 5]},
        {"type": "people", "most": 2, "others": [{"id": "a"}]},
        {"type": "state", "garments": [], "height_cm": None, "mirror": False},
    ],
)
def test_control_messages_outside_the_protocol_are_refused_by_name(message: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused) as refused:
        parse_control(text(**message))
    assert refused.value.code == "schema"
    assert "passwd" not in refused.value.message
