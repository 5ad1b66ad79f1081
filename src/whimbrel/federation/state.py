"""What this process knows of other servers beside the database: on `App.federation`."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError

from .allowance import Allowance, Book, Seldom
from .once import Once
from .queries.people import Met
from .rules import Known

MINUTE, HOUR = 60_000, 3_600_000  # ms
MISSING = 5 * MINUTE  # who could not be had is not asked for so long
KEY_MISSING = 10 * MINUTE  # and a key
KEYS = 120  # of people whom nobody met: asked of a server in a minute
SPARE = 1000  # what nobody waits for: asked of a server in an hour
THREAD_AGAIN = 10 * MINUTE  # a conversation is looked at again
POLL_AGAIN = 3 * MINUTE  # and the numbers of a poll
MOST_TASKS = 50  # readers for whom something is being looked up


class State:
    """Questions under way."""

    def __init__(self) -> None:
        self.missing = Seldom(KEY_MISSING)  # keys
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
        names = ("compared", "keys", "spare", "opened", "polls", "followed_up", "missing", "people")
        return {name: getattr(self, name) for name in names}


def state_of(app: App) -> State:
    """That of this process."""
    if app.federation is None:
        app.federation = State()
    found: State = app.federation
    return found


def meanwhile(
    app: App,
    viewer: Viewer,
    seldom: Seldom,
    post: int,
    look: Callable[[App, int], Coroutine[None, None, None]],
) -> None:
    """Look at a post that somebody reads, beside the answer: nothing is waited for. Strangers make
    us ask nobody anything.

    Args:
        seldom: when it was looked at last; too soon after that it is not.
    """
    state, now = state_of(app), int(app.db.env.clock().timestamp() * 1000)
    if viewer.account is None or len(state.tasks) >= MOST_TASKS or not seldom.again(post, now):
        return
    task = asyncio.create_task(_quietly(look(app, post)))
    state.tasks.add(task)
    task.add_done_callback(state.tasks.discard)


async def _quietly(looking: Coroutine[None, None, None]) -> None:
    with contextlib.suppress(WhimbrelError):  # the next reader comes
        await looking
