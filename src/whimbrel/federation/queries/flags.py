"""Reports that cross the border: what they name, and who may name it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import String, and_, bindparam, exists, literal, or_, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.moderation.tables import blocked_servers, reports
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts

from ..tables import remote_actors


class Forwarded(NamedTuple):
    """A report that its author wants told to the server of whoever it is about."""

    target: str
    inbox: str


_author = accounts.alias("author")
_FORWARDED = Query(
    select(accounts.c.uri, remote_actors.c.inbox)
    .select_from(reports)
    .join(accounts, accounts.c.id == reports.c.target)
    .join(remote_actors, remote_actors.c.account == accounts.c.id)
    .join(_author, _author.c.id == reports.c.account)
    .where(reports.c.id == number("report"), reports.c.forward, _author.c.domain.is_(None))
)
_NAMES = Query(
    select(posts.c.id, posts.c.uri).where(in_list(posts.c.id, "ids"), posts.c.uri.is_not(None))
)
_REFUSES = Query(
    select(
        exists(
            select(literal(1)).where(
                in_list(blocked_servers.c.domain, "hosts"), blocked_servers.c.reject_reports
            )
        )
    )
)
_there = accounts.c.domain == bindparam("domain", type_=String)
_SEEN = Query(
    select(posts.c.id).where(
        in_list(posts.c.id, "ids"),
        posts.c.author == number("target"),
        or_(
            posts.c.visibility <= level(Visibility.UNLISTED),
            and_(
                posts.c.visibility == level(Visibility.PRIVATE),
                exists(
                    select(literal(1))
                    .select_from(follows.join(accounts, accounts.c.id == follows.c.follower))
                    .where(follows.c.followee == posts.c.author, _there)
                    .correlate(posts)
                ),
            ),
            exists(
                select(literal(1))
                .select_from(mentions.join(accounts, accounts.c.id == mentions.c.account))
                .where(mentions.c.post == posts.c.id, _there)
                .correlate(posts)
            ),
        ),
    )
)


def forwarded(tx: Tx, report: int) -> Forwarded | None:
    """Whom a report is told to; None where it stays here."""
    row = tx.row(_FORWARDED, report=report)
    return None if row is None else Forwarded(*row)


def names(tx: Tx, ids: Sequence[int]) -> list[str]:
    """What these posts are called on the server where they were written."""
    found = {row[0]: row[1] for row in tx.rows(_NAMES, list_ids=list(ids))} if ids else {}
    return [found[id_] for id_ in ids if id_ in found]


def refuses(tx: Tx, hosts: Sequence[str]) -> bool:
    """Whether the staff wants no reports from a server."""
    return bool(tx.value(_REFUSES, list_hosts=list(hosts)))


def seen_there(tx: Tx, target: int, domain: str, ids: Collection[int]) -> list[int]:
    """Which of these are posts of `target` that somebody of this domain can have seen."""
    if not ids:
        return []
    rows = tx.rows(_SEEN, target=target, domain=domain, list_ids=list(ids))
    found = {row[0] for row in rows}
    return [id_ for id_ in dict.fromkeys(ids) if id_ in found]
