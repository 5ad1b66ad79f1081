"""What open streams ask: who of the connected may hear of a post, and whose tokens still hold.

A statement per event, however many are connected: who blocks or mutes an author is found by the
author, and who follows by the connected who might."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import (
    accounts,
    blocks,
    domain_blocks,
    follows,
    mutes,
    sessions,
    tokens,
    users,
)
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import may_see, number, original, tags
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts, quotes, tag_follows

from ..tables import homes, list_members, lists, merged
from .homes import belongs


class Told(NamedTuple):
    """What decides which streams a post belongs in."""

    author: int
    visibility: int
    local: bool
    boost_of: int | None
    original_author: int | None
    reply_to_author: int | None
    has_media: bool
    silenced: bool
    merged: bool

    @property
    def is_public(self) -> bool:
        """Whether it belongs in public and tag streams."""
        return self.visibility == Visibility.PUBLIC and not self.boost_of and not self.silenced

    @property
    def is_reply(self) -> bool:
        """Whether it answers somebody else."""
        return self.reply_to_author not in (None, self.author)


_TOLD = Query(
    select(
        posts.c.author,
        posts.c.visibility,
        posts.c.local,
        posts.c.boost_of,
        original.c.author,
        posts.c.reply_to_author,
        posts.c.media_count > 0,
        accounts.c.silenced_at.is_not(None),
        exists(select(merged.c.author).where(merged.c.author == posts.c.author)),
    )
    .select_from(
        posts.join(accounts, accounts.c.id == posts.c.author).outerjoin(
            original, original.c.id == posts.c.boost_of
        )
    )
    .where(posts.c.id == number("post"), accounts.c.suspended_at.is_(None))
)
_NAMED = Query(select(mentions.c.account).where(mentions.c.post == number("post")))


def told(tx: Tx, post: int) -> Told | None:
    """What decides who hears of `post`; None when it is gone or its author is suspended."""
    row = tx.row(_TOLD, post=post)
    if row is None:
        return None
    flags = (bool(row[6]), bool(row[7]), bool(row[8]))
    return Told(row[0], row[1], bool(row[2]), row[3], row[4], row[5], *flags)


def tags_of(tx: Tx, post: int) -> dict[int, str]:
    """The tags under which a post can be read, and their folded words."""
    return tags.names_of(tx, tags.usable_of_post(tx, post))


def named_in(tx: Tx, post: int) -> set[int]:
    """Whom a post names."""
    return {row[0] for row in tx.rows(_NAMED, post=post)}


# --- who does not hear of it --------------------------------------------------------------------

_HIDDEN = Query(
    union(
        select(blocks.c.account).where(in_list(blocks.c.target, "people")),
        select(mutes.c.account).where(
            in_list(mutes.c.target, "people"),
            or_(mutes.c.until.is_(None), mutes.c.until > number("now")),
        ),
        select(blocks.c.target).where(in_list(blocks.c.account, "authors")),
        select(domain_blocks.c.account)
        .join(accounts, accounts.c.domain == domain_blocks.c.domain)
        .where(in_list(accounts.c.id, "authors"), accounts.c.domain.is_not(None)),
    )
)


def hidden_from(tx: Tx, authors: Collection[int], named: Iterable[int]) -> set[int]:
    """Who blocks or mutes anybody who wrote it or is named in it, is blocked by an author, or
    blocks an author's server."""
    people = [*authors, *named]
    rows = tx.rows(_HIDDEN, list_people=people, list_authors=list(authors), now=tx.ms)
    return {row[0] for row in rows}


_QUOTED_AUTHOR = Query(
    select(quotes.c.author)
    .select_from(posts.join(quotes, quotes.c.post == func.coalesce(posts.c.boost_of, posts.c.id)))
    .where(posts.c.id == number("post"))
)


def hidden_by_quote(tx: Tx, post: int) -> set[int]:
    """Who blocks or mutes whoever wrote what a post quotes, or is blocked by them."""
    return hidden_from(tx, [row[0] for row in tx.rows(_QUOTED_AUTHOR, post=post)], ())


# --- who does -----------------------------------------------------------------------------------

_HOME_READERS = Query(
    select(homes.c.reader)
    .join(posts, posts.c.id == homes.c.post)
    .where(
        homes.c.post == number("post"),
        in_list(homes.c.reader, "readers"),
        may_see(posts, homes.c.reader),
        ~graph.blocks(homes.c.reader, posts.c.author),
        ~graph.muted(homes.c.reader, posts.c.author, number("now")),
    )
)
_MERGED_READERS = Query(
    select(follows.c.follower)
    .select_from(follows.join(posts, posts.c.author == follows.c.followee))
    .where(
        posts.c.id == number("post"),
        in_list(follows.c.follower, "readers"),
        belongs(follows.c.follower),
    )
)
_FOLLOWERS = Query(
    select(follows.c.follower).where(
        follows.c.followee == number("author"), in_list(follows.c.follower, "readers")
    )
)


def home_readers(tx: Tx, post: int, readers: Iterable[int]) -> set[int]:
    """Those of `readers` whose home shows `post`: an entry outlives being named, or a mute."""
    rows = tx.rows(_HOME_READERS, post=post, list_readers=list(readers), now=tx.ms)
    return {row[0] for row in rows}


def merged_readers(tx: Tx, post: int, readers: Iterable[int]) -> set[int]:
    """Those of `readers` in whose home `post` is looked up when it is read."""
    return {row[0] for row in tx.rows(_MERGED_READERS, post=post, list_readers=list(readers))}


def followers(tx: Tx, author: int, readers: Iterable[int]) -> set[int]:
    """Those of `readers` who follow `author`."""
    return {row[0] for row in tx.rows(_FOLLOWERS, author=author, list_readers=list(readers))}


_SEEKERS = Query(
    select(tag_follows.c.account).where(
        in_list(tag_follows.c.tag, "tags"), in_list(tag_follows.c.account, "readers")
    )
)


_LEFT_IN = Query(
    select(homes.c.reader).where(homes.c.post == number("post"), in_list(homes.c.reader, "readers"))
)


def seekers(tx: Tx, post: int, tags: Iterable[int], readers: Collection[int]) -> set[int]:
    """Those of `readers` to whom a post that is no more came with a tag: one of these, or one that
    an edit took out (then the post is still in their homes, where nobody looked for it)."""
    among = list(readers)
    found = tx.rows(_LEFT_IN, post=post, list_readers=among)
    wanted = list(tags)
    found += tx.rows(_SEEKERS, list_tags=wanted, list_readers=among) if wanted else []
    return {row[0] for row in found}


# --- lists --------------------------------------------------------------------------------------

_owner = and_(follows.c.follower == lists.c.account, follows.c.followee == list_members.c.account)
_LISTS = (
    select(lists.c.id)
    .select_from(
        lists.join(list_members, list_members.c.list == lists.c.id).outerjoin(follows, _owner)
    )
    .where(
        in_list(lists.c.id, "lists"),
        list_members.c.account == number("author"),
        or_(follows.c.follower.is_not(None), lists.c.account == number("author")),
    )
)


def _listed_reply() -> ColumnElement[bool]:
    """A reply belongs in a list by the list's own rule, or when it answers the list's owner."""
    other, follow = list_members.alias(), follows.alias()
    replied = number("replied")
    member = exists(select(1).where(other.c.list == lists.c.id, other.c.account == replied))
    followed = exists(
        select(1).where(follow.c.follower == lists.c.account, follow.c.followee == replied)
    )
    return or_(
        lists.c.account == replied,
        and_(lists.c.replies_policy == "list", member),
        and_(lists.c.replies_policy == "followed", followed),
    )


_LISTS_OF = {
    (reply, boost): Query(
        _LISTS.where(
            *([_listed_reply()] if reply else []),
            *([or_(follows.c.follower.is_(None), follows.c.reblogs)] if boost else []),
        )
    )
    for reply in (False, True)
    for boost in (False, True)
}
_OWNER = Query(
    select(lists.c.id).where(lists.c.id == number("which"), lists.c.account == number("viewer"))
)


def lists_with(
    tx: Tx, author: int, among: Iterable[int], *, replied: int | None, boost: bool
) -> set[int]:
    """Those of the lists `among` in which a post of `author` belongs.

    Args:
        replied: whom it answers, if somebody else.
    """
    values: dict[str, Any] = {"author": author, "list_lists": list(among)}
    if replied is not None:
        values["replied"] = replied
    rows = tx.rows(_LISTS_OF[replied is not None, boost], **values)
    return {row[0] for row in rows}


def owns_list(tx: Tx, viewer: int, list_id: int) -> bool:
    """Whether this list is the viewer's."""
    return tx.row(_OWNER, viewer=viewer, which=list_id) is not None


# --- tokens -------------------------------------------------------------------------------------

_HOLDING = Query(
    select(tokens.c.id)
    .join(users, users.c.account == tokens.c.account)
    .join(accounts, accounts.c.id == tokens.c.account)
    .where(
        in_list(tokens.c.id, "tokens"),
        users.c.disabled_at.is_(None),
        users.c.confirmed_at.is_not(None),
        users.c.approved_at.is_not(None),
        accounts.c.suspended_at.is_(None),
    )
)


def holding(tx: Tx, ids: Iterable[int]) -> set[int]:
    """Those of these tokens with which a stream may still be open."""
    return {row[0] for row in tx.rows(_HOLDING, list_tokens=list(ids))}


_SIGNED_IN = Query(
    select(sessions.c.id)
    .join(users, users.c.account == sessions.c.account)
    .join(accounts, accounts.c.id == sessions.c.account)
    .where(
        in_list(sessions.c.id, "sessions"),
        users.c.disabled_at.is_(None),
        accounts.c.suspended_at.is_(None),
    )
)


def signed_in(tx: Tx, ids: Iterable[int]) -> set[int]:
    """The same for the sessions of browsers."""
    return {row[0] for row in tx.rows(_SIGNED_IN, list_sessions=list(ids))}
