"""What the shop refuses besides what the whole rim does.

Refused
├── NotInStock      409  less is left than is wanted
├── NotAgreed       403  the text of this purpose was not agreed to
├── TooManyKept     409  as many bodies as are kept, or one of that name
└── TextOutdated    422  the version of a text that is no longer shown
"""

from __future__ import annotations

from server.errors import Refused


class NotInStock(Refused):
    """Less is left than is wanted."""

    http_status = 409


class NotAgreed(Refused):
    """The text of this purpose was not agreed to."""

    http_status = 403


class TooManyKept(Refused):
    """As many bodies as are kept, or one of that name."""

    http_status = 409


class TextOutdated(Refused):
    """The version of a text that is no longer shown."""

    http_status = 422
