"""The head of the moderation queue with a million cases, a tenth of them open.

    .venv/bin/python -m bench.queue [--cases 1000000] [--database postgresql://...]

Prints medians: what a program asks (the first case), and what the desk's page shows (40 rows with
people, posts and counts)."""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whimbrel.accounts import signup
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.signup import New
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.engines import Query, insert
from whimbrel.core.migrate import migrate
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.moderation import board, queue
from whimbrel.moderation.rules import CLOCKS, RANKING
from whimbrel.moderation.tables import cases

BLOCK = 50_000
OPEN = 10  # one of so many
COLUMNS = ("id", "class", "state", "target", "received", "due", "closed_at", "reach", "record")
_ADD = Query(insert(cases, COLUMNS))


def fill(tx: Tx, first: int, many: int, target: int) -> None:
    """Put in cases of the last weeks, of all classes."""
    chance = random.Random(first)
    rows = []
    for number in range(first, first + many):
        klass = chance.choice(RANKING)
        received = tx.ms - chance.randrange(30 * 86_400_000)
        still = number % OPEN == 0
        rows.append(
            {
                "id": (received << 16) + number % 65_536,
                "class": klass,
                "state": "open" if still else "closed",
                "target": target,
                "received": received,
                "due": received + CLOCKS[klass].act_by,
                "closed_at": None if still else received + 60_000,
                "reach": chance.randrange(100),
                "record": 50,
            }
        )
    tx.many(_ADD, {row["id"]: row for row in rows}.values())


def median(do: Callable[[], Any], times: int = 300) -> float:
    """Microseconds."""
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        spans.append((time.perf_counter() - began) * 1e6)
    return statistics.median(spans)


def main() -> None:
    """Fill a database and measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--database", default="")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        migrate(given.database, Path(folder))
        instance = Instance.of(Settings(domain="bench.example"))
        db = open_db(given.database, Path(folder), instance, routes())
        new = New(username="bench", email="", confirmed=True, approved=True)
        target = db.write_sync(signup.create, new)
        for first in range(0, given.cases, BLOCK):
            db.write_sync(fill, first, min(BLOCK, given.cases - first), target)
        viewer = Viewer(account=target, role="admin")

        def measured(tx: Tx) -> tuple[float, float]:
            head = median(lambda: queue.first(tx, 1))
            return head, median(lambda: board.rows(tx, viewer), 50)

        head, page = db.write_sync(measured)
        print(f"{given.cases} cases on {db.env.engine}: head {head:.0f} us, page {page:.0f} us")
        db.close()


if __name__ == "__main__":
    main()
