"""Session tokens (JWT, HS256 pinned), the secret that signs them, and one-time join tokens.

A token names one session (`sid`). Its `jti` seats a shopper once; after that it only speaks for
the session it seated (a still photo; over plain HTTPS its candidates, its wishes, its end, and coming back to it).
A viewer's token names the session too, and is good for watching it alone.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import jwt

from server.errors import TokenRefused
from server.settings import SECRET_BYTES_MIN, SettingsRejected

AUDIENCE = "lookglass/session"
SUBJECT, VIEWER = "shopper", "viewer"
PASS_AUDIENCE = "lookglass/joined"  # noqa: S105 - a name
PASS_S = 12 * 3600.0
ALGORITHM = "HS256"
REMEMBERED_MAX = 100_000
_REQUIRED = ["aud", "sub", "sid", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    session_id: str
    jti: str
    expires_s: float  # Unix time


class Tokens:
    """Makes and checks tokens; remembers which were used to sit down."""

    def __init__(self, secret: str, life_s: float, leeway_s: float) -> None:
        self._secret = secret
        self._life_s = life_s
        self._leeway_s = leeway_s
        self._used: OrderedDict[str, float] = OrderedDict()

    def make(self, now_s: float) -> tuple[str, Claims]:
        """Return (token, its claims) for a new session; `now_s` is Unix time."""
        return self._make(SUBJECT, secrets.token_urlsafe(12), now_s)

    def make_viewer(self, session_id: str, now_s: float) -> tuple[str, Claims]:
        """Return (token, its claims) for watching a session, and nothing else."""
        return self._make(VIEWER, session_id, now_s)

    def _make(self, subject: str, session_id: str, now_s: float) -> tuple[str, Claims]:
        claims = Claims(session_id, secrets.token_urlsafe(16), now_s + self._life_s)
        payload = {
            "aud": AUDIENCE, "sub": subject, "sid": claims.session_id, "jti": claims.jti,
            "exp": int(claims.expires_s), "iat": int(now_s),
        }  # fmt: skip
        return jwt.encode(payload, self._secret, algorithm=ALGORITHM), claims

    def check(self, token: str | None, now_s: float, *, subject: str = SUBJECT, expired_too: bool = False) -> Claims:
        """Return the claims of a good token.  Raises TokenRefused, alike for every reason."""
        try:
            payload = jwt.decode(
                token or "", self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, subject=subject,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            claims = Claims(str(payload["sid"]), str(payload["jti"]), float(payload["exp"]))
        except (jwt.PyJWTError, TypeError, ValueError):
            raise TokenRefused from None
        if claims.expires_s > now_s + self._life_s + self._leeway_s:
            raise TokenRefused  # longer than we ever give
        if not expired_too and now_s > claims.expires_s + self._leeway_s:
            raise TokenRefused
        return claims

    def check_unused(self, token: str | None, now_s: float) -> Claims:
        """Return the claims of a good token that has not sat down yet.  Raises TokenRefused."""
        claims = self.check(token, now_s)
        if claims.jti in self._used:
            raise TokenRefused
        return claims

    def use(self, token: str | None, now_s: float) -> Claims:
        """Check a token and use it up for sitting down.  Raises TokenRefused when it was used."""
        claims = self.check_unused(token, now_s)
        self._forget(now_s)
        self._used[claims.jti] = claims.expires_s
        return claims

    def give_back(self, claims: Claims) -> None:
        """Let a token that found no seat be used again."""
        self._used.pop(claims.jti, None)

    def make_pass(self, now_s: float) -> str:
        """Return what a device keeps (as a cookie) once its join token was good."""
        payload = {"aud": PASS_AUDIENCE, "exp": int(now_s + PASS_S)}
        return jwt.encode(payload, self._secret, algorithm=ALGORITHM)

    def check_pass(self, given: str | None, now_s: float) -> bool:
        """Whether `given` is a pass of ours that still holds."""
        try:
            payload = jwt.decode(
                given or "", self._secret, algorithms=[ALGORITHM], audience=PASS_AUDIENCE,
                options={"require": ["aud", "exp"], "verify_exp": False},
            )  # fmt: skip
            return bool(now_s <= float(payload["exp"]) <= now_s + PASS_S)
        except (jwt.PyJWTError, TypeError, ValueError):
            return False

    def _forget(self, now_s: float) -> None:
        while self._used:
            jti, expires_s = next(iter(self._used.items()))
            if now_s <= expires_s + self._leeway_s and len(self._used) < REMEMBERED_MAX:
                return
            del self._used[jti]


class JoinTokens:
    """One-time tokens of the LAN link; the next one is made when one was used."""

    def __init__(self) -> None:
        self.current = secrets.token_urlsafe(16)

    def use(self, given: str | None) -> None:
        """Use the current token up.  Raises TokenRefused."""
        if not hmac.compare_digest((given or "").encode(), self.current.encode()):
            raise TokenRefused
        self.current = secrets.token_urlsafe(16)


def load_secret(var_dir: Path) -> str:
    """Read the signing secret of this machine, or make it (mode 0600).  Raises SettingsRejected."""
    path = var_dir / "token_secret"
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(SECRET_BYTES_MIN))
        secret = path.read_text().strip()
    except OSError as error:
        raise SettingsRejected(f"server.var_dir: {error}") from None
    if len(secret) < SECRET_BYTES_MIN:
        raise SettingsRejected(f"session.token_secret: {path} holds fewer than {SECRET_BYTES_MIN} bytes; delete it")
    return secret
