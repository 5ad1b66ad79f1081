"""Lines between real programs, and everything that happens to lines."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # `import line`: importmode=importlib adds none
