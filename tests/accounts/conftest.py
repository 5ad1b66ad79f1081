"""The doors of this room on both engines."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import front`: importmode=importlib adds none

import front

from whimbrel.accounts.api import entry, oauth
from whimbrel.core.db import open_db


@pytest.fixture
def door(database: str, tmp_path: Path, instance: Any, clock: Any) -> Iterator[front.Front]:
    """A process with this room's doors and handlers, on a fresh database."""
    db = open_db(database, tmp_path, instance, front.ROUTES, clock)
    yield front.Front(front.app_of(db, tmp_path), [*oauth.ROUTES, *entry.ROUTES])
    db.close()
