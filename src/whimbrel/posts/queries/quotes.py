"""Who quotes what, and how that stands with a reader."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, case, literal_column, select, update

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.tx import Tx

from ..rules import Quotable, QuotePolicy, QuoteState, Visibility
from ..tables import posts, quotes
from .cards import Card, cards
from .visible import number

_accepted = quotes.c.state == literal_column(str(int(QuoteState.ACCEPTED)))


class Quote(NamedTuple):
    """A post that quotes, and what; `quoted` is None where that is no more."""

    post: int
    quoted: int | None
    author: int  # of the quoted one
    state: QuoteState
    stamp: str | None = None  # where its author says elsewhere that it may


class Told(NamedTuple):
    """The same for one reader: `aside` is why they would rather not read it."""

    quoted: int | None
    state: QuoteState
    aside: str  # "", blocked_account, blocked_domain, muted_account


# ----------------------------------------------------------------------------- writing

_TERMS = Query(
    select(
        *(posts.c.author, posts.c.visibility, posts.c.quote_policy),
        *(graph.follows(number("viewer"), posts.c.author), accounts.c.domain.is_not(None)),
    )
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.id == number("post"))
)
_ADD = Query(insert(quotes))
_SET = Query(
    update(quotes)
    .where(quotes.c.post == bindparam("which"))
    .values(state=bindparam("new_state"), stamp=bindparam("new_stamp"))
)
_ROW = select(quotes.c.post, quotes.c.quoted, quotes.c.author, quotes.c.state, quotes.c.stamp)
_STAMPED = Query(_ROW.where(quotes.c.stamp == bindparam("uri", type_=String)))
_OF = Query(_ROW.where(quotes.c.post == number("post")))
_OF_QUOTED = Query(
    _ROW.add_columns(posts.c.author)
    .join(posts, posts.c.id == quotes.c.post)
    .where(quotes.c.quoted == number("quoted"), _accepted, quotes.c.post > number("after"))
    .order_by(quotes.c.post)
    .limit(number("most"))
)


def terms(tx: Tx, viewer: int, post: int) -> Quotable:
    """What decides whether `viewer` may quote a post, which they may see."""
    author, level, policy, follows, away = tx.row(_TERMS, viewer=viewer, post=post)
    return Quotable(author, Visibility(level), QuotePolicy(policy), bool(follows), bool(away))


def add(tx: Tx, quote: Quote) -> None:
    """Store that a post quotes another."""
    tx.run(_ADD, at=tx.ms, **(quote._asdict() | {"state": int(quote.state)}))


def set_state(tx: Tx, post: int, state: QuoteState, stamp: str | None = None) -> None:
    """How it stands from now on. Args: `stamp`: where that is said."""
    tx.run(_SET, which=post, new_state=int(state), new_stamp=stamp)


def stamped(tx: Tx, uri: str) -> list[Quote]:
    """The quotes that stand by what is said there."""
    return [_quote(row) for row in tx.rows(_STAMPED, uri=uri)]


def of_post(tx: Tx, post: int) -> Quote | None:
    """What a post quotes."""
    row = tx.row(_OF, post=post)
    return None if row is None else _quote(row)


def of_quoted(tx: Tx, quoted: int, after: int, most: int) -> list[tuple[Quote, int]]:
    """Who quotes a post, with their authors: those with ids above `after`, in order."""
    rows = tx.rows(_OF_QUOTED, quoted=quoted, after=after, most=most)
    return [(_quote(row[:5]), row[5]) for row in rows]


def _quote(row: Any) -> Quote:
    return Quote(row[0], row[1], row[2], QuoteState(row[3]), row[4])


# ----------------------------------------------------------------------------- reading

_ASIDES = ("", "blocked_account", "blocked_domain", "muted_account")
_viewer = number("viewer")
_TOLD = Query(
    select(
        *(quotes.c.post, quotes.c.quoted, quotes.c.state),
        case(
            (graph.blocks(_viewer, quotes.c.author), literal_column("1")),
            (graph.blocks_domain(_viewer, accounts.c.domain), literal_column("2")),
            (graph.muted(_viewer, quotes.c.author), literal_column("3")),
            else_=literal_column("0"),
        ),
    )
    .join(accounts, accounts.c.id == quotes.c.author)
    .where(in_list(quotes.c.post, "posts"))
)
_FOLLOWED = Query(
    select(posts.c.id).where(in_list(posts.c.id, "posts"), graph.follows(_viewer, posts.c.author))
)
_PAGE = {
    ascending: Query(
        cards(
            quotes,
            quotes.c.post,
            quotes.c.quoted == number("quoted"),
            _accepted,
            ascending=ascending,
        )
    )
    for ascending in (False, True)
}


def told(tx: Tx, viewer: int, ids: Iterable[int]) -> dict[int, Told]:
    """What these posts quote, as it stands with the reader. Whether they may see it is asked of
    `cards_of`."""
    rows = tx.rows(_TOLD, viewer=viewer, now=tx.ms, list_posts=list(ids))
    return {row[0]: Told(row[1], QuoteState(row[2]), _ASIDES[row[3]]) for row in rows}


def followed(tx: Tx, viewer: int, ids: Iterable[int]) -> set[int]:
    """Those of these posts whose authors the reader follows."""
    return {row[0] for row in tx.rows(_FOLLOWED, viewer=viewer, list_posts=list(ids))}


def page(
    tx: Tx, viewer: int, quoted: int, low: int, high: int, most: int, ascending: bool
) -> list[Card]:
    """The `Card` rows of the posts that quote one, as far as the reader may see them and does not
    hide their authors; newest first."""
    rows: list[Any] = tx.rows(
        _PAGE[ascending],
        viewer=viewer,
        quoted=quoted,
        low=low,
        high=high,
        most=most,
        now=tx.ms,
    )
    return rows[::-1] if ascending else rows
