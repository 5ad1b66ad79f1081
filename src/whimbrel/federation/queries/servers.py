"""What is known of other servers, and how things stand with each. For the staff: it counts rows."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, func, select, update

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tx import Tx
from whimbrel.core.worker import NEVER
from whimbrel.moderation.tables import reports
from whimbrel.posts.queries import number

from ..tables import deliveries, peers, queues, remote_actors, servers

SOME = 50  # people whose inboxes are looked at
_origin = bindparam("which", type_=String)
_SEEN = Query(upsert(servers, ["origin"], ["seen_at"], ["origin", "seen_at"]))
_ASKED = Query(select(servers.c.asked_at).where(servers.c.origin == _origin))
_SET_ASKED = Query(
    update(servers).where(servers.c.origin == _origin).values(asked_at=number("asked"))
)
_SET_SOFTWARE = Query(
    update(servers)
    .where(servers.c.origin == _origin)
    .values(
        software=bindparam("new_software", type_=String),
        version=bindparam("new_version", type_=String),
    )
)


def seen(tx: Tx, origin: str) -> int:
    """Something came from there; when it was last asked what it runs (ms; 0 = never)."""
    tx.run(_SEEN, origin=origin, seen_at=tx.ms)
    return int(tx.value(_ASKED, which=origin))


def asked(tx: Tx, origin: str) -> None:
    """It is being asked what it runs."""
    tx.run(_SET_ASKED, which=origin, asked=tx.ms)


def runs(tx: Tx, origin: str, software: str, version: str) -> None:
    """It runs this."""
    tx.run(_SET_SOFTWARE, which=origin, new_software=software, new_version=version)


# ------------------------------------------------------------------------------- for the staff

_there = accounts.c.domain == bindparam("domain", type_=String)
_INBOXES = Query(
    select(remote_actors.c.inbox)
    .join(accounts, accounts.c.id == remote_actors.c.account)
    .where(_there)
    .limit(number("most"))
)
_count = select(func.count())
_TIES = Query(
    select(
        _count.select_from(accounts).where(_there).scalar_subquery(),
        _count.select_from(follows.join(accounts, accounts.c.id == follows.c.followee))
        .where(_there)
        .scalar_subquery(),
        _count.select_from(follows.join(accounts, accounts.c.id == follows.c.follower))
        .where(_there)
        .scalar_subquery(),
        _count.select_from(reports.join(accounts, accounts.c.id == reports.c.target))
        .where(_there)
        .scalar_subquery(),
        _count.select_from(reports.join(accounts, accounts.c.id == reports.c.account))
        .where(_there)
        .scalar_subquery(),
    )
)
_QUEUES = Query(
    select(queues.c.origin, queues.c.due, queues.c.failures, queues.c.since).where(
        in_list(queues.c.origin, "origins")
    )
)
_WAIT = Query(
    select(deliveries.c.origin, func.count(), func.min(deliveries.c.letter))
    .where(in_list(deliveries.c.origin, "origins"))
    .group_by(deliveries.c.origin)
)
_KNOWN = Query(
    select(
        servers.c.origin, servers.c.seen_at, servers.c.software, servers.c.version, peers.c.style
    )
    .outerjoin(peers, peers.c.origin == servers.c.origin)
    .where(in_list(servers.c.origin, "origins"))
)
_AWAY = Query(
    select(queues.c.origin, queues.c.failures, queues.c.since)
    .where(queues.c.failures > 0)
    .order_by(queues.c.since)
    .limit(number("most"))
)
_NUMBERS = Query(
    select(
        _count.select_from(deliveries).scalar_subquery(),
        _count.select_from(queues).where(queues.c.failures > 0).scalar_subquery(),
        select(func.min(queues.c.due)).where(queues.c.failures == 0).scalar_subquery(),
    )
)
_NOW = Query(update(queues).where(queues.c.origin == _origin).values(due=number("now"), lease=0))
_ALL_NOW = Query(
    update(deliveries)
    .where(deliveries.c.origin == _origin, deliveries.c.due > number("now"))
    .values(due=number("now"))
)


class Queue(NamedTuple):
    """What waits for a server at one origin."""

    origin: str
    waiting: int = 0
    oldest: int | None = None  # ms
    failures: int = 0  # in a row
    since: int | None = None  # ms: it does not answer since
    next: int | None = None  # ms: when it is called on again


class Numbers(NamedTuple):
    """How all deliveries stand."""

    waiting: int
    away: int  # servers
    late: int  # ms: how overdue the next call on one that answers is


def inboxes(tx: Tx, domain: str) -> list[str]:
    """Where some of the people of a domain are reached."""
    return [row[0] for row in tx.rows(_INBOXES, domain=domain, most=SOME)]


def ties(tx: Tx, domain: str) -> tuple[int, int, int, int, int]:
    """People known; follows of them and by them; reports about them and from them."""
    found: Any = tx.row(_TIES, domain=domain)
    return (*map(int, found),)  # type: ignore[return-value]  # five


def queues_of(tx: Tx, origins: Sequence[str]) -> list[Queue]:
    """What waits at each of these."""
    waits = {row[0]: row[1:] for row in tx.rows(_WAIT, list_origins=list(origins))}
    found = []
    for origin, due, failures, since in tx.rows(_QUEUES, list_origins=list(origins)):
        count, first = waits.get(origin, (0, None))
        onward = due if due < NEVER else None
        oldest = None if first is None else first >> 16
        found.append(Queue(origin, int(count), oldest, failures, since or None, onward))
    return found


def known(tx: Tx, origins: Sequence[str]) -> list[tuple[str, int, str | None, str | None, int]]:
    """Origin, when something last came, software, version, style of each."""
    return [tuple(row) for row in tx.rows(_KNOWN, list_origins=list(origins))]


def away(tx: Tx, most: int) -> list[tuple[str, int, int]]:
    """Servers that do not answer: origin, how often in a row, since when; the longest first."""
    return [(row[0], row[1], row[2]) for row in tx.rows(_AWAY, most=most)]


def numbers(tx: Tx) -> Numbers:
    """How all deliveries stand. Counts rows."""
    waiting, sick, first = tx.row(_NUMBERS)
    late = 0 if first is None or first >= NEVER else max(0, tx.ms - first)
    return Numbers(int(waiting), int(sick), late)


def call_now(tx: Tx, origin: str) -> bool:
    """Call on a server at once, with all that waits for it; False where nothing does."""
    tx.run(_ALL_NOW, which=origin, now=tx.ms)
    return tx.run(_NOW, which=origin, now=tx.ms) == 1
