"""Tasks that people come for, done by hand."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # `import hand`: importmode=importlib adds none
