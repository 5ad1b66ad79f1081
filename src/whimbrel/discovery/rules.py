"""Values of finding: why somebody is suggested."""

from typing import Literal, NamedTuple

from whimbrel.accounts.rules import Account

Source = Literal["friends_of_friends", "most_followed"]
OLD_NAME: dict[Source, str] = {  # what apps made before Mastodon 4.3 know
    "friends_of_friends": "past_interactions",
    "most_followed": "global",
}


class Candidate(NamedTuple):
    """Somebody to suggest; `weight`: how many follow them."""

    account: Account
    source: Source
    weight: int


class Suggestion(NamedTuple):
    """Somebody suggested, with every reason for it, the best first."""

    account: Account
    sources: tuple[Source, ...]


DAY = 86_400_000  # ms
DAYS = 7  # of a history


class Day(NamedTuple):
    """How often a tag was used on a day, by how many. `day`: its number since 1970 (UTC)."""

    day: int
    uses: int = 0
    accounts: int = 0


class Tag(NamedTuple):
    """A tag as it is shown. `following` and `featuring` are None for a stranger."""

    name: str
    history: tuple[Day, ...]
    following: bool | None = None
    featuring: bool | None = None


class FeaturedTag(NamedTuple):
    """A tag on somebody's profile; `last`: when they last used it (ms)."""

    id: int
    name: str
    uses: int
    last: int | None
