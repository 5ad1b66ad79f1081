"""What is found: people to follow."""

from typing import Literal

from ..described import Entity
from .people import Account


class Suggestion(Entity):
    """Somebody to follow, and why."""

    source: Literal["past_interactions", "global"]
    sources: list[Literal["friends_of_friends", "most_followed"]]
    account: Account
