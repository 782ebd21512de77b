"""Small JSON messages between the rim and a worker, over a socket pair.

JSON and not pickle: the worker reads pictures of strangers, and what it sends is not trusted more
than it has to be.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

MESSAGE_MAX = 1 << 20
_HEAD = struct.Struct("!I")


class Link:
    """One end of the socket pair; `send` from any one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message.  Raises OSError when the other end is gone."""
        data = json.dumps(message, separators=(",", ":")).encode()
        self.sock.sendall(_HEAD.pack(len(data)) + data)

    def receive(self) -> list[dict[str, Any]]:
        """Read what is there (waits when nothing is).  Raises EOFError when the other end is gone."""
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError
        self._buffer += data
        return self._messages()

    def _messages(self) -> list[dict[str, Any]]:
        found = []
        while len(self._buffer) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer)
            if size > MESSAGE_MAX:
                raise EOFError
            if len(self._buffer) < _HEAD.size + size:
                break
            found.append(json.loads(self._buffer[_HEAD.size : _HEAD.size + size]))
            del self._buffer[: _HEAD.size + size]
        return found

    def close(self) -> None:
        """Close this end."""
        self.sock.close()
