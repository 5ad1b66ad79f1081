"""How far it is, in one line and as events for machines; and how fast it may go."""

import asyncio
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from ..plan import Amount
from .pace import Pace, amount, span

SAYS = 0.5  # seconds between two lines

Event = dict[str, Any]
Tell = Callable[[Event], None]


class Progress:
    """Of one run.

    Args:
        tell: told of each event.
        deadline: when the host is gone, by `time.time`; 0 = nobody said.
        limit: bytes per second that may go out; infinite = as fast as it goes.
    """

    def __init__(self, tell: Tell, deadline: float = 0.0, limit: float = inf) -> None:
        self._out, self._deadline, self._limit = tell, deadline, limit
        self._pace = Pace()
        self._total = self._done = Amount()
        self._step, self._said = "", 0.0
        self._free = 0.0  # by the monotonic clock: when the link is free again

    def begin(self, step: str, total: Amount) -> None:
        """A step begins, of so much."""
        self._step, self._total, self._done = step, total, Amount()
        self._pace.pause()
        self.tell("begins")

    async def goes(self, objects: int, octets: int) -> None:
        """So much is about to go: returns when the limit lets it."""
        if self._limit == inf:
            return
        now = time.monotonic()
        self._free = max(self._free, now) + octets / self._limit
        if self._free > now + 0.01:
            await asyncio.sleep(self._free - now)

    async def sent(self, objects: int, octets: int) -> None:
        """The same for what is counted when it goes."""
        await self.goes(objects, octets)
        self.did(objects, octets)

    def did(self, objects: int, octets: int) -> None:
        """So much is over there."""
        self._done = Amount(self._done.objects + objects, self._done.bytes + octets)
        self._pace.add(objects, octets)
        if time.monotonic() >= self._said + SAYS:
            self.tell("goes")

    @property
    def left(self) -> float:
        """Seconds until this step is over, as far as is known."""
        objects = max(0, self._total.objects - self._done.objects)
        return self._pace.left(Amount(objects, max(0, self._total.bytes - self._done.bytes)))

    def tell(self, event: str, **more: Any) -> None:
        """Tell of something now."""
        self._said = time.monotonic()
        octets, objects = self._pace.rates
        now, left = time.time(), self.left
        self._out(
            {
                "event": event,
                "step": self._step,
                "at": round(now, 3),
                "objects": self._done.objects,
                "of_objects": self._total.objects,
                "bytes": self._done.bytes,
                "of_bytes": self._total.bytes,
                "bytes_per_second": round(octets),
                "objects_per_second": round(objects, 1),
                "left_seconds": None if left == inf else round(left, 1),
                "slack_hours": self._slack(now, left),
                **more,
            }
        )

    def _slack(self, now: float, left: float) -> float | None:
        if not self._deadline or left == inf:
            return None
        return round((self._deadline - now - left) / 3600, 2)


def noting(data: Path, tell: Tell) -> Tell:
    """`tell`, and the last event in a file of the data folder, where pages look for it."""
    path = _file(data)

    def both(event: Event) -> None:
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(event))
        new.replace(path)
        tell(event)

    return both


def noted(data: Path) -> Event:
    """The last event; empty where there is none that can be read."""
    try:
        found: Event = msgspec.json.decode(_file(data).read_bytes(), type=dict[str, Any])
    except (FileNotFoundError, msgspec.MsgspecError):
        return {}
    return found


def _file(data: Path) -> Path:
    return data / "exit" / "progress.json"


def line(event: Event) -> str:
    """An event for people."""
    parts = [f"{event['step']:<10}"]
    if event["event"] in ("begins", "goes", "ends") and event["of_objects"]:
        parts.append(f"{event['objects']:,} of {event['of_objects']:,}")
        parts.append(f"{amount(event['bytes'])} of {amount(event['of_bytes'])}")
        if event["bytes_per_second"]:
            rate = f"{amount(event['bytes_per_second'])}/s, {event['objects_per_second']:,}/s"
            parts.append(rate)
        left = event["left_seconds"]
        if event["event"] == "goes":
            parts.append("left: " + span(inf if left is None else left))
    if event["slack_hours"] is not None:
        late = event["slack_hours"] < 0
        parts.append(f"{'TOO LATE by' if late else 'slack'} {abs(event['slack_hours']):.1f} h")
    if says := event.get("says"):
        parts.append(str(says))
    return "  ".join(parts)


def json(event: Event) -> str:
    """An event for machines, on one line."""
    return msgspec.json.encode(event).decode()
