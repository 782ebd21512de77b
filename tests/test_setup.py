"""`scripts/setup.sh`, with an interpreter that installs nothing and tells what it was asked for."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = ("pyproject.toml", "requirements.lock", "scripts/setup.sh", "scripts/llama_cpp.cmake")
PYTHON = """#!/bin/sh
if [ "$1" = - ]; then cat >/dev/null; echo torch==1; fi
printenv CMAKE_ARGS >"${0%/*}/cmake_args" || true
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder with an awkward name, with its environment; nobody here may install packages."""
    folder = tmp_path / "Ann's own; 2"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for file, text in {".venv/bin/python": PYTHON, "tools/id": "#!/bin/sh\necho 1000\n"}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
        (folder / file).chmod(0o755)
    return folder


def set_up(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it; skips where more than a compiler is missing."""
    given = {"PATH": f"{folder / 'tools'}:{os.environ['PATH']}", "HOME": str(folder), **environment}
    done = subprocess.run(
        [folder / "scripts" / "setup.sh", "run"], env=given, capture_output=True, text=True, check=False
    )
    if "lib" in done.stderr.partition("missing here")[2]:
        pytest.skip(done.stderr)
    return done


@pytest.mark.parametrize("compiler", ["env cc", "env -m64", "env"])
def test_a_compiler_may_have_options(checkout: Path, compiler: str) -> None:
    assert set_up(checkout, CC=compiler, CXX=compiler).returncode == 0


def test_a_missing_compiler_is_told_of_unless_there_is_nothing_to_compile(checkout: Path) -> None:
    done = set_up(checkout, CXX="none-such -m64")
    assert (done.returncode, "g++" in done.stderr) == (2, True)
    locked = (ROOT / "requirements.lock").read_text().splitlines()
    name, _, version = next(line for line in locked if line.startswith("llama_cpp_python")).partition("==")
    packages = checkout / ".venv" / "lib" / "python3.11" / "site-packages"
    (packages / f"{name}-{version}.dist-info").mkdir(parents=True)
    assert set_up(checkout, CXX="none-such -m64").returncode == 0


def test_any_path_of_the_checkout_reaches_cmake(checkout: Path) -> None:
    assert set_up(checkout, CC="env", CXX="env", CMAKE_ARGS="-DOWN=1").returncode == 0
    words = shlex.split((checkout / ".venv" / "bin" / "cmake_args").read_text())
    assert f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={checkout}/scripts/llama_cpp.cmake" in words
    assert words[-1] == "-DOWN=1"
