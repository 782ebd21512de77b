"""Trickled candidates, `application/trickle-ice-sdpfrag` (RFC 8840 section 9, RFC 9725 section 4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.errors import OfferRefused
from server.offers import check_candidate
from server.settings import LimitSettings

MEDIA_TYPE = "application/trickle-ice-sdpfrag"
_LINE = re.compile(r"(a=[A-Za-z0-9-]{1,64}(:.*)?|m=(audio|video|application) .*)$")
_UFRAG = re.compile(r"a=ice-ufrag:([A-Za-z0-9+/=_-]{4,256})$")
_PWD = re.compile(r"a=ice-pwd:[A-Za-z0-9+/=_-]{22,256}$")
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment says."""

    ufrag: str
    candidates: tuple[str, ...]  # `candidate:…`, those that can be used


def parse_fragment(text: str, limits: LimitSettings) -> Fragment:
    """Read a fragment.  Raises OfferRefused with a name.

    Candidates over TCP and with host names are left out: no names are looked up here.
    """
    lines = text.splitlines()
    if not lines or any(not line.isprintable() or _LINE.match(line) is None for line in lines):
        raise OfferRefused("trickle.malformed", "The body is no SDP fragment.")
    if sum(line.startswith("m=") for line in lines) > limits.offer_media_max:
        raise OfferRefused("trickle.media", f"More than {limits.offer_media_max} media sections.")
    names = {match[1] for line in lines if (match := _UFRAG.match(line))}
    if len(names) != 1 or not any(_PWD.match(line) for line in lines):
        raise OfferRefused("trickle.ice", "The fragment needs one ICE user name and its password.")
    said = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
    if len(said) > limits.candidates_max:
        raise OfferRefused("candidate.many", f"More than {limits.candidates_max} candidates.")
    return Fragment(names.pop(), tuple(line for line in dict.fromkeys(said) if _is_usable(line)))


def _is_usable(candidate: str) -> bool:
    fields = candidate.split(" ")
    if len(fields) > 7 and _HOST_NAME.match(fields[4]):
        return False
    return check_candidate(candidate) is not None
