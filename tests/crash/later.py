"""`whimbrel` at another hour than it is: run as `python -m tests.crash.later serve ...`.

`LATER` names a file that says how many seconds the clock is ahead, now; the server asks it each
time. Nothing else is changed."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from whimbrel.app import opening
from whimbrel.core.tx import utc_now

_open = opening.open_db


def ahead(place: Path) -> None:
    """Let transactions take that for now."""

    def clock() -> datetime:
        said = place.read_text() if place.exists() else ""
        return utc_now() + timedelta(seconds=float(said or 0))

    def opened(*args: Any) -> Any:
        return _open(*args[:-1], clock)

    opening.open_db = opened


if __name__ == "__main__":
    from whimbrel.app.cli import main

    ahead(Path(os.environ.pop("LATER")))
    main()
