"""What may be found: asked for candidates that the index named."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, in_list
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import full_card, level, number, plain_card, tags, welcome
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import marks, mentions, post_tags, posts, votes
from whimbrel.posts.tables import tags as words

READERS = 200  # who did something with a post and finds it by that; of more, the last ones

_viewer = number("viewer")
_public = posts.c.visibility == level(Visibility.PUBLIC)
_KINDS = (Mark.FAVOURITE, Mark.BOOST, Mark.BOOKMARK)

_REVISIONS = Query(select(posts.c.id, posts.c.rev).where(in_list(posts.c.id, "ids")))


class Tagged(NamedTuple):
    """A tag that may be found: its word, how it is written, and a public post that has it."""

    name: str
    written: str
    post: int


# ----------------------------------------------------------------------------- what is found


def _open() -> ColumnElement[bool]:
    """Public, by somebody who lets it be found; of the limited only for who follows them."""
    heard = or_(accounts.c.silenced_at.is_(None), graph.follows("viewer", accounts.c.id))
    return and_(_public, accounts.c.indexable, heard)


def _near() -> ColumnElement[bool]:
    """The viewer wrote it, is named in it, or did something with it."""
    answer = posts.alias()
    return or_(
        posts.c.author == _viewer,
        _there(mentions, mentions.c.post == posts.c.id, mentions.c.account == _viewer),
        _there(
            marks,
            marks.c.account == _viewer,
            marks.c.post == posts.c.id,
            marks.c.kind.in_([literal_column(str(int(kind))) for kind in _KINDS]),
        ),
        _there(votes, votes.c.poll == posts.c.poll, votes.c.account == _viewer),
        _there(answer, answer.c.reply_to == posts.c.id, answer.c.author == _viewer),
    )


def _there(table: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(1).select_from(table).where(*where))


@lru_cache(maxsize=3)
def _found(reach: str) -> Query:
    """Args: `operators.Asked.reach`."""
    within = {"all": or_(_open(), _near()), "public": _open(), "library": _near()}[reach]
    return Query(
        select(*plain_card())
        .join(accounts, accounts.c.id == posts.c.author)
        .where(
            in_list(posts.c.id, "ids"),
            posts.c.boost_of.is_(None),
            accounts.c.suspended_at.is_(None),
            welcome(posts, accounts),
            within,
        )
        .order_by(posts.c.id.desc())
    )


def found(tx: Tx, viewer: Viewer, ids: Sequence[int], reach: str) -> list[tuple[Any, ...]]:
    """The cards of those of `ids` that the viewer may see, wants to see and may find by their
    words, newest first.

    Args:
        reach: of `operators.Asked`.
    """
    if not ids:
        return []
    rows = tx.rows(_found(reach), list_ids=list(ids), viewer=viewer.id, now=tx.ms)
    return [full_card(*row) for row in rows]


# ----------------------------------------------------------------------------- for the index


def _did() -> Select[Any]:
    """Post, who did something with it, and when (ms; of a vote nobody knows)."""
    pieces: list[tuple[Any, ...]] = []
    for kind in _KINDS:
        mark = marks.alias()
        of = (mark.c.post == posts.c.id, mark.c.kind == literal_column(str(int(kind))))
        pieces.append((mark, of, mark.c.id, mark.c.account, mark.c.at))
    answer, vote = posts.alias(), votes.alias()
    of_answer = (answer.c.reply_to == posts.c.id,)
    pieces.append((answer, of_answer, answer.c.id, answer.c.author, answer.c.at))
    parts = []
    for table, of, id_, who, at in pieces:
        last = table.alias()
        newest = select(id_).where(*of).order_by(id_.desc()).limit(literal_column(str(READERS)))
        parts.append(
            select(posts.c.id, last.c[who.name], last.c[at.name])
            .select_from(posts.join(last, last.c.id.in_(newest)))
            .where(in_list(posts.c.id, "ids"))
        )
    some = (
        select(votes.c.account)
        .where(votes.c.poll == posts.c.poll)
        .order_by(votes.c.account.desc())
        .limit(literal_column(str(READERS)))
        .correlate(posts)
    )
    voted = (
        select(posts.c.id, vote.c.account, literal_column("0"))
        .select_from(posts.join(vote, and_(vote.c.poll == posts.c.poll, vote.c.account.in_(some))))
        .where(in_list(posts.c.id, "ids"))
    )
    every = union_all(*parts, voted).subquery("did")
    return select(*every.c).join(users, users.c.account == every.c[1])


_DID = Query(_did())


def readers(tx: Tx, ids: Sequence[int]) -> dict[int, set[int]]:
    """For each of these posts who of ours favourited, boosted, bookmarked or answered it or voted
    in its poll, `READERS` at most."""
    last: dict[int, dict[int, int]] = {}
    for post, who, at in tx.rows(_DID, list_ids=list(ids)):
        when = last.setdefault(post, {})
        when[who] = max(at, when.get(who, 0))
    return {
        post: set(sorted(when, key=when.__getitem__, reverse=True)[:READERS])
        for post, when in last.items()
    }


_ANSWERED = Query(select(posts.c.reply_to).where(posts.c.id == number("post")))
_PUBLIC_AFTER = Query(
    select(posts.c.id)
    .where(
        posts.c.author == number("author"),
        posts.c.id > number("last"),
        posts.c.boost_of.is_(None),
        _public,
    )
    .order_by(posts.c.id)
    .limit(number("most"))
)


def answered(tx: Tx, post: int) -> int | None:
    """The post that this one answers."""
    subject: int | None = tx.value(_ANSWERED, post=post)
    return subject


def public_after(tx: Tx, author: int, last: int, most: int) -> list[int]:
    """Ids of somebody's public posts after `last`, in order."""
    return [row[0] for row in tx.rows(_PUBLIC_AFTER, author=author, last=last, most=most)]


# ----------------------------------------------------------------------------- tags

_shown = and_(_public, accounts.c.suspended_at.is_(None))
_TAGS_ON = Query(
    select(post_tags.c.tag, func.max(post_tags.c.post))
    .join(posts, posts.c.id == post_tags.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .join(words, words.c.id == post_tags.c.tag)
    .where(in_list(post_tags.c.post, "posts"), _shown, words.c.listable)
    .group_by(post_tags.c.tag)
)
_IN_PUBLIC = Query(
    select(post_tags.c.post)
    .join(posts, posts.c.id == post_tags.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .join(words, words.c.id == post_tags.c.tag)
    .where(post_tags.c.tag == number("tag"), _shown, words.c.listable)
    .limit(1)
)
_AFTER = Query(
    select(posts.c.id)
    .where(posts.c.id > bindparam("last"), posts.c.boost_of.is_(None))
    .order_by(posts.c.id)
    .limit(bindparam("most", type_=BigInteger))
)
_LEFT = Query(
    select(func.count())
    .select_from(posts)
    .where(posts.c.id > bindparam("last"), posts.c.boost_of.is_(None))
)


def revisions(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """Post id to its revision; those that are gone are left out."""
    return dict(tx.rows(_REVISIONS, list_ids=list(ids)))


def tags_on(tx: Tx, ids: Sequence[int], begin: str) -> list[Tagged]:
    """The tags on those of these posts that are public, as far as they begin so and are listed."""
    found = dict(tx.rows(_TAGS_ON, list_posts=list(ids))) if ids else {}
    written = tags.written_of(tx, list(found)).items()
    known = [Tagged(tag_key(name), name, found[tag]) for tag, name in written]
    return [each for each in known if each.name.startswith(begin)]


def in_public(tx: Tx, name: str) -> list[Tagged]:
    """This very tag, if some public post carries it and it is listed."""
    return [
        Tagged(name, written, post)
        for tag, written in tags.written_as(tx, [name]).items()
        if (post := tx.value(_IN_PUBLIC, tag=tag)) is not None
    ]


def posts_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Ids of posts after `last` in order, and how many are left beside them."""
    ids = [row[0] for row in tx.rows(_AFTER, last=last, most=most)]
    return ids, max(0, int(tx.value(_LEFT, last=last)) - len(ids))
