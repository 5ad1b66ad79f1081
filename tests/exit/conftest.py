"""Two servers on the same engine: one to leave, one to arrive at."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "media"))

from houses import House
from kept import KeeperHouse

import services
from whimbrel.exit.sealing import new_identity


@pytest.fixture
def house(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, instance: Any, clock: Any
) -> Iterator[Callable[[str], House]]:
    """By name, a server of its own: empty, of the newest shape."""
    made: list[House] = []

    def build(name: str) -> House:
        folder = tmp_path / name
        folder.mkdir()
        if engine == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_template"), folder / "whimbrel.db")
        made.append(House(folder, services.database(request, engine), instance, clock))
        return made[-1]

    yield build
    for each in made:
        each.close()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Callable[[str], KeeperHouse]]:
    """By name, a keeper that runs."""
    made: list[KeeperHouse] = []

    def build(name: str) -> KeeperHouse:
        made.append(KeeperHouse(tmp_path / name))
        return made[-1].start()

    yield build
    for each in made:
        each.kill()


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A file with the key of whoever may open the private part of bags."""
    path = tmp_path / "identity"
    path.write_text(new_identity() + "\n")
    return path
