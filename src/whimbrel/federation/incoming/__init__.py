"""What other servers say, read without trust into values of ours. Nothing here asks or stores."""

from .activity import read_activity
from .actor import read_actor
from .note import KINDS, mentions_of, read_note

__all__ = ["KINDS", "mentions_of", "read_activity", "read_actor", "read_note"]
