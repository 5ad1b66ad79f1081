"""How much room is taken by what. Sizes in bytes."""

import shutil
from pathlib import Path
from typing import NamedTuple

from whimbrel.core.settings import Settings


class Files(NamedTuple):
    """What lies beside the database. `search`: None = it is part of a database elsewhere."""

    search: int | None
    keyring: int
    free: int
    whole: int


def files(settings: Settings) -> Files:
    """What the data folder tells. Asks the disk, so not for the event loop."""
    url, search = settings.search_url, None
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        search = sum(_size(path.with_name(path.name + end)) for end in ("", "-wal", "-shm"))
    disk = shutil.disk_usage(settings.data)
    return Files(search, _size(settings.data / "keyring.bin"), disk.free, disk.total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
