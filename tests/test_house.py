"""What must hold for the repository as a whole."""

import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import run_server

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {".py", ".js", ".mjs", ".css", ".html", ".glsl", ".vert", ".frag", ".sh"}
LINES_MAX = 400


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files that git knows and that are here."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or no git")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    lines = (line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#"))
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def requirements(project: dict[str, object]) -> list[Requirement]:
    return [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]


def test_lock_holds_a_fitting_version_of_every_dependency(project: dict[str, object], locked: dict[str, str]) -> None:
    for wanted in requirements(project):
        version = locked.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in requirements.lock"
        assert version in wanted.specifier, f"requirements.lock has {wanted.name} {version}, not {wanted.specifier}"


def test_lock_holds_plain_versions_alone(locked: dict[str, str]) -> None:
    for name, version in locked.items():
        assert re.fullmatch(r"[\w.]+", version), f"{name}: {version!r}"


def test_environment_is_the_locked_one(project: dict[str, object], locked: dict[str, str]) -> None:
    for wanted in requirements(project):
        installed = importlib.metadata.version(wanted.name).partition("+")[0]
        assert installed == locked[canonicalize_name(wanted.name)], wanted.name


def test_environment_has_a_single_opencv() -> None:
    names = {canonicalize_name(dist.name) for dist in importlib.metadata.distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-contrib-python"}


def test_makefile_limits_the_same_libraries_as_the_door() -> None:
    exported = re.findall(r"^export (\w+) := 1$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert tuple(exported) == run_server.THREAD_LIMITS


def test_version_is_the_one_of_the_changelog(project: dict[str, object]) -> None:
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_tracked_text_names_no_machine_path_and_no_registry(tracked: list[Path]) -> None:
    told = re.compile(
        rb"(?<![\w.~-])/(?:work|root|home)/\w|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|"
        rb"download\.pytorch\.org"
    )
    found = []
    for path in tracked:
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            found += [f"{path.relative_to(ROOT)}: {match[0].decode()}" for match in told.finditer(content)]
    assert found == []


def test_sources_stay_short(tracked: list[Path]) -> None:
    lengths = {path: path.read_bytes().count(b"\n") for path in tracked if path.suffix in SOURCES}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LINES_MAX} == {}


def test_licences_lie_beside_what_they_cover(tracked: list[Path]) -> None:
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text()
    data = {path.parent for path in tracked if path.suffix in {".npz", ".npy", ".glb", ".task"}}
    missing = [str(folder.relative_to(ROOT)) for folder in data if not list(folder.glob("LICENSE*"))]
    assert missing == []


def test_links_of_the_documents_lead_somewhere(tracked: list[Path]) -> None:
    broken = []
    for page in (path for path in tracked if path.suffix == ".md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_compiled_kernels_are_forgotten_only_when_a_kernel_changes(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "kernels.sh", tmp_path / "scripts")
    kernel, other, compiled = (tmp_path / "pipelines" / name for name in ("a.py", "b.py", "__pycache__/a.solve.nbc"))
    compiled.parent.mkdir(parents=True)
    kernel.write_text("from numba import njit\n")
    other.write_text("LENGTH_M = 1.0\n")

    def survives(change: Path | None) -> bool:
        compiled.touch()
        if change is not None:
            change.write_text(change.read_text() + "WIDTH_M = 1.0\n")
        subprocess.run([script], check=True)
        return compiled.exists()

    assert [survives(change) for change in (None, None, other, kernel, None)] == [False, True, True, False, True]
