"""Recommending: the viewer shows on their profile whom they find worth following."""

from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx

from .queries import graph
from .relationships import other
from .rules import Viewer


def endorse(tx: Tx, viewer: Viewer, target: int) -> None:
    """Recommend somebody the viewer follows. Again is no error.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
        Invalid: the viewer does not follow them.
    Source: Mastodon REST API, POST /api/v1/accounts/:id/endorse
    """
    other(tx, viewer, target)
    graph.lock(tx, viewer.id, target)
    if graph.standing(tx, viewer.id, target).follow is None:
        said = "must be somebody you follow"
        raise Invalid(
            f"Validation failed: Target account {said}", {"base": [("ERR_INVALID", said)]}
        )
    graph.endorse(tx, viewer.id, target)


def unendorse(tx: Tx, viewer: Viewer, target: int) -> None:
    """Recommend somebody no more. Not having done so is no error.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    """
    other(tx, viewer, target)
    graph.unendorse(tx, viewer.id, target)
