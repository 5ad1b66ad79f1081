"""A whole server on both engines, for stories told in pages."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import browsing`: importmode=importlib adds none

import browsing

Story = Callable[[browsing.Site], Awaitable[None]]


@pytest.fixture
def tell(database: str, tmp_path: Path) -> Callable[..., None]:
    """`tell(story)` runs it against a fresh server; further arguments are settings."""

    def told(story: Story, **settings: Any) -> None:
        async def run() -> None:
            async with browsing.site(tmp_path, database, **settings) as site:
                await story(site)

        asyncio.run(run())

    return told
