"""One Chromium for all of these tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import services

HERE = Path(__file__).parent
# `import eyes`, `import stories`: importmode=importlib adds none
sys.path[:0] = [str(HERE), str(HERE.parent / "timelines")]


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, chromium: str) -> Iterator[Browser]:
    """A module with `WHOLE = True` takes the browser that people have."""
    path = services.chromium(whole=True) if getattr(request.module, "WHOLE", False) else chromium
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
