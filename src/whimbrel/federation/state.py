"""What this process knows of other servers beside the database: on `App.federation`."""

import asyncio
from collections import OrderedDict

from whimbrel.core.app import App

from .allowance import Allowance, Book, Seldom
from .once import Once
from .queries.people import Met
from .rules import Known

MINUTE, HOUR = 60_000, 3_600_000  # ms
MISSING = 5 * MINUTE  # who could not be had is not asked for so long
KEYS = 120  # of people whom nobody met: asked of a server in a minute
SPARE = 1000  # what nobody waits for: asked of a server in an hour
THREAD_AGAIN = 10 * MINUTE  # a conversation is looked at again
POLL_AGAIN = 3 * MINUTE  # and the numbers of a poll


class State:
    """Questions under way."""

    def __init__(self) -> None:
        self.missing: OrderedDict[str, int] = OrderedDict()  # key id: until (ms)
        self.fetching: dict[str, asyncio.Task[Known]] = {}
        self.seen: dict[str, int] = {}  # origin: when it was noted that it speaks (ms)
        self.compared = Seldom(HOUR)  # actors, whose followers were
        self.people: Once[Met] = Once(MISSING)
        self.keys = Allowance(KEYS, MINUTE, KEYS // 6)
        self.spare = Allowance(SPARE, HOUR, SPARE // 5)
        self.opened = Seldom(THREAD_AGAIN)  # posts that somebody reads
        self.followed_up = Seldom(THREAD_AGAIN)  # conversations
        self.polls = Seldom(POLL_AGAIN)  # posts that ask something
        self.following_up = 0  # just now
        self.tasks: set[asyncio.Task[None]] = set()  # held until they are done

    def books(self) -> dict[str, Book]:
        """What is counted by all processes together."""
        names = ("compared", "keys", "spare", "opened", "polls", "followed_up")
        return {name: getattr(self, name) for name in names}


def state_of(app: App) -> State:
    """That of this process."""
    if app.federation is None:
        app.federation = State()
    found: State = app.federation
    return found
