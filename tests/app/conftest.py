"""The whole server, for tests that try every door of it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # `import house`: importmode=importlib adds none
sys.path.insert(1, str(HERE.with_name("posts")))  # `import conversations`
sys.path.insert(2, str(HERE.with_name("timelines")))  # `import stories`
