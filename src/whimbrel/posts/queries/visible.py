"""Who may see a post, and what a reader does not want to see: the two rules as SQL conditions.

`rules.may_see` says the first in Python; a test holds the two together. Every condition is made
of look-ups by covering index, so that a page costs the same however many people one blocks."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import accounts

from ..rules import Visibility
from ..tables import mentions, posts

original = posts.alias("original")  # what a boost repeats, wherever one is read with its original
original_author = accounts.alias("original_author")


def number(name: str) -> ColumnElement[Any]:
    """A 64-bit parameter called `name`; PostgreSQL must be told what a bare one is."""
    return bindparam(name, type_=BigInteger, required=True)


def level(visibility: Visibility) -> ColumnElement[int]:
    """A visibility written into the statement, not bound: only so do partial indexes match."""
    return literal_column(str(int(visibility)))


def may_see(post: FromClause, viewer: ColumnElement[Any]) -> ColumnElement[bool]:
    """The rule for one row that stands for itself: `post` is posts or an alias of it."""
    return and_(_meant_for(post, viewer), ~graph.blocks(post.c.author, viewer))


def welcome(post: FromClause, author: FromClause, viewer: str = "viewer") -> ColumnElement[bool]:
    """`may_see`, `wanted` and `near` together, which costs nothing where nobody is at odds.

    Args:
        post: posts or an alias of it.
        author: accounts or an alias of it, joined to that.
    """
    asking = number(viewer)
    by = post.c.author
    odds = and_(~graph.blocks(by, asking), wanted(by, viewer), near(author, viewer))
    return and_(_meant_for(post, asking), or_(graph.at_peace(viewer), odds))


def _meant_for(post: FromClause, viewer: ColumnElement[Any]) -> ColumnElement[bool]:
    author, visibility = post.c.author, post.c.visibility
    mention = mentions.alias()
    writer = accounts.alias()
    hidden = exists(select(writer.c.id).where(writer.c.id == author, shy(post, writer)))
    return or_(
        and_(visibility <= level(Visibility.UNLISTED), or_(viewer != 0, ~hidden)),
        author == viewer,
        and_(visibility == level(Visibility.PRIVATE), graph.follows(viewer, author)),
        and_(
            visibility <= level(Visibility.DIRECT),
            exists(
                select(mention.c.post).where(
                    mention.c.post == post.c.id, mention.c.account == viewer
                )
            ),
        ),
    )


def shy(post: FromClause, author: FromClause) -> ColumnElement[bool]:
    """Whether `author`, joined to `post`, hides what is so open from whoever is not signed in."""
    return author.c.hides.op(">>")(post.c.visibility).op("&")(literal_column("1")) != 0


def visible(viewer: str = "viewer", posts_table: FromClause = posts) -> ColumnElement[bool]:
    """Whether the person bound as `viewer` (0 = a stranger) may see a row of `posts_table`.

    The author is not suspended; the post is public or unlisted, their own, names them, or is
    private and they follow the author, and the staff did not hide it; the author does not block
    them. A boost passes only where
    the boost and what it repeats both do. Nobody else asks this question in other words.
    """
    asking, inner = number(viewer), posts.alias()
    return and_(
        _author_stands(posts_table),
        may_see(posts_table, asking),
        or_(
            posts_table.c.boost_of.is_(None),
            exists(
                select(inner.c.id).where(
                    inner.c.id == posts_table.c.boost_of,
                    _author_stands(inner),
                    may_see(inner, asking),
                )
            ),
        ),
    )


def _author_stands(post: FromClause) -> ColumnElement[bool]:
    author = accounts.alias()
    return exists(
        select(author.c.id).where(author.c.id == post.c.author, author.c.suspended_at.is_(None))
    )


def wanted(author: Any, viewer: str = "viewer", now: str = "now") -> ColumnElement[bool]:
    """Whether the viewer neither blocks nor mutes `author`, a column, at the time `now` (ms)."""
    return and_(~graph.blocks(viewer, author), ~graph.muted(viewer, author, now))


def near(author: FromClause, viewer: Any = "viewer") -> ColumnElement[bool]:
    """The viewer (a column, or bound so) does not block the server of `author`, accounts or an
    alias of it. Our own people have none, and cost nothing."""
    domain = author.c.domain
    return or_(domain.is_(None), ~graph.blocks_domain(viewer, domain))
