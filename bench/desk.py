"""26,000 reports and three moderators: does everything urgent keep its time, and when is it done?

    .venv/bin/python -m bench.desk [--reports 26000] [--database postgresql://...]

Four in five reports lie there at the beginning, the others come in the days after; six in ten are
in clusters (a link, nearly the same words). The three work around the clock, each as long on a case
as the desk takes such a case to last, on a clock of their own that stands still meanwhile: what is
printed first is their time, not the machine's. They call the same functions as the desk's pages.
Nobody is called and nothing hides by itself. `bench.shift` has the three work by the pages of a
real server."""

import argparse
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from whimbrel.accounts import signup
from whimbrel.accounts.rules import Role, Viewer
from whimbrel.accounts.signup import New
from whimbrel.app.handlers import routes
from whimbrel.core.db import Db, open_db
from whimbrel.core.engines import Query
from whimbrel.core.errors import Conflict
from whimbrel.core.migrate import migrate
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.moderation import bulk, cases, clusters, eyes, queue
from whimbrel.moderation.events import BulkSlice
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import CLOCKS, MINUTE, RANKING, Class
from whimbrel.moderation.tables import bulk_items
from whimbrel.moderation.tables import cases as table
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft

AUTHORS, REPORTERS = 400, 40
AT_ONCE = 0.8  # are there at the beginning
DAYS = 7  # over which the others come
IN_CLUSTERS = 0.6
WAVE = 60  # reports of a cluster, on average
LOOK = 10_000  # ms for each member of a cluster
SMALLEST = 5  # cases, that a cluster is worth a decision of its own
SHARES: dict[Class, float] = {"L0": 0.0004, "V1": 0.0006, "H1": 0.004, "N1": 0.005, "D1": 0.05}
AGAIN = 200  # reports, until somebody looks again for clusters
BATCH = 200  # reports filed in one transaction
_CASES = Query(select(table.c["class"], table.c.received, table.c.due, table.c.closed_at))
_UNDONE = Query(select(bulk_items.c.bulk).where(bulk_items.c.result.is_(None)).distinct())


class Clock:
    """A clock that the bench moves."""

    def __init__(self) -> None:
        self.ms = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp() * 1000)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.ms)


class Drawn(NamedTuple):
    """A report that comes in. `klass`: it is graver than its category says."""

    author: Viewer
    reporter: Viewer
    said: str
    category: str
    klass: Class | None


class World:
    """The database, whoever writes and reports in it, and the three who decide."""

    def __init__(self, db: Db, clock: Clock, many: int, graver: float = 1) -> None:
        """Args: `graver`: how many times as much as usual is urgent."""
        self.db, self.clock, self.chance, self.graver = db, clock, random.Random(7), graver
        self.authors = [self._person(f"a{number}") for number in range(AUTHORS)]
        self.reporters = [self._person(f"r{number}") for number in range(REPORTERS)]
        self.staff = [self._person(f"mod{number}", "moderator") for number in range(3)]
        self.waves = max(1, int(many * IN_CLUSTERS / WAVE))
        begin, later = clock.ms, int(many * (1 - AT_ONCE))
        span = DAYS * 86_400_000
        self.coming = sorted(begin + self.chance.randrange(span) for _ in range(later))
        for first in range(0, many - later, BATCH):
            self.file(min(BATCH, many - later - first))

    def _person(self, name: str, role: Role = "user") -> Viewer:
        new = New(username=name, email="", confirmed=True, approved=True, role=role)
        made = self.db.write_sync(signup.create, new)
        return Viewer(account=made, role=role)

    def file(self, many: int) -> None:
        """So many reports come in now."""

        def filed(tx: Tx) -> None:
            for _ in range(many):
                self._one(tx)

        self.db.write_sync(filed)

    def drawn(self) -> "Drawn":
        """What the next report is."""
        chance = self.chance
        author, reporter = chance.choice(self.authors), chance.choice(self.reporters)
        clustered = chance.random() < IN_CLUSTERS
        wave = chance.randrange(self.waves)
        noise = " ".join(f"w{chance.randrange(10**6)}" for _ in range(12))
        said = f"Earn money now https://w{wave}.example/{noise[:8]}" if clustered else noise
        category = "spam" if clustered else "other"
        drawn, sum_ = chance.random(), 0.0
        for klass, share in SHARES.items() if not clustered else ():
            sum_ += share * self.graver / (1 - IN_CLUSTERS)
            if drawn < sum_:
                return Drawn(author, reporter, said, category, klass)
        return Drawn(author, reporter, said, category, None)

    def _one(self, tx: Tx) -> None:
        drawn = self.drawn()
        post = publish(tx, drawn.author, Draft(text=drawn.said))
        about, posts = str(drawn.author.id), [str(post.id)]
        form = ReportForm(account_id=about, status_ids=posts, category=drawn.category)
        made, _ = report(tx, drawn.reporter, form)
        if drawn.klass is not None:
            cases.escalate(tx, self.staff[0], made.case, drawn.klass)


class Shift:
    """Three moderators, until nothing is open."""

    def __init__(self, world: World) -> None:
        self.world, self.db, self.clock = world, world.db, world.clock
        self.free = dict.fromkeys(range(3), self.clock.ms)
        self.done: Counter[str] = Counter()
        self.since = AGAIN  # reports that came in since there was no cluster

    def run(self) -> int:
        """How long it took, ms."""
        begin = self.clock.ms
        while True:
            who = min(self.free, key=lambda each: self.free[each])
            self.clock.ms = self.free[who]
            self._arrivals()
            spent = self._work(self.world.staff[who], who)
            if spent is not None:
                self.free[who] = self.clock.ms + spent
            elif self.world.coming:
                self.free[who] = max(self.clock.ms + 1, self.world.coming[0])
            else:
                return max(self.free.values()) - begin

    def _arrivals(self) -> None:
        coming, now = self.world.coming, self.clock.ms
        many = sum(1 for at in coming if at <= now)
        if many:
            del coming[:many]
            self.since += many
            self.world.file(many)

    def _work(self, viewer: Viewer, who: int) -> int | None:
        """Do one thing; how long it takes (ms), None where there is nothing to do."""
        first = self.db.write_sync(queue.first, 1)
        if first and first[0].case.klass in ("L0", "V1", "H1"):
            return self._single(viewer)
        waits = self.db.write_sync(eyes.waiting, viewer)
        if waits and waits[0].by != viewer.id:
            self.db.write_sync(eyes.confirm, viewer, waits[0].id)
            self._carry_on()
            self.done["agreed"] += 1
            return 5 * MINUTE
        if not waits and self.since >= AGAIN:
            spent = self._cluster(viewer)
            if spent is not None:
                return spent
        return self._single(viewer)

    def _single(self, viewer: Viewer) -> int | None:
        """What is first in the queue: taken on now, decided when it has been looked at."""
        case = self.db.write_sync(queue.next_for, viewer)
        if case is None:
            return None
        self.db.write_sync(cases.claim, viewer, case.id)
        span = CLOCKS[case.klass].p80
        began, self.clock.ms = self.clock.ms, self.clock.ms + span
        wish = eyes.Decide(case.id, Ruling(acts=("hide",), facts="It is against the rules."))
        self.db.write_sync(eyes.through, viewer, wish)
        self.clock.ms = began
        self.done["single"] += 1
        return span

    def _cluster(self, viewer: Viewer) -> int | None:
        """The largest cluster, every member looked at."""
        found = self.db.write_sync(clusters.biggest, viewer)
        if not found or found[0].size < SMALLEST:
            self.since = 0
            return None
        shown = self.db.write_sync(clusters.show, viewer, found[0].trait)
        free = [case.id for case in shown.cases if case.held_by(self.clock.ms) is None]
        wish = eyes.Together(tuple(free), Ruling(acts=("hide",), facts="Advertising."))
        try:
            made = self.db.write_sync(eyes.through, viewer, wish)
        except Conflict:
            return None
        self._carry_on()
        self.done["cluster" if made.proposal is None else "proposed"] += 1
        return MINUTE + LOOK * len(free)

    def _carry_on(self) -> None:
        """What the outbox does at once: the rest of a decision of many."""

        def more(tx: Tx) -> int:
            open_ = tx.rows(_UNDONE)
            for (id_,) in open_:
                bulk.carry_on(tx, BulkSlice(bulk=id_))
            return len(open_)

        while self.db.write_sync(more):
            pass


def told(tx: Tx, now: int) -> list[str]:
    """A line for each class: how many, how many were late, and by how much at worst."""
    rows = tx.rows(_CASES)
    lines = [f"{'class':6}{'cases':>8}{'late':>8}{'in time':>10}{'worst':>12}"]
    for klass in RANKING:
        mine = [(due, closed or now) for name, _, due, closed in rows if name == klass]
        if not mine:
            continue
        late = [closed - due for due, closed in mine if closed > due]
        share = 100 * (1 - len(late) / len(mine))
        worst = f"{max(late) / 3_600_000:.1f} h" if late else "-"
        lines.append(f"{klass:6}{len(mine):>8}{len(late):>8}{share:>9.1f}%{worst:>12}")
    return lines


def main() -> None:
    """Fill a database, let them work, and print what came of it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--reports", type=int, default=26_000)
    asked.add_argument("--database", default="")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), Clock()
        migrate(given.database, folder)
        instance = Instance.of(Settings(domain="bench.example", moderation_times=()))
        db = open_db(given.database, folder, instance, routes(), clock)
        began = time.perf_counter()
        shift = Shift(World(db, clock, given.reports))
        filed = time.perf_counter() - began
        took = shift.run()
        worked = time.perf_counter() - began - filed
        print(f"{given.reports} reports, three moderators; {db.env.engine}")
        print("\n".join(db.write_sync(told, clock.ms)))
        print(f"time to empty: {took / 3_600_000:.1f} h of theirs; decisions: {dict(shift.done)}")
        print(f"the machine: {filed:.0f} s to file, {worked:.0f} s to decide")
        db.close()


if __name__ == "__main__":
    main()
