"""What the operator's pages ask of several rooms at once."""

from typing import NamedTuple

from sqlalchemy import String, bindparam, case, desc, func, literal_column, select

from whimbrel.accounts.rules import Emoji
from whimbrel.accounts.tables import accounts, emojis, invites, users
from whimbrel.core.engines import Query
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.core.worker import NEVER
from whimbrel.discovery.tables import link_trends, post_trends, tag_trends
from whimbrel.media.tables import files, media
from whimbrel.moderation.queries.measures import VERSION
from whimbrel.moderation.tables import blocked_servers, reports
from whimbrel.posts.queries import number


class Waiting(NamedTuple):
    """How much waits for a person, and in what it is kept."""

    people: int  # whose request to come in nobody answered yet
    reports: int
    trends: int  # of which nobody said whether they may be shown
    jobs: int  # given up
    database: str  # its version: no statement of its own


_count = select(func.count())
_trends = [
    _count.select_from(table).where(table.c.review.is_(None), table.c.score > 0).scalar_subquery()
    for table in (tag_trends, post_trends, link_trends)
]
_waits = select(
    _count.select_from(users)
    .where(users.c.approved_at.is_(None), users.c.confirmed_at.is_not(None))
    .scalar_subquery(),
    _count.select_from(reports).where(reports.c.resolved_at.is_(None)).scalar_subquery(),
    _trends[0] + _trends[1] + _trends[2],
    _count.select_from(jobs).where(jobs.c.due == NEVER).scalar_subquery(),
)
_WAITING = {engine: Query(_waits.add_columns(version)) for engine, version in VERSION.items()}


def waiting(tx: Tx) -> Waiting:
    """What is to be done. Counts rows."""
    people, opened, trends, given_up, version = tx.row(_WAITING[tx.engine])
    return Waiting(int(people), int(opened), int(trends), int(given_up), str(version))


_open = select(reports.c.id).where(reports.c.resolved_at.is_(None)).limit(number("most"))
# How many reports nobody has dealt with, up to `most`; a part of the statement at the door.
OPEN_REPORTS = _count.select_from(_open.subquery()).scalar_subquery()


class Peer(NamedTuple):
    """Another server of which somebody is known here. `block`: of `blocked_servers`."""

    domain: str
    people: int
    block: int | None
    severity: str | None


_known = (
    select(accounts.c.domain, func.count().label("people"))
    .where(accounts.c.domain > bindparam("after", type_=String))
    .group_by(accounts.c.domain)
    .order_by(accounts.c.domain)
    .limit(number("most"))
    .subquery()
)
_PEERS = Query(
    select(_known.c.domain, _known.c.people, blocked_servers.c.id, blocked_servers.c.severity)
    .outerjoin(blocked_servers, blocked_servers.c.domain == _known.c.domain)
    .order_by(_known.c.domain)
)


def peers(tx: Tx, after: str, most: int) -> list[Peer]:
    """A page of the servers known here, by name, those behind `after`. Counts rows."""
    return [Peer(*row) for row in tx.rows(_PEERS, after=after, most=most)]


_PICTURES = Query(
    select(emojis.c.shortcode, files.c.token, files.c.name, emojis.c.listed, emojis.c.category)
    .join(files, files.c.media == emojis.c.media)
    .order_by(emojis.c.shortcode, files.c.variant.desc())
)


def emoji_pictures(tx: Tx) -> list[Emoji]:
    """The files of every emoji, disabled ones too. Not bounded."""
    return [
        Emoji(code, token, name, bool(listed), category)
        for code, token, name, listed, category in tx.rows(_PICTURES)
    ]


class Invite(NamedTuple):
    """An invitation; its code is nowhere. `by`: None = whoever runs the machine."""

    id: int
    by: str | None
    role: str
    left: int
    until: int | None
    came: int


_came = select(func.count()).where(users.c.invite == invites.c.id).scalar_subquery()
_INVITES = Query(
    select(
        invites.c.id,
        accounts.c.username,
        invites.c.role,
        invites.c.uses_left,
        invites.c.until,
        _came,
    )
    .outerjoin(accounts, accounts.c.id == invites.c.account)
    .where(invites.c.id < number("high"))
    .order_by(invites.c.id.desc())
    .limit(number("most"))
)


def invitations(tx: Tx, high: int, most: int) -> list[Invite]:
    """A page of invitations, the last one first. Counts rows."""
    return [Invite(*row) for row in tx.rows(_INVITES, high=high, most=most)]


class Kind(NamedTuple):
    """Files of a kind: of posts by what they are, else by what they are for; copies of files of
    other servers are one kind, `copy`."""

    purpose: str
    kind: str
    many: int
    size: int  # bytes


_copied = media.c.source.is_not(None)
_purpose = case((_copied, literal_column("'copy'")), else_=media.c.purpose).label("of_purpose")
_kind = case((_copied, literal_column("''")), else_=media.c.kind).label("of_kind")
_KINDS = Query(
    select(_purpose, _kind, func.count(), func.sum(files.c.size).label("size"))
    .join(files, files.c.media == media.c.id)
    .where(files.c.object != "")
    .group_by("of_purpose", "of_kind")
    .order_by(desc("size"))
)


def file_kinds(tx: Tx) -> list[Kind]:
    """What kinds of files take how much, the most first. Counts rows."""
    rows = tx.rows(_KINDS)
    return [Kind(purpose, kind, int(count), int(size)) for purpose, kind, count, size in rows]
