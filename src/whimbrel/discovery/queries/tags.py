"""What is known of tags by id: how often they are used, and who shows them on their profile."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Table, bindparam, delete, func, select

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import post_tags, posts, tags

from ..rules import DAY, DAYS, Day
from ..tables import featured_tags, link_days, tag_days
from .counting import Kind

LATEST = 3000  # of an author's posts, among which tags are counted


def _history(days: Table, name: str) -> Query:
    return Query(
        select(days.c[name], days.c.day, days.c.uses, days.c.accounts).where(
            in_list(days.c[name], "these"), days.c.day > number("before")
        )
    )


_HISTORIES: dict[Kind, Query] = {
    "tags": _history(tag_days, "tag"),
    "links": _history(link_days, "link"),
}


def histories(tx: Tx, these: Collection[int], kind: Kind = "tags") -> dict[int, tuple[Day, ...]]:
    """For each of these tags, or links, its last seven days, today first."""
    today = tx.ms // DAY
    rows = tx.rows(_HISTORIES[kind], list_these=list(these), before=today - DAYS) if these else []
    known = {(id_, day): Day(day, uses, accounts) for id_, day, uses, accounts in rows}
    days = range(today, today - DAYS, -1)
    return {id_: tuple(known.get((id_, day), Day(day)) for day in days) for id_ in these}


def unused(tx: Tx) -> tuple[Day, ...]:
    """The history of what is no tag yet."""
    today = tx.ms // DAY
    return tuple(Day(day) for day in range(today, today - DAYS, -1))


_STANDING = Query(
    select(tags.c.id, tags.c.usable, tags.c.listable).where(in_list(tags.c.id, "tags"))
)


def standing(tx: Tx, ids: Collection[int]) -> dict[int, tuple[bool, bool]]:
    """Whether each of these tags may be used, and whether it is listed."""
    rows = tx.rows(_STANDING, list_tags=list(ids)) if ids else []
    return {id_: (bool(usable), bool(listable)) for id_, usable, listable in rows}


# --- featured -----------------------------------------------------------------------------------


class Use(NamedTuple):
    """How often an author used a tag, and when last (ms)."""

    tag: int
    uses: int
    last: int


_mine = featured_tags.c.account == number("account")
_OF = Query(
    select(featured_tags.c.id, featured_tags.c.tag).where(_mine).order_by(featured_tags.c.id)
)
_ADD = Query(insert_ignore(featured_tags))
_REMOVE = Query(
    delete(featured_tags).where(
        featured_tags.c.account == bindparam("by"), featured_tags.c.tag == bindparam("which")
    )
)
_lately = (
    select(posts.c.id, posts.c.at)
    .where(
        posts.c.author == number("account"),
        posts.c.visibility <= level(Visibility.UNLISTED),
        posts.c.boost_of.is_(None),
    )
    .order_by(posts.c.id.desc())
    .limit(LATEST)
    .subquery("lately")
)
_uses = func.count().label("uses")
_USES = Query(
    select(post_tags.c.tag, _uses, func.max(_lately.c.at))
    .select_from(_lately.join(post_tags, post_tags.c.post == _lately.c.id))
    .group_by(post_tags.c.tag)
    .order_by(_uses.desc(), post_tags.c.tag.desc())
    .limit(number("most"))
)


def featured(tx: Tx, account: int) -> dict[int, int]:
    """The tags that somebody shows, by id of the row, oldest first."""
    return dict(tx.rows(_OF, account=account))


def feature(tx: Tx, account: int, tag: int) -> int:
    """Show a tag that is not shown yet; the id of the row. The tag is from `tags.ids_for`."""
    id_ = new_id(tx.now)
    tx.run(_ADD, id=id_, account=account, tag=tag)
    return id_


def unfeature(tx: Tx, account: int, tag: int) -> bool:
    """Whether it was shown. The caller lets the tag go."""
    return tx.run(_REMOVE, by=account, which=tag) == 1


def used(tx: Tx, account: int, most: int) -> list[Use]:
    """The tags that an author used most, in what anybody may read of their latest posts."""
    return [Use(*row) for row in tx.rows(_USES, account=account, most=most)]
