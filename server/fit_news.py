"""When the shopper is told how their garments fit: at once when it is news, and now and then where on the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server import schema


class FitNews:
    """The `fit` messages of one session."""

    def __init__(self, send: Callable[[schema.Fit], None]) -> None:
        self._send = send
        self._newest: dict[str, Any] | None = None
        self._told: object = None

    def take(self, fit: dict[str, Any] | None) -> None:
        """Take what the newest picture shows; None while nobody asked for it."""
        self._newest = fit
        said = None if fit is None else _without_places(fit)
        if said != self._told:
            self._told = said
            self.tell()

    def tell(self) -> None:
        """Tell it, with where everything is now."""
        if self._newest is not None:
            self._send(schema.Fit(**self._newest))


def _without_places(fit: dict[str, Any]) -> object:
    panes = [
        [(one["id"], one["size"], [{**region, "at": None} for region in one["regions"]]) for one in pane["garments"]]
        for pane in fit["panes"]
    ]
    return fit["body"], panes
