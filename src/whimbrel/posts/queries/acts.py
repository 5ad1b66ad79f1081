"""What people do with posts: marks, boosts, pins, muted threads, votes."""

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, func, literal_column, select, update

from whimbrel.accounts.queries import people, standing
from whimbrel.accounts.queries.standing import Stands
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from ..rules import Mark, Poll, Visibility
from ..tables import marks, polls, posts, thread_mutes, votes
from .stored import POLL_COLUMNS, poll_of
from .visible import may_see, number, visible, wanted

_encode = msgspec.json.Encoder().encode


class Subject(NamedTuple):
    """The post that an act is about: of a boost, the one it repeats."""

    id: int
    author: int
    visibility: Visibility
    thread: int
    boost: int | None  # the boost by whose id it was found


_shown = posts.alias("shown")
_SUBJECT = Query(
    select(
        posts.c.id,
        posts.c.author,
        posts.c.visibility,
        posts.c.thread,
        _shown.c.id,
    )
    .join(_shown, posts.c.id == func.coalesce(_shown.c.boost_of, _shown.c.id))
    .where(_shown.c.id == number("id"), visible(posts_table=_shown))
)


def subject(tx: Tx, viewer: Viewer, post: int) -> Subject:
    """What an act on `post` is about; one statement in every case, so time tells nothing.

    Raises:
        NotFound: absent, erased, or not the viewer's to see.
    """
    row = tx.row(_SUBJECT, id=post, viewer=viewer.id)
    if row is None:
        raise NotFound
    id_, author, visibility, thread, shown = row
    boost = None if shown == id_ else shown
    return Subject(id_, author, Visibility(visibility), thread, boost)


# ----------------------------------------------------------------------------- marks

_MARK = Query(insert_ignore(marks, ("id", "account", "post", "kind", "at")))
_UNMARK = Query(
    delete(marks).where(
        marks.c.account == bindparam("account"),
        marks.c.post == bindparam("post"),
        marks.c.kind == bindparam("kind"),
    )
)
_MARKED = Query(
    select(func.count())
    .select_from(marks)
    .where(marks.c.account == number("account"), marks.c.kind == bindparam("kind"))
)


def mark(tx: Tx, account: int, post: int, kind: Mark) -> bool:
    """Set a mark; False where it was there. Its id is a time, not a count, for pages show it."""
    return (
        tx.run(_MARK, id=new_id(tx.now), account=account, post=post, kind=int(kind), at=tx.ms) > 0
    )


def unmark(tx: Tx, account: int, post: int, kind: Mark) -> bool:
    """Take a mark away; False where there was none."""
    return tx.run(_UNMARK, account=account, post=post, kind=int(kind)) > 0


def marked(tx: Tx, account: int, kind: Mark) -> int:
    """How many posts carry this mark of the account's."""
    return int(tx.value(_MARKED, account=account, kind=int(kind)))


_PINNED = Query(
    select(marks.c.post).where(
        marks.c.account == number("account"), marks.c.kind == literal_column(str(int(Mark.PIN)))
    )
)


def pinned(tx: Tx, account: int) -> list[int]:
    """What stands on top of somebody's profile."""
    return [row[0] for row in tx.rows(_PINNED, account=account)]


_SOME = Query(
    select(marks.c.post, marks.c.kind)
    .where(marks.c.account == number("account"))
    .limit(number("most"))
)


def some_marks(tx: Tx, account: int, most: int) -> list[tuple[int, Mark]]:
    """(post, kind) of up to `most` marks of an account."""
    return [(row[0], Mark(row[1])) for row in tx.rows(_SOME, account=account, most=most)]


_BOOST = Query(
    select(posts.c.id).where(posts.c.boost_of == number("post"), posts.c.author == number("author"))
)


def boost_by(tx: Tx, author: int, post: int) -> int | None:
    """The id of somebody's boost of `post`."""
    found: int | None = tx.value(_BOOST, author=author, post=post)
    return found


# ----------------------------------------------------------------------------- who did it


@lru_cache(maxsize=8)
def _who(kind: Mark, ascending: bool, known: bool) -> Query:
    c = marks.c
    people_ = (
        select(c.id, *people.COLUMNS)
        .join(accounts, accounts.c.id == c.account)
        .where(
            c.post == number("post"),
            c.kind == literal_column(str(int(kind))),
            c.id > number("low"),
            c.id < number("high"),
            accounts.c.suspended_at.is_(None),
            wanted(accounts.c.id),
        )
    )
    if kind is Mark.BOOST:
        own = posts.alias()
        people_ = people_.join(own, (own.c.boost_of == c.post) & (own.c.author == c.account)).where(
            may_see(own, number("viewer"))
        )
    page = people_.order_by(c.id.asc() if ascending else c.id.desc()).limit(number("most"))
    return Query(standing.beside(page) if known else page)


def who(
    tx: Tx, viewer: Viewer, post: int, kind: Mark, low: int, high: int, most: int, ascending: bool
) -> list[tuple[int, Account]]:
    """(cursor, account) of those who favourited or boosted, as far as the viewer may know and does
    not hide them: a boost for followers only is nobody else's business."""
    bound = {"low": low, "high": high, "most": most, "viewer": viewer.id, "now": tx.ms}
    rows = tx.rows(_who(kind, ascending, False), post=post, **bound)
    found = [(row[0], people.account_of(row[1:])) for row in rows]
    return found[::-1] if ascending else found


def who_known(
    tx: Tx, viewer: Viewer, post: int, kind: Mark, below: int, most: int
) -> list[tuple[int, Account, Stands]]:
    """The same under a cursor, with how the viewer stands to each."""
    bound = {"low": 0, "high": below, "most": most, "viewer": viewer.id, "now": tx.ms}
    rows = tx.rows(_who(kind, False, True), post=post, **bound)
    end = 1 + len(people.COLUMNS)
    return [(row[0], people.account_of(row[1:end]), standing.stands_of(row)) for row in rows]


# ----------------------------------------------------------------------------- muted threads

_MUTE = Query(insert_ignore(thread_mutes))
_UNMUTE = Query(
    delete(thread_mutes).where(
        thread_mutes.c.account == bindparam("account"),
        thread_mutes.c.thread == bindparam("thread"),
    )
)


def mute_thread(tx: Tx, account: int, thread: int) -> None:
    """No notifications from this thread."""
    tx.run(_MUTE, account=account, thread=thread)


def unmute_thread(tx: Tx, account: int, thread: int) -> None:
    """Notifications again."""
    tx.run(_UNMUTE, account=account, thread=thread)


# ----------------------------------------------------------------------------- polls

_ADD_POLL = Query(insert(polls, ("id", "post", "multiple", "hide_totals", "until", "counts")))
_DROP_POLL = Query(delete(polls).where(polls.c.id == bindparam("poll")))
_MOVE_POLL = Query(
    update(polls)
    .where(polls.c.id == bindparam("poll"))
    .values(until=bindparam("new_until"), closed=literal_column("false"))
)
_POLL = Query(
    select(*POLL_COLUMNS, posts.c.author)
    .join(posts, posts.c.id == polls.c.post)
    .where(polls.c.id == number("id"), visible())
)
_POLL_ROW = Query(select(*POLL_COLUMNS).where(polls.c.id == number("id")))
_VOTE = Query(insert(votes))
_VOTES = Query(
    select(votes.c.choice)
    .where(votes.c.poll == number("poll"), votes.c.account == number("account"))
    .order_by(votes.c.choice)
)
_TALLY = Query(
    update(polls)
    .where(polls.c.id == bindparam("poll"))
    .values(counts=bindparam("new_counts"), voters=polls.c.voters + bindparam("more"))
)
_SET_TALLY = Query(
    update(polls)
    .where(polls.c.id == bindparam("poll"))
    .values(
        counts=bindparam("new_counts"),
        voters=bindparam("new_voters"),
        until=bindparam("new_until"),
        closed=bindparam("is_closed"),
    )
)
_BEGIN_TELLING = Query(
    update(polls)
    .where(polls.c.id == bindparam("poll"), polls.c.telling.is_(None))
    .values(telling=bindparam("due"))
)
_END_TELLING = Query(
    update(polls)
    .where(polls.c.id == bindparam("poll"), polls.c.telling.is_not(None))
    .values(telling=None)
)
_CLOSE = Query(
    update(polls).where(polls.c.id == bindparam("poll")).values(closed=literal_column("true"))
)


def add_poll(tx: Tx, poll: Poll) -> None:
    """Store a new poll; its post is there."""
    tx.run(
        _ADD_POLL,
        id=poll.id,
        post=poll.post,
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        until=poll.until,
        counts=_encode(poll.counts).decode(),
    )


def drop_poll(tx: Tx, poll: int) -> None:
    """The poll goes, and every vote with it."""
    tx.run(_DROP_POLL, poll=poll)


def move_poll(tx: Tx, poll: int, until: int) -> None:
    """Let a poll end at another time (ms)."""
    tx.run(_MOVE_POLL, poll=poll, new_until=until)


def poll_row(tx: Tx, poll: int) -> Poll | None:
    """A poll, whoever asks."""
    row = tx.row(_POLL_ROW, id=poll)
    return None if row is None else poll_of(row)


def visible_poll(tx: Tx, viewer: Viewer, poll: int) -> tuple[Poll, int]:
    """A poll and who asked it. Raises NotFound: absent, or on a post that is not theirs to see."""
    row: Any = tx.row(_POLL, id=poll, viewer=viewer.id)
    if row is None:
        raise NotFound
    return poll_of(row[:-1]), row[-1]


def votes_of(tx: Tx, account: int, poll: int) -> list[int]:
    """What somebody chose."""
    return [row[0] for row in tx.rows(_VOTES, poll=poll, account=account)]


def add_votes(tx: Tx, account: int, poll: Poll, choices: list[int], *, again: bool = False) -> None:
    """Count one voter's choices. The caller holds the poll's lock.

    Args:
        again: they chose something before, and are counted as a voter.
    """
    tx.many(_VOTE, [{"poll": poll.id, "account": account, "choice": each} for each in choices])
    counts = [number + (at in choices) for at, number in enumerate(poll.counts)]
    tx.run(_TALLY, poll=poll.id, new_counts=_encode(counts).decode(), more=int(not again))


def set_tally(tx: Tx, poll: Poll) -> None:
    """The numbers and the end of a poll, as another server tells them."""
    counts = _encode(poll.counts).decode()
    end = {"new_until": poll.until, "is_closed": poll.closed}
    tx.run(_SET_TALLY, poll=poll.id, new_counts=counts, new_voters=poll.voters, **end)


def begin_telling(tx: Tx, poll: int, due: int) -> bool:
    """Its numbers are to be told then (ms); False where they are already."""
    return bool(tx.run(_BEGIN_TELLING, poll=poll, due=due))


def end_telling(tx: Tx, poll: int) -> bool:
    """They are told now; False where they were."""
    return bool(tx.run(_END_TELLING, poll=poll))


def close_poll(tx: Tx, poll: int) -> None:
    """It is over."""
    tx.run(_CLOSE, poll=poll)
