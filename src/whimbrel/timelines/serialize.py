"""Pages as bytes: posts with what the viewer's filters say of them, notifications, and the cursors
around them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer
from whimbrel.core.cache import Cache
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize, thread
from whimbrel.posts.queries import CARD, PLAIN, full_card
from whimbrel.posts.thread import Rows

from . import extra, matching
from .queries import groups, single
from .queries import told as queries
from .queries.told import Told
from .rules import FilterContext, Wanted, Window, group_key


class Shown(NamedTuple):
    """A page as it is sent; the cursors are None when it is empty."""

    body: bytes
    newest: int | None
    oldest: int | None
    size: int
    parts: Sequence[bytes] = ()  # the statuses in `body`, where there are any
    rows: Sequence[Any] = ()  # their cards


EMPTY = Shown(b"[]", None, None, 0)
_NO_CARD = full_card(0, 0, 0, 0)  # of what is about no post
DONE_BYTES = 12 << 20

# By row of `queries.page`: nothing is in a notification but what its row says.
_done: Cache[bytes] = Cache(DONE_BYTES, len, lambda key, made, gone: gone.in_bytes(made))


def shown(
    tx: Tx,
    viewer: Viewer,
    rows: Sequence[Any],
    context: FilterContext | None = None,
    cursor: int = 0,
) -> Shown:
    """Cards as a JSON array of statuses.

    Args:
        context: where the viewer's filters apply; None = nowhere.
        cursor: the column of `rows` that orders them.
    """
    if not rows:
        return EMPTY
    told = None if context is None else matching.filtered(tx, viewer, rows, context)
    parts = serialize.listed(tx, viewer, rows, told)
    body = serialize.array(parts)
    return Shown(body, rows[0][cursor], rows[-1][cursor], len(rows), parts, rows)


def one(tx: Tx, viewer: Viewer, post: int) -> bytes:
    """One status, for the page that is only about it. Raises NotFound: absent, erased, or not the
    viewer's to see."""
    body = shown(tx, viewer, [single.card_of(tx, viewer, post)], "thread").body[1:-1]
    if not body:
        raise NotFound
    return body


def conversation(tx: Tx, viewer: Viewer, post: int, most: int = thread.MOST) -> Shown | None:
    """What is around a post, as Mastodon's Context, and the rows of both; None where it is longer
    than `most`.

    Raises:
        NotFound: not the viewer's to see.
    """
    found = thread.around(tx, viewer, post, single.CONVERSATION, most)
    if not found.whole and most < thread.MOST:
        return None
    matcher = matching.of(tx, viewer.id, found.subject[single.CONVERSATION_FILTERS], "thread")
    if matcher is None:
        above, below = (serialize.plain(tx, viewer, rows) for rows in found[1:3])
    else:
        above, below = _matched(tx, viewer, found.above, found.below, matcher)
    before = serialize.array(above, b'{"ancestors":[', b'],"descendants":[')
    rows = [*found.above, *found.below]
    return Shown(serialize.array(below, before, b"]}"), None, None, len(rows), (), rows)


def _matched(
    tx: Tx, viewer: Viewer, above: Rows, below: Rows, matcher: matching.Matcher
) -> Iterator[list[bytes]]:
    """Both parts of a conversation, with what the viewer's filters say."""
    parts = [[full_card(*row[:PLAIN]) for row in rows] for rows in (above, below)]
    told = matching.matched(tx, viewer, [*parts[0], *parts[1]], "thread", matcher)
    return (list(serialize.statuses(tx, viewer, part, told).values()) for part in parts)


def notifications(tx: Tx, viewer: Viewer, told: Sequence[Sequence[Any]]) -> Shown:
    """Notifications as a JSON array (Mastodon's Notification).

    Args:
        told: of `told_in`.
    """
    if not told:
        return EMPTY
    newest, oldest, filters = told[0][0], told[-1][0], told[0][-1]
    matcher = matching.of(tx, viewer.id, filters, "notifications")
    done = _done.all(told) if matcher is None else [None]  # type: ignore[arg-type]
    if None in done:
        done = _notifications(tx, viewer, [Told._make(each) for each in told], matcher)
    return Shown(serialize.array(done), newest, oldest, len(done))  # type: ignore[arg-type]


def _notifications(
    tx: Tx, viewer: Viewer, told: Sequence[Told], matcher: matching.Matcher | None
) -> list[bytes | None]:
    """The same one by one, made anew where need be; what was erased meanwhile is left out."""
    cards: dict[int | None, Any] = {
        each.post: full_card(*each[4:8])  # type: ignore[arg-type]
        for each in told
        if each.post is not None
    }
    rows = list(cards.values())
    people = [(each.actor, each.actor_stamp) for each in told]
    serialize.warm(tx, rows, people)
    marked = matching.matched(tx, viewer, rows, "notifications", matcher) if matcher else None
    statuses = serialize.statuses(tx, viewer, rows, marked)
    actors = faces.finished(tx, people)
    more = extra.of(tx, [(each.id, each.kind) for each in told])
    parts: list[bytes | None] = []
    for each in told:
        if each.actor in actors and (each.post is None or each.post in statuses):
            made = _notification(each, actors[each.actor], statuses, more.get(each.id))
            parts.append(made)
            lasts = each.kind not in extra.MAKERS and serialize.lasts(cards.get(each.post))
            if matcher is None and not tx.wrote and lasts:
                _done.put(each, made)
    return parts


def told_in(tx: Tx, viewer: Viewer, window: Window, wanted: Wanted) -> list[Any]:
    """What the viewer was told, newest first, in the shape of `Told`; with `wanted.held` also what
    their policy holds back."""
    if wanted.held:
        return _with_held(tx, viewer, window, wanted)
    kinds, not_kinds = list(wanted.kinds), list(wanted.not_kinds)
    return queries.page(tx, viewer.id, window, kinds=kinds, not_kinds=not_kinds, actor=wanted.actor)


def _with_held(tx: Tx, viewer: Viewer, window: Window, wanted: Wanted) -> list[Any]:
    rows = groups.scan(tx, viewer.id, window, wanted)
    posts = dict.fromkeys(row[4] for row in rows if row[4] is not None)
    cards: dict[int | None, Any] = {each[0]: each for each in single.cards_of(tx, viewer, posts)}
    filters = next((each[CARD] for each in cards.values()), None)
    told = []
    for row in rows[::-1] if window.ascending else rows:
        card = cards.get(row[4], _NO_CARD)
        if card is not _NO_CARD or row[4] is None:
            told.append(Told._make((*row, *card[1:3], card[CARD - 1], filters)))
    return told


def by_post(
    tx: Tx, viewer: Viewer, cards: Sequence[Any], context: FilterContext = "notifications"
) -> dict[int, bytes]:
    """Post id to its status, with what the viewer's filters say of it.

    Args:
        cards: of `single`, with the revision of the filters behind.
    """
    marked = matching.filtered(tx, viewer, cards, context)
    return serialize.statuses(tx, viewer, cards, marked)


def notification(tx: Tx, viewer: Viewer, id_: int) -> bytes:
    """One of the viewer's notifications. Raises NotFound."""
    told = queries.one(tx, viewer.id, id_)
    page = EMPTY if told is None else notifications(tx, viewer, [told])
    if not page.size:
        raise NotFound
    return page.body[1:-1]


def _notification(
    told: Told, actor: bytes, statuses: Mapping[int, bytes], more: bytes | None
) -> bytes:
    at, key = iso(told.id >> 16).encode(), group_key(told.kind, told.post, told.id).encode()
    head = b'{"id":"%d","type":"%b","created_at":"%b","group_key":"%b","account":%b' % (
        *(told.id, told.kind.encode(), at, key),
        actor,
    )
    if more:
        head += b"," + more
    if told.post is None:
        return head + b"}"
    return head + b',"status":%b}' % statuses[told.post]
