"""Statements that bring public posts into the homes of those who follow a tag, and take them out.

A tag that moderators closed brings nothing; what it brought before stays. What such a reader blocks
or mutes is left out when a home is read, as everything is."""

from sqlalchemy import ColumnElement, and_, delete, exists, func, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list, insert_select
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import followed, level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import post_tags, posts, tag_follows, tags

from ..tables import home_states, homes, list_members, lists, merged
from .delivery import Published, unwilling
from .homes import belongs

# --- a post to many -----------------------------------------------------------------------------


def _limited(author: ColumnElement[int]) -> ColumnElement[bool]:
    """Moderators want `author` to be read by those alone who follow them."""
    person = accounts.alias()
    return exists(select(1).where(person.c.id == author, person.c.silenced_at.is_not(None)))


def _tag_slice(*where: ColumnElement[bool]) -> Query:
    """The last of the next readers who follow one of some tags."""
    readers = (
        select(tag_follows.c.account)
        .distinct()
        .where(tag_follows.c.account > number("after"), *where)
        .order_by(tag_follows.c.account)
        .limit(1)
        .offset(number("last"))
    )
    return Query(readers)


_of_post = tag_follows.c.tag.in_(
    select(post_tags.c.tag)
    .join(tags, tags.c.id == post_tags.c.tag)
    .where(post_tags.c.post == number("post"), tags.c.usable)
)
_of_these = in_list(tag_follows.c.tag, "tags")
_span = (tag_follows.c.account > number("after"), tag_follows.c.account <= number("upto"))
_POST_SLICE_END, _TAGS_SLICE_END = _tag_slice(_of_post), _tag_slice(_of_these)
# Who finds the posts of somebody very popular anyhow need not have them stored as well.
_merged_in = exists(
    select(1)
    .select_from(
        merged.join(
            follows,
            and_(
                follows.c.followee == merged.c.author,
                follows.c.follower == tag_follows.c.account,
            ),
        )
    )
    .where(merged.c.author == posts.c.author, belongs(tag_follows.c.account))
)
_DELIVER_TAGGED = Query(
    insert_select(
        homes,
        ("reader", "post"),
        select(tag_follows.c.account, number("post"))
        .distinct()
        .select_from(
            tag_follows.join(home_states, home_states.c.reader == tag_follows.c.account).join(
                posts, posts.c.id == number("post")
            )
        )
        .where(
            _of_post,
            *_span,
            ~_limited(posts.c.author),
            ~unwilling(tag_follows.c.account),
            ~_merged_in,
        ),
    ).returning(homes.c.reader)
)
_FORGET_TAGGED = Query(
    delete(homes).where(
        homes.c.post == number("post"),
        homes.c.reader.in_(select(tag_follows.c.account).where(_of_these, *_span)),
    )
)


def slice_end(tx: Tx, post: int, after: int, size: int) -> int:
    """The last of the next `size` people after `after` who follow a tag of the post; MAX_ID when
    fewer are left."""
    end = tx.value(_POST_SLICE_END, post=post, after=after, last=size - 1)
    return MAX_ID if end is None else int(end)


def deliver(tx: Tx, post: int, facts: Published, after: int, upto: int) -> list[int]:
    """A public post, no boost, into the homes of those in (after, upto] who follow a tag of it.

    Returns:
        Who got it just now.
    """
    rows = tx.rows(
        _DELIVER_TAGGED,
        post=post,
        subject=post,
        author=facts.author,
        original_author=facts.author,
        after=after,
        upto=upto,
        now=tx.ms,
    )
    return [row[0] for row in rows]


def forget(tx: Tx, post: int, tags: list[int], after: int, size: int) -> int:
    """The post out of the homes of the next `size` people after `after` who follow these tags.

    Returns:
        The last of them; MAX_ID when fewer were left.
    """
    end = tx.value(_TAGS_SLICE_END, list_tags=tags, after=after, last=size - 1)
    upto = MAX_ID if end is None else int(end)
    tx.run(_FORGET_TAGGED, post=post, list_tags=tags, after=after, upto=upto)
    return upto


# --- many to one reader -------------------------------------------------------------------------


def _kept_away() -> ColumnElement[bool]:
    """The author is in an exclusive list of the bound `viewer`: read there, not at home."""
    member, kept = list_members.alias(), lists.alias()
    return exists(
        select(1)
        .select_from(member.join(kept, kept.c.id == member.c.list))
        .where(
            member.c.account == posts.c.author,
            kept.c.account == number("viewer"),
            kept.c.exclusive,
        )
    )


def _pull(*where: ColumnElement[bool]) -> Query:
    """The newest public posts of each tag that the viewer follows."""
    carried, written = post_tags.alias(), posts.alias()
    newest = (
        select(carried.c.post)
        .join(written, written.c.id == carried.c.post)
        .where(
            carried.c.tag == tag_follows.c.tag,
            carried.c.post > number("low"),
            carried.c.post < number("high"),
            written.c.visibility == level(Visibility.PUBLIC),
            written.c.boost_of.is_(None),
            ~_limited(written.c.author),
        )
        .order_by(carried.c.post.desc())
        .limit(number("each"))
    )
    return Query(
        select(posts.c.id)
        .distinct()
        .select_from(
            tag_follows.join(tags, tags.c.id == tag_follows.c.tag).join(
                posts, posts.c.id.in_(newest)
            )
        )
        .where(tag_follows.c.account == number("viewer"), tags.c.usable, ~_kept_away(), *where)
        .order_by(posts.c.id.desc())
        .limit(number("most"))
    )


_PULL = _pull()
_PULL_TAG = _pull(tag_follows.c.tag == number("tag"))
_FOLLOWED_TAGS = Query(select(func.count()).where(tag_follows.c.account == number("viewer")))
_TAG_FOLLOWED_AT = Query(
    select(tag_follows.c.id).where(
        tag_follows.c.account == number("viewer"), tag_follows.c.tag == number("tag")
    )
)
_held = homes.alias("held")
# What came with a tag alone: not one's own, nor of somebody followed, nor with another such tag.
_REMOVE_TAG = Query(
    delete(homes).where(
        homes.c.reader == number("reader"),
        homes.c.post.in_(
            select(_held.c.post)
            .select_from(
                _held.join(posts, posts.c.id == _held.c.post).join(
                    post_tags, post_tags.c.post == _held.c.post
                )
            )
            .where(
                _held.c.reader == number("reader"),
                post_tags.c.tag == number("tag"),
                posts.c.author != number("reader"),
                ~exists(
                    select(1)
                    .select_from(follows)
                    .where(
                        follows.c.follower == number("reader"),
                        follows.c.followee == posts.c.author,
                        belongs(number("reader")),
                    )
                ),
                ~followed.sought(number("reader")),
            )
        ),
    )
)


def pull(
    tx: Tx, viewer: int, each: int, most: int, *, low: int, high: int, tag: int | None = None
) -> list[int]:
    """What followed tags bring: the newest `each` public posts of every one, newest first.

    Args:
        tag: of this one alone.
    """
    bound = {"viewer": viewer, "each": each, "most": most, "low": low, "high": high}
    if tag is None:
        return [row[0] for row in tx.rows(_PULL, **bound)]
    return [row[0] for row in tx.rows(_PULL_TAG, **bound, tag=tag)]


def count(tx: Tx, viewer: int) -> int:
    """How many tags the reader follows."""
    return int(tx.value(_FOLLOWED_TAGS, viewer=viewer))


def followed_at(tx: Tx, viewer: int, tag: int) -> int | None:
    """When a tag was followed (ms); None where it is not."""
    id_ = tx.value(_TAG_FOLLOWED_AT, viewer=viewer, tag=tag)
    return None if id_ is None else int(id_) >> 16


def remove(tx: Tx, reader: int, tag: int) -> int:
    """What only this tag brought there leaves the home of `reader`; how many entries."""
    return tx.run(_REMOVE_TAG, reader=reader, tag=tag)
