"""`script/bench` as somebody runs it who wants to know whether a change made it slower."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = ("home", "public", "account", "notifications", "page", "post", "crowd post", "(reference)")
FIGURES = (
    "home timeline",
    "public timeline",
    "statuses of an account",
    "notifications",
    "post page as HTML",
    "a post to 49 followers",
    "p99 of reads",
    "first home after a start",
    "first home after an absence",
    "resident memory",
    "a post arrives, 50",
    "a post arrives that",
    "a post to 1,000 servers",
    "10,000 followers on 500",
    "p99 of homes meanwhile",
    "deliveries end to end",
    "author of 10,000",
    "9,500 idle WebSockets",
    "9,500 idle event streams",
)
WHOLE = bool(os.environ.get("WHIMBREL_LONG"))
SOME = ("home", "post", "inbox")  # by day: one row of each kind; the whole takes minutes


def test_every_row_is_measured_and_printed():
    """A scenario that broke unseen would be missed when somebody needs to know where time goes."""
    said = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", *([] if WHOLE else ["--only", ",".join(SOME)])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={key: value for key, value in os.environ.items() if not key.startswith("WHIMBREL_")},
    )
    assert said.returncode == 0, said.stderr
    loads, _, figures = said.stdout.partition("to reach")
    rows = ROWS if WHOLE else ("home", "post", "(reference)")
    wanted = FIGURES if WHOLE else ("home timeline", "a post to 49", "a post arrives, 50")
    assert [row for row in rows if f"\n{row} " not in loads] == []
    assert [row for row in wanted if f"\n{row}" not in figures] == []


def test_a_scenario_that_does_not_exist_is_told():
    """A typo must not look like a measurement of nothing."""
    said = subprocess.run(
        [sys.executable, "-m", "bench", "--only", "hom"], cwd=ROOT, capture_output=True, text=True
    )
    assert said.returncode == 2
    assert "home" in said.stderr
