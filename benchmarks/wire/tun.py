"""Two network namespaces joined by a wire in user space, so that whole programs meet a bad network unchanged.

    namespace "left"  | TUN | Channel up   -> | TUN |  namespace "right"
                      |     | <- Channel down |     |

A process of its own owns both ends: when it goes, they go. Linux, and the right to make namespaces (root), are needed;
`tc netem` is not. A program enters an end by `enter`, or by `nsenter --net=PATH`.
"""

from __future__ import annotations

import ctypes
import fcntl
import multiprocessing
import os
import select
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, TypeVar

from benchmarks.wire.channel import Channel, Impairment
from pipelines.errors import BackendUnavailable

LEFT, RIGHT = "10.77.0.1", "10.77.0.2"
CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x4004_54CA, 0x0001, 0x1000
DEVICE = "wire0"
DATAGRAM_MAX = 2048
READ_MAX = 64  # datagrams at a time, so that one direction does not starve the other
START_S = 10.0
Direction = Literal["up", "down"]  # from left to right, from right to left
Side = Literal["left", "right"]
T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """Datagrams of one direction since the start."""

    sent: int
    lost: int


class TunWire:
    """A context manager: inside it both ends are there.  Raises BackendUnavailable where they cannot be made."""

    def __init__(self, up: Impairment, down: Impairment | None = None, seed: int = 1) -> None:
        self._begin = (up, down or up, seed)
        self.left = self.right = ""  # paths of the namespaces

    def __enter__(self) -> TunWire:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_carry, args=(theirs, *self._begin), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(START_S):
            raise BackendUnavailable("the wire does not start")
        told = self._pipe.recv()
        if isinstance(told, str):
            self._process.join()
            raise BackendUnavailable(told)
        self.left, self.right = (f"/proc/{self._process.pid}/fd/{descriptor}" for descriptor in told)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._ask("end")
        self._process.join(2.0)
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def impair(self, **directions: Impairment) -> None:
        """Change `up`, `down` or both while packets fly."""
        self._ask("impair", directions)

    def lose_next(self, direction: Direction, count: int, at_least_bytes: int = 0) -> None:
        """Lose the next datagrams of at least that size, headers of IP and UDP included."""
        self._ask("lose", direction, count, at_least_bytes)

    def readdress(self, side: Side, address: str) -> None:
        """Give an end another address, as a phone gets one that changes its network; the old one is gone."""
        self._ask("readdress", side, address)

    def counts(self) -> dict[Direction, Counts]:
        """Return what was sent and lost so far."""
        found: dict[Direction, Counts] = self._ask("counts")
        return found

    def _ask(self, *order: Any) -> Any:
        self._pipe.send(order)
        return self._pipe.recv()


def enter(path: str) -> None:
    """Move this thread, and what it starts, into the namespace of a path.  Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _setns(descriptor)
    finally:
        os.close(descriptor)


def why_not() -> str | None:
    """Return why this machine cannot have the wire; None where it can."""
    if shutil.which("ip") is None:
        return "no `ip` of iproute2"
    if not Path("/dev/net/tun").exists():
        return "no /dev/net/tun"
    try:
        with TunWire(Impairment()):
            return None
    except BackendUnavailable as unavailable:
        return str(unavailable)


def _carry(pipe: Connection, up: Impairment, down: Impairment, seed: int) -> None:
    """Make both ends, tell their descriptors, forward until told to end."""
    try:
        ends = [_in_thread(lambda address=address: _open_end(address)) for address in (LEFT, RIGHT)]
    except (OSError, subprocess.CalledProcessError) as error:
        pipe.send(f"namespaces or TUN devices are not permitted here: {error}")
        return
    pipe.send([namespace for namespace, _ in ends])
    channels: dict[str, Channel] = {"up": Channel(up, seed), "down": Channel(down, seed + 1)}
    left, right = (tun for _, tun in ends)
    routes = {left: (channels["up"], right), right: (channels["down"], left)}
    namespaces = dict(zip(("left", "right"), (namespace for namespace, _ in ends), strict=True))
    with suppress(EOFError):
        while _take_order(pipe, channels, namespaces):
            _forward(routes, pipe)


def _forward(routes: dict[int, tuple[Channel, int]], pipe: Connection) -> None:
    """Carry datagrams until there is an order."""
    while not pipe.poll():
        now_s = time.monotonic()
        for channel, out in routes.values():
            for data in channel.due(now_s):
                with suppress(OSError):  # the end's own queue is full, or it is being given another address
                    os.write(out, data)
        times = [channel.next_s for channel, _ in routes.values() if channel.next_s is not None]
        wait_s = max(0.0, min(times) - time.monotonic()) if times else None
        ready, _, _ = select.select([*routes, pipe], [], [], wait_s)
        for tun in ready:
            if tun is not pipe:
                _read(tun, routes[tun][0])


def _read(tun: int, channel: Channel) -> None:
    for _ in range(READ_MAX):
        try:
            data = os.read(tun, DATAGRAM_MAX)
        except BlockingIOError:
            return
        if data[0] >> 4 == 4:  # IPv6 would find neighbours now and then, and draw numbers
            channel.put(data, time.monotonic())


def _take_order(pipe: Connection, channels: dict[str, Channel], namespaces: dict[str, int]) -> bool:
    """Do what is asked, if anything is; False when it is time to end."""
    if not pipe.poll():
        return True
    answer: Any = None
    match pipe.recv():
        case ("impair", directions):
            for name, impairment in directions.items():
                channels[name].impairment = impairment
        case ("lose", direction, count, size):
            channels[direction].lose_next(count, size)
        case ("readdress", side, address):
            _in_thread(lambda: _readdress(namespaces[side], address))
        case ("counts",):
            answer = {name: Counts(channel.sent, channel.lost) for name, channel in channels.items()}
        case ("end",):
            pipe.send(None)
            return False
    pipe.send(answer)
    return True


def _open_end(address: str) -> tuple[int, int]:
    """Make a namespace with one TUN device in this thread; return the descriptors of both."""
    _check(_libc().unshare(CLONE_NEWNET))
    namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    with suppress(OSError):
        Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    _ip("link", "set", "lo", "up")
    _ip("link", "set", DEVICE, "up")
    _address(address)
    return namespace, tun


def _readdress(namespace: int, address: str) -> None:
    _setns(namespace)
    _ip("address", "flush", "dev", DEVICE)
    _address(address)


def _address(address: str) -> None:
    _ip("address", "add", address, "dev", DEVICE)
    _ip("route", "replace", "default", "dev", DEVICE)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own: a namespace belongs to a thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _setns(descriptor: int) -> None:
    _check(_libc().setns(descriptor, CLONE_NEWNET))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
