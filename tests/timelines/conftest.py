"""Lets the tests of this folder import `stories` and, from the accounts' tests, `front`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "accounts")]
