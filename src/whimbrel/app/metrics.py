"""Numbers for Prometheus, on a port of their own. Counts and times; nobody's name or path."""

import math
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from whimbrel.core.app import App
from whimbrel.core.http import Send
from whimbrel.core.settings.checks import split_bind
from whimbrel.core.worker import backlog
from whimbrel.exit.queries.standby import backlog as backlog_of_standby
from whimbrel.federation.queries import servers

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

# Plain numbers, for they are touched by every request on the one thread that answers; Prometheus'
# own counters take a lock each time.
BOUNDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)  # seconds
_answers = [0] * 6  # by status class
_taken = [0] * (len(BOUNDS) + 1)  # by the bucket their time fell into
_seconds = 0.0


class Answers(Collector):
    """What was answered, and how soon."""

    def collect(self) -> Iterator[Metric]:
        """Counts by status class, and a histogram of the time until an answer began."""
        answers = CounterMetricFamily(
            "whimbrel_answers", "Answers given, by status class", labels=["status"]
        )
        for number in range(1, 6):
            answers.add_metric([f"{number}xx"], _answers[number])
        yield answers
        held = list(accumulate(_taken))
        names = [*map(str, BOUNDS), "+Inf"]
        yield HistogramMetricFamily(
            "whimbrel_answer_seconds",
            "Time until an answer began",
            buckets=list(zip(names, held, strict=True)),
            sum_value=_seconds,
        )


registry.register(Answers())


class Counted:
    """One request, on its way to an answer."""

    __slots__ = ("_began", "_send", "status")

    def __init__(self) -> None:
        self.status = 0
        self._began = time.monotonic()

    def wrap(self, send: Send) -> Send:
        """`send`, noting when and how the answer began."""
        self._send = send
        return self._noting

    async def _noting(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            count(self.status, self._began)
        await self._send(message)


def count(status: int, began: float) -> None:
    """An answer begins. Args: `began` is when the request came, by the monotonic clock."""
    global _seconds
    took = time.monotonic() - began
    _answers[status // 100] += 1
    _taken[bisect_left(BOUNDS, took)] += 1
    _seconds += took


class Backlog(Collector):
    """How much the outbox holds, asked when somebody looks."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Jobs and the age of the oldest, per lane."""
        jobs = GaugeMetricFamily("whimbrel_jobs", "Jobs waiting", labels=["lane"])
        late = GaugeMetricFamily(
            "whimbrel_jobs_late_seconds", "How overdue the oldest job is", labels=["lane"]
        )
        if self._app.db.fence.closed:
            return  # nothing is worked on here
        for lane, (count, overdue) in self._app.db.write_sync(backlog).items():
            jobs.add_metric([lane], count)
            late.add_metric([lane], max(0, overdue) / 1000)
        yield jobs
        yield late


class Deliveries(Collector):
    """How much waits for other servers, asked when somebody looks."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Letters to inboxes, servers that do not answer, how overdue the next call is."""
        if self._app.db.fence.closed:
            return
        found = self._app.db.write_sync(servers.numbers)
        for name, said, value in (
            ("whimbrel_deliveries", "Letters that wait for an inbox", found.waiting),
            ("whimbrel_servers_away", "Servers that do not answer", found.away),
            ("whimbrel_deliveries_late_seconds", "How overdue the next call is", found.late / 1000),
        ):
            gauge = GaugeMetricFamily(name, said)
            gauge.add_metric([], value)
            yield gauge


class Behind(Collector):
    """How far the standby is, as far as that is known."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What would be lost now (NaN: not known), files that are not there, the oldest's age."""
        standby = self._app.standby
        if standby is None or self._app.db.fence.closed:
            return
        now = time.time() * 1000
        rpo = standby.canary.state.rpo(int(now))
        many, since = self._app.db.write_sync(backlog_of_standby)
        for name, said, value in (
            ("whimbrel_standby_rpo_seconds", "What would be lost now", rpo),
            ("whimbrel_standby_files", "Files that the standby does not have, or has still", many),
            (
                "whimbrel_standby_files_late_seconds",
                "How long the oldest of them waits",
                max(0.0, (now - (since or now)) / 1000),
            ),
        ):
            gauge = GaugeMetricFamily(name, said)
            gauge.add_metric([], math.nan if value is None else value)
            yield gauge


class Watched(Collector):
    """What was refused because it looks like copying."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """Answers refused by the meter that was full; alarms, and whether one rings."""
        readings = self._app.readings
        if readings is None:
            return
        refused = CounterMetricFamily(
            "whimbrel_reading_refused", "Answers refused, by full meter", labels=["meter"]
        )
        for kind, count_ in readings.refused.items():
            refused.add_metric([kind], count_)
        yield refused
        yield CounterMetricFamily("whimbrel_alarms", "Alarms about copying", readings.alarms)
        rings = "Whether an alarm about copying rings"
        yield GaugeMetricFamily("whimbrel_alarm_rings", rings, int(readings.closed()))


@contextmanager
def exposed(app: App, bind: str) -> Iterator[None]:
    """Answer Prometheus at `bind` (HOST:PORT) for as long as the block lasts."""
    host, port = split_bind(bind)
    asked = Backlog(app), Deliveries(app), Watched(app), Behind(app)
    for each in asked:
        registry.register(each)
    server, thread = start_http_server(port, host, registry=registry)
    try:
        yield
    finally:
        for each in asked:
            registry.unregister(each)
        server.shutdown()
        thread.join()
