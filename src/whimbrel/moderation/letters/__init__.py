"""Letters of hosts and authorities: opened, read, and what they name found."""

from .finding import Item, find
from .reading import Letter, read
from .telling import told

__all__ = ["Item", "Letter", "find", "read", "told"]
