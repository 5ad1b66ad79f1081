"""Lets the tests of this folder import `app` and `stories` from the timelines' tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / name) for name in ("timelines", "accounts", "posts")]
