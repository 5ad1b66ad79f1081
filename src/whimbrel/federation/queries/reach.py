"""Who elsewhere is concerned by what ours do, and by which inboxes they are reached.

Whoever follows one of ours from elsewhere is in `remote_follows`: it answers by an index whether
there is anybody, however many of ours follow as well."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
)

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import marks, mentions, polls, posts, quotes, votes

from ..rules import hosts_of, origin_of
from ..tables import relays, remote_actors, remote_follows
from .barred import barred_among
from .posts import actor_id

MOST_TOUCHING = 1000  # people, of each kind

_original, _theirs = posts.alias("original"), accounts.alias("theirs")


class Reach(NamedTuple):
    """Who is to be told of something."""

    visibility: int
    people: tuple[int, ...]  # accounts elsewhere: named, or whose post is boosted or answered
    relayed: bool = False  # relays are told as well


_FOLLOWED = exists(
    select(literal(1)).where(remote_follows.c.followee == accounts.c.id).correlate(accounts)
)
_NAMED = exists(
    select(literal(1))
    .select_from(mentions.join(remote_actors, remote_actors.c.account == mentions.c.account))
    .where(mentions.c.post == posts.c.id)
    .correlate(posts)
)
_IS_OPEN = posts.c.visibility < level(Visibility.PRIVATE)
_AUTHOR_ABOVE = (  # of what is boosted, or answered for everybody to read
    select(_original.c.author)
    .join(remote_actors, remote_actors.c.account == _original.c.author)
    .where(_original.c.id == func.coalesce(posts.c.boost_of, case((_IS_OPEN, posts.c.reply_to))))
    .correlate(posts)
    .scalar_subquery()
)
_RELAY = exists(select(literal(1)).select_from(relays).where(relays.c.actor.is_not(None)))
_RELAYED = and_(posts.c.visibility == level(Visibility.PUBLIC), posts.c.boost_of.is_(None), _RELAY)
_CONCERNED = Query(
    select(posts.c.visibility, _AUTHOR_ABOVE, _RELAYED)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        posts.c.id == number("post"),
        accounts.c.domain.is_(None),
        or_(
            and_(posts.c.visibility < level(Visibility.DIRECT), _FOLLOWED),
            _NAMED,
            _AUTHOR_ABOVE.is_not(None),
            _RELAYED,
        ),
    )
)
_NAMES = Query(
    select(mentions.c.account)
    .join(remote_actors, remote_actors.c.account == mentions.c.account)
    .where(mentions.c.post == number("post"))
)


def of_post(tx: Tx, post: int) -> Reach | None:
    """Who elsewhere is told of a post or a boost of ours; None = nobody, or it is not ours. One
    statement where that is so."""
    row = tx.row(_CONCERNED, post=post)
    if row is None:
        return None
    visibility, above, relayed = row
    people = {each[0] for each in tx.rows(_NAMES, post=post)} | {above}
    named = tuple(sorted(each for each in people if each is not None))
    return Reach(visibility, named, bool(relayed))


_AUTHOR_OF = (
    select(_theirs.c.id)
    .select_from(_original.join(_theirs, _theirs.c.id == _original.c.author))
    .where(_original.c.id == number("boosted"), _theirs.c.domain.is_not(None))
    .scalar_subquery()
)
_ITS_RELAY = and_(number("open") == 1, _RELAY)
_CONCERNED_STILL = Query(
    select(accounts.c.id, _AUTHOR_OF, _ITS_RELAY).where(
        accounts.c.id == number("author"),
        accounts.c.domain.is_(None),
        ~accounts.c.username.startswith("erased."),
        or_(
            _FOLLOWED,
            _AUTHOR_OF.is_not(None),
            exists(select(remote_actors.c.kind).where(in_list(remote_actors.c.account, "named"))),
            _ITS_RELAY,
        ),
    )
)


def of_deleted(
    tx: Tx, author: int, visibility: int, boosted: int | None, named: Collection[int]
) -> Reach | None:
    """The same of a post that is no more; whoever leaves altogether says so once, not with each."""
    open_ = visibility == Visibility.PUBLIC and boosted is None
    bound = {"author": author, "boosted": boosted or 0, "open": int(open_)}
    row = tx.row(_CONCERNED_STILL, **bound, list_named=list(named))
    if row is None:
        return None
    people = {*named, row[1]}
    told = tuple(sorted(each for each in people if each is not None))
    return Reach(visibility, told, bool(row[2]))


def _touching(who: ColumnElement[int], which: ColumnElement[bool]) -> Select[Any]:
    """Some of those elsewhere who did something with a post: their servers have it."""
    found = select(who.label("who")).join(remote_actors, remote_actors.c.account == who)
    return select(found.where(which).limit(MOST_TOUCHING).subquery().c.who)


_TOUCHING = Query(
    union(
        _touching(posts.c.author, posts.c.boost_of == number("post")),
        _touching(posts.c.author, posts.c.reply_to == number("post")),
        _touching(
            _original.c.author,
            and_(posts.c.id == number("post"), _IS_OPEN, _original.c.id == posts.c.reply_to),
        ),
        _touching(
            posts.c.author,
            posts.c.id.in_(select(quotes.c.post).where(quotes.c.quoted == number("post"))),
        ),
        _touching(
            marks.c.account,
            and_(
                marks.c.post == number("post"),
                marks.c.kind == literal_column(str(int(Mark.FAVOURITE))),
            ),
        ),
    )
)


def touching(tx: Tx, post: int) -> set[int]:
    """Those elsewhere who boosted, answered or like a post, or are answered by it: it is on their
    servers, whether they follow its author or not."""
    return {row[0] for row in tx.rows(_TOUCHING, post=post)}


_IS_FOLLOWED = Query(
    select(accounts.c.id).where(
        accounts.c.id == number("who"), accounts.c.domain.is_(None), _FOLLOWED
    )
)


def is_followed(tx: Tx, account: int) -> bool:
    """Whether somebody elsewhere follows somebody of ours."""
    return tx.row(_IS_FOLLOWED, who=account) is not None


_VOTERS = Query(
    select(votes.c.account)
    .join(polls, polls.c.id == votes.c.poll)
    .join(remote_actors, remote_actors.c.account == votes.c.account)
    .where(polls.c.post == number("post"))
    .distinct()
    .limit(MOST_TOUCHING)
)
_ASKING = Query(
    select(posts.c.author)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.id == number("post"), posts.c.poll.is_not(None), accounts.c.domain.is_(None))
)


def voters(tx: Tx, post: int) -> set[int]:
    """Some of those elsewhere who voted in a poll."""
    return {row[0] for row in tx.rows(_VOTERS, post=post)}


def asking(tx: Tx, post: int) -> int | None:
    """Who of ours asks something with this post."""
    found: int | None = tx.value(_ASKING, post=post)
    return found


class Pair(NamedTuple):
    """One of ours, and somebody elsewhere."""

    actor: str
    whom: str
    inbox: str


_PAIR = Query(
    select(accounts.c.uri, remote_actors.c.inbox)
    .join(remote_actors, remote_actors.c.account == accounts.c.id)
    .join(_theirs, _theirs.c.id == number("ours"))
    .where(accounts.c.id == number("other"), _theirs.c.domain.is_(None))
)


def pair(tx: Tx, ours: int, other: int) -> Pair | None:
    """How `ours` and `other` call each other, where the one is ours and the other is not."""
    row = tx.row(_PAIR, ours=ours, other=other)
    return None if row is None else Pair(actor_id(tx.instance, ours), row[0], row[1])


_POST = Query(
    select(posts.c.uri, accounts.c.uri, remote_actors.c.inbox)
    .join(accounts, accounts.c.id == posts.c.author)
    .join(remote_actors, remote_actors.c.account == posts.c.author)
    .join(_theirs, _theirs.c.id == number("ours"))
    .where(posts.c.id == number("post"), _theirs.c.domain.is_(None))
)


def post_of(tx: Tx, ours: int, post: int) -> tuple[str, Pair] | None:
    """What a post elsewhere is called, and its author, for somebody of ours."""
    row = tx.row(_POST, ours=ours, post=post)
    if row is None or row[0] is None:
        return None
    return row[0], Pair(actor_id(tx.instance, ours), row[1], row[2])


# ------------------------------------------------------------------------------------- inboxes

_SHARED = func.coalesce(remote_actors.c.shared_inbox, remote_actors.c.inbox)
_FOLLOWERS = (
    select(_SHARED.label("inbox"))
    .select_from(remote_follows)
    .join(
        follows,
        and_(
            follows.c.follower == remote_follows.c.follower,
            follows.c.followee == remote_follows.c.followee,
        ),
    )
    .join(remote_actors, remote_actors.c.account == remote_follows.c.follower)
    .join(accounts, accounts.c.id == remote_follows.c.follower)
    .where(remote_follows.c.followee == number("whose"), accounts.c.suspended_at.is_(None))
    .distinct()
)
_FOLLOWEES = (
    select(_SHARED.label("inbox"))
    .select_from(follows)
    .join(remote_actors, remote_actors.c.account == follows.c.followee)
    .where(follows.c.follower == number("whose"))
)
_FOLLOWERS_INBOXES, _TIED = Query(_FOLLOWERS), Query(union(_FOLLOWERS, _FOLLOWEES))
_PEOPLE = Query(
    select(_SHARED, remote_actors.c.inbox)
    .join(accounts, accounts.c.id == remote_actors.c.account)
    .where(in_list(remote_actors.c.account, "people"), accounts.c.suspended_at.is_(None))
)
_AT_INBOX = Query(
    select(remote_follows.c.follower)
    .join(remote_actors, remote_actors.c.account == remote_follows.c.follower)
    .where(
        remote_follows.c.followee == number("whose"),
        bindparam("inbox", type_=String).in_([remote_actors.c.inbox, remote_actors.c.shared_inbox]),
    )
    .order_by(remote_follows.c.follower)
    .limit(number("most"))
)


def inboxes_of_followers(tx: Tx, account: int) -> set[str]:
    """Where those elsewhere who follow somebody are reached, each server once."""
    return {row[0] for row in tx.rows(_FOLLOWERS_INBOXES, whose=account)}


def inboxes_of_tied(tx: Tx, account: int) -> set[str]:
    """The same of those who follow somebody or are followed."""
    return {row[0] for row in tx.rows(_TIED, whose=account)}


def inboxes_of(tx: Tx, people: Sequence[int], *, personal: bool) -> set[str]:
    """Where these people are reached. Args: `personal`: not by the inbox that their server has for
    everybody."""
    return {row[1 if personal else 0] for row in tx.rows(_PEOPLE, list_people=list(people))}


def followers_at(tx: Tx, account: int, inbox: str, most: int) -> list[int]:
    """Some of those who follow somebody and are reached there."""
    return [row[0] for row in tx.rows(_AT_INBOX, whose=account, inbox=inbox, most=most)]


def with_origins(tx: Tx, inboxes: Collection[str]) -> list[tuple[str, str]]:
    """Origin and inbox of those that may be written to: no servers that are kept out."""
    found = []
    for inbox in sorted(inboxes):
        try:
            found.append((origin_of(inbox), inbox))
        except ValueError:  # was let in before it was looked at so closely
            continue
    hosts = {origin: hosts_at(origin) for origin, _ in found}
    out = barred_among(tx, hosts)
    return [(origin, inbox) for origin, inbox in found if origin not in out]


def hosts_at(origin: str) -> tuple[str, ...]:
    """The domains in which a server is."""
    host = origin.partition("://")[2]
    return hosts_of(host if host.endswith("]") else host.partition(":")[0])
