"""Posts as stored, unsealed: what an action reads before it decides, and what becomes JSON."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, null, select, union_all

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.accounts.tables import accounts, apps
from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from ..rules import Content, Poll, Post, QuotePolicy, Visibility
from ..tables import polls, posts
from .cards import card, seen
from .visible import number, original, original_author, visible

COLUMNS = tuple(posts.c[name] for name in Post.__struct_fields__)
POLL_COLUMNS = tuple(polls.c[name] for name in Poll.__struct_fields__)
_FIELDS = Post.__struct_fields__
_VISIBILITY, _CONTENT, _SLOT, _REV = (
    _FIELDS.index(name) for name in ("visibility", "content", "slot", "rev")
)
_POLICY = _FIELDS.index("quote_policy")
_POLICIES = tuple(QuotePolicy)
_FLAGS = tuple(_FIELDS.index(name) for name in ("sensitive", "local"))
_LEVELS = tuple(Visibility)

encode_content = msgspec.json.Encoder().encode
_decode_content = msgspec.json.Decoder(Content).decode
_decode_counts = msgspec.json.Decoder(tuple[int, ...]).decode


Revision = tuple[int, int, int, int]  # post, its rev, author, their rev


class Body(NamedTuple):
    """Everything a status is made of, but for what changes all the time."""

    post: Post
    author: Account
    app: tuple[str, str | None] | None  # name, website
    poll: Poll | None
    stamps: tuple[int, int]  # the post's and the author's


def slot_of(post: int, slot: int, author_slot: int) -> Slot:
    """Under which keys a post's content is sealed, and where it stands."""
    return Slot(slot, author_slot, post, "posts.content")


def post_of(tx: Tx, row: Any, author_slot: int) -> Post:
    """The post in a row that begins with `COLUMNS`.

    Raises:
        Shredded: it was erased, or its author was.
    """
    content = None
    if row[_CONTENT] is not None:
        place = slot_of(row[0], row[_SLOT], author_slot)
        content = _decode_content(tx.unseal(place, bytes(row[_CONTENT])))
    return _post(row, content)


def _post(row: Any, content: Content | None) -> Post:
    values = list(row[: len(COLUMNS)])
    values[_VISIBILITY] = _LEVELS[row[_VISIBILITY]]
    for at in _FLAGS:
        values[at] = bool(row[at])
    values[_POLICY] = _POLICIES[row[_POLICY]]
    values[_CONTENT] = content
    return Post(**dict(zip(_FIELDS, values, strict=True)))


def poll_of(row: Any) -> Poll:
    """The poll in a row of `POLL_COLUMNS`."""
    id_, post, multiple, hide, until, counts, voters, closed = row
    return Poll(
        id=id_,
        post=post,
        multiple=bool(multiple),
        hide_totals=bool(hide),
        until=until,
        counts=_decode_counts(counts),
        voters=voters,
        closed=bool(closed),
    )


# ----------------------------------------------------------------------------- one post

_WITH_SLOT = select(*COLUMNS, accounts.c.slot).join(accounts, accounts.c.id == posts.c.author)
_VISIBLE = Query(_WITH_SLOT.where(posts.c.id == number("id"), visible()))
_OWN = Query(
    _WITH_SLOT.where(posts.c.id == number("id"), posts.c.author == number("viewer"), visible())
)
_ANY = Query(_WITH_SLOT.where(posts.c.id == number("id")))


def visible_post(tx: Tx, viewer: Viewer, post: int) -> Post:
    """One post, as far as `viewer` may see it; one statement in every case, so time tells nothing.

    Raises:
        NotFound: absent, erased, or not theirs to see.
    """
    return _found(tx, tx.row(_VISIBLE, id=post, viewer=viewer.id))


def own_post(tx: Tx, viewer: Viewer, post: int) -> Post:
    """One post of the viewer's. Raises NotFound: somebody else's, none, or a boost of what they may
    not see any more."""
    return _found(tx, tx.row(_OWN, id=post, viewer=viewer.id))


def any_post(tx: Tx, post: int) -> Post:
    """One post, whoever asks: for handlers of events. Raises NotFound."""
    return _found(tx, tx.row(_ANY, id=post))


_BARE = Query(
    select(*COLUMNS)
    .where(posts.c.author == number("author"))
    .order_by(posts.c.id.desc())
    .limit(number("most"))
)


def bare_posts(tx: Tx, author: int, most: int) -> list[Post]:
    """Up to `most` posts and boosts of an author, newest first, their content left sealed (None):
    of an erased author it could not be opened."""
    return [_post(row, None) for row in tx.rows(_BARE, author=author, most=most)]


def _found(tx: Tx, row: Any) -> Post:
    if row is None:
        raise NotFound
    return post_of(tx, row, row[len(COLUMNS)])


# ----------------------------------------------------------------------------- many, for JSON

_BODIES = (
    select(
        *COLUMNS,
        *people.COLUMNS,
        *(apps.c.name, apps.c.website, posts.c.stamp, accounts.c.stamp),
        *POLL_COLUMNS,
    )
    .join(accounts, accounts.c.id == posts.c.author)
    .outerjoin(apps, apps.c.id == posts.c.app)
    .outerjoin(polls, polls.c.id == posts.c.poll)
    .where(in_list(posts.c.id, "ids"))
)
_PEOPLE = select(
    *(null() for _ in COLUMNS),
    *people.COLUMNS,
    *(null(), null(), null(), accounts.c.stamp),
    *(null() for _ in POLL_COLUMNS),
).where(in_list(accounts.c.id, "people"))
_ONLY_BODIES, _BODIES_AND_PEOPLE = Query(_BODIES), Query(union_all(_BODIES, _PEOPLE))
_AUTHOR = len(COLUMNS)
_APP = _AUTHOR + len(people.COLUMNS)
_STAMPS = _APP + 2
_POLL = _STAMPS + 2


def bodies(
    tx: Tx,
    ids: Iterable[int],
    known: Callable[[Revision], object],
    others: Iterable[int] = (),
) -> tuple[list[Body], list[tuple[Account, int]]]:
    """What the statuses of these posts are made of, in any order; who may see them was asked
    before. Posts erased meanwhile are left out.

    Args:
        known: whether the words of a revision are at hand; they are left sealed then (None).
        others: people who are wanted beside the authors.
    Returns:
        Those, and the other people with their stamps.
    """
    found: list[Body] = []
    met: list[tuple[Account, int]] = []
    wanted = list(others)
    if wanted:
        rows = tx.rows(_BODIES_AND_PEOPLE, list_ids=list(ids), list_people=wanted)
    else:
        rows = tx.rows(_ONLY_BODIES, list_ids=list(ids))
    for row in rows:
        author = people.account_of(row[_AUTHOR:_APP])
        if row[0] is None:
            met.append((author, row[_POLL - 1]))
            continue
        try:
            if known((row[0], row[_REV], author.id, author.rev)):
                post = _post(row, None)
            else:
                post = post_of(tx, row, author.slot)
        except Shredded:
            continue
        app = None if row[_APP] is None else (row[_APP], row[_APP + 1])
        poll = None if row[_POLL] is None else poll_of(row[_POLL:])
        found.append(Body(post, author, app, poll, row[_STAMPS:_POLL]))
    return found, met


# ----------------------------------------------------------------------------- cards by id


def _named(*where: ColumnElement[bool], marks: bool = True) -> Select[Any]:
    return (
        select(*card(marks=marks))
        .select_from(
            posts.join(accounts, accounts.c.id == posts.c.author)
            .outerjoin(original, original.c.id == posts.c.boost_of)
            .outerjoin(original_author, original_author.c.id == original.c.author)
        )
        .where(*where)
    )


# What `card_of` and `cards_of` run, for rooms that have a column to put behind.
ONE_CARD = _named(posts.c.id == number("id"), *seen(hide=False))
MANY_CARDS = _named(in_list(posts.c.id, "ids"), *seen(hide=False))
WANTED_CARDS = _named(in_list(posts.c.id, "ids"), *seen(hide=True))
_ONE, _MANY, _WANTED = Query(ONE_CARD), Query(MANY_CARDS), Query(WANTED_CARDS)
_FOR_ALL = Query(
    _named(
        posts.c.id == number("id"),
        accounts.c.suspended_at.is_(None),
        original_author.c.suspended_at.is_(None),
        marks=False,
    )
)


def card_of(tx: Tx, viewer: Viewer, post: int, query: Query = _ONE) -> Any:
    """The `Card` row of one post. Raises NotFound.

    Args:
        query: `ONE_CARD` with columns behind, where some are wanted.
    """
    row = tx.row(query, id=post, viewer=viewer.id)
    if row is None:
        raise NotFound
    return row


def cards_of(
    tx: Tx,
    viewer: Viewer,
    ids: Iterable[int],
    *,
    hide: bool = False,
    query: Query | None = None,
) -> list[Any]:
    """The `Card` rows of these posts in the order of `ids`; those not to be seen are left out.

    Args:
        hide: leave out whom the viewer blocks or mutes, too.
        query: `MANY_CARDS`, or with `hide` `WANTED_CARDS`, with columns behind.
    """
    wanted = list(ids)
    if not wanted:
        return []
    query = query or (_WANTED if hide else _MANY)
    rows = tx.rows(query, list_ids=wanted, viewer=viewer.id, now=tx.ms)
    by_id = {row[0]: row for row in rows}
    return [by_id[id_] for id_ in dict.fromkeys(wanted) if id_ in by_id]


def card_for_all(tx: Tx, post: int) -> Any:
    """The `Card` row of one post without anybody's marks: for streams, whose readers were chosen
    before. Raises NotFound."""
    row = tx.row(_FOR_ALL, id=post)
    if row is None:
        raise NotFound
    return row
