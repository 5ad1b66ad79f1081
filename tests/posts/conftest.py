"""The tests of this room share `conversations`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib adds none
