"""Acknowledging only what another place has too.

Commits wait here for one barrier together, some tenths of a second at most after one another: a
barrier each would make an object each on the far side, and a restore would take its time over them.
What nobody is told of (jobs, clocks) does not wait. What happens while the other place is away is
the operator's choice, and never silent."""

import queue
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Literal, NamedTuple

from . import logs
from .errors import Unavailable

WhenAway = Literal["wait", "async", "refuse"]
Finish = Callable[[Unavailable | None], None]  # told once: None = acknowledge


class Waits(NamedTuple):
    """Some that wait together."""

    until: float
    finish: Finish
    many: int


WINDOW = 0.05  # seconds between two barriers
PATIENCE = 30.0  # seconds that one waits for a place that is away
PROBE = 1.0  # seconds between looks whether it is back

# Of the running task: nobody outside is told of what it writes.
unseen: ContextVar[bool] = ContextVar("unseen", default=False)

log = logs.get(__name__)


class Late(Unavailable):
    """This is stored here, but its copy elsewhere is not confirmed. Look before you send again."""

    status, code = 503, "not_confirmed"


class Remote:
    """The other place, as whoever commits sees it."""

    def __init__(self, reach: Callable[[], None], when_away: WhenAway) -> None:
        """
        Args:
            reach: returns when the other place has all that was committed before. Blocking; raises
                Unavailable.
        """
        self._reach, self._when = reach, when_away
        self._queue: queue.SimpleQueue[Waits | None] = queue.SimpleQueue()
        self.away = ""  # why it does not answer; "" = it does
        self.unsafe = 0  # what was acknowledged without it, since the start
        self._thread = threading.Thread(target=self._run, name="whimbrel-elsewhere", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Before something is written. Raises Unavailable: nothing is taken now."""
        if self.away and self._when == "refuse":
            raise Unavailable("The standby is away, and nothing is taken without it. Try again.")

    def add(self, finish: Finish, many: int = 1) -> None:
        """So many things were committed that are to be acknowledged. Any thread."""
        if self.away and self._when == "async":
            self.unsafe += many
            finish(None)
        else:
            self._queue.put(Waits(time.monotonic() + PATIENCE, finish, many))

    def close(self) -> None:
        """Finish what waits."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_, last = True, 0.0
        waiting: list[Waits] = []
        while open_ or waiting:
            first = self._next(PROBE if self.away else None) if open_ and not waiting else ()
            time.sleep(max(0.0, last + WINDOW - time.monotonic()))
            for each in (*first, *self._rest()):
                if each is None:
                    open_ = False
                else:
                    waiting.append(each)
            last = time.monotonic()
            if waiting or self.away:
                waiting = self._together(waiting, last=not open_)

    def _next(self, seconds: float | None) -> tuple[Waits | None, ...]:
        try:
            return (self._queue.get(timeout=seconds),)
        except queue.Empty:
            return ()

    def _rest(self) -> list[Waits | None]:
        found = []
        while not self._queue.empty():
            found.append(self._queue.get())
        return found

    def _together(self, waiting: list[Waits], *, last: bool) -> list[Waits]:
        """One barrier for all of these; who waits on."""
        try:
            self._reach()
        except Unavailable as error:
            why = str(error)
            if why != self.away:
                log.error("the standby is away", why=why, policy=self._when)
            self.away = why
            return self._without(waiting, last=last)
        if self.away:
            log.warning("the standby is back", unsafe=self.unsafe)
        self.away = ""
        for one in waiting:
            one.finish(None)
        return []

    def _without(self, waiting: list[Waits], *, last: bool) -> list[Waits]:
        """What becomes of these now that it is away; who waits on."""
        if self._when == "async":
            self.unsafe += sum(one.many for one in waiting)
            for one in waiting:
                one.finish(None)
            return []
        now = time.monotonic()
        on = [] if last or self._when == "refuse" else [one for one in waiting if one.until > now]
        for one in waiting:
            if one not in on:
                one.finish(Late())
        if on:
            time.sleep(PROBE / 4)
        return on
