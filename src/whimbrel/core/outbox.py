"""The outbox: queue and clock in one table. `emit` writes a job per listener in the caller's own
transaction, so that what happened and what must follow from it are committed together.

A handler (our own database) happens exactly once: its work and the removal of its job are one
commit. An effect (the outside world) happens at least once. A witness has no job: it looks on
within the caller's transaction, for what cannot be found out later, or so seldom concerns it that a
job each time would be waste; it must be quick and must not fail. Who listens to what is said in one
table, `app/handlers.py`; the worker that runs jobs is in `worker.py`."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union

import msgspec

from .engines import Query, insert
from .tables import jobs

if TYPE_CHECKING:
    from .tx import Tx

Lane = Literal["timelines", "federation", "media", "moderation", "slow"]
LANES: tuple[Lane, ...] = ("timelines", "federation", "media", "moderation", "slow")

MAX_TRIES = 8
_ADD = Query(insert(jobs, ("lane", "task", "event", "due")))
_encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct, frozen=True, tag=True):
    """Something that has happened. Events outlive an erasure: ids and addresses, never words."""


Handler = Callable[["Tx", Any], None]
Effect = Callable[[Any, Any], Awaitable[None]]  # (app, event)


class Task(NamedTuple):
    """One listener: `handler` xor `effect` is set."""

    lane: Lane
    name: str
    event: type[Event]
    handler: Handler | None
    effect: Effect | None


class Routes:
    """Who listens to which event.

    Args:
        handlers: (lane, event type, function(tx, event)) rows.
        effects: (lane, event type, async function(app, event)) rows.
        witnesses: (event type, function(tx, event)) rows.
    """

    def __init__(
        self,
        handlers: Iterable[tuple[Lane, type[Event], Handler]] = (),
        effects: Iterable[tuple[Lane, type[Event], Effect]] = (),
        witnesses: Iterable[tuple[type[Event], Handler]] = (),
    ) -> None:
        self.tasks: dict[str, Task] = {}
        self._witnesses: dict[type[Event], list[Handler]] = {}
        for event, witness in witnesses:
            self._witnesses.setdefault(event, []).append(witness)
        self._by_event: dict[type[Event], list[Task]] = {}
        for lane, event, handler in handlers:
            self._add(Task(lane, _name(handler, event), event, handler, None))
        for lane, event, effect in effects:
            self._add(Task(lane, _name(effect, event), event, None, effect))
        kinds = tuple(self._by_event)
        self._decoder = msgspec.json.Decoder(Union[kinds]) if kinds else None  # noqa: UP007 (built at run time)

    def _add(self, task: Task) -> None:
        if task.name in self.tasks:
            raise ValueError(f"two listeners are called {task.name}")
        self.tasks[task.name] = task
        self._by_event.setdefault(task.event, []).append(task)

    def listeners(self, event: Event) -> list[Task]:
        """The tasks that follow from `event`."""
        return self._by_event.get(type(event), [])

    def witnesses(self, event: Event) -> list[Handler]:
        """Who looks on."""
        return self._witnesses.get(type(event), [])

    def decode(self, raw: bytes) -> Event:
        """The event a job row carries."""
        if self._decoder is None:
            raise LookupError("no event is known here")
        event: Event = self._decoder.decode(raw)
        return event


def _name(function: Callable[..., Any], event: type[Event]) -> str:
    """`timelines.fanout.add_to_homes:PostPublished`: what a job row calls its listener."""
    module = function.__module__.removeprefix("whimbrel.")
    return f"{module}.{function.__name__}:{event.__name__}"


def emit(tx: "Tx", routes: Routes, event: Event, due: int) -> set[Lane]:
    """Write the job rows of `event`, due at `due` (ms); the lanes that have new work."""
    for witness in routes.witnesses(event):
        witness(tx, event)
    lanes: set[Lane] = set()
    tasks = routes.listeners(event)
    if tasks:
        raw = _encode(event)
        for task in tasks:
            tx.run(_ADD, lane=task.lane, task=task.name, event=raw, due=due)
            lanes.add(task.lane)
    return lanes
