"""Whose followers a viewer may see, and the viewer's own lists: requests, blocks, mutes."""

from typing import Literal, NamedTuple

from whimbrel.core.tx import Tx

from . import queries, relationships
from .queries import graph, lists, standing
from .queries.lists import Row
from .rules import Account, Relationship, Viewer


class Window(NamedTuple):
    """Which part of a list; see `core.http.window`."""

    low: int
    high: int
    ascending: bool
    most: int


class Known(NamedTuple):
    """Some people, and how the viewer stands to each, by id. `owner` is whose list it is."""

    owner: Account
    rows: list[Row]
    standing: dict[str, Relationship]


def known(
    tx: Tx, viewer: Viewer, kind: Literal["followers", "following"], handle: str, window: Window
) -> Known:
    """As `around`, by name, with how the viewer stands to those on the page: two statements.

    Raises:
        NotFound: nobody.
    """
    owner, to_owner = standing.by_handle(tx, viewer.id, handle)
    spared = 0 if owner.id == viewer.id else viewer.id
    hidden = owner.hide_collections or owner.suspended_at is not None or to_owner.blocked_by
    if spared and hidden:
        return Known(owner, [], {})
    found = lists.known(tx, kind, owner.id, viewer.id, spared=spared, **window._asdict())
    told = (relationships.relationship(tx, stands) for _, stands in found)
    return Known(owner, [row for row, _ in found], {each.id: each for each in told})


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
        return lists.page(tx, kind, whose, spared=0, **window._asdict())
    if owner.hide_collections or owner.suspended_at is not None:
        return []
    if graph.is_blocking(tx, owner.id, viewer.id):
        return []
    return lists.page(tx, kind, whose, spared=viewer.id, **window._asdict())


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
    return lists.page(tx, "endorsed", whose, spared=spared, **window._asdict())


def own(
    tx: Tx, viewer: Viewer, kind: Literal["requests", "blocks", "mutes"], window: Window
) -> list[Row]:
    """A page of who waits for the viewer's answer, or whom they block or mute, newest first."""
    return lists.page(tx, kind, viewer.id, spared=0, **window._asdict())
