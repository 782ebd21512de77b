import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import run_server
from pipelines.errors import BackendUnavailable, GarmentNotFound

ROOT = Path(__file__).resolve().parent.parent


def door(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "run_server.py", *args], text=True, check=False, **options)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., int]], None]:
    """Put a function in the place of the garment command."""

    def replace(main: Callable[..., int]) -> None:
        module = ModuleType("server.garment_command")
        module.main = main
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return replace


def raiser(error: BaseException) -> Callable[..., int]:
    def main(args: object) -> int:
        raise error

    return main


def test_help_names_every_command() -> None:
    done = door("--help", capture_output=True)
    assert done.returncode == 0
    assert all(name in done.stdout for name in run_server.COMMANDS)


def test_door_imports_nothing_heavy_before_it_knows_the_command() -> None:
    code = "import sys, run_server; run_server.parse(['garment', 'list']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "cv2", "asyncio", "pydantic"} & set(done.stdout.split())


@pytest.mark.parametrize("argv", [[], ["--lan"], ["--port", "9000"]])
def test_door_serves_when_no_command_is_named(argv: list[str]) -> None:
    args = run_server.parse(argv)
    assert args.command == "serve"
    assert args.lan == ("--lan" in argv)


def test_door_refuses_in_one_line_what_cannot_be_done(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (GarmentNotFound("no garment\n  named x"), BackendUnavailable("no such backend")):
        command(raiser(error))
        assert run_server.main(["garment", "list"]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err == f"lookglass: {' '.join(str(error).split())}\n"


def test_door_shows_faults_of_ours_as_faults(command: Callable[..., None]) -> None:
    command(raiser(ModuleNotFoundError("no", name="pipelines.nowhere")))
    with pytest.raises(ModuleNotFoundError):
        run_server.main(["garment", "list"])


def test_door_tells_how_to_install_when_a_package_is_missing(
    command: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(raiser(ModuleNotFoundError("no", name="mediapipe.python")))
    assert run_server.main(["garment", "list"]) == 2
    assert "make setup" in capsys.readouterr().err


def test_door_returns_130_when_interrupted(command: Callable[..., None]) -> None:
    command(raiser(KeyboardInterrupt()))
    assert run_server.main(["garment", "list"]) == 130


def test_door_is_quiet_when_the_reader_has_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = door("bench", "--list", stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_door_limits_numeric_libraries_to_one_thread(
    command: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    for name in run_server.THREAD_LIMITS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # a choice of the user's own stands
    command(lambda args: seen.update(os.environ) or 0)
    assert run_server.main(["garment", "list"]) == 0
    assert [seen[name] for name in run_server.THREAD_LIMITS] == ["2", "1", "1", "1", "1"]


def test_garment_list_tells_what_can_be_worn() -> None:
    done = door("garment", "list", "--json", capture_output=True)
    assert done.returncode == 0
    for garment in json.loads(done.stdout)["garments"]:
        assert garment.keys() == {"id", "name", "category", "sizes"}
        assert garment["sizes"]


@pytest.mark.parametrize(
    ("garment", "size", "content", "told"),
    [
        ("nowhere_to_be_found", "M", b"", "nowhere_to_be_found"),
        ("tee_crew", "7XL", b"", "7XL"),
        ("tee_crew", "M", b"neither a picture nor a video", "in.mp4"),
        ("tee_crew", "M", None, "in.mp4"),
    ],
)
def test_render_refuses_in_one_line_and_leaves_nothing_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], garment: str, size: str, content: bytes | None, told: str
) -> None:
    source, out = tmp_path / "in.mp4", tmp_path / "out"
    out.mkdir()
    if content is not None:
        source.write_bytes(content)
    args = [
        "render",
        source,
        "--garment",
        garment,
        "--size",
        size,
        "--out",
        out / "out.mp4",
        "--report",
        out / "r.jsonl",
    ]
    assert run_server.main([str(arg) for arg in args]) == 2
    printed = capfd.readouterr().err
    assert printed.startswith("lookglass: ")
    assert printed.count("\n") == 1
    assert told in printed
    assert list(out.iterdir()) == []
