"""These tests share what is in their folder, `ledger` of the crashes, `met` of the federation."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [
    str(HERE),
    str(HERE.parent / "crash"),
    str(HERE.parent / "federation"),
]  # importmode=importlib adds none
