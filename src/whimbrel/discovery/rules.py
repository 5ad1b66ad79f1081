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
