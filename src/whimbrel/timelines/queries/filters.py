"""Statements about filters. Every change also changes the account's `rev`, by which the compiled
filters are cached."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    String,
    bindparam,
    delete,
    func,
    select,
    update,
)

from whimbrel.core.engines import Query, in_list, insert, insert_ignore, upsert
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso, new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number, original
from whimbrel.posts.tables import posts

from ..rules import Filter, FilteredPost, Keyword
from ..tables import filter_keywords, filter_posts, filter_revs, filters


class Stored(NamedTuple):
    """A filter and, in milliseconds, its end."""

    filter: Filter
    until: int | None


def revision() -> ColumnElement[int]:
    """The filters' revision of the viewer, as one more column of a page: None without filters."""
    return (
        select(filter_revs.c.rev)
        .where(filter_revs.c.account == number("viewer"))
        .scalar_subquery()
        .label("filters")
    )


_COLUMNS = (filters.c.id, filters.c.title, filters.c.contexts, filters.c.action, filters.c.until)
_ALL = Query(select(*_COLUMNS).where(filters.c.account == number("account")).order_by(filters.c.id))
_ONE = Query(
    select(*_COLUMNS).where(filters.c.account == number("account"), filters.c.id == number("id"))
)
_KEYWORDS = Query(
    select(
        filter_keywords.c.filter,
        filter_keywords.c.id,
        filter_keywords.c.keyword,
        filter_keywords.c.whole_word,
    )
    .where(in_list(filter_keywords.c.filter, "filters"))
    .order_by(filter_keywords.c.id)
)
_POSTS = Query(
    select(filter_posts.c.filter, filter_posts.c.id, filter_posts.c.post)
    .where(in_list(filter_posts.c.filter, "filters"))
    .order_by(filter_posts.c.id)
)


def _of(table: Any) -> Query:
    return Query(
        select(table.c.filter)
        .join(filters, filters.c.id == table.c.filter)
        .where(table.c.id == number("id"), filters.c.account == number("account"))
    )


_OF_KEYWORD, _OF_POST = _of(filter_keywords), _of(filter_posts)
_COUNT = Query(select(func.count()).where(filters.c.account == number("account")))
_ADD = Query(insert(filters))
_CHANGE = Query(
    update(filters)
    .where(filters.c.id == number("which"))
    .values(
        title=bindparam("new_title", type_=String),
        contexts=bindparam("new_contexts", type_=String),
        action=bindparam("new_action", type_=String),
        until=number("new_until"),
    )
)
_DELETE = Query(
    delete(filters).where(filters.c.id == number("id"), filters.c.account == number("account"))
)
_ADD_KEYWORD = Query(insert(filter_keywords))
_CHANGE_KEYWORD = Query(
    update(filter_keywords)
    .where(filter_keywords.c.id == number("which"))
    .values(
        keyword=bindparam("new_keyword", type_=String),
        whole_word=bindparam("new_whole", type_=Boolean),
    )
)
_DELETE_KEYWORD = Query(delete(filter_keywords).where(filter_keywords.c.id == number("id")))
_ADD_POST = Query(insert_ignore(filter_posts))
_DELETE_POST = Query(delete(filter_posts).where(filter_posts.c.id == number("id")))
_TURN = Query(upsert(filter_revs, ("account",), ("rev",)))
_REVISIONS = Query(
    select(filter_revs.c.account, filter_revs.c.rev)
    .select_from(posts.outerjoin(original, original.c.id == posts.c.boost_of))
    .join(filter_revs, filter_revs.c.account != func.coalesce(original.c.author, posts.c.author))
    .where(posts.c.id == number("post"), in_list(filter_revs.c.account, "accounts"))
)


def revisions(tx: Tx, post: int, accounts: Iterable[int]) -> dict[int, int]:
    """Those of `accounts` that have filters, but not who wrote `post` or what it repeats: account
    to revision."""
    rows = tx.rows(_REVISIONS, post=post, list_accounts=list(accounts))
    return {row[0]: row[1] for row in rows}


def all_of(tx: Tx, account: int) -> list[Stored]:
    """The filters of an account, oldest first."""
    return _whole(tx, tx.rows(_ALL, account=account))


def one(tx: Tx, account: int, filter_id: int) -> Stored:
    """One of them. Raises NotFound."""
    found = _whole(tx, tx.rows(_ONE, account=account, id=filter_id))
    if not found:
        raise NotFound
    return found[0]


def _whole(tx: Tx, rows: list[Any]) -> list[Stored]:
    """The filters of these rows, with what they look for."""
    ids = [row[0] for row in rows]
    keywords: dict[int, list[Keyword]] = {id_: [] for id_ in ids}
    posts: dict[int, list[FilteredPost]] = {id_: [] for id_ in ids}
    if ids:
        for of, id_, word, whole in tx.rows(_KEYWORDS, list_filters=ids):
            keywords[of].append(Keyword(id=str(id_), keyword=word, whole_word=bool(whole)))
        for of, id_, post in tx.rows(_POSTS, list_filters=ids):
            posts[of].append(FilteredPost(id=str(id_), status_id=str(post)))
    return [_stored(row, keywords[row[0]], posts[row[0]]) for row in rows]


def _stored(row: Any, keywords: Iterable[Keyword], posts: Iterable[FilteredPost]) -> Stored:
    id_, title, contexts, action, until = row
    made = Filter(
        id=str(id_),
        title=title,
        context=tuple(contexts.split()),
        expires_at=None if until is None else iso(until),
        filter_action=action,
        keywords=tuple(keywords),
        statuses=tuple(posts),
    )
    return Stored(made, until)


def filter_of_keyword(tx: Tx, account: int, keyword: int) -> int:
    """Which filter of the account a keyword belongs to. Raises NotFound."""
    return _found(tx.value(_OF_KEYWORD, account=account, id=keyword))


def filter_of_post(tx: Tx, account: int, entry: int) -> int:
    """Which filter of the account an entry for a post belongs to. Raises NotFound."""
    return _found(tx.value(_OF_POST, account=account, id=entry))


def _found(filter_id: Any) -> int:
    if filter_id is None:
        raise NotFound
    return int(filter_id)


def count(tx: Tx, account: int) -> int:
    """How many filters an account has."""
    return int(tx.value(_COUNT, account=account))


def add(tx: Tx, account: int, made: Filter, until: int | None) -> None:
    """A new filter, without its keywords."""
    tx.run(
        _ADD,
        id=int(made.id),
        account=account,
        title=made.title,
        contexts=" ".join(made.context),
        action=made.filter_action,
        until=until,
    )


def change(tx: Tx, changed: Filter, until: int | None) -> None:
    """Write a filter as it is now, without its keywords."""
    tx.run(
        _CHANGE,
        which=int(changed.id),
        new_title=changed.title,
        new_contexts=" ".join(changed.context),
        new_action=changed.filter_action,
        new_until=until,
    )


def remove(tx: Tx, account: int, filter_id: int) -> bool:
    """A filter is no more; whether there was one."""
    return bool(tx.run(_DELETE, account=account, id=filter_id))


def add_keywords(tx: Tx, filter_id: int, words: Sequence[tuple[str, bool]]) -> list[int]:
    """A filter looks for more things.

    Args:
        words: each with whether only whole words count.
    Returns:
        The keywords' ids, in the same order.
    """
    first = tx.ms << 16 | secrets.randbits(15)  # in a row: so they keep their order, and never meet
    ids = list(range(first, first + len(words)))
    rows = [
        {"id": id_, "filter": filter_id, "keyword": word, "whole_word": whole}
        for id_, (word, whole) in zip(ids, words, strict=True)
    ]
    tx.many(_ADD_KEYWORD, rows)
    return ids


def change_keyword(tx: Tx, keyword: int, word: str, whole: bool) -> None:
    """A filter looks for something else."""
    tx.run(_CHANGE_KEYWORD, which=keyword, new_keyword=word, new_whole=whole)


def remove_keyword(tx: Tx, keyword: int) -> None:
    """A filter looks for one thing less."""
    tx.run(_DELETE_KEYWORD, id=keyword)


def add_post(tx: Tx, filter_id: int, post: int) -> None:
    """A filter catches this post, too."""
    tx.run(_ADD_POST, id=new_id(tx.now), filter=filter_id, post=post)


def remove_post(tx: Tx, entry: int) -> None:
    """A filter catches this post no more."""
    tx.run(_DELETE_POST, id=entry)


def turn(tx: Tx, account: int) -> None:
    """Whatever was compiled of the account's filters is out of date."""
    tx.run(_TURN, account=account, rev=new_id(tx.now))


def with_revision(cards: Select[Any]) -> Query:
    """A page of cards with `revision` as its last column."""
    return Query(cards.add_columns(revision()))
