"""Limits on SDP offers and ICE candidates, checked before any parser of aiortc sees them.

Follows RFC 8866 (SDP), RFC 8842 (DTLS in SDP), RFC 9143 (BUNDLE), RFC 8839 (candidates).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.errors import OfferRefused
from server.settings import LimitSettings

PROFILES = {"video": "UDP/TLS/RTP/SAVPF", "audio": "UDP/TLS/RTP/SAVPF", "application": "UDP/DTLS/SCTP"}
DIRECTIONS = frozenset(("sendrecv", "sendonly", "recvonly", "inactive"))
_FINGERPRINT = re.compile(r"a=fingerprint:(\S{1,16}) ((?:[0-9A-F]{2}:){15,63}[0-9A-F]{2})$", re.IGNORECASE)
_HASH_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_MEDIA = re.compile(r"m=([a-z]{1,16}) ([0-9]{1,5}) ([A-Z/]{1,32}) ([A-Za-z0-9 -]{1,512})$")
_SETUP = re.compile(r"a=setup:(actpass|active|passive)$")
_ICE = re.compile(r"a=ice-(ufrag|pwd):[A-Za-z0-9+/=_-]{4,256}$")
_TRANSPORT = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:", "a=rtcp-mux")
_CANDIDATE = re.compile(
    r"(?:candidate:)?([A-Za-z0-9+/]{1,32}) ([12]) (udp|tcp|UDP|TCP) ([0-9]{1,10}) "
    r"([0-9A-Fa-f.:]{2,45}|[A-Za-z0-9-]{1,64}\.local) ([0-9]{1,5}) typ (host|srflx|prflx|relay)( .{0,256})?$"
)


@dataclass(frozen=True, slots=True)
class OfferKind:
    """What an offer is made for.

    Attributes:
        ours: the directions that its video may have, and those of the answers.
        audio: whether a section of audio may stand beside; it is answered as inactive.
        watched: whether the session may have viewers.
        two_way: whether both ends make offers, ours with a section of video of its own.
    """

    ours: dict[str, str]
    audio: bool = True
    watched: bool = False
    two_way: bool = False


SHOPPER = OfferKind({"sendrecv": "sendrecv"}, audio=False)
INGEST = OfferKind({"sendonly": "recvonly", "sendrecv": "recvonly"}, watched=True)  # RFC 9725 section 4.2
INGEST_BACK = OfferKind({"sendrecv": "sendrecv"}, watched=True)
PLAYBACK = OfferKind({"recvonly": "sendonly", "sendrecv": "sendonly"})  # draft-ietf-wish-whep-03 section 4.2
UNITY = OfferKind({"sendonly": "recvonly", "sendrecv": "sendrecv", "": ""}, two_way=True)  # its camera may come later


@dataclass(frozen=True, slots=True)
class CheckedOffer:
    """An offer inside the limits, without what ICE shall not see."""

    sdp: str
    candidates: int
    direction: str = "sendrecv"  # of our answer; empty: there is no camera yet
    ufrag: str = ""
    mid: str = ""  # of the first section of the bundle


def check_offer(sdp: str, limits: LimitSettings, kind: OfferKind = SHOPPER) -> CheckedOffer:
    """Check an offer.  Raises OfferRefused with a name.

    mDNS candidates are left out: the browser's own checks make peer-reflexive pairs of them, and looking
    them up costs a second and multicast. So is end-of-candidates: a peer that never connects is closed by time.
    """
    if len(sdp.encode("utf-8", "replace")) > limits.offer_kib * 1024:
        raise OfferRefused("offer.too_large", f"The offer is larger than {limits.offer_kib} KiB.")
    lines = sdp.splitlines()
    if not lines or lines[0] != "v=0" or any(not line.isprintable() for line in lines):
        raise OfferRefused("offer.malformed", "The offer is not a session description.")
    session, media = _sections(lines)
    direction = _check_media_lines(media, limits, kind)
    first = _check_bundle(session, media)
    _complete_bundled(first, media)
    for section in media:
        _check_transport(session, section)
    candidates = _share_candidates(media)
    if candidates > limits.candidates_max:
        raise OfferRefused("offer.candidates", f"The offer has more than {limits.candidates_max} candidates.")
    kept = [*session, *(line for section in media for line in section)]
    ufrag = next((line.removeprefix("a=ice-ufrag:") for line in kept if line.startswith("a=ice-ufrag:")), "")
    return CheckedOffer("\r\n".join(kept) + "\r\n", candidates, kind.ours[direction], ufrag, first)


def check_candidate(candidate: str) -> str | None:
    """Return the candidate without its prefix, or None where it is to be ignored.  Raises OfferRefused."""
    match = _CANDIDATE.match(candidate)
    if match is None or int(match[4]) >= 2**32 or int(match[6]) >= 2**16:
        raise OfferRefused("candidate.malformed", "The candidate cannot be read.")
    if match[5].endswith(".local") or match[3].lower() == "tcp":
        return None
    return candidate.removeprefix("candidate:")


def _sections(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    session: list[str] = []
    media: list[list[str]] = []
    for line in lines:
        if line.startswith("m="):
            media.append([line])
        elif media:
            media[-1].append(line)
        else:
            session.append(line)
    return session, media


def _check_media_lines(media: list[list[str]], limits: LimitSettings, kind_of: OfferKind) -> str:
    """Return the direction of the camera's section."""
    if not 1 <= len(media) <= limits.offer_media_max:
        raise OfferRefused("offer.media", f"The offer has {len(media)} media sections; 1 to {limits.offer_media_max}.")
    kinds = []
    for section in media:
        match = _MEDIA.match(section[0])
        if match is None:
            raise OfferRefused("offer.malformed", "A media line cannot be read.")
        kind, profile = match[1], match[3]
        if kind == "audio" and not kind_of.audio:
            raise OfferRefused("offer.audio", "There is no audio here: offer one video track and the data channel.")
        if kind not in PROFILES:
            raise OfferRefused("offer.media", f"Media of kind {kind} is not served.")
        if profile != PROFILES[kind]:
            raise OfferRefused("offer.profile", f"{kind} needs the profile {PROFILES[kind]}.")
        kinds.append(kind)
    videos = [_direction(section) for section, kind in zip(media, kinds, strict=True) if kind == "video"]
    if kind_of.two_way:  # the section that we offered
        videos = [direction for direction in videos if direction not in ("recvonly", "inactive")]
    if not videos and kinds.count("application") and kind_of.two_way:
        videos = [""]
    if len(videos) != 1 or kinds.count("application") > 1 or kinds.count("audio") > 1:
        raise OfferRefused("offer.video", "The offer needs one video track and at most one data section.")
    if videos[0] not in kind_of.ours:
        raise OfferRefused("offer.video", f"The video track has to be {' or '.join(filter(None, kind_of.ours))}.")
    return videos[0]


def _direction(section: list[str]) -> str:
    """Return the direction of a section, or nothing where it is not told, or told twice."""
    told = [line[2:] for line in section if line.startswith("a=") and line[2:] in DIRECTIONS]
    return told[0] if len(told) == 1 else ""


def _check_transport(session: list[str], section: list[str]) -> None:
    lines = [line for line in (*session, *section) if line.startswith("a=")]
    prints = [line for line in lines if line.lower().startswith("a=fingerprint:")]
    if not prints:
        raise OfferRefused("offer.fingerprint", "Every media section needs a DTLS fingerprint.")
    names = set()
    for line in prints:
        match = _FINGERPRINT.match(line)
        if match is None or _HASH_BYTES.get(match[1].lower()) != match[2].count(":") + 1:
            raise OfferRefused("offer.fingerprint", "DTLS fingerprints have to be sha-256 or longer.")
        names.add(match[1].lower())
    if "sha-256" not in names:
        raise OfferRefused("offer.fingerprint", "A sha-256 fingerprint is needed.")
    if not any(_SETUP.match(line) for line in lines):
        raise OfferRefused("offer.setup", "a=setup has to be actpass, active or passive.")
    if sum(bool(_ICE.match(line)) for line in lines) < 2:
        raise OfferRefused("offer.ice", "The ICE user name or password is missing.")


def _check_bundle(session: list[str], media: list[list[str]]) -> str:
    """Return the first section of the bundle."""
    groups = [line.removeprefix("a=group:BUNDLE ").split() for line in session if line.startswith("a=group:BUNDLE ")]
    mids = [line.removeprefix("a=mid:") for section in media for line in section if line.startswith("a=mid:")]
    if len(mids) != len(media) or len(set(mids)) != len(mids) or len(groups) != 1 or sorted(groups[0]) != sorted(mids):
        raise OfferRefused("offer.bundle", "All media sections have to be in one BUNDLE group.")
    return groups[0][0]


def _complete_bundled(first: str, media: list[list[str]]) -> None:
    """Give sections that are bundle-only what they leave to the first of the bundle (RFC 9429 section 5.2.1)."""
    tagged = next(section for section in media if f"a=mid:{first}" in section)
    shared = [line for line in tagged if line.startswith(_TRANSPORT)]
    for section in media:
        if "a=bundle-only" in section and section is not tagged:
            section += [line for line in shared if not any(own.startswith(line.partition(":")[0]) for own in section)]


def _share_candidates(media: list[list[str]]) -> int:
    """Write the usable candidates into every section: there is one transport, and aiortc looks at the last only."""
    said = [line for section in media for line in section if line.startswith("a=candidate:")]
    usable = [line for line in dict.fromkeys(said) if check_candidate(line.removeprefix("a=")) is not None]
    for section in media:
        section[:] = [line for line in section if not line.startswith(("a=candidate:", "a=end-of-candidates"))] + usable
    return len(said)
