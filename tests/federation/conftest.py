"""What other servers send, and where from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # `import signing`: importmode=importlib adds none
