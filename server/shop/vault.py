"""Sealing of saved bodies: AES-256-GCM, the key in a file of its own beside the database, mode 0600."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, NONCE_BYTES = 32, 12


class SealBroken(Exception):
    """Sealed with another key, for another row, or altered."""


class Vault:
    """Seals bytes so that only this machine's key, and only beside the row they belong to, opens them."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        """Return `plain` sealed for the row that `belongs_to` names."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, belongs_to.encode())

    def open(self, sealed: bytes, belongs_to: str) -> bytes:
        """Return what was sealed.  Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to.encode())
        except (InvalidTag, ValueError):
            raise SealBroken from None


def load_vault(path: Path | None) -> Vault:
    """Return the vault of the key in `path`, which is made where there is none; without a path it lasts as long as we.

    Raises OSError, and ValueError where the file holds no key.
    """
    if path is None:
        return Vault(secrets.token_bytes(KEY_BYTES))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes")
    return Vault(key)
