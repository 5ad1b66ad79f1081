"""The tests of this room share `conversations`, and `front`, the doors of one room alone."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "accounts")]  # importmode=importlib adds none
