"""The tests of this room share `conversations`; `front`, the doors of one room alone; and the files
that `media_samples` makes."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [
    str(HERE),
    str(HERE.parent / "accounts"),
    str(HERE.parent / "media"),
]  # importmode=importlib adds none
