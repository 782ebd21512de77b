"""Who may come back, with what, and for how long."""

from __future__ import annotations

import pytest

from server.errors import TokenRefused
from server.returns import Returns
from server.schema import State

WORN = State(garments=(), height_cm=171.0, mirror=True)


def test_a_key_opens_its_session_once() -> None:
    returns = Returns(keep_s=60)
    key = returns.new_key("s1", 0.0)
    assert returns.use(key, 1.0) == "s1"
    with pytest.raises(TokenRefused):
        returns.use(key, 1.0)


def test_a_new_key_voids_the_old_one() -> None:
    returns = Returns(keep_s=60)
    old, new = returns.new_key("s1", 0.0), returns.new_key("s1", 1.0)
    with pytest.raises(TokenRefused):
        returns.use(old, 2.0)
    assert returns.use(new, 2.0) == "s1"


def test_what_was_worn_is_kept_for_a_while_and_then_forgotten() -> None:
    returns = Returns(keep_s=60)
    key = returns.new_key("s1", 0.0)
    returns.seated("s1")
    returns.keep("s1", WORN, 1000.0)
    returns.forget_old(1059.0)
    assert returns.state_of("s1") == WORN
    returns.forget_old(1060.0)
    assert returns.state_of("s1") is None
    with pytest.raises(TokenRefused):
        returns.use(key, 1060.0)
    assert len(returns) == 0


def test_token_of_plain_http_speaks_for_its_session_until_that_is_forgotten() -> None:
    returns = Returns(keep_s=60)
    returns.seated("s1", owner="t1")
    assert returns.is_owner("s1", "t1", 1e6)
    assert not returns.is_owner("s1", "t2", 1e6)
    assert not returns.is_owner("s2", "t1", 1e6)
    returns.keep("s1", WORN, 1e6)
    assert returns.is_owner("s1", "t1", 1e6 + 59)
    assert returns.state_of("s1") == WORN
    assert not returns.is_owner("s1", "t1", 1e6 + 60)
    assert len(returns) == 0


def test_session_of_a_socket_has_no_token_that_speaks_for_it() -> None:
    returns = Returns(keep_s=60)
    returns.new_key("s1", 0.0)
    returns.seated("s1")
    assert not returns.is_owner("s1", "", 1.0)


def test_a_key_is_good_for_as_long_as_its_seat() -> None:
    returns = Returns(keep_s=60)
    key = returns.new_key("s1", 0.0)
    returns.seated("s1")
    assert returns.use(key, 1e6) == "s1"


def test_who_never_sat_down_is_forgotten_too() -> None:
    returns = Returns(keep_s=60)
    returns.new_key("s1", 0.0)
    returns.new_key("s2", 60.0)
    assert len(returns) == 1


def test_after_a_goodbye_nothing_is_kept() -> None:
    returns = Returns(keep_s=60)
    key = returns.new_key("s1", 0.0)
    returns.seated("s1")
    returns.forget("s1")
    returns.keep("s1", WORN, 1.0)
    assert returns.state_of("s1") is None
    with pytest.raises(TokenRefused):
        returns.use(key, 1.0)
