from __future__ import annotations

from server.limits import ADDRESSES_MAX, AddressCounts, AddressRates, RateWindow, network_of, truncated


def test_window_slides() -> None:
    window = RateWindow(2, 60)
    assert [window.allow(at) for at in (0, 1, 2, 59.9, 60.1, 60.2, 61.1)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_addresses_have_windows_of_their_own_and_one_ipv6_home_has_one() -> None:
    rates = AddressRates(1, 60)
    assert rates.allow("192.0.2.1", 0)
    assert not rates.allow("::ffff:192.0.2.1", 0)
    assert rates.allow("192.0.2.2", 0)
    assert rates.allow("2001:db8::1", 0)
    assert not rates.allow("2001:db8::2", 0)
    assert rates.allow("2001:db8:0:1::1", 0)


def test_many_addresses_do_not_grow_the_memory() -> None:
    rates = AddressRates(1, 60)
    for i in range(ADDRESSES_MAX + 100):
        rates.allow(f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", 0)
    assert len(rates._windows) == ADDRESSES_MAX


def test_counts_are_held_and_given_back() -> None:
    counts = AddressCounts(2)
    assert counts.take("192.0.2.1")
    assert counts.take("192.0.2.1")
    assert not counts.take("192.0.2.1")
    counts.give_back("192.0.2.1")
    assert counts.take("192.0.2.1")
    counts.give_back("192.0.2.1")
    counts.give_back("192.0.2.1")
    assert counts._held == {}


def test_logs_see_networks_and_never_hosts() -> None:
    assert truncated("192.0.2.77") == "192.0.2.0/24"
    assert truncated("2001:db8:1:2::77") == "2001:db8:1::/48"
    assert truncated("a name") == network_of("a name") == "unknown"
