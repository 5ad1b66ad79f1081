"""`script/bench`: measure, print, and say what was reached and what was not."""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from . import crowd, fifty, peers, process, wrk
from .results import Results, shown
from .store import Refused, stored

ENVIRONMENT = {
    "WHIMBREL_TRUSTED_PROXIES": "127.0.0.1",  # pages are asked for by strangers of many networks
    "WHIMBREL_LOG_LEVEL": "warning",
}


def main() -> int:
    """Returns the exit status: 0 = measured, whatever came out; 1 = could not measure."""
    asked = arguments()
    if not wrk.available():
        print("Measuring needs wrk; on Debian or Ubuntu: apt-get install wrk", file=sys.stderr)
        return 1
    begun, results = time.monotonic(), Results()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {text}", file=sys.stderr, flush=True)

    limit = process.raise_file_limit()
    size = crowd.Size(asked.quick)
    if limit < size.streams + 500:
        say(f"only {limit} files may be open: fewer streams than meant")
        size.streams = limit - 500
    try:
        measure(asked, size, results, say)
    except Refused as why:
        print(f"bench: {why}", file=sys.stderr)
        return 1
    results.conclude()
    print(machine(asked.database, asked.quick))
    print()
    print(shown(results))
    return 0


def measure(
    asked: argparse.Namespace, size: crowd.Size, results: Results, say: Callable[[str], None]
) -> None:
    """Both servers, one after the other, each with a store of its own."""
    with tempfile.TemporaryDirectory(prefix="whimbrel-bench-") as name:
        folder = Path(name)
        small = [one for one in fifty.SCENARIOS if one in asked.only]
        if small:
            # One server for all the quick ones: it must not think that they are too many.
            more = {"WHIMBREL_RATE_LIMITS": "off"} if asked.quick else {}
            with stored(folder, "fifty", asked.database, ENVIRONMENT | more) as store:
                fifty.measure(folder, store, small, fifty.Size(asked.quick), results, say)
        far = [one for one in peers.SCENARIOS if one in asked.only]
        if far:
            more = ENVIRONMENT | peers.SETTINGS
            with stored(folder, "peers", asked.database, more) as store:
                peers.measure(folder, store, far, peers.Size(asked.quick), results, say)
        large = [one for one in crowd.SCENARIOS if one in asked.only]
        if large:
            with stored(folder, "crowd", asked.database, ENVIRONMENT) as store:
                crowd.measure(store, large, size, results, say)


def machine(database: str, quick: bool) -> str:
    """Where this was measured, for whoever compares it with something else."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, "
        f"{'PostgreSQL' if database else 'SQLite'}, {time.strftime('%Y-%m-%d')}"
        f"{', quick: the numbers mean little' if quick else ''}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("script/bench", description="What Whimbrel costs.")
    scenarios = [*fifty.SCENARIOS, *peers.SCENARIOS, *crowd.SCENARIOS]
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=scenarios,
        metavar="NAME,...",
        help=f"some of: {', '.join(scenarios)}",
    )
    parser.add_argument("--quick", action="store_true", help="does it run? The numbers mean little")
    parser.add_argument(
        "--database", default="", metavar="URL", help="a PostgreSQL here, to make databases in"
    )
    asked = parser.parse_args()
    unknown = sorted(set(asked.only) - set(scenarios))
    if unknown:
        parser.error(f"there is no scenario {unknown[0]}; there are {', '.join(scenarios)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
