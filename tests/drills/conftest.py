"""What is replayed against a whole server."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # `import scrape`: importmode=importlib adds none
sys.path.insert(1, str(HERE.with_name("app")))  # `import house`
sys.path.insert(2, str(HERE.with_name("timelines")))  # `import stories`
