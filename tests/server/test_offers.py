from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import OfferRefused
from server.offers import (
    INGEST,
    INGEST_BACK,
    PLAYBACK,
    SHOPPER,
    UNITY,
    OfferKind,
    check_candidate,
    check_offer,
)
from server.settings import LimitSettings

LIMITS = LimitSettings()
PRINT = ":".join(["AB"] * 32)
HOST = "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host generation 0 ufrag abcd network-cost 999"
HIDDEN = "candidate:2 1 udp 2113937151 3fa85f64-5717-4562-b3fc-2c963f66afa6.local 50001 typ host generation 0"
TRANSPORT = f"""a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 {PRINT}
a=setup:actpass
"""
SESSION = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
"""
VIDEO = f"""m=video 9 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 0.0.0.0
{TRANSPORT}a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:96 VP8/90000
"""
DATA = f"""m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
{TRANSPORT}a=mid:1
a=sctp-port:5000
"""
GOOD = SESSION + VIDEO + DATA


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_offer_of_a_browser_passes_unchanged() -> None:
    checked = check_offer(crlf(GOOD), LIMITS)
    assert checked.sdp == crlf(GOOD)
    assert checked.candidates == 0


def test_hidden_candidates_and_their_end_are_left_out_but_counted() -> None:
    offer = GOOD.replace("a=sctp-port:5000", f"a=sctp-port:5000\na={HOST}\na={HIDDEN}\na=end-of-candidates")
    checked = check_offer(crlf(offer), LIMITS)
    assert checked.candidates == 2
    assert HOST in checked.sdp
    assert ".local" not in checked.sdp
    assert "end-of-candidates" not in checked.sdp


def more_media(offer: str) -> str:
    return offer + VIDEO * 4


CASES: dict[str, tuple[str, Callable[[str], str]]] = {
    "too large": ("offer.too_large", lambda o: o + "a=x:" + "y" * 33_000 + "\n"),
    "five media sections": ("offer.media", more_media),
    "no media section": ("offer.media", lambda o: SESSION),
    "two videos": ("offer.video", lambda o: SESSION.replace("0 1", "0 1 0") + VIDEO + DATA + VIDEO),
    "no video": ("offer.video", lambda o: SESSION.replace("0 1", "1") + DATA),
    "two data sections": ("offer.video", lambda o: o + DATA),
    "audio": ("offer.audio", lambda o: o.replace("m=video", "m=audio")),
    "text": ("offer.media", lambda o: o.replace("m=application", "m=text")),
    "65 candidates": ("offer.candidates", lambda o: o + f"a={HOST}\n" * 65),
    "broken candidate": ("candidate.malformed", lambda o: o + "a=candidate:1 1 udp\n"),
    "plain RTP": ("offer.profile", lambda o: o.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
    "SDES": ("offer.profile", lambda o: o.replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF")),
    "data over plain SCTP": ("offer.profile", lambda o: o.replace("UDP/DTLS/SCTP", "UDP/SCTP")),
    "no fingerprint": ("offer.fingerprint", lambda o: o.replace(f"a=fingerprint:sha-256 {PRINT}\n", "")),
    "fingerprint on one side": ("offer.fingerprint", lambda o: o.replace(f"a=fingerprint:sha-256 {PRINT}\n", "", 1)),
    "sha-1": ("offer.fingerprint", lambda o: o.replace(f"sha-256 {PRINT}", "sha-1 " + ":".join(["AB"] * 20))),
    "sha-1 beside": (
        "offer.fingerprint",
        lambda o: o.replace("a=setup", "a=fingerprint:sha-1 " + ":".join(["AB"] * 20) + "\na=setup"),
    ),
    "short fingerprint": ("offer.fingerprint", lambda o: o.replace(PRINT, PRINT[:-3])),
    "no ICE password": ("offer.ice", lambda o: o.replace("a=ice-pwd:abcdefghijklmnopqrstuv\n", "")),
    "no setup": ("offer.setup", lambda o: o.replace("a=setup:actpass\n", "")),
    "odd setup": ("offer.setup", lambda o: o.replace("a=setup:actpass", "a=setup:holdconn")),
    "recvonly": ("offer.video", lambda o: o.replace("a=sendrecv", "a=recvonly")),
    "no direction": ("offer.video", lambda o: o.replace("a=sendrecv\n", "")),
    "no bundle": ("offer.bundle", lambda o: o.replace("a=group:BUNDLE 0 1\n", "")),
    "half a bundle": ("offer.bundle", lambda o: o.replace("BUNDLE 0 1", "BUNDLE 0")),
    "bundle without a space": ("offer.bundle", lambda o: o.replace("BUNDLE 0 1", "BUNDLE0 1")),
    "same mid twice": ("offer.bundle", lambda o: o.replace("a=mid:1", "a=mid:0")),
    "empty": ("offer.malformed", lambda o: ""),
    "prose": ("offer.malformed", lambda o: "dear server, please"),
    "control character": ("offer.malformed", lambda o: o.replace("s=-", "s=\x07")),
    "broken media line": ("offer.malformed", lambda o: o.replace("m=video 9", "m=video nine")),
}


def test_bundle_that_is_glued_to_its_only_section_is_refused() -> None:
    with pytest.raises(OfferRefused, match="BUNDLE"):
        check_offer(crlf(SESSION.replace("BUNDLE 0 1", "BUNDLE0") + VIDEO), LIMITS)


@pytest.mark.parametrize("case", CASES)
def test_offer_outside_the_limits_is_refused_by_name(case: str) -> None:
    code, change = CASES[case]
    with pytest.raises(OfferRefused) as refused:
        check_offer(crlf(change(GOOD)), LIMITS)
    assert refused.value.code == code
    assert refused.value.http_status == 422


AUDIO = VIDEO.replace("m=video 9", "m=audio 9").replace("96 97", "111").replace("96 VP8/90000", "111 opus/48000/2")
SENT = {
    "camera": (SESSION.replace("0 1", "0") + VIDEO.replace("sendrecv", "sendonly"), INGEST, "recvonly"),
    "camera both ways": (SESSION.replace("0 1", "0") + VIDEO, INGEST, "recvonly"),
    "camera that wants the picture": (SESSION.replace("0 1", "0") + VIDEO, INGEST_BACK, "sendrecv"),
    "viewer": (SESSION.replace("0 1", "0") + VIDEO.replace("sendrecv", "recvonly"), PLAYBACK, "sendonly"),
    "audio first": (SESSION + AUDIO + VIDEO.replace("mid:0", "mid:1"), INGEST_BACK, "sendrecv"),
    "Unity": (SESSION + VIDEO.replace("sendrecv", "sendonly") + DATA, UNITY, "recvonly"),
    "Unity again, with our section": (
        SESSION.replace("0 1", "0 1 2") + VIDEO.replace("sendrecv", "sendonly") + DATA
        + VIDEO.replace("sendrecv", "recvonly").replace("mid:0", "mid:2"), UNITY, "recvonly",
    ),
    "Unity without a camera yet": (SESSION.replace("0 1", "1") + DATA, UNITY, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SENT)
def test_direction_of_the_answer_follows_from_what_the_offer_is_for(case: str) -> None:
    offer, kind, ours = SENT[case]
    assert check_offer(crlf(offer), LIMITS, kind).direction == ours


@pytest.mark.parametrize(
    ("offer", "kind"),
    [
        (SENT["viewer"][0], INGEST),
        (SENT["viewer"][0], INGEST_BACK),
        (SENT["camera"][0], PLAYBACK),
        (SENT["camera"][0], INGEST_BACK),
        (SENT["viewer"][0], UNITY),
        (SESSION + VIDEO + VIDEO.replace("mid:0", "mid:1"), UNITY),
        (SESSION + AUDIO + AUDIO.replace("mid:0", "mid:1"), UNITY),
        (SESSION.replace("0 1", "1") + DATA, INGEST),
    ],
)
def test_other_directions_and_more_cameras_are_refused(offer: str, kind: OfferKind) -> None:
    with pytest.raises(OfferRefused) as refused:
        check_offer(crlf(offer), LIMITS, kind)
    assert refused.value.code == "offer.video"


def test_section_that_is_bundle_only_has_the_transport_of_the_first_one() -> None:
    bare = "".join(
        line for line in VIDEO.replace("mid:0", "mid:1").splitlines(True) if not line.startswith(("a=ice", "a=finger"))
    ).replace("a=setup:actpass\n", "a=bundle-only\n")
    checked = check_offer(crlf(SESSION + AUDIO + bare), LIMITS, INGEST_BACK)
    assert checked.sdp.count("a=ice-ufrag:abcd") == 2
    assert checked.sdp.count("a=setup:actpass") == 2
    assert checked.sdp.count("a=rtcp-mux") == 2
    assert (checked.ufrag, checked.mid) == ("abcd", "0")
    with pytest.raises(OfferRefused):
        check_offer(crlf(SESSION + AUDIO + bare.replace("a=bundle-only\n", "")), LIMITS, INGEST_BACK)


def test_candidates_of_one_section_are_written_into_all() -> None:
    checked = check_offer(crlf(SESSION + AUDIO + f"a={HOST}\na={HIDDEN}\n" + VIDEO.replace("mid:0", "mid:1")), LIMITS,
                          INGEST_BACK)  # fmt: skip
    assert checked.candidates == 2
    assert checked.sdp.count(f"a={HOST}") == 2


lines = st.sampled_from(
    [*GOOD.splitlines(), f"a={HOST}", "a=rtpmap:96", "m=video", "a=", "\x00", "a=mid:", "m=audio 9 X 0"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(lines, max_size=60), st.sampled_from([SHOPPER, INGEST, PLAYBACK, UNITY]))
def test_any_mixture_of_lines_is_taken_or_refused_by_name(mixture: list[str], kind: OfferKind) -> None:
    try:
        check_offer("\r\n".join(mixture), LIMITS, kind)
    except OfferRefused as refused:
        assert refused.code.split(".")[0] in ("offer", "candidate")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_as_candidate_is_taken_ignored_or_refused(text: str) -> None:
    try:
        check_candidate(text)
    except OfferRefused as refused:
        assert refused.code == "candidate.malformed"


def test_candidates_that_cannot_be_used_are_ignored() -> None:
    assert check_candidate(HOST) == HOST.removeprefix("candidate:")
    assert check_candidate(HIDDEN) is None
    assert check_candidate(HOST.replace("udp", "tcp") + " tcptype active") is None
    with pytest.raises(OfferRefused):
        check_candidate(HOST.replace("50000", "70000"))
    with pytest.raises(OfferRefused):
        check_candidate(HOST.replace("192.0.2.7", "evil.example.org"))
