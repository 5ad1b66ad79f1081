"""Our posts as other servers may read them: a statement for them, one for all that they name."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Account, Emoji, shortcodes
from whimbrel.accounts.tables import accounts, emojis
from whimbrel.core.engines import Query, in_list
from whimbrel.core.keyring import Shredded
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files
from whimbrel.posts.queries import level, number, stored, visible
from whimbrel.posts.rules import Mark, Poll, Post, QuoteState, Visibility
from whimbrel.posts.tables import marks, polls, posts, quotes

from ..rules import Act, Links, Private, words
from ..tables import actor_keys, wishes
from . import keys

OWN_REPLIES = 5  # shown with a post
_ACTIVITIES = 200  # own replies looked at for a page

_AUTHOR = len(stored.COLUMNS)
_POLL = _AUTHOR + len(people.COLUMNS)


class Written(NamedTuple):
    """A post with what it is made of."""

    post: Post
    author: Account
    poll: Poll | None


_WHOLE = (
    select(*stored.COLUMNS, *people.COLUMNS, *stored.POLL_COLUMNS)
    .join(accounts, accounts.c.id == posts.c.author)
    .outerjoin(polls, polls.c.id == posts.c.poll)
)
_LOCAL = (posts.c.local, accounts.c.domain.is_(None))
_PUBLIC = posts.c.visibility == level(Visibility.PUBLIC)
_OPEN = posts.c.visibility <= level(Visibility.UNLISTED)

_THIS = (posts.c.id == number("id"), posts.c.author == number("author"), *_LOCAL, visible())
_ONE = Query(_WHOLE.where(*_THIS))
_ONE_SIGNED = Query(
    _WHOLE.add_columns(actor_keys.c.private, actor_keys.c.slot)
    .outerjoin(actor_keys, actor_keys.c.id == posts.c.author)
    .where(*_THIS)
)


@lru_cache(maxsize=2)
def _outbox(first: bool) -> Query:
    found = _WHOLE.where(posts.c.author == number("author"), *_LOCAL, _PUBLIC, visible())
    if not first:
        found = found.where(posts.c.id < number("before"))
    return Query(found.order_by(posts.c.id.desc()).limit(number("most")))


_PINNED = Query(
    _WHOLE.join(marks, marks.c.post == posts.c.id)
    .where(
        marks.c.account == number("author"),
        marks.c.kind == literal_column(str(int(Mark.PIN))),
        *_LOCAL,
        _OPEN,
        visible(),
    )
    .order_by(marks.c.id.desc())
    .limit(number("most"))
)
_REPLIES = Query(
    select(posts.c.id, posts.c.uri, posts.c.author, accounts.c.uri)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.reply_to == number("post"), posts.c.id > number("after"), _OPEN, visible())
    .order_by(posts.c.id)
    .limit(number("most"))
)
_THREAD = Query(
    select(posts.c.id, posts.c.uri, posts.c.author, accounts.c.uri)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.thread == number("thread"), posts.c.id > number("after"), _OPEN, visible())
    .order_by(posts.c.id)
    .limit(number("most"))
)
_ROOT = Query(
    select(posts.c.author).where(
        posts.c.id == number("thread"),
        posts.c.thread == posts.c.id,
        posts.c.local,
        _OPEN,
        visible(),
    )
)
_COUNT = Query(
    select(func.count())
    .select_from(posts)
    .where(posts.c.author == number("author"), posts.c.local, _PUBLIC)
)


def one(tx: Tx, author: int, post: int, viewer: int) -> Written | None:
    """A post of ours, if `viewer` (0 = nobody we know) may see it; one statement in every case."""
    row = tx.row(_ONE, id=post, author=author, viewer=viewer)
    return None if row is None else _written(tx, row)


def one_signed(
    tx: Tx, author: int, post: int, viewer: int
) -> tuple[Written, Private | None] | None:
    """The same with what its author signs with, where they have that."""
    row = tx.row(_ONE_SIGNED, id=post, author=author, viewer=viewer)
    found = None if row is None else _written(tx, row[:-2])
    if found is None:
        return None
    try:
        return found, None if row[-2] is None else keys.opened(tx, author, row[-2], row[-1])
    except Shredded:
        return found, None


def outbox(tx: Tx, author: int, before: int | None, most: int) -> list[Written]:
    """What somebody said to everybody, newest first."""
    values = {} if before is None else {"before": before}
    return _all(tx, tx.rows(_outbox(before is None), author=author, viewer=0, most=most, **values))


def count(tx: Tx, author: int) -> int:
    """How much that is."""
    return int(tx.value(_COUNT, author=author))


def pinned(tx: Tx, author: int, most: int) -> list[Written]:
    """What stands on top of somebody's profile, for everybody to see."""
    return _all(tx, tx.rows(_PINNED, author=author, viewer=0, most=most))


def replies(tx: Tx, post: int, after: int, most: int) -> list[tuple[int, str]]:
    """Id and address of answers that everybody may see, oldest first."""
    rows = tx.rows(_REPLIES, post=post, after=after, viewer=0, most=most)
    return [(row[0], _uri(tx.instance, *row)) for row in rows]


def root(tx: Tx, thread: int) -> int | None:
    """Who of ours began a conversation that everybody may see; None = none, or somebody else."""
    found: int | None = tx.value(_ROOT, thread=thread, viewer=0)
    return found


def thread(tx: Tx, thread: int, after: int, most: int) -> list[tuple[int, str]]:
    """Id and address of what everybody may see of a conversation, oldest first."""
    rows = tx.rows(_THREAD, thread=thread, after=after, viewer=0, most=most)
    return [(row[0], _uri(tx.instance, *row)) for row in rows]


def _all(tx: Tx, rows: list[Any]) -> list[Written]:
    found = []
    for row in rows:
        made = _written(tx, row)
        if made is not None:
            found.append(made)
    return found


def _written(tx: Tx, row: Any) -> Written | None:
    author = people.account_of(row[_AUTHOR:_POLL])
    try:
        post = stored.post_of(tx, row, author.slot)
    except Shredded:
        return None
    return Written(post, author, None if row[_POLL] is None else stored.poll_of(row[_POLL:]))


# ----------------------------------------------------------------------------- what they name

_NUMBER, _TEXT = cast(null(), BigInteger), cast(null(), String)
_STANDS = quotes.c.state <= literal_column(str(int(QuoteState.ACCEPTED)))  # or is asked for
_ACCEPTED = quotes.c.state == literal_column(str(int(QuoteState.ACCEPTED)))


def _part(at: int, *columns: ColumnElement[Any]) -> Select[Any]:
    names = ("of", "which", "whose", "uri", "theirs", "name")
    return select(
        literal_column(str(at)).label("part"),
        *(column.label(name) for name, column in zip(names, columns, strict=True)),
    )


_other, _parent = posts.alias("other"), posts.alias("parent")
_author = accounts.alias("author")
_own = (
    _part(3, _other.c.reply_to, _other.c.id, _other.c.author, _other.c.uri, _TEXT, _TEXT)
    .join(_parent, _parent.c.id == _other.c.reply_to)
    .where(
        in_list(_other.c.reply_to, "ids"),
        _other.c.author == _parent.c.author,
        _other.c.visibility <= level(Visibility.UNLISTED),
    )
    .order_by(_other.c.id)
    .limit(_ACTIVITIES)
    .subquery("own")
)
_NAMED = (
    _part(0, _NUMBER, accounts.c.id, _NUMBER, accounts.c.uri, _TEXT, _TEXT).where(
        in_list(accounts.c.id, "people")
    ),
    _part(1, _NUMBER, _other.c.id, _author.c.id, _other.c.uri, _author.c.uri, _TEXT)
    .join(_author, _author.c.id == _other.c.author)
    .where(in_list(_other.c.id, "posts")),
    _part(
        2,
        *(quotes.c.post, _other.c.id, _author.c.id, _other.c.uri, _author.c.uri),
        case((_ACCEPTED, func.coalesce(quotes.c.stamp, literal_column("''"))), else_=_TEXT),
    )
    .join(_other, _other.c.id == quotes.c.quoted)
    .join(_author, _author.c.id == _other.c.author)
    .where(in_list(quotes.c.post, "ids"), _STANDS),
    select(*_own.c),
    _part(5, wishes.c.subject, *(_NUMBER,) * 2, wishes.c.stamp, _TEXT, _TEXT).where(
        in_list(wishes.c.subject, "ids"),
        wishes.c.act != literal_column(str(int(Act.LIKE))),
        wishes.c.stamp.is_not(None),
    ),
)
_PICTURES = (
    _part(4, _NUMBER, _NUMBER, _NUMBER, emojis.c.shortcode, files.c.token, files.c.name)
    .join(files, files.c.media == emojis.c.media)
    .where(
        in_list(emojis.c.shortcode, "codes"),
        emojis.c.disabled.is_(False),
        or_(files.c.variant == "original", files.c.variant == "small"),
    )
)
_LINKS, _LINKS_AND_PICTURES = Query(union_all(*_NAMED)), Query(union_all(*_NAMED, _PICTURES))


def links(tx: Tx, written: Sequence[Written]) -> Links:
    """What these posts name, as other servers call it. One statement."""
    contents = [each.post.content for each in written if each.post.content is not None]
    codes: set[str] = set().union(*(shortcodes(words(each)) for each in contents))
    others: set[int | None] = set()
    for each in written:
        others |= {each.post.reply_to, each.post.boost_of, each.post.thread} - {each.post.id}
    values: dict[str, Collection[Any]] = {
        "list_ids": [each.post.id for each in written],
        "list_people": list({one.id for each in contents for one in each.mentions}),
        "list_posts": [other for other in others if other is not None],
    }
    query = _LINKS
    if codes:
        query, values["list_codes"] = _LINKS_AND_PICTURES, list(codes)
    return _read(tx.instance, tx.rows(query, **values))


def _read(instance: Instance, rows: list[Any]) -> Links:
    people_: dict[int, str] = {}
    posts_: dict[int, str] = {}
    authors: dict[int, str] = {}
    quoted: dict[int, str] = {}
    stamps: dict[int, str] = {}
    approvals: dict[int, str] = {}
    own: dict[int, list[str]] = {}
    pictures: dict[str, Emoji] = {}
    for part, of, which, whose, uri, theirs, name in rows:
        if part == 0:
            people_[which] = uri or actor_id(instance, which)
        elif part == 1:
            posts_[which] = _uri(instance, which, uri, whose, theirs)
            authors[which] = theirs or actor_id(instance, whose)
        elif part == 2:
            quoted[of] = _uri(instance, which, uri, whose, theirs)
            if name:
                stamps[of] = name
            elif name is not None and theirs is None:
                stamps[of] = f"{actor_id(instance, whose)}/quotes/{of}"
        elif part == 5:
            approvals[of] = uri
        elif part == 3:
            replies_ = own.setdefault(of, [])
            if len(replies_) < OWN_REPLIES:
                replies_.append(_uri(instance, which, uri, whose, None))
        else:
            pictures.setdefault(uri, Emoji(uri, theirs, name))
    return Links(people_, posts_, authors, quoted, stamps, approvals, own, pictures)


def actor_id(instance: Instance, account: int) -> str:
    """What others call one of ours; as `accounts.serialize.actor_uri` has it."""
    return f"{instance.origin}/ap/users/{account}"


def _uri(instance: Instance, post: int, uri: str | None, author: int, theirs: str | None) -> str:
    return uri or f"{theirs or actor_id(instance, author)}/statuses/{post}"
