"""What can be said to have happened between servers. Ids and addresses only."""

from whimbrel.core.outbox import Event


class LetterWritten(Event, frozen=True, kw_only=True):
    """Something is to be told to whoever is concerned; to whom it goes is not written down yet.

    `followers`: to those of its owner. `people`: to these (accounts elsewhere) as well.
    `personal`: by no inbox that a server has for everybody.
    """

    letter: int
    thing: int
    owner: int
    followers: bool
    people: tuple[int, ...] = ()
    personal: bool = False


class KeysLapse(Event, frozen=True, kw_only=True):
    """A clock: whoever had to hear that somebody left has heard it, or never will."""

    owner: int


class ProfileRead(Event, frozen=True, kw_only=True):
    """Somebody elsewhere was met, or is not as they were: what they show on top of their profile
    (posts, tags: addresses) is to be looked at."""

    account: int
    posts: str | None
    tags: str | None


class ThreadOpened(Event, frozen=True, kw_only=True):
    """Somebody here reads a conversation (its first post) of which `posts` are from elsewhere:
    what was answered there is to be looked at."""

    thread: int
    posts: tuple[int, ...]


class PollSeen(Event, frozen=True, kw_only=True):
    """Somebody here looks at a post from elsewhere that asks something: its numbers are to be asked
    for again."""

    post: int


class FollowersClaimed(Event, frozen=True, kw_only=True):
    """`actor` says with something for their followers how many of ours are among them."""

    actor: str
    collection: str
    url: str
    digest: str


class ServerSpoke(Event, frozen=True, kw_only=True):
    """A server of which it is not known what it runs, or not lately, spoke to us."""

    origin: str


class PassedOn(Event, frozen=True, kw_only=True):
    """A clock: what was passed on (`activity`: received.id) has arrived, or never will."""

    activity: int


class Received(Event, frozen=True, kw_only=True):
    """An activity of somebody elsewhere was accepted and is to be done."""

    activity: int


class ReceivedAges(Event, frozen=True, kw_only=True):
    """A clock: what arrived on `day` loses its key once it is done, and is forgotten later."""

    day: int
