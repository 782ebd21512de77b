"""The whole program as a process: ports, signals, LAN mode, orphans."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.sync.client import connect

import run_server
from server.serve_command import _Server, listen
from tests.server.clients import CONSENT, Shopper
from tests.server.shop import shop_settings

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """`python -m tests.server.shop`, watched."""

    def __init__(self, tmp_path: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.server.shop", "--var", str(tmp_path / "var"), *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "LAN": ""}
        )
        assert self.process.stdout is not None
        self.lines: list[str] = []
        last = "The link works once" if "--lan" in arguments else "Lookglass: "
        while not self.lines or not self.lines[-1].startswith(last):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            self.lines.append(line)
        self.url = next(line for line in self.lines if line.startswith("Lookglass: ")).split()[1]

    def ready(self, verify: Any = True) -> None:
        with self.client(verify) as client:
            until(lambda: client.get("/readyz").status_code == 200)

    def client(self, verify: Any = True) -> httpx.Client:
        base = self.url.partition("#")[0].rstrip("/")
        return httpx.Client(base_url=base, headers={"Origin": base}, verify=verify, timeout=10)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()] or [
            int(pid) for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) == self.process.pid
        ]


def parent_of(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def until(condition: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    programs: list[Program] = []

    def begin(*arguments: str) -> Program:
        programs.append(Program(tmp_path, *arguments))
        return programs[-1]

    yield begin
    for program in programs:
        program.end()


def test_port_in_use_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "tests.server.shop", "--var", str(tmp_path), "--set", f"server.port={port}"],
            cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert re.fullmatch(rf"lookglass: cannot listen on 127.0.0.1:{port}: the port is in use; .*--port.*\n", done.stderr)


async def test_answers_are_not_held_back_for_an_acknowledgement(tmp_path: Path) -> None:
    listener = listen(shop_settings(tmp_path))
    assert listener is not None
    accepted: asyncio.Queue[int] = asyncio.Queue()

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = writer.get_extra_info("socket")
        accepted.put_nowait(wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(greet, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        assert await asyncio.wait_for(accepted.get(), 5) == 1
        writer.close()


@pytest.mark.parametrize(
    "arguments",
    [("--host", "0.0.0.0"), ("--config", "/nowhere.toml"), ("--port", "99999")],  # noqa: S104
)
def test_refused_settings_are_one_clear_line_and_exit_2(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAN", "")
    assert run_server.main(["serve", *arguments]) == 2
    assert re.fullmatch(r"lookglass: settings: .+\n", capfd.readouterr().err)


def test_first_signal_drains_and_exits_0_and_leaves_no_process(start: Any) -> None:
    program = start()
    program.ready()
    until(lambda: len(program.workers()) == 2)
    workers = program.workers()
    host = program.url.removeprefix("http://").rstrip("/")
    token = httpx.post(f"http://{host}/api/v1/consent", json=CONSENT, headers={"Origin": f"http://{host}"}).json()[
        "token"
    ]
    with connect(f"ws://{host}/ws", origin=f"http://{host}", compression=None) as ws:
        ws.send(json.dumps({"v": 1, "type": "hello", "token": token}))
        assert json.loads(ws.recv())["type"] == "welcome"
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(timeout=10) == 0
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))


def test_second_signal_ends_at_once(start: Any) -> None:
    program = start("--set", "server.drain_s=600")
    program.ready()
    host = program.url.removeprefix("http://").rstrip("/")
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as held:
        head = f"POST /api/v1/consent HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 9\r\n\r\n"
        held.sendall(head.encode())
        time.sleep(0.3)
        program.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(timeout=5) == 1


def test_killed_server_leaves_no_worker(start: Any) -> None:
    program = start()
    program.ready()
    until(lambda: len(program.workers()) == 2)
    workers = program.workers()
    program.process.kill()
    program.process.wait()
    until(lambda: not any(alive(pid) for pid in workers))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_lan_serves_https_with_its_own_certificate_and_a_link_for_one(start: Any, tmp_path: Path) -> None:
    program = start("--lan")
    text = "".join(program.lines)
    assert "SHA-256 " in text
    assert "█" in text or "▄" in text or "\x1b[" in text, "the QR code"
    assert program.url.startswith("https://")
    join = program.url.partition("#join=")[2]
    assert len(join) >= 16
    trusted = ssl.create_default_context(cafile=str(tmp_path / "var" / "tls" / "lan.crt"))
    program.ready(trusted)
    with program.client(trusted) as client:
        answer = client.get("/")
        assert "strict-transport-security" not in answer.headers, "a self-made certificate must not be pinned"
        assert "wss://" in answer.headers["content-security-policy"]
        assert client.post("/api/v1/consent", json=CONSENT).status_code == 401
        assert client.post("/api/v1/consent", json={**CONSENT, "join": join}).status_code == 200
        assert client.get("/metrics").status_code == 403, "metrics are for this machine"
    assert program.process.stdout is not None
    again = program.process.stdout.readline()
    while "#join=" not in again:
        again = program.process.stdout.readline()
    assert join not in again


async def test_log_of_a_whole_session_holds_no_token_and_no_secret(start: Any, tmp_path: Path) -> None:
    program = start("--set", "server.log_level=debug", "--set", "server.log_json=true")
    await asyncio.to_thread(program.ready)
    host = program.url.removeprefix("http://").rstrip("/")
    from tests.server.clients import House

    house = House(None, None, host)  # type: ignore[arg-type]
    shopper = Shopper(house)
    tokens = []

    async def token() -> str:
        async with house.http() as http:
            tokens.append(str((await http.post("/api/v1/consent", json=CONSENT)).json()["token"]))
        return tokens[-1]

    house.token = token  # type: ignore[method-assign]
    async with house.socket() as ws:
        await shopper.enter(ws)
        shopper.tell(type="body", height_cm=171.25)
        await shopper.until(lambda: shopper.said("stats"))
        await shopper.leave()
    program.process.send_signal(signal.SIGTERM)
    out, err = await asyncio.to_thread(program.process.communicate)
    secret = (tmp_path / "var" / "token_secret").read_text()
    log = out + err
    assert "session seated" in log
    for hidden in (*tokens, secret, "171.25", "ice-pwd", "127.0.0.1:"):
        assert hidden not in log


def test_what_is_loaded_is_left_out_of_the_collectors_later_rounds() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("nobody asks")

    async def begin(listener: socket.socket) -> None:
        server = _Server(uvicorn.Config(app, lifespan="off", log_config=None))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup([listener])
        await server.shutdown([listener])

    before = gc.get_freeze_count()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            asyncio.run(begin(listener))
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()
