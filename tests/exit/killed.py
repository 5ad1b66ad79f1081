"""An import that is killed (-9) after so many rows: `killed.py FOLDER URL BAG IDENTITY ROWS`."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from houses import House

from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import utc_now
from whimbrel.exit import bring
from whimbrel.exit.queries import rows

folder, url, bag, identity, left = sys.argv[1:]
put, count = rows.put, int(left)


def until_then(*args: object) -> None:
    """As ever, until it is over."""
    global count
    count -= 1
    if count < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    put(*args)  # type: ignore[arg-type]


rows.put = until_then
bring.SLICE = 5  # rows of a transaction
instance = Instance.of(Settings(domain="social.example", signups="open"))
House(Path(folder), url, instance, utc_now).bring(Path(bag), Path(identity))
