"""Lets the tests of this folder import `staff`, and those of timelines and posts."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [
    str(TESTS / "moderation"),
    str(TESTS / "timelines"),
    str(TESTS / "accounts"),
    str(TESTS / "posts"),
]
