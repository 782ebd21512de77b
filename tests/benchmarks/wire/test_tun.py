from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.wire.channel import Impairment
from benchmarks.wire.tun import LEFT, RIGHT, TunWire, enter, why_not

REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=f"no wire between namespaces: {REASON}")
PORT = 9000
SIZE = 500


@pytest.fixture
def wire() -> Iterator[TunWire]:
    with TunWire(Impairment(delay_s=0.02), seed=3) as made:
        yield made


def socket_in(namespace: str) -> socket.socket:
    """Return a UDP socket that lives in the namespace; sockets stay where they were made."""

    def make() -> socket.socket:
        enter(namespace)
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("", PORT))
        made.settimeout(2.0)
        return made

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


def send(sender: socket.socket, count: int, to: str = RIGHT) -> None:
    for number in range(count):
        sender.sendto(number.to_bytes(2, "big") + bytes(SIZE - 2), (to, PORT))


def numbers(receiver: socket.socket) -> list[int]:
    """Return what arrives until nothing does for a while."""
    receiver.settimeout(0.3)
    found = []
    try:
        while True:
            found.append(int.from_bytes(receiver.recv(2048)[:2], "big"))
    except TimeoutError:
        return found


def test_datagram_arrives_after_the_delay_and_only_there(wire: TunWire) -> None:
    with socket_in(wire.left) as left, socket_in(wire.right) as right:
        began_s = time.monotonic()
        left.sendto(b"hello", (RIGHT, PORT))
        data, (sender, _) = right.recvfrom(100)
        took_s = time.monotonic() - began_s
    assert (data, sender) == (b"hello", LEFT)
    assert took_s >= 0.02


def test_same_seed_loses_the_same_datagrams() -> None:
    runs = []
    for seed in (3, 3, 4):
        with TunWire(Impairment(loss=0.2), seed=seed) as wire:
            with socket_in(wire.left) as left, socket_in(wire.right) as right:
                send(left, 100)
                runs.append(numbers(right))
    assert runs[0] == runs[1] != runs[2]
    assert 60 < len(runs[0]) < 95


def test_wire_changes_while_it_runs_and_counts(wire: TunWire) -> None:
    with socket_in(wire.left) as left, socket_in(wire.right) as right:
        wire.impair(up=Impairment(down=True))
        send(left, 10)
        assert numbers(right) == []
        wire.impair(up=Impairment())
        wire.lose_next("up", 1, at_least_bytes=SIZE)
        send(left, 10)
        assert numbers(right) == list(range(1, 10))
    assert (wire.counts()["up"].sent, wire.counts()["up"].lost) == (20, 11)


def test_end_keeps_nothing_of_its_old_address(wire: TunWire) -> None:
    with socket_in(wire.left) as left, socket_in(wire.right) as right:
        wire.readdress("left", "10.77.0.9")
        left.sendto(b"from the new one", (RIGHT, PORT))
        assert right.recvfrom(100)[1][0] == "10.77.0.9"
        right.sendto(b"lost", (LEFT, PORT))
        right.sendto(b"found", ("10.77.0.9", PORT))
        left.settimeout(1.0)
        assert left.recv(100) == b"found"
