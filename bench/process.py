"""What Linux knows of a process and all it started: processor time, memory, where it may run."""

import os
import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CLOCK_OF_PROCESS = 2  # what clock_getcpuclockid(3) makes of a pid
QUIET = 0.03  # of a core: what a server does that has nothing to do


def cores() -> tuple[int, int]:
    """(core of what is measured, core of whoever asks): the same one where there is only one."""
    ours = sorted(os.sched_getaffinity(0))
    return ours[0], ours[-1]


def pinned(*allowed: int) -> Callable[[], None]:
    """A `preexec_fn` that keeps a child on these cores."""
    return lambda: os.sched_setaffinity(0, allowed)


def raise_file_limit() -> int:
    """Allow as many open files as the system lets us; the number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def tree(roots: Iterable[int]) -> set[int]:
    """`roots` and everything they started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _fields(int(stat.parent.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of the trees so far, that of children which have ended included."""
    return sum(_own_seconds(pid) for pid in tree(roots))


def memory_mb(roots: Iterable[int]) -> float:
    """Proportional set size of the trees: what processes share counts once."""
    return sum(_rollup(pid, "Pss:") for pid in tree(roots)) / 1024


def resident_mb(roots: Iterable[int]) -> float:
    """Resident set size of the trees: what `ps` shows, added up."""
    return sum(_rollup(pid, "Rss:") for pid in tree(roots)) / 1024


def parent(pid: int) -> int:
    """Who started a process."""
    return int(_fields(pid)[1])


def settle(roots: Iterable[int], limit: float = 60.0) -> None:
    """Wait until the trees have nothing to do any more, at most `limit` seconds."""
    roots = list(roots)
    end, last = time.monotonic() + limit, cpu_seconds(roots)
    while time.monotonic() < end:
        time.sleep(0.4)
        now = cpu_seconds(roots)
        if now - last <= QUIET * 0.4:
            return
        last = now


def _own_seconds(pid: int) -> float:
    """To the nanosecond what is its own (the clock of the process), to the tick its children's."""
    fields = _fields(pid)
    if not fields:
        return 0.0
    try:
        own = time.clock_gettime(~pid << 3 | CLOCK_OF_PROCESS)
    except OSError:  # it has ended since we looked
        return 0.0
    return own + sum(map(int, fields[13:15])) / TICK


def _fields(pid: int) -> list[str]:
    """/proc/PID/stat from the state on; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _rollup(pid: int, key: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended since we looked
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(key))
