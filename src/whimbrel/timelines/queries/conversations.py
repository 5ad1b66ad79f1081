"""Statements about conversations: one row for each who takes part, the posts in it and the others
who do."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, delete, exists, func, literal_column, select, update

from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts

from ..rules import Window
from ..tables import conversation_members, conversation_posts, conversations

LOOKED_AT = 40  # posts of a conversation among which one is looked for that can be shown


class Direct(NamedTuple):
    """A direct post; `named` may be from elsewhere."""

    author: int
    thread: int
    named: frozenset[int]
    local: bool  # its author is one of ours


class Conversation(NamedTuple):
    """As one of those in it has it."""

    id: int
    last: int | None
    unread: bool


_POST = Query(
    select(
        posts.c.author, posts.c.thread, exists(select(1).where(users.c.account == posts.c.author))
    ).where(posts.c.id == number("post"), posts.c.visibility == level(Visibility.DIRECT))
)
_NAMED = Query(select(mentions.c.account).where(mentions.c.post == number("post")))


def direct(tx: Tx, post: int) -> Direct | None:
    """A post that is direct; None when it is not, or is gone."""
    row = tx.row(_POST, post=post)
    if row is None:
        return None
    named = frozenset(each[0] for each in tx.rows(_NAMED, post=post))
    return Direct(row[0], row[1], named, bool(row[2]))


# --- written --------------------------------------------------------------------------------------

_mine = conversations.c.account == number("viewer")
_OPEN = Query(insert_ignore(conversations))
_BY_KEY = Query(
    select(conversations.c.id).where(conversations.c["key"] == bindparam("key", type_=String))
)
_ADD_MEMBER = Query(insert_ignore(conversation_members))
_ADD_POST = Query(insert_ignore(conversation_posts).returning(conversation_posts.c.post))
_HAS_POST = Query(
    select(conversation_posts.c.post)
    .join(conversations, conversations.c.id == conversation_posts.c.conversation)
    .where(_mine, conversation_posts.c.post == number("post"))
)
_newest = (
    select(func.max(conversation_posts.c.post))
    .where(conversation_posts.c.conversation == conversations.c.id)
    .scalar_subquery()
)
_MOVE = Query(
    update(conversations)
    .where(conversations.c.id == number("id"))
    .values(last=_newest, unread=literal_column("true"))
)
_MOVE_READ = Query(
    update(conversations)
    .where(conversations.c.id == number("id"))
    .values(last=_newest, unread=literal_column("false"))
)
_STEP_BACK = Query(
    update(conversations)
    .where(conversations.c.last == number("post"))
    .values(last=_newest)
    .returning(conversations.c.id, conversations.c.last)
)
_REMOVE_MANY = Query(delete(conversations).where(in_list(conversations.c.id, "ids")))
_REMOVE = Query(delete(conversations).where(_mine, conversations.c.id == number("id")))
_REMOVE_WITH = Query(
    delete(conversations).where(
        _mine,
        conversations.c.id.in_(
            select(conversation_members.c.conversation).where(
                conversation_members.c.account == number("other")
            )
        ),
    )
)
_MARK = {
    unread: Query(
        update(conversations)
        .where(_mine, conversations.c.id == number("id"))
        .values(unread=literal_column("true" if unread else "false"))
    )
    for unread in (False, True)
}


def open_(tx: Tx, viewer: int, thread: int, key: str, others: Iterable[int]) -> int:
    """The conversation of `key`, made if there is none."""
    id_ = new_id(tx.now)
    row = {"account": viewer, "thread": thread, "key": key, "last": None, "unread": False}
    if tx.run(_OPEN, id=id_, **row):
        tx.many(_ADD_MEMBER, [{"conversation": id_, "account": who} for who in others])
        return id_
    return int(tx.value(_BY_KEY, key=key))


def has_post(tx: Tx, viewer: int, post: int) -> bool:
    """Whether some conversation of the viewer's has this post."""
    return tx.row(_HAS_POST, viewer=viewer, post=post) is not None


def add_post(tx: Tx, conversation: int, post: int, *, unread: bool) -> None:
    """A post is in it from now on."""
    if tx.row(_ADD_POST, conversation=conversation, post=post) is not None:
        tx.run(_MOVE if unread else _MOVE_READ, id=conversation)


def step_back(tx: Tx, post: int) -> None:
    """`post` is no more: what was before it is the last now, and what had nothing else is gone."""
    emptied = [id_ for id_, last in tx.rows(_STEP_BACK, post=post) if last is None]
    if emptied:
        tx.run(_REMOVE_MANY, list_ids=emptied)


def remove(tx: Tx, viewer: int, conversation: int) -> bool:
    """Whether there was one."""
    return bool(tx.run(_REMOVE, viewer=viewer, id=conversation))


def remove_with(tx: Tx, viewer: int, other: int) -> None:
    """All that the viewer has with `other`."""
    tx.run(_REMOVE_WITH, viewer=viewer, other=other)


def mark(tx: Tx, viewer: int, conversation: int, *, unread: bool) -> None:
    """Mark one of the viewer's as read or not."""
    tx.run(_MARK[unread], viewer=viewer, id=conversation)


# --- read -----------------------------------------------------------------------------------------

_COLUMNS = (conversations.c.id, conversations.c.last, conversations.c.unread)
_ONE = Query(select(*_COLUMNS).where(_mine, conversations.c.id == number("id")))
_PAGE = {
    ascending: Query(
        select(*_COLUMNS)
        .where(_mine, conversations.c.last > number("low"), conversations.c.last < number("high"))
        .order_by(conversations.c.last.asc() if ascending else conversations.c.last.desc())
        .limit(number("most"))
    )
    for ascending in (False, True)
}
_MEMBERS = Query(
    select(conversation_members.c.conversation, accounts.c.id, accounts.c.stamp)
    .join(accounts, accounts.c.id == conversation_members.c.account)
    .where(in_list(conversation_members.c.conversation, "ids"))
    .order_by(conversation_members.c.conversation, accounts.c.id)
)
_SELF = Query(select(accounts.c.id, accounts.c.stamp).where(accounts.c.id == number("viewer")))
_EARLIER = Query(
    select(conversation_posts.c.post)
    .where(
        conversation_posts.c.conversation == number("id"),
        conversation_posts.c.post < number("last"),
    )
    .order_by(conversation_posts.c.post.desc())
    .limit(number("most"))
)


def _conversation(row: Any) -> Conversation:
    return Conversation(row[0], row[1], bool(row[2]))


def one(tx: Tx, viewer: int, conversation: int) -> Conversation | None:
    """One of the viewer's."""
    row = tx.row(_ONE, viewer=viewer, id=conversation)
    return None if row is None else _conversation(row)


def page(tx: Tx, viewer: int, window: Window) -> list[Conversation]:
    """A page of the viewer's, the one with the newest post first."""
    low, high, most, ascending = window
    rows = tx.rows(_PAGE[ascending], viewer=viewer, low=low, high=high, most=most)
    return [_conversation(row) for row in (rows[::-1] if ascending else rows)]


def members(tx: Tx, viewer: int, ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """For each conversation (account, stamp) of those in it beside the viewer; the viewer where
    nobody else is."""
    found: dict[int, list[tuple[int, int]]] = {}
    for conversation, account, stamp in tx.rows(_MEMBERS, list_ids=list(ids)):
        found.setdefault(conversation, []).append((account, stamp))
    if len(found) < len(ids):
        alone = [tuple(tx.row(_SELF, viewer=viewer))]
        found |= {id_: alone for id_ in ids if id_ not in found}
    return found


def earlier(tx: Tx, conversation: int, last: int) -> list[int]:
    """Posts in it before `last`, newest first."""
    return [row[0] for row in tx.rows(_EARLIER, id=conversation, last=last, most=LOOKED_AT)]
