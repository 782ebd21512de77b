"""Rates and counts an address.  Time is an argument."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque

ADDRESSES_MAX = 4096


class RateWindow:
    """At most `limit` events in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._events: deque[float] = deque(maxlen=limit)

    def allow(self, now_s: float) -> bool:
        """Count an event; False when it is one too many (which then does not count)."""
        events = self._events
        if len(events) == self._limit and now_s - events[0] < self._window_s:
            return False
        events.append(now_s)
        return True


class AddressRates:
    """A RateWindow for every address; the longest unseen address is forgotten first."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._windows: OrderedDict[str, RateWindow] = OrderedDict()

    def allow(self, address: str, now_s: float) -> bool:
        """Count an event of `address`; False when over the rate."""
        key = network_of(address)
        window = self._windows.setdefault(key, RateWindow(self._limit, self._window_s))
        self._windows.move_to_end(key)
        while len(self._windows) > ADDRESSES_MAX:
            self._windows.popitem(last=False)
        return window.allow(now_s)


class AddressCounts:
    """How many things an address holds at this moment."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[str, int] = {}

    def take(self, address: str) -> bool:
        """Hold one more; False at the limit."""
        key = network_of(address)
        if self._held.get(key, 0) >= self._limit:
            return False
        self._held[key] = self._held.get(key, 0) + 1
        return True

    def give_back(self, address: str) -> None:
        """Release what `take` held."""
        key = network_of(address)
        left = self._held.get(key, 0) - 1
        if left > 0:
            self._held[key] = left
        else:
            self._held.pop(key, None)


def network_of(address: str) -> str:
    """The party behind `address`: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if ip.version == 6:
        mapped = ip.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def truncated(address: str) -> str:
    """`address` for logs: the /24 or /48 it belongs to."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
