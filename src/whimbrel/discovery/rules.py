"""Values of finding: why somebody is suggested."""

from typing import Literal, NamedTuple

from whimbrel.accounts.rules import Account
from whimbrel.posts.rules import Preview

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
    """A tag as it is shown; `name` as it is written. `following` and `featuring` are None for a
    stranger."""

    name: str
    history: tuple[Day, ...]
    following: bool | None = None
    featuring: bool | None = None


class ReviewedTag(NamedTuple):
    """A tag as moderators see it. `review`: 1 = may be shown as trending, 0 = may not, None =
    nobody said anything; `usable`: whether posts may have it, and are read under it; `listable`:
    whether it can be found."""

    tag: Tag
    review: int | None
    usable: bool
    listable: bool


class Link(NamedTuple):
    """A page that trends: what it says of itself, and how often it was linked to. `review`: 1 = may
    be shown, 0 = may not, None = nobody said anything."""

    id: int
    card: Preview
    history: tuple[Day, ...]
    review: int | None


class Publisher(NamedTuple):
    """A site of which pages trended; `review` as with a link, and when it was said (ms)."""

    id: int
    domain: str
    review: int | None
    reviewed_at: int | None


class FeaturedTag(NamedTuple):
    """A tag on somebody's profile; `last`: when they last used it (ms)."""

    id: int
    name: str
    uses: int
    last: int | None


# --- trends ---------------------------------------------------------------------------------------

LEAST = 3  # people, or marks, below which nothing trends
FADED = 0.3  # a score below this counts as none
HALF_LIFE = 4 * 3_600_000  # ms; of tags and links
POST_HALF_LIFE = 6 * 3_600_000


class Peak(NamedTuple):
    """The highest a tag came, and when (ms)."""

    score: float
    at: int


def surprise(seen: int, expected: int) -> float:
    """How far what is seen is above what was to be expected; 0 where it is not, or next to none."""
    usual = max(expected, 1)
    return 0.0 if seen < LEAST or seen <= usual else (seen - usual) ** 2 / usual


def faded(score: float, age: int, half_life: int) -> float:
    """What is left of a score after `age` ms; 0 once it is next to nothing."""
    left: float = score * 0.5 ** (max(age, 0) / half_life)
    return left if left >= FADED else 0.0
