"""Values of collections, and how large one may be."""

from enum import IntEnum
from typing import NamedTuple

NAME, DESCRIPTION, TAG = 40, 100, 100  # characters
MOST_ITEMS = 25


class State(IntEnum):
    """What somebody says to being in a collection. Nobody is asked here: who wants to be found
    agrees beforehand, and may take that back."""

    PENDING = 0
    ACCEPTED = 1
    REJECTED = 2
    REVOKED = 3


class Item(NamedTuple):
    """Somebody in a collection."""

    id: int
    collection: int
    account: int
    state: State
    at: int  # ms


class Collection(NamedTuple):
    """A collection, as somebody may see it; the items are those that they may see."""

    id: int
    account: int
    name: str
    description: str
    language: str | None
    tag: str | None
    sensitive: bool
    discoverable: bool
    at: int  # ms
    updated_at: int
    items: tuple[Item, ...] = ()


class Part(NamedTuple):
    """Which part of a list."""

    offset: int
    most: int
