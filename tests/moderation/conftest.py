"""Lets the tests of this folder import `staff`, and what those of other folders import."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [
    str(TESTS / "moderation"),
    str(TESTS / "timelines"),
    str(TESTS / "accounts"),
    str(TESTS / "posts"),
    str(TESTS / "federation"),
    str(TESTS / "crash"),
]
