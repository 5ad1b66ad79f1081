"""What this process knows of other servers beside the database: on `App.federation`."""

import asyncio
from collections import OrderedDict

from whimbrel.core.app import App

from .once import Once
from .queries.people import Met
from .rules import Known

MISSING = 5 * 60_000  # ms: who could not be had is not asked for so long


class State:
    """Questions under way."""

    def __init__(self) -> None:
        self.missing: OrderedDict[str, int] = OrderedDict()  # key id: until (ms)
        self.fetching: dict[str, asyncio.Task[Known]] = {}
        self.seen: dict[str, int] = {}  # origin: when it was noted that it speaks (ms)
        self.compared: OrderedDict[str, int] = OrderedDict()  # actor: when followers were (ms)
        self.people: Once[Met] = Once(MISSING)


def state_of(app: App) -> State:
    """That of this process."""
    if app.federation is None:
        app.federation = State()
    found: State = app.federation
    return found
