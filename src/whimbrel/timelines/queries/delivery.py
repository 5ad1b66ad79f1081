"""Statements that write homes: a post to many readers, or many posts to one.

A delivery costs about a microsecond, so whatever is the same for every reader (who blocks the
author, which lists keep the author away from home) is asked once for each slice, as a set."""

from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    delete,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)

from whimbrel.accounts.tables import accounts, blocks, follows, mutes
from whimbrel.core.engines import Query, in_list, insert_ignore, insert_select
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number, original
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, post_tags, posts, tag_follows

from ..tables import home_states, homes, list_members, lists, merged

ECHO_MS = 12 * 3_600_000  # for so long a boost does not bring back what a home has just had
ECHOES = 16  # other boosts of the same post that are looked for


class Published(NamedTuple):
    """What a delivery has to know of a post."""

    author: int
    visibility: int
    reply_to_author: int | None
    language: str | None
    boost_of: int | None
    original_author: int | None
    local: bool
    followers: int
    merged: int | None
    sought: bool  # somebody follows a tag that it carries

    @property
    def is_reply(self) -> bool:
        """Whether it answers somebody else."""
        return self.reply_to_author not in (None, self.author)


_PUBLISHED = Query(
    select(
        posts.c.author,
        posts.c.visibility,
        posts.c.reply_to_author,
        posts.c.language,
        posts.c.boost_of,
        original.c.author,
        posts.c.local,
        accounts.c.followers,
        merged.c.author,
        exists(
            select(1)
            .select_from(post_tags.join(tag_follows, tag_follows.c.tag == post_tags.c.tag))
            .where(post_tags.c.post == number("post"))
        ),
    )
    .select_from(
        posts.join(accounts, accounts.c.id == posts.c.author)
        .outerjoin(original, original.c.id == posts.c.boost_of)
        .outerjoin(merged, merged.c.author == posts.c.author)
    )
    .where(posts.c.id == number("post"))
)
_ECHOES = Query(
    select(posts.c.id)
    .where(
        posts.c.boost_of == number("original"),
        posts.c.id != number("post"),
        posts.c.id > number("since"),
    )
    .order_by(posts.c.id.desc())
    .limit(ECHOES)
)
_SLICE_END = Query(
    select(follows.c.follower)
    .where(follows.c.followee == number("author"), follows.c.follower > number("after"))
    .order_by(follows.c.follower)
    .limit(1)
    .offset(number("last"))
)
_MERGE = Query(insert_ignore(merged))
_TRIM = Query(
    delete(homes).where(
        homes.c.reader == number("reader"),
        homes.c.post
        <= select(homes.c.post)
        .where(homes.c.reader == number("reader"))
        .order_by(homes.c.post.desc())
        .limit(1)
        .offset(number("size"))
        .scalar_subquery(),
    )
)
_FORGET = Query(
    delete(homes).where(
        homes.c.post == number("post"),
        homes.c.reader.in_(
            select(follows.c.follower).where(
                follows.c.followee == number("author"),
                follows.c.follower > number("after"),
                follows.c.follower <= number("upto"),
            )
        ),
    )
)
_FORGET_OWN = Query(
    delete(homes).where(homes.c.reader == number("author"), homes.c.post == number("post"))
)


def unwilling(reader: ColumnElement[int] = follows.c.follower) -> ColumnElement[bool]:
    """The reader wants none of it: blocks or mutes anybody who wrote it or is named in it, is
    blocked by who wrote it, or keeps the author in a list instead of at home."""
    people = union_all(
        select(number("author")),
        select(number("original_author")),
        select(mentions.c.account).where(mentions.c.post == number("subject")),
    )
    return reader.in_(
        union_all(
            select(blocks.c.account).where(blocks.c.target.in_(people)),
            select(mutes.c.account).where(
                mutes.c.target.in_(people),
                or_(mutes.c.until.is_(None), mutes.c.until > number("now")),
            ),
            select(blocks.c.target).where(
                blocks.c.account.in_(
                    union_all(select(number("author")), select(number("original_author")))
                )
            ),
            select(lists.c.account)
            .select_from(list_members.join(lists, lists.c.id == list_members.c.list))
            .where(list_members.c.account == number("author"), lists.c.exclusive),
        )
    )


def _speaks() -> ColumnElement[bool]:
    """The follow takes the post's language."""
    language = bindparam("language", type_=String, required=True)
    spaced: ColumnElement[str] = literal_column("' '") + follows.c.languages + literal_column("' '")
    return or_(
        follows.c.languages.is_(None),
        language.is_(None),
        spaced.like(literal_column("'% '") + language + literal_column("' %'")),
    )


def _fresh(reader: ColumnElement[int]) -> ColumnElement[bool]:
    """The reader's home has had neither the boosted post nor another boost of it lately."""
    echo = homes.alias("echo")
    return ~exists(
        select(echo.c.post).where(echo.c.reader == reader, in_list(echo.c.post, "echoes"))
    )


@cache
def _deliver_own(*, boost: bool) -> Query:
    """INSERT a post into its author's home."""
    rows = select(home_states.c.reader, number("post")).where(
        home_states.c.reader == number("author")
    )
    if boost:
        rows = rows.where(_fresh(home_states.c.reader))
    return Query(insert_select(homes, ("reader", "post"), rows).returning(homes.c.reader))


@lru_cache(maxsize=16)
def _deliver(*, reply: bool, boost: bool, named_only: bool) -> Query:
    """INSERT a post into the homes of a slice of its author's followers."""
    rows = select(follows.c.follower, number("post")).select_from(
        follows.join(home_states, home_states.c.reader == follows.c.follower)
    )
    rows = rows.where(
        follows.c.followee == number("author"),
        follows.c.follower > number("after"),
        follows.c.follower <= number("upto"),
        ~unwilling(),
        _speaks(),
    )
    if named_only:
        rows = rows.where(
            follows.c.follower.in_(
                select(mentions.c.account).where(mentions.c.post == number("post"))
            )
        )
    if reply:
        other = follows.alias("other")
        rows = rows.where(
            or_(
                follows.c.follower == number("replied"),
                exists(
                    select(other.c.follower).where(
                        other.c.follower == follows.c.follower,
                        other.c.followee == number("replied"),
                    )
                ),
            )
        )
    if boost:
        rows = rows.where(follows.c.reblogs, _fresh(follows.c.follower))
    return Query(insert_select(homes, ("reader", "post"), rows).returning(homes.c.reader))


def published(tx: Tx, post: int) -> Published | None:
    """What a delivery has to know; None when the post is gone meanwhile."""
    row = tx.row(_PUBLISHED, post=post)
    return None if row is None else Published._make((*row[:-1], bool(row[-1])))


def merge(tx: Tx, author: int) -> None:
    """From now on this author's posts are looked up when homes are read."""
    tx.run(_MERGE, author=author)


def deliver_own(tx: Tx, post: int, facts: Published) -> list[int]:
    """The post into its author's own home; who got it: the author or nobody."""
    boost = facts.boost_of is not None
    values: dict[str, Any] = {"post": post, "author": facts.author}
    if boost:
        values["list_echoes"] = _echoes(tx, post, facts.boost_of)
    return [row[0] for row in tx.rows(_deliver_own(boost=boost), **values)]


def slice_end(tx: Tx, author: int, after: int, size: int) -> int:
    """The last of the next `size` followers after `after`; MAX_ID when fewer are left."""
    end = tx.value(_SLICE_END, author=author, after=after, last=size - 1)
    return MAX_ID if end is None else int(end)


def deliver(tx: Tx, post: int, facts: Published, after: int, upto: int) -> list[int]:
    """The post into the homes of the followers in (after, upto] who want it.

    Returns:
        Who got it just now; not those who had it before.
    """
    reply, boost = facts.is_reply, facts.boost_of is not None
    values: dict[str, Any] = {
        "post": post,
        "subject": facts.boost_of or post,
        "author": facts.author,
        "original_author": facts.original_author or facts.author,
        "after": after,
        "upto": upto,
        "now": tx.ms,
        "language": facts.language,
    }
    if reply:
        values["replied"] = facts.reply_to_author
    if boost:
        values["list_echoes"] = _echoes(tx, post, facts.boost_of)
    named_only = facts.visibility == Visibility.DIRECT
    query = _deliver(reply=reply, boost=boost, named_only=named_only)
    return [row[0] for row in tx.rows(query, **values)]


def _echoes(tx: Tx, post: int, boosted: int | None) -> list[int]:
    """The same post in other shapes, as far as a home may have had it lately."""
    since = post - (ECHO_MS << 16)
    rows = tx.rows(_ECHOES, original=boosted, post=post, since=since)
    echoes = [row[0] for row in rows]
    if boosted is not None and boosted > since:
        echoes.append(boosted)
    return echoes


def trim(tx: Tx, reader: int, size: int) -> int:
    """Keep the newest `size` entries of a home; how many went."""
    return tx.run(_TRIM, reader=reader, size=size)


def forget(tx: Tx, post: int, author: int, after: int, upto: int) -> int:
    """The post out of the homes of the followers in (after, upto]; how many had it."""
    return tx.run(_FORGET, post=post, author=author, after=after, upto=upto)


def forget_own(tx: Tx, post: int, author: int) -> None:
    """The post out of its author's own home."""
    tx.run(_FORGET_OWN, post=post, author=author)
