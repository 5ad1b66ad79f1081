"""The directory: those who said that they want to be found."""

from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.tx import Tx

from .queries import people
from .queries.people import Order

FURTHEST = 4000  # people; a directory is for looking around, not for taking home


def page(
    tx: Tx, viewer: Viewer, order: Order, *, local: bool, offset: int, most: int
) -> list[Account]:
    """A page of those who want to be found, but for whom the viewer blocks or mutes.

    Args:
        order: active = who posted last comes first (and who never did, not at all); new = who came
            last.
    Source: Mastodon REST API, GET /api/v1/directory
    """
    most = min(most, FURTHEST - offset)
    if most <= 0:
        return []
    return people.directory(tx, viewer.id, order, local=local, offset=offset, most=most)
