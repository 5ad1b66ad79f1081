"""What is found: people to follow, and what trends, as moderators see it."""

from typing import Literal

from ..described import Entity, Id, Time
from .collections import Collection, CollectionItem
from .people import Account
from .posts import PreviewCard, Status
from .reading import Tag, TagHistory


class Suggestion(Entity):
    """Somebody to follow, and why."""

    source: Literal["past_interactions", "global"]
    sources: list[Literal["friends_of_friends", "most_followed"]]
    account: Account


class AdminTag(Tag, kw_only=True):
    """A tag as moderators see it."""

    trendable: bool
    usable: bool
    requires_review: bool
    listable: bool


class AdminStatus(Status, kw_only=True):
    """A post that trends."""

    requires_review: bool


class TrendingLink(PreviewCard, kw_only=True):
    """A page that many link to."""

    history: list[TagHistory]


class AdminLink(TrendingLink, kw_only=True):
    """The same, as moderators see it."""

    id: Id
    requires_review: bool


class Publisher(Entity):
    """A site of which pages trended."""

    id: Id
    domain: str
    trendable: bool
    reviewed_at: Time | None
    requested_review_at: Time | None
    requires_review: bool


class WrappedCollection(Entity):
    """A collection."""

    collection: Collection


class WrappedCollectionItem(Entity):
    """Somebody in a collection."""

    collection_item: CollectionItem


class CollectionWithAccounts(Entity):
    """A collection, its owner and everybody in it."""

    accounts: list[Account]
    collection: Collection


class Collections(Entity):
    """Several collections."""

    collections: list[Collection]
