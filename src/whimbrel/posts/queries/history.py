"""What posts said before their edits, sealed as it was: a former version is moved, not copied."""

from typing import NamedTuple

import msgspec
from sqlalchemy import delete, func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert_select
from whimbrel.core.tx import Tx

from ..rules import Content
from ..tables import post_edits, posts
from .stored import slot_of
from .visible import number

_decode = msgspec.json.Decoder(Content).decode

MOST = 100  # former versions of a post; an older one goes when there are more


class Version(NamedTuple):
    """What a post said, and since when (ms)."""

    content: Content
    sensitive: bool
    at: int


_KEEP = Query(
    insert_select(
        post_edits,
        ("post", "content", "slot", "sensitive", "at"),
        select(
            *(posts.c.id, posts.c.content, posts.c.slot, posts.c.sensitive),
            func.coalesce(posts.c.edited_at, posts.c.at),
        ).where(posts.c.id == number("id")),
    )
)
_TOO_OLD = Query(
    select(post_edits.c.id, post_edits.c.slot)
    .where(post_edits.c.post == number("post"))
    .order_by(post_edits.c.id.desc())
    .offset(number("most"))
)
_DROP = Query(delete(post_edits).where(in_list(post_edits.c.id, "ids")))
_OF_POST = Query(
    select(
        *(post_edits.c.content, post_edits.c.slot, post_edits.c.sensitive, post_edits.c.at),
        accounts.c.slot,
    )
    .join(posts, posts.c.id == post_edits.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(post_edits.c.post == number("post"))
    .order_by(post_edits.c.id)
    .limit(number("most"))
)


def keep(tx: Tx, post: int) -> None:
    """Put away what a post says, with its key; the caller gives the post another one."""
    tx.run(_KEEP, id=post)
    gone = tx.rows(_TOO_OLD, post=post, most=MOST)
    if gone:
        tx.run(_DROP, list_ids=[row[0] for row in gone])
        tx.shred([row[1] for row in gone])


def of_post(tx: Tx, post: int) -> list[Version]:
    """What it said before, the oldest first.

    Raises:
        Shredded: it was erased, or its author was.
    """
    found = []
    for sealed, slot, sensitive, at, author in tx.rows(_OF_POST, post=post, most=MOST):
        content = _decode(tx.unseal(slot_of(post, slot, author), bytes(sealed)))
        found.append(Version(content, bool(sensitive), at))
    return found
