"""Numbers about the whole server, the servers it knows, and whether it has an administrator."""

from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, case, exists, func, select

from whimbrel.accounts.queries import days
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.moderation.tables import blocked_servers as barred
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts

MONTH, HALF_YEAR = 30 * 86_400_000, 180 * 86_400_000  # milliseconds

_active = select(func.count()).select_from(users)
_STATS = Query(
    select(
        select(func.count())
        .select_from(users)
        .where(users.c.confirmed_at.isnot(None), users.c.approved_at.isnot(None))
        .scalar_subquery(),
        _active.where(users.c.active_at > bindparam("month")).scalar_subquery(),
        _active.where(users.c.active_at > bindparam("half_year")).scalar_subquery(),
        select(func.coalesce(func.sum(accounts.c.statuses), 0))
        .where(accounts.c.domain.is_(None))
        .scalar_subquery(),
    )
)
_IS_ACTIVE = Query(
    select(users.c.account)
    .join(accounts, accounts.c.id == users.c.account)
    .where(
        users.c.account == bindparam("who", type_=BigInteger),
        users.c.disabled_at.is_(None),
        accounts.c.suspended_at.is_(None),
    )
)
_HAS_ADMIN = Query(select(exists().where(users.c.role == "admin")))
_PEERS = Query(
    select(accounts.c.domain)
    .where(accounts.c.domain.isnot(None))
    .group_by(accounts.c.domain)
    .order_by(accounts.c.domain)
)
_PEER_COUNT = Query(select(func.count(func.distinct(accounts.c.domain))))
_FROM, _TO = (bindparam(name, type_=BigInteger) for name in ("since", "until"))
# Ids are times, so that a week of posts is a stretch of the primary key.
_POSTED = Query(
    select(func.count())
    .select_from(posts)
    .where(
        posts.c.id >= _FROM,
        posts.c.id < _TO,
        posts.c.boost_of.is_(None),
        posts.c.local,
        posts.c.visibility != int(Visibility.DIRECT),
    )
)
_JOINED = Query(
    select(func.count())
    .select_from(users)
    .join(accounts, accounts.c.id == users.c.account)
    .where(accounts.c.id >= _FROM, accounts.c.id < _TO, users.c.approved_at.isnot(None))
)
_BLOCKED = Query(
    select(barred.c.domain, barred.c.severity, barred.c.public_comment, barred.c.obfuscate)
    .where(barred.c.severity != "noop")
    .order_by(case((barred.c.severity == "suspend", 0), else_=1), barred.c.domain)
)
WEEKS, DAYS = 12, 7


class Stats(NamedTuple):
    """Counts over the server's own people; posts without direct ones."""

    users: int
    active: int
    active_half_year: int
    statuses: int


def stats(tx: Tx) -> Stats:
    """How many use this server, and how much they wrote."""
    row = tx.row(_STATS, month=tx.ms - MONTH, half_year=tx.ms - HALF_YEAR)
    return Stats(*(int(number) for number in row))


def is_active(tx: Tx, account: int) -> bool:
    """Whether somebody of ours may come in."""
    return tx.row(_IS_ACTIVE, who=account) is not None


def has_administrator(tx: Tx) -> bool:
    """Whether somebody can administrate."""
    return bool(tx.value(_HAS_ADMIN))


def peers(tx: Tx) -> list[str]:
    """The servers of everybody known here. Not bounded."""
    return [row[0] for row in tx.rows(_PEERS)]


def count_peers(tx: Tx) -> int:
    """How many those are."""
    return int(tx.value(_PEER_COUNT))


class Week(NamedTuple):
    """What went on in a week. `week`: when it began, seconds since 1970; Mondays, UTC."""

    week: int
    statuses: int
    logins: int
    registrations: int


def activity(tx: Tx) -> list[Week]:
    """The last weeks, the present one first; direct posts are not counted. Counts rows.

    Of the days of a week the one with most people tells its logins: who they were is not kept, so
    that nobody would know how often a sum of the days counts each."""
    today = tx.ms // days.DAY
    monday = today - (today + 3) % DAYS  # day 0 was a Thursday
    return [_week(tx, monday - DAYS * back) for back in range(WEEKS)]


def _week(tx: Tx, first: int) -> Week:
    span = {"since": first * days.DAY << 16, "until": (first + DAYS) * days.DAY << 16}
    here = days.active(tx, first, first + DAYS - 1)
    return Week(
        first * days.DAY // 1000,
        int(tx.value(_POSTED, **span)),
        max(here.values(), default=0),
        int(tx.value(_JOINED, **span)),
    )


def blocked_servers(tx: Tx) -> list[dict[str, Any]]:
    """Mastodon's DomainBlock of each server that is blocked or limited here. Not bounded."""
    return [
        {
            "domain": _obscured(domain) if obfuscate else domain,
            "digest": sha256(domain.encode()).hexdigest(),
            "severity": severity,
            "comment": comment or "",
        }
        for domain, severity, comment, obfuscate in tx.rows(_BLOCKED)
    ]


def _obscured(domain: str) -> str:
    """A name with its middle starred out, dots left: whoever knows it can recognise it."""
    shown = max(1, len(domain) // 4)
    return "".join(
        sign if sign == "." or at < shown or at >= len(domain) - shown else "*"
        for at, sign in enumerate(domain)
    )
