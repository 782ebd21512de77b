"""Unity's messages, sans I/O, and any text in their place."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import MessageRefused
from server.signalling import Close, End, Send, TakeCandidate, TakeOffer
from server.unity import Failed, TakeAnswer, Told, UnitySignalling, parse_unity

CONNECT = '{"type":"connect", "connectionId":"c1"}'
OFFER = json.dumps(
    {"from": "c1", "to": "", "type": "offer", "data": {"connectionId": "c1", "sdp": "v=0", "polite": False}}
)
ANSWER = OFFER.replace('"offer"', '"answer"')
TRICKLED = {"connectionId": "c1", "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}
CANDIDATE = json.dumps({"from": "c1", "to": "", "type": "candidate", "data": {**TRICKLED, "sdpMLineIndex": 0}})


def test_one_connection_from_connect_to_disconnect() -> None:
    talk = UnitySignalling(60)
    assert talk.receive(CONNECT, 0.0) == [Send(Told(type="connect", connectionId="c1"))]
    assert talk.receive(OFFER, 0.0) == [TakeOffer("v=0")]
    assert talk.receive(ANSWER, 0.0) == [TakeAnswer("v=0")]
    (taken,) = talk.receive(CANDIDATE, 0.0)
    assert isinstance(taken, TakeCandidate)
    said = talk.describe("answer", "v=0", 1000).message.model_dump()
    assert said == {"from": "c1", "to": "", "type": "answer", "data": {"sdp": "v=0", "datetime": 1000, "polite": True}}
    goodbye = Send(Told(type="disconnect", connectionId="c1"))
    assert talk.receive(CONNECT.replace("connect", "disconnect", 1), 0.0) == [End(), goodbye]
    assert talk.ended() == []


def test_nothing_is_negotiated_for_a_connection_that_is_not_there() -> None:
    talk = UnitySignalling(60)
    for text in (OFFER, ANSWER, CANDIDATE):
        (said,) = talk.receive(text, 0.0)
        assert isinstance(said, Send)
        assert isinstance(said.message, Failed)


def test_flood_ends_the_conversation() -> None:
    talk = UnitySignalling(2)
    assert [type(talk.receive(CONNECT, 0.0)[0]) for _ in range(3)] == [Send, Send, Close]


mutated = st.tuples(st.sampled_from([CONNECT, OFFER, CANDIDATE]), st.integers(0, 200), st.text(max_size=5)).map(
    lambda made: made[0][: made[1]] + made[2] + made[0][made[1] + 1 :]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "data", "sdp", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), mutated, values.map(json.dumps)))
def test_any_text_is_a_message_of_unitys_or_refused(text: str) -> None:
    try:
        parse_unity(text)
    except MessageRefused as refused:
        assert refused.code in ("json", "schema")
    assert UnitySignalling(60).receive(text, 0.0)
