"""Notifications that the receiver's policy holds back, by who sends them: looked at, let in or sent
away. Who decides what is held back is `policy`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from . import conversations, live
from .queries import requests as queries
from .queries import single
from .queries.requests import Request
from .rules import Window
from .serialize import EMPTY, Shown, by_post

_encode = msgspec.json.Encoder().encode


def page(tx: Tx, viewer: Viewer, window: Window) -> Shown:
    """Who waits to be let in.

    Source: Mastodon REST API, GET /api/v1/notifications/requests
    """
    found = queries.page(tx, viewer.id, window)
    if not found:
        return EMPTY
    return Shown(_entities(tx, viewer, found), found[0].id, found[-1].id, len(found))


def show(tx: Tx, viewer: Viewer, request: int) -> bytes:
    """One of them. Raises NotFound.

    Source: Mastodon REST API, GET /api/v1/notifications/requests/:id
    """
    found = queries.one(tx, viewer.id, request)
    if found is None:
        raise NotFound
    return _entities(tx, viewer, [found])[1:-1]


def accept(tx: Tx, viewer: Viewer, requests: Sequence[int]) -> None:
    """Tell of what these people did, now and from now on. Requests that are none of the viewer's
    are passed over.

    Source: Mastodon REST API, POST /api/v1/notifications/requests/accept
    """
    actors = queries.actors(tx, viewer.id, requests)
    for actor in actors:
        queries.permit(tx, viewer.id, actor)
        for post in queries.direct_posts(tx, viewer.id, actor):
            conversations.join(tx, viewer.id, post)
        queries.let_in(tx, viewer.id, actor)
    if actors:
        live.say(tx, live.NotificationsMerged(account=viewer.id))


def accept_one(tx: Tx, viewer: Viewer, request: int) -> None:
    """The same of one. Raises NotFound.

    Source: Mastodon REST API, POST /api/v1/notifications/requests/:id/accept
    """
    _require(tx, viewer, request)
    accept(tx, viewer, [request])


def dismiss(tx: Tx, viewer: Viewer, requests: Sequence[int]) -> None:
    """Forget what is held back of these people; what they do next is held back again.

    Source: Mastodon REST API, POST /api/v1/notifications/requests/dismiss
    """
    for actor in queries.actors(tx, viewer.id, requests):
        queries.drop(tx, viewer.id, actor)


def dismiss_one(tx: Tx, viewer: Viewer, request: int) -> None:
    """The same of one. Raises NotFound.

    Source: Mastodon REST API, POST /api/v1/notifications/requests/:id/dismiss
    """
    _require(tx, viewer, request)
    dismiss(tx, viewer, [request])


def _require(tx: Tx, viewer: Viewer, request: int) -> None:
    if not queries.actors(tx, viewer.id, [request]):
        raise NotFound


def _entities(tx: Tx, viewer: Viewer, found: Sequence[Request]) -> bytes:
    """Mastodon's NotificationRequest, as an array."""
    cards = single.cards_of(tx, viewer, [each.post for each in found if each.post is not None])
    statuses = by_post(tx, viewer, cards)
    people = faces.finished(tx, [(each.actor, each.stamp) for each in found])
    entities: list[Any] = [
        {
            "id": str(each.id),
            "created_at": iso(each.id >> 16),
            "updated_at": iso(each.newest >> 16),
            "notifications_count": str(each.many),
            "account": msgspec.Raw(people[each.actor]),
            "last_status": _status(statuses.get(each.post or 0)),
        }
        for each in found
        if each.actor in people
    ]
    return _encode(entities)


def _status(made: bytes | None) -> msgspec.Raw | None:
    return None if made is None else msgspec.Raw(made)
