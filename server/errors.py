"""What the rim refuses, and the codes it answers with.

Refused                 code (name), HTTP status, WebSocket close code
├── TokenRefused        401 / 4401, equal wording for every reason
├── OriginRefused       403 / 4403
├── MessageRefused      422 / 1007  not our schema
├── OfferRefused        422         an SDP offer or candidate outside our limits
├── PhotoRefused        422 or 413  a photo that is not one
├── ScanRefused         422         a file of a body scan that is none, or holds no body that can be measured
├── MeasureRefused      422         what nobody measures, or measurements that contradict each other
├── ChoiceRefused       422         a garment, size or delivery that is not to be had
├── NotAcceptable       406         no form of the answer that the client takes
├── WrongMedia          415         a body of another kind
├── NotHere             404         a session or connection that has ended
├── NotYet              409         nothing to be watched at the moment
├── PreconditionMissing 428         no If-Match
├── PreconditionWrong   412         If-Match names another connection
├── TooMany             429 / 1008  rate
└── TryLater            503 / 1013  no seat is free
"""

from __future__ import annotations


class Refused(Exception):
    """Base: `code` is stable and for machines, the text is for people."""

    http_status = 400
    close_code = 1008

    def __init__(self, code: str, message: str, retry_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_s = retry_s


class TokenRefused(Refused):
    """No usable token; says nothing about why."""

    http_status, close_code = 401, 4401

    def __init__(self) -> None:
        super().__init__("token", "The token is missing or not valid. Agree again to get a new one.")


class OriginRefused(Refused):
    """The request comes from another site, or names a host that is not ours."""

    http_status, close_code = 403, 4403

    def __init__(self) -> None:
        super().__init__("origin", "Only the page of this server may ask for this.")


class MessageRefused(Refused):
    """A message outside the schema."""

    http_status, close_code = 422, 1007


class OfferRefused(Refused):
    """An offer or candidate that is malformed or too large."""

    http_status, close_code = 422, 1007


class PhotoRefused(Refused):
    """A photo that cannot be used."""

    http_status = 422


class PhotoTooLarge(PhotoRefused):
    """A photo over the size limits."""

    http_status = 413


class ScanRefused(Refused):
    """A body scan that cannot be measured."""

    http_status = 422


class ChoiceRefused(Refused):
    """A garment or size that the catalogue does not have, or a delivery that this session cannot have."""

    http_status = 422


class MeasureRefused(Refused):
    """Measurements that no size can be told from."""

    http_status = 422


class NotAcceptable(Refused):
    """The client takes none of the forms that there are."""

    http_status = 406


class WrongMedia(Refused):
    """The body is of another kind than the route takes."""

    http_status = 415


class NotHere(Refused):
    """The session or connection has ended."""

    http_status = 404


class NotYet(Refused):
    """There is nothing to be watched at the moment."""

    http_status = 409


class PreconditionMissing(Refused):
    """The request has to say which connection it means."""

    http_status = 428


class PreconditionWrong(Refused):
    """The request means a connection that was replaced."""

    http_status = 412


class TooMany(Refused):
    """Over a rate."""

    http_status, close_code = 429, 1008


class TryLater(Refused):
    """Every seat is taken, or the server is starting or ending."""

    http_status, close_code = 503, 1013
