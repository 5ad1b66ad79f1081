"""Markers: how far somebody has read, so that another device can go on there."""

from collections.abc import Mapping, Sequence

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from .queries import markers as queries
from .rules import MARKED, Marker


def show(tx: Tx, viewer: Viewer, timelines: Sequence[str]) -> dict[str, Marker]:
    """The viewer's markers of these timelines, as far as there are any.

    Source: Mastodon REST API, GET /api/v1/markers
    """
    known = [name for name in timelines if name in MARKED]
    return {
        stored.timeline: Marker(
            last_read_id=str(stored.last_read), version=stored.version, updated_at=iso(stored.at)
        )
        for stored in queries.some(tx, viewer.id, known)
    }


def read_on(tx: Tx, viewer: Viewer, timeline: str, to: int) -> None:
    """Move a marker of the viewer's on to what was read; how far another device came stays."""
    stored = queries.some(tx, viewer.id, [timeline])
    if not stored:
        queries.add(tx, viewer.id, timeline, to)
    elif stored[0].last_read < to:
        queries.move(tx, viewer.id, timeline, to, stored[0].version)


def move(tx: Tx, viewer: Viewer, to: Mapping[str, int]) -> dict[str, Marker]:
    """Move markers.

    Args:
        to: timeline to the id of the last post, or notification, that was read.
    Raises:
        Conflict: another device did it at the same moment; nothing is moved.
    Source: Mastodon REST API, POST /api/v1/markers
    """
    wanted = {name: id_ for name, id_ in to.items() if name in MARKED}
    before = {stored.timeline: stored for stored in queries.some(tx, viewer.id, list(wanted))}
    for name, id_ in wanted.items():
        old = before.get(name)
        if old is None:
            moved = queries.add(tx, viewer.id, name, id_)
        else:
            moved = queries.move(tx, viewer.id, name, id_, old.version)
        if not moved:
            raise Conflict("Conflict during update, please try again")
    return show(tx, viewer, list(wanted))
