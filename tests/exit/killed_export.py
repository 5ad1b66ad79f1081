"""An export that is killed (-9) when so many files are on the disk.

Asked as `killed_export.py FOLDER URL BAG RECIPIENT FILES`."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from houses import House

from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import utc_now
from whimbrel.exit import bag

folder, url, target, recipient, left = sys.argv[1:]
count = int(left)


class Os:
    """As ever, until it is over."""

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fsync(self, fd: int) -> None:
        global count
        count -= 1
        if count < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        os.fsync(fd)


bag.os = Os()  # type: ignore[attr-defined]
instance = Instance.of(Settings(domain="social.example", signups="open"))
House(Path(folder), url, instance, utc_now).export(Path(target), recipient=recipient)
