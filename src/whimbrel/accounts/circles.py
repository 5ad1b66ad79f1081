"""Whose followers a viewer may see, and the viewer's own lists: requests, blocks, mutes."""

from typing import Literal, NamedTuple

from whimbrel.core.tx import Tx

from . import queries
from .queries import graph, lists
from .queries.lists import Row
from .rules import Viewer


class Window(NamedTuple):
    """Which part of a list; see `core.http.window`."""

    low: int
    high: int
    ascending: bool
    most: int


def around(
    tx: Tx, viewer: Viewer, kind: Literal["followers", "following"], whose: int, window: Window
) -> list[Row]:
    """A page of somebody's followers, or of whom they follow, newest first.

    Whom the viewer mutes or blocks, and who blocks the viewer, is left out.

    Returns:
        Nothing where the owner hides the list, is suspended, or blocks the viewer.
    Raises:
        NotFound: nobody.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/followers
    """
    owner = queries.by_id(tx, whose)
    if owner.id == viewer.id:
        return lists.page(tx, kind, whose, viewer=0, **window._asdict())
    if owner.hide_collections or owner.suspended_at is not None:
        return []
    if graph.is_blocking(tx, owner.id, viewer.id):
        return []
    return lists.page(tx, kind, whose, viewer=viewer.id, **window._asdict())


def endorsed(tx: Tx, viewer: Viewer, whose: int, window: Window) -> list[Row]:
    """A page of whom somebody recommends, newest first; not hidden with their other lists, for
    they are meant to be seen.

    Returns:
        Nothing where the owner is suspended or blocks the viewer.
    Raises:
        NotFound: nobody.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/endorsements
    """
    owner = queries.by_id(tx, whose)
    if owner.suspended_at is not None or graph.is_blocking(tx, owner.id, viewer.id):
        return []
    spared = 0 if owner.id == viewer.id else viewer.id
    return lists.page(tx, "endorsed", whose, viewer=spared, **window._asdict())


def own(
    tx: Tx, viewer: Viewer, kind: Literal["requests", "blocks", "mutes"], window: Window
) -> list[Row]:
    """A page of who waits for the viewer's answer, or whom they block or mute, newest first."""
    return lists.page(tx, kind, viewer.id, viewer=0, **window._asdict())
