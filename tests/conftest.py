"""What every test may use; the environment is set before anything loads numpy or OpenGL."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from run_server import THREAD_LIMITS

os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
os.environ["PYOPENGL_PLATFORM"] = "egl"

ROOT = Path(__file__).resolve().parent.parent
MEDIA = ROOT.parent / "shared" / "media"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by what a test uses, so that no test can forget to."""
    for item in items:
        if "media" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.media)
        if ROOT / "tests" / "e2e" in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands that a test runs in this process quieten its log: not that of the tests that follow."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def media() -> Path:
    """Folder of real clips, photos and meshes that lies beside the checkout, not in it."""
    if not MEDIA.is_dir():
        pytest.skip("no ../shared/media beside the checkout")
    return MEDIA


@pytest.fixture
def out_dir(request: pytest.FixtureRequest) -> Path:
    """Folder for pictures that a person should look at; stays after the test, git ignores it."""
    folder = ROOT / "out" / "tests" / re.sub(r"[^\w.-]+", "_", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
