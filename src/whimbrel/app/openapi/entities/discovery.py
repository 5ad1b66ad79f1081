"""What is found: people to follow, and what trends, as moderators see it."""

from typing import Literal

from ..described import Entity
from .people import Account
from .posts import Status
from .reading import Tag


class Suggestion(Entity):
    """Somebody to follow, and why."""

    source: Literal["past_interactions", "global"]
    sources: list[Literal["friends_of_friends", "most_followed"]]
    account: Account


class AdminTag(Tag, kw_only=True):
    """A tag that trends."""

    trendable: bool
    usable: bool
    requires_review: bool
    listable: bool


class AdminStatus(Status, kw_only=True):
    """A post that trends."""

    requires_review: bool
