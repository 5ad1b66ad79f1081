"""Suggestions: whom a reader may like to follow. Nobody is shown who does not want to be found, and
nobody twice whom the reader sent away."""

from datetime import timedelta

from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.queries import by_id
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.ids import millis
from whimbrel.core.tx import Tx

from .queries import people
from .rules import Source, Suggestion

LATELY = timedelta(days=30)


def suggested(tx: Tx, viewer: Viewer, most: int, offset: int = 0) -> list[Suggestion]:
    """Whom those follow whom the viewer follows; then who was followed most lately.

    Source: Mastodon REST API, GET /api/v2/suggestions
    """
    since = millis(tx.now - LATELY) << 16
    reasons: dict[int, list[Source]] = {}
    found: dict[int, Account] = {}
    sources: tuple[Source, ...] = ("friends_of_friends", "most_followed")
    for source in sources:
        for candidate in people.candidates(tx, viewer.id, source, offset + most, since):
            found[candidate.account.id] = candidate.account
            reasons.setdefault(candidate.account.id, []).append(source)
    chosen = list(found)[offset : offset + most]
    return [Suggestion(found[id_], tuple(reasons[id_])) for id_ in chosen]


def dismiss(tx: Tx, viewer: Viewer, target: int) -> None:
    """Suggest somebody no more.

    Raises:
        NotFound: nobody.
    Source: Mastodon REST API, DELETE /api/v1/suggestions/:id
    """
    people.dismiss(tx, viewer.id, by_id(tx, target).id)


def forget(tx: Tx, event: AccountErased) -> None:
    """Handler: whom the erased sent away, and who sent them away."""
    people.forget(tx, event.account)
