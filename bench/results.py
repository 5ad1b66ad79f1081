"""What was measured, what was to be reached, and how both are shown."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from .wrk import Load

Unit = Literal["x reference", "x otherwise", "CPU-ms", "ms", "deliveries/s", "MB", "s"]


class Target(NamedTuple):
    """What a row has to reach. `most`: as much is enough; otherwise as little."""

    text: str
    bar: float
    unit: Unit
    at_least: bool = False


TARGETS = {
    "home": Target("home timeline", 5, "x reference"),
    "public": Target("public timeline", 5, "x reference"),
    "account": Target("statuses of an account", 5, "x reference"),
    "notifications": Target("notifications", 6, "x reference"),
    "grouped": Target("notifications in groups", 10, "x reference"),
    "search": Target("search among posts", 10, "x reference"),
    "thread": Target("conversation of 500 posts", 40, "x reference"),
    "filtered": Target("home timeline, 20 keywords filtered", 10, "x reference"),
    "page": Target("post page as HTML", 8, "x reference"),
    "front": Target("home as HTML, signed in", 12, "x reference"),
    "post": Target("a post to 49 followers, all told", 1, "CPU-ms"),
    "slowest": Target("p99 of reads, 16 connections", 25, "ms"),
    "start": Target("first home after a start", 20, "ms"),
    "return": Target("first home after an absence", 20, "ms"),
    "memory": Target("resident memory after the run", 200, "MB"),
    "deliveries": Target("deliveries end to end, two cores", 76_000, "deliveries/s", True),
    "fanout": Target("author of 10,000, readable by all, p99", 1, "s"),
    "inbox": Target("a post arrives, 50 followers here", 4, "CPU-ms"),
    "stranger": Target("a post arrives that concerns nobody", 1, "CPU-ms"),
    "inboxes": Target("a post to 1,000 servers, each", 1, "CPU-ms"),
    "peers": Target("10,000 followers on 500 slow servers", 10, "s"),
    "while read": Target("p99 of homes meanwhile", 1.5, "x otherwise"),
    "websockets": Target("9,500 idle WebSockets", 350, "MB"),
    "events": Target("9,500 idle event streams", 350, "MB"),
}

# 16 of its answers, nearly a megabyte each, are more than a reader on the loopback has room for at
# once: how long the slowest takes is for the most part how long TCP waits before it asks again.
HUGE = "thread"


@dataclass
class Results:
    """One run: loads by scenario, the reference's beside each, and single figures by target."""

    loads: dict[str, list[Load]] = field(default_factory=dict)
    beside: dict[str, list[Load]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, load: Load, beside: Load | None = None) -> None:
        """Take down one run of a scenario and the reference's just before it."""
        self.loads.setdefault(name, []).append(load)
        if beside is not None:
            self.beside.setdefault(name, []).append(beside)

    def ratio(self, name: str) -> float | None:
        """How many times the reference's cost a scenario's is, both from the same minutes."""
        if name not in self.beside:
            return None
        return cost(self.loads[name]) / cost(self.beside[name])

    def conclude(self) -> None:
        """Work out the figures that follow from the loads."""
        for name in self.loads:
            ratio = self.ratio(name)
            if name == "post":
                self.figures[name] = cost(self.loads[name])
            elif ratio is not None:
                self.figures[name] = ratio
        slow = {name: middle([one.p99 for one in self.loads[name]]) for name in self.beside}
        apart = slow.pop(HUGE, None)
        if slow:
            self.figures["slowest"] = max(slow.values())
            if apart is not None:
                self.notes["slowest"] = f"the whole conversation apart: {apart:.0f} ms"


def cost(loads: list[Load]) -> float:
    """CPU-ms of one request over several runs."""
    return sum(one.cpu_ms * one.requests for one in loads) / sum(one.requests for one in loads)


def middle(values: list[float]) -> float:
    """The median; of an even number the upper one."""
    return sorted(values)[len(values) // 2]


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 .. 1) of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


LOADS = "{:<14} {:>8} {:>8} {:>6} {:>8} {:>8} {:>8} {:>6} {:>6} {:>5}"
FIGURES = "{:<46} {:>14} {:>14}  {:<7} {}"


def shown(results: Results) -> str:
    """Both tables."""
    heads = ("scenario", "requests", "cpu-ms", "x ref", "req/s", "p50 ms", "p99 ms", "KB", "MB")
    lines = [LOADS.format(*heads, "core")] if results.loads else []
    for name, loads in results.loads.items():
        lines.append(_line(name, loads, results.ratio(name)))
    everything = [load for loads in results.beside.values() for load in loads]
    if everything:
        lines.append(_line("(reference)", everything, 1.0))
    lines += [""] * bool(lines) + [FIGURES.format("what", "to reach", "measured", "", "")]
    for name, target in TARGETS.items():
        if name in results.figures:
            lines.append(_verdict(target, results.figures[name], results.notes.get(name, "")))
    return "\n".join(line.rstrip() for line in lines)


def _line(name: str, loads: list[Load], ratio: float | None) -> str:
    return LOADS.format(
        name,
        sum(one.requests for one in loads),
        f"{cost(loads):.3f}",
        "-" if ratio is None else f"{ratio:.1f}",
        f"{middle([one.rate for one in loads]):.0f}",
        f"{middle([one.p50 for one in loads]):.2f}",
        f"{middle([one.p99 for one in loads]):.2f}",
        f"{middle([one.kb for one in loads]):.1f}",
        f"{loads[-1].mb:.0f}",
        f"{middle([one.busy for one in loads]):.2f}",
    )


def _verdict(target: Target, value: float, note: str) -> str:
    there = value >= target.bar if target.at_least else value <= target.bar
    sign = ">=" if target.at_least else "<="
    bar, said = f"{sign} {target.bar:,.4g}", f"{value:,.4g}"
    if target.unit == "deliveries/s":
        bar, said = f"{sign} {target.bar:,.0f}", f"{value:,.0f}"
    verdict = "reached" if there else "MISSED"
    return FIGURES.format(f"{target.text} ({target.unit})", bar, said, verdict, note)
