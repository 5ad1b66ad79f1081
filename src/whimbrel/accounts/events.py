"""What can be said to have happened between people. Ids only: events outlive an erasure."""

from whimbrel.core.outbox import Event


class AccountCreated(Event, frozen=True, kw_only=True):
    """Somebody signed up (or an administrator made the account)."""

    account: int


class ProfileChanged(Event, frozen=True, kw_only=True):
    """Name, bio, picture or a flag that others see."""

    account: int


class AccountErased(Event, frozen=True, kw_only=True):
    """Gone for good; the row is no more when this is handled."""

    account: int
    uri: str


class AccessRevoked(Event, frozen=True, kw_only=True):
    """Streams of these tokens end; with `tokens` empty, all of the account's."""

    account: int
    tokens: tuple[int, ...] = ()


class FollowAsked(Event, frozen=True, kw_only=True):
    """A locked account has a request to answer."""

    follower: int
    followee: int


class Followed(Event, frozen=True, kw_only=True):
    """A follow stands, asked for or not."""

    follower: int
    followee: int


class Unfollowed(Event, frozen=True, kw_only=True):
    """A follow, or the asking, ended: by either side, or by a block."""

    follower: int
    followee: int


class Blocked(Event, frozen=True, kw_only=True):
    """`account` blocks `target`."""

    account: int
    target: int


class Muted(Event, frozen=True, kw_only=True):
    """`account` mutes `target`."""

    account: int
    target: int


class LetterWanted(Event, frozen=True, kw_only=True):
    """A letter has to be written to a user; the words are made when it is sent.

    `link` is the secret of a one-use link, sealed under the author's slot (base64): a job row
    outlives nothing, but it is on the disk.
    """

    account: int
    kind: str
    link: str = ""
