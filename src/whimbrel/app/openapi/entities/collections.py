"""Collections of people."""

from typing import Literal

from ..described import Count, Entity, Html, Id, Time, Url


class CollectionItem(Entity):
    """Somebody in a collection."""

    id: Id
    account_id: Id
    state: Literal["pending", "accepted", "rejected", "revoked"]
    created_at: Time


class CollectionTag(Entity):
    """What a collection is about."""

    name: str
    url: Url


class Collection(Entity):
    """People whom somebody recommends together. It has no page here."""

    id: Id
    account_id: Id
    uri: Url
    url: None
    name: str
    description: Html
    language: str | None
    local: bool
    sensitive: bool
    discoverable: bool
    tag: CollectionTag | None
    item_count: Count
    items: list[CollectionItem]
    created_at: Time
    updated_at: Time
