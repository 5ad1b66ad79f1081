"""An empty database of the newest shape in SQLite, to be copied: to make one takes seconds."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from whimbrel.core.migrate import migrate


@cache
def template() -> Path:
    """Its file, made once for all of this process."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-shape-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate("", folder)
    return folder / "whimbrel.db"


def furnish(data: Path, database: str = "") -> None:
    """Put a copy into the data folder of a server that has none yet, unless its `database` is
    elsewhere."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (database or (data / "whimbrel.db").exists()):
        shutil.copy(template(), data)
