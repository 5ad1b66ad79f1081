"""Who hears of collections: whoever is put into one, and everybody in one that is called otherwise;
so that they can take themselves out."""

from whimbrel.collections import queries as collections
from whimbrel.collections.events import AddedToCollection, CollectionRenamed
from whimbrel.core.tx import Tx

from .notify import tell
from .queries import notifications as queries


def tell_of_adding(tx: Tx, event: AddedToCollection) -> None:
    """Handler: somebody was put into a collection. Emits: Notified

    Source: Mastodon, AddAccountToCollectionService
    """
    if event.account not in collections.members(tx, event.collection):
        return
    _tell(tx, event.account, "added_to_collection", event, f"collected:{event.item}")


def tell_of_change(tx: Tx, event: CollectionRenamed) -> None:
    """Handler: a collection says something else of itself. Emits: Notified

    Source: Mastodon, UpdateCollectionService
    """
    for account in collections.members(tx, event.collection):
        key = f"collection:{event.collection}:{event.at}"
        _tell(tx, account, "collection_update", event, key)


def _tell(
    tx: Tx, account: int, kind: str, event: AddedToCollection | CollectionRenamed, key: str
) -> None:
    receivers = queries.person(tx, account, event.by)
    tell(tx, receivers, kind, event.by, None, key, subject=event.collection)
