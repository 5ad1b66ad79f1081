"""Pages as bytes: posts with what the viewer's filters say of them, notifications, and the cursors
around them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize

from . import matching
from .queries import told as queries
from .queries.told import Told
from .rules import FilterContext


class Shown(NamedTuple):
    """A page as it is sent; the cursors are None when it is empty."""

    body: bytes
    newest: int | None
    oldest: int | None
    size: int


EMPTY = Shown(b"[]", None, None, 0)


def shown(
    tx: Tx, viewer: Viewer, rows: Sequence[Any], context: FilterContext | None = None
) -> Shown:
    """Cards as a JSON array of statuses.

    Args:
        context: where the viewer's filters apply; None = nowhere.
    """
    if not rows:
        return EMPTY
    told = None if context is None else matching.filtered(tx, viewer, rows, context)
    return Shown(serialize.page(tx, viewer, rows, told), rows[0][0], rows[-1][0], len(rows))


def notifications(tx: Tx, viewer: Viewer, told: Sequence[Told]) -> Shown:
    """Notifications as a JSON array (Mastodon's Notification)."""
    if not told:
        return EMPTY
    rows = [each.card for each in told if each.card is not None]
    matcher = matching.of(tx, viewer.id, told[0].filters)
    marked = matching.matched(tx, viewer, rows, "notifications", matcher) if matcher else None
    statuses = serialize.statuses(tx, viewer, rows, marked)
    actors = faces.finished(tx, [(each.actor, each.actor_stamp) for each in told])
    parts = [
        _notification(each, actors[each.actor], statuses)
        for each in told
        if each.actor in actors and (each.post is None or each.post in statuses)
    ]
    return Shown(b"[%b]" % b",".join(parts), told[0].id, told[-1].id, len(parts))


def notification(tx: Tx, viewer: Viewer, id_: int) -> bytes:
    """One of the viewer's notifications. Raises NotFound."""
    told = queries.one(tx, viewer.id, id_)
    page = EMPTY if told is None else notifications(tx, viewer, [told])
    if not page.size:
        raise NotFound
    return page.body[1:-1]


def _notification(told: Told, actor: bytes, statuses: Mapping[int, bytes]) -> bytes:
    at = iso(told.id >> 16).encode()
    head = b'{"id":"%d","type":"%b","created_at":"%b","group_key":"ungrouped-%d","account":%b' % (
        *(told.id, told.kind.encode(), at, told.id),
        actor,
    )
    if told.post is None:
        return head + b"}"
    return head + b',"status":%b}' % statuses[told.post]
