from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import jwt
import pytest

from server.errors import TokenRefused
from server.settings import SettingsRejected
from server.tokens import AUDIENCE, SUBJECT, VIEWER, JoinTokens, Tokens, load_secret

SECRET = "".join(f"{i:02x}" for i in range(64))
NOW = 1_800_000_000.0


def tokens() -> Tokens:
    return Tokens(SECRET, life_s=600, leeway_s=60)


def forged(key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    payload = {"aud": AUDIENCE, "sub": SUBJECT, "sid": "s", "jti": "j", "exp": int(NOW + 300), **changes}
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, key, algorithm=algorithm)


def test_token_seats_once_and_then_only_speaks_for_its_session() -> None:
    ours = tokens()
    token, claims = ours.make(NOW)
    assert ours.check(token, NOW) == ours.use(token, NOW)
    with pytest.raises(TokenRefused):
        ours.use(token, NOW)
    assert ours.check(token, NOW).session_id == claims.session_id


def test_token_of_a_viewer_is_good_for_watching_alone() -> None:
    ours = tokens()
    token, claims = ours.make_viewer("s", NOW)
    assert ours.check(token, NOW, subject=VIEWER) == claims
    assert claims.session_id == "s"
    for ask in (ours.check, ours.check_unused, ours.use):
        with pytest.raises(TokenRefused):
            ask(token, NOW)
    with pytest.raises(TokenRefused):
        ours.check(token, NOW + 661, subject=VIEWER)
    with pytest.raises(TokenRefused):
        ours.check(ours.make(NOW)[0], NOW, subject=VIEWER)


def test_token_ends_after_its_life_and_leeway() -> None:
    ours = tokens()
    token, _ = ours.make(NOW)
    ours.check(token, NOW + 659)
    with pytest.raises(TokenRefused):
        ours.check(token, NOW + 661)
    assert ours.check(token, NOW + 100_000, expired_too=True).session_id


def test_every_bad_token_is_refused_in_the_same_words() -> None:
    bad = [
        None, "", "x", "a.b.c", "..", "é", forged(key=SECRET[::-1]), forged(key=None, algorithm="none"),  # type: ignore[arg-type]
        forged(algorithm="HS512"), forged(aud="someone/else"), forged(aud=None), forged(sub="admin"), forged(sub=None),
        forged(exp=int(NOW - 61)), forged(exp=None), forged(exp="soon"), forged(sid=None), forged(jti=None),
        forged(exp=int(NOW + 100_000)), forged() + "x",
    ]  # fmt: skip
    said = set()
    for token in bad:
        for ask in (tokens().check, tokens().use):
            with pytest.raises(TokenRefused) as refused:
                ask(token, NOW)
            said.add((refused.value.code, refused.value.message, refused.value.http_status, refused.value.close_code))
    assert len(said) == 1
    assert tokens().use(forged(), NOW).session_id == "s", "the table's own token has to be good but for its fault"


def test_used_tokens_are_forgotten_once_they_have_expired() -> None:
    ours = tokens()
    for i in range(50):
        ours.use(ours.make(NOW + i)[0], NOW + i)
    ours.use(ours.make(NOW + 10_000)[0], NOW + 10_000)
    assert len(ours._used) == 1


def test_join_token_works_once_and_is_followed_by_another() -> None:
    joins = JoinTokens()
    first = joins.current
    for wrong in (None, "", first[:-1], first + "x", "é"):
        with pytest.raises(TokenRefused):
            joins.use(wrong)
    joins.use(first)
    assert joins.current != first
    with pytest.raises(TokenRefused):
        joins.use(first)


def test_device_pass_holds_half_a_day_and_is_no_session_token() -> None:
    ours = tokens()
    kept = ours.make_pass(NOW)
    assert ours.check_pass(kept, NOW + 3600)
    assert not ours.check_pass(kept, NOW + 13 * 3600)
    assert not ours.check_pass(ours.make(NOW)[0], NOW)
    assert not ours.check_pass(None, NOW)
    assert not Tokens(SECRET[::-1], 600, 60).check_pass(kept, NOW)
    with pytest.raises(TokenRefused):
        ours.check(kept, NOW)


def test_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = load_secret(tmp_path / "var")
    assert load_secret(tmp_path / "var") == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "var" / "token_secret").stat().st_mode) == 0o600


def test_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token_secret").write_text("")
    with pytest.raises(SettingsRejected, match=r"session\.token_secret"):
        load_secret(tmp_path)
