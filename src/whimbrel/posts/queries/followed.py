"""Who follows which tags. The words of tags, and their end, are in `tags`."""

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
)

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from ..rules import Visibility
from ..tables import post_tags, posts, tag_follows, tags
from .visible import level, number


class Row(NamedTuple):
    """A followed tag. `cursor` pages."""

    cursor: int
    tag: int


_id = tag_follows.c.id
_mine = tag_follows.c.account == number("account")


def _page(*, ascending: bool) -> Query:
    return Query(
        select(_id, tag_follows.c.tag)
        .where(_mine, _id > number("low"), _id < number("high"))
        .order_by(_id.asc() if ascending else _id.desc())
        .limit(number("most"))
    )


_PAGES = {ascending: _page(ascending=ascending) for ascending in (False, True)}
_COUNT = Query(select(func.count()).where(_mine))
_ADD = Query(insert_ignore(tag_follows))
_REMOVE = Query(
    delete(tag_follows).where(
        tag_follows.c.account == bindparam("by"), tag_follows.c.tag == bindparam("which")
    )
)
_AMONG = Query(select(tag_follows.c.tag).where(_mine, in_list(tag_follows.c.tag, "tags")))
_HOLDS = Query(
    select(tag_follows.c.id)
    .join(tags, tags.c.id == tag_follows.c.tag)
    .where(_mine, tags.c.key == bindparam("key", type_=LargeBinary))
)
_SOME = Query(select(tag_follows.c.tag).where(_mine).order_by(_id).limit(number("most")))
_REMOVE_SOME = Query(
    delete(tag_follows).where(
        tag_follows.c.account == bindparam("by"), in_list(tag_follows.c.tag, "tags")
    )
)


def sought(reader: ColumnElement[Any]) -> ColumnElement[bool]:
    """`posts` is a public post, not a boost, with a tag that `reader` follows."""
    carried, followed = post_tags.alias(), tag_follows.alias()
    return and_(
        posts.c.visibility == level(Visibility.PUBLIC),
        posts.c.boost_of.is_(None),
        exists(
            select(1)
            .select_from(carried.join(followed, followed.c.tag == carried.c.tag))
            .where(carried.c.post == posts.c.id, followed.c.account == reader)
        ),
    )


def page(tx: Tx, account: int, *, low: int, high: int, ascending: bool, most: int) -> list[Row]:
    """A page of the tags somebody follows, last followed first; see `core.http.window`."""
    rows = tx.rows(_PAGES[ascending], account=account, low=low, high=high, most=most)
    found = [Row(*row) for row in rows]
    return found[::-1] if ascending else found


def count(tx: Tx, account: int) -> int:
    """How many tags somebody follows."""
    return int(tx.value(_COUNT, account=account))


def add(tx: Tx, account: int, tag: int) -> bool:
    """Whether it was not followed yet. The tag is from `tags.ids_for`."""
    return tx.run(_ADD, id=new_id(tx.now), account=account, tag=tag) == 1


def remove(tx: Tx, account: int, tag: int) -> bool:
    """Whether it was followed. The caller lets the tag go."""
    return tx.run(_REMOVE, by=account, which=tag) == 1


def among(tx: Tx, account: int, tags: list[int]) -> set[int]:
    """Which of these tags somebody follows."""
    return {row[0] for row in tx.rows(_AMONG, account=account, list_tags=tags)} if tags else set()


def holds(tx: Tx, account: int, key: bytes) -> bool:
    """Whether somebody follows the tag stored under this key (`tags.key_of`)."""
    return tx.value(_HOLDS, account=account, key=key) is not None


def remove_some(tx: Tx, account: int, most: int) -> list[int]:
    """Somebody follows `most` tags less; which. The caller lets them go."""
    tags = [row[0] for row in tx.rows(_SOME, account=account, most=most)]
    tx.run(_REMOVE_SOME, by=account, list_tags=tags)
    return tags
