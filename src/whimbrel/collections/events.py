"""What can be said to have happened to collections. Ids only."""

from whimbrel.core.outbox import Event


class AddedToCollection(Event, frozen=True, kw_only=True):
    """`by` put `account` into a collection of theirs. `item`: collection_items.id"""

    item: int
    collection: int
    account: int
    by: int


class CollectionRenamed(Event, frozen=True, kw_only=True):
    """A collection is called otherwise, or says something else of itself, at `at` (ms)."""

    collection: int
    by: int
    at: int
