"""Fragments of trickled candidates, and what is told of ICE servers: pure functions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from server.errors import OfferRefused
from server.settings import LimitSettings, SettingsRejected, StandardsSettings
from server.trickle import parse_fragment
from server.whip import ice_server_link
from tests.server.shop import shop_settings

LIMITS = LimitSettings()
HOST = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1"
TCP = "candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0"
NAMED = HOST.replace("192.0.2.1", "host.example.org")
GOOD = f"""a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a={HOST}
a={TCP}
a={NAMED}
a=end-of-candidates
"""


def test_fragment_of_the_standard_is_read_and_what_cannot_be_used_left_out() -> None:
    fragment = parse_fragment(GOOD.replace("\n", "\r\n"), LIMITS)
    assert fragment.ufrag == "EsAw"
    assert fragment.candidates == (HOST,)


def test_fragment_without_candidates_says_that_there_are_none_yet() -> None:
    assert parse_fragment(GOOD.partition("a=candidate")[0], LIMITS).candidates == ()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("trickle.malformed", ""),
        ("trickle.malformed", "dear server"),
        ("trickle.malformed", GOOD + "v=0\n"),
        ("trickle.malformed", GOOD.replace("EsAw\n", "Es\x07w\n")),
        ("trickle.media", GOOD + "m=video 9 X 1\n" * 4),
        ("trickle.ice", GOOD.replace("a=ice-ufrag:EsAw\n", "")),
        ("trickle.ice", GOOD.replace("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n", "")),
        ("trickle.ice", GOOD + "a=ice-ufrag:another\n"),
        ("candidate.many", GOOD + f"a={HOST}\n" * 62),
        ("candidate.malformed", GOOD + "a=candidate:1 1 udp\n"),
        ("candidate.malformed", GOOD.replace("61764", "99999")),
    ],
)
def test_what_is_no_fragment_is_refused_by_name(code: str, text: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        parse_fragment(text, LIMITS)
    assert refused.value.code == code


lines = st.sampled_from([*GOOD.splitlines(), "a=", "m=", "a=candidate:", "a=ice-ufrag:", "\x00", "a=candidate: " * 9])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(lines, max_size=40).map("\r\n".join)))
def test_any_text_is_a_fragment_or_refused_by_name(text: str) -> None:
    try:
        fragment = parse_fragment(text, LIMITS)
    except OfferRefused as refused:
        assert refused.code.split(".")[0] in ("trickle", "candidate")
    else:
        assert 4 <= len(fragment.ufrag) <= 256
        assert len(fragment.candidates) <= LIMITS.candidates_max


def test_turn_password_is_that_of_coturns_rest_interface() -> None:
    settings = StandardsSettings(turn_secret=SecretStr("north"), turn_s=600)
    link = ice_server_link("turn:turn.example.org", settings, "s1", 1000.0)
    # printf 1600:s1 | openssl dgst -sha1 -hmac north -binary | base64
    assert link == (
        '<turn:turn.example.org>; rel="ice-server"; username="1600:s1"; '
        'credential="YcqffvLyB5x3fu2v14bN3nITaWc="; credential-type="password"'
    )
    assert ice_server_link("stun:stun.example.org", settings, "s1", 0.0) == '<stun:stun.example.org>; rel="ice-server"'


def test_address_that_is_no_ice_server_is_refused_at_the_start(tmp_path: Path) -> None:
    for url in ("https://stun.example.org", 'stun:x>; rel="y"', "turn:a b"):
        with pytest.raises((SettingsRejected, ValueError)):
            shop_settings(tmp_path, standards__ice_servers=(url,))
