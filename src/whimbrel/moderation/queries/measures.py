"""Counting what happened here: bounded by the days that are asked for, and never by person.

Days are numbers since 1970 (UTC). Ids begin with a time, so that a span of days is a span of ids.
Not bounded by a key all the same: readers say `slow=True`."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    bindparam,
    distinct,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from whimbrel.accounts.tables import accounts, days, follows, users
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files
from whimbrel.posts.queries import number
from whimbrel.posts.tables import marks, post_tags, posts

from ..tables import reports

DAY = 86_400_000  # ms
Counts = dict[int, int]  # day to number; days without any are left out


def _first(day: int) -> int:
    """The least id of a day."""
    return day * DAY << 16


def _span(id_: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return id_ >= number("low"), id_ < number("high")


def _day(ms: ColumnElement[Any]) -> ColumnElement[int]:
    return ms.op("/")(literal_column(str(DAY)))


def _day_of(id_: ColumnElement[Any]) -> ColumnElement[int]:
    return id_.op("/")(literal_column(str(DAY << 16)))


def _per_day(day: ColumnElement[int], counted: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(day, counted).where(*where).group_by(day)


_domain = accounts.c.domain == bindparam("domain", type_=String)
_theirs = accounts.alias()
_their_domain = _theirs.c.domain == bindparam("domain", type_=String)
_tagged = (post_tags.c.tag == number("tag"), *_span(post_tags.c.post))
_post_day = _day_of(posts.c.id)
_report_day = _day_of(reports.c.id)
_author = accounts.c.id == posts.c.author
_tag_post = posts.c.id == post_tags.c.post

# Of the whole place: they go into one statement, however many are asked for.
_OF_ALL: dict[str, Select[Any]] = {
    "active_users": _per_day(
        days.c.day,
        func.sum(days.c.active),
        days.c.day >= number("first"),
        days.c.day <= number("last"),
    ),
    "new_users": _per_day(_day_of(accounts.c.id), func.count(), *_span(accounts.c.id)).join_from(
        accounts, users, users.c.account == accounts.c.id
    ),
    "opened_reports": _per_day(_report_day, func.count(), *_span(reports.c.id)),
    "resolved_reports": _per_day(
        _day(reports.c.resolved_at),
        func.count(),
        reports.c.resolved_at >= number("since"),
        reports.c.resolved_at < number("until"),
    ),
}
_PER_DAY: dict[str, Query] = {
    "posts": Query(
        _per_day(
            _post_day,
            func.count(),
            *_span(posts.c.id),
            or_(posts.c.boost_of.is_not(None), posts.c.reply_to.is_not(None)),
        )
    ),
    "tag_uses": Query(_per_day(_day_of(post_tags.c.post), func.count(), *_tagged)),
    "tag_accounts": Query(
        _per_day(
            _day_of(post_tags.c.post), func.count(distinct(posts.c.author)), *_tagged
        ).join_from(post_tags, posts, _tag_post)
    ),
    "tag_servers": Query(
        _per_day(
            _day_of(post_tags.c.post),
            func.count(distinct(func.coalesce(accounts.c.domain, ""))),
            *_tagged,
        )
        .join_from(post_tags, posts, _tag_post)
        .join(accounts, _author)
    ),
    "instance_accounts": Query(
        _per_day(_day_of(accounts.c.id), func.count(), *_span(accounts.c.id), _domain)
    ),
    "instance_statuses": Query(
        _per_day(_post_day, func.count(), *_span(posts.c.id), _domain).join_from(
            posts, accounts, _author
        )
    ),
    "instance_reports": Query(
        _per_day(_report_day, func.count(), *_span(reports.c.id), _domain).join_from(
            reports, accounts, accounts.c.id == reports.c.target
        )
    ),
    "instance_follows": Query(
        _per_day(
            _day_of(follows.c.id), func.count(), *_span(follows.c.id), _their_domain
        ).join_from(follows, _theirs, _theirs.c.id == follows.c.followee)
    ),
    "instance_followers": Query(
        _per_day(
            _day_of(follows.c.id), func.count(), *_span(follows.c.id), _their_domain
        ).join_from(follows, _theirs, _theirs.c.id == follows.c.follower)
    ),
}
_MARKS = Query(
    _per_day(
        _day(marks.c.at), func.count(), marks.c.id >= number("low"), marks.c.at < number("until")
    )
)
_MARK = Query(
    select(marks.c.id, marks.c.at).where(marks.c.id >= number("id")).order_by(marks.c.id).limit(1)
)
_LAST_MARK = Query(select(func.max(marks.c.id)))


def per_day(tx: Tx, key: str, first: int, last: int, **which: Any) -> Counts:
    """How many of something there were on each day from `first` to `last`.

    Args:
        key: a name of Mastodon's measures, but of those in `together`.
        which: `tag` (an id) or `domain`, for measures of one.
    """
    if key == "interactions":
        return _interactions(tx, first, last)
    span = {"low": _first(first), "high": _first(last + 1)}
    return {int(day): int(count) for day, count in tx.rows(_PER_DAY[key], **span, **which)}


def together(tx: Tx, keys: Iterable[str], first: int, last: int) -> dict[str, Counts]:
    """The same for those of `keys` that are of the whole place, in one statement."""
    found: dict[str, Counts] = {key: {} for key in keys if key in _OF_ALL}
    if found:
        span = {
            "first": first,
            "last": last,
            "low": _first(first),
            "high": _first(last + 1),
            "since": first * DAY,
            "until": (last + 1) * DAY,
        }
        for key, day, count in tx.rows(_united(tuple(found)), **span):
            found[key][int(day)] = int(count)
    return found


@lru_cache(maxsize=32)
def _united(keys: tuple[str, ...]) -> Query:
    parts = [
        select(literal_column(f"'{key}'", String), *_OF_ALL[key].subquery(key).c) for key in keys
    ]
    return Query(union_all(*parts))


def _interactions(tx: Tx, first: int, last: int) -> Counts:
    """Replies, boosts, and what is favourited or kept."""
    counts = per_day(tx, "posts", first, last)
    low = _mark_since(tx, first * DAY)
    for day, count in tx.rows(_MARKS, low=low, until=(last + 1) * DAY):
        counts[int(day)] = counts.get(int(day), 0) + int(count)
    return {day: count for day, count in counts.items() if first <= day <= last}


def _mark_since(tx: Tx, ms: int) -> int:
    """The first mark of a time or later. Marks are counted up, so halving finds it: no index on
    the time is needed."""
    low, high = 0, int(tx.value(_LAST_MARK) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.row(_MARK, id=middle)
        if row is None or row[1] >= ms:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


# --- of what kinds they are ---------------------------------------------------------------------


def _most(key: Any, *where: ColumnElement[bool]) -> Select[Any]:
    count = func.count()
    return (
        select(key, count)
        .where(*where)
        .group_by(key)
        .order_by(count.desc(), key)
        .limit(number("most"))
    )


_KINDS: dict[str, Query] = {
    "languages": Query(
        _most(
            users.c.locale,
            users.c.active_at >= number("since"),
            users.c.active_at < number("until"),
        )
    ),
    "servers": Query(
        _most(accounts.c.domain, *_span(posts.c.id)).join_from(posts, accounts, _author)
    ),
    "tag_servers": Query(
        _most(accounts.c.domain, *_tagged)
        .join_from(post_tags, posts, _tag_post)
        .join(accounts, _author)
    ),
    "tag_languages": Query(
        _most(posts.c.language, *_tagged).join_from(post_tags, posts, _tag_post)
    ),
    "instance_languages": Query(
        _most(posts.c.language, *_span(posts.c.id), _domain).join_from(posts, accounts, _author)
    ),
}
_FOLLOWED = Query(
    select(accounts.c.username, accounts.c.followers)
    .where(_domain)
    .order_by(accounts.c.followers.desc(), accounts.c.id)
    .limit(number("most"))
)


def kinds(
    tx: Tx, key: str, first: int, last: int, most: int, **which: Any
) -> list[tuple[str | None, int]]:
    """The commonest kinds and how many there are of each; None is what has no such kind."""
    if key == "instance_accounts":
        return [(name, int(count)) for name, count in tx.rows(_FOLLOWED, most=most, **which)]
    span = {"low": _first(first), "high": _first(last + 1)}
    if key == "languages":
        span = {"since": first * DAY, "until": (last + 1) * DAY}
    return [(kind, int(n)) for kind, n in tx.rows(_KINDS[key], most=most, **span, **which)]


_FILES = Query(select(func.coalesce(func.sum(files.c.size), 0)))
_PAGES = Query(
    select(literal_column("page_count * page_size", BigInteger)).select_from(
        func.pragma_page_count(), func.pragma_page_size()
    )
)
_SIZE = Query(select(func.pg_database_size(func.current_database())))
VERSION: dict[str, ColumnElement[Any]] = {  # as the database says itself, by engine
    "sqlite": func.sqlite_version(),
    "postgresql": func.current_setting("server_version"),
}
_VERSIONS = {engine: Query(select(version)) for engine, version in VERSION.items()}


def media_bytes(tx: Tx) -> int:
    """How much all files take."""
    return int(tx.value(_FILES))


def database_bytes(tx: Tx) -> int:
    """How much the database takes."""
    return int(tx.value(_SIZE if tx.engine == "postgresql" else _PAGES))


def database_version(tx: Tx) -> str:
    """As it says itself."""
    return str(tx.value(_VERSIONS[tx.engine]))


_joined: Any = _day_of(accounts.c.id)
_COHORTS = Query(
    select(_joined, _day(users.c.active_at), func.count())
    .join_from(accounts, users, users.c.account == accounts.c.id)
    .where(*_span(accounts.c.id))
    .group_by(_joined, _day(users.c.active_at))
)


def cohorts(tx: Tx, first: int, last: int) -> list[tuple[int, int, int]]:
    """(day of joining, day last here, how many) for those who joined on these days."""
    rows = tx.rows(_COHORTS, low=_first(first), high=_first(last + 1))
    return [(int(joined), int(seen), int(count)) for joined, seen, count in rows]
