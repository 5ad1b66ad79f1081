"""Statements about what the staff hid or covered."""

from sqlalchemy import Boolean, SmallInteger, String, bindparam, delete, func, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx

from ..rules import Label, Visibility
from ..tables import posts, withheld
from .visible import level, number

_KEEP = Query(insert_ignore(withheld))
_LEVEL = Query(select(withheld.c.visibility).where(withheld.c.post == number("post")))
_FORGET = Query(delete(withheld).where(withheld.c.post == number("post")))
_SET = Query(
    update(posts)
    .where(posts.c.id == number("which"))
    .values(visibility=bindparam("to", type_=SmallInteger), rev=posts.c.rev + 1)
)
_COVER = Query(
    update(posts)
    .where(posts.c.id == number("which"), posts.c.sensitive != bindparam("on", type_=Boolean))
    .values(sensitive=bindparam("on", type_=Boolean), rev=posts.c.rev + 1)
)
_LABEL = Query(
    update(posts)
    .where(
        posts.c.id == number("which"),
        func.coalesce(posts.c.label, "") != bindparam("new", type_=String),
    )
    .values(label=func.nullif(bindparam("new", type_=String), ""), rev=posts.c.rev + 1)
)
_OF = Query(
    select(posts.c.id).where(
        posts.c.author == number("author"), posts.c.visibility == level(Visibility.WITHHELD)
    )
)


def hide(tx: Tx, post: int, before: Visibility) -> None:
    """Hide it, and keep for whom it was."""
    tx.run(_KEEP, post=post, visibility=int(before))
    tx.run(_SET, which=post, to=int(Visibility.WITHHELD))


def level_of(tx: Tx, post: int) -> Visibility | None:
    """For whom a hidden one was; None where it is not hidden."""
    found = tx.value(_LEVEL, post=post)
    return None if found is None else Visibility(found)


def show(tx: Tx, post: int) -> bool:
    """Show it to those again; False where it is not hidden."""
    before = level_of(tx, post)
    if before is None:
        return False
    tx.run(_SET, which=post, to=int(before))
    tx.run(_FORGET, post=post)
    return True


def cover(tx: Tx, post: int, on: bool) -> bool:
    """Mark it sensitive or not; False where it is so already."""
    return tx.run(_COVER, which=post, on=on) > 0


def label(tx: Tx, post: int, new: Label | None) -> bool:
    """Say this of it, or nothing any more; False where it is so already."""
    return tx.run(_LABEL, which=post, new=new or "") > 0


def of(tx: Tx, author: int) -> list[int]:
    """Which of somebody's posts are hidden."""
    return [row[0] for row in tx.rows(_OF, author=author)]
