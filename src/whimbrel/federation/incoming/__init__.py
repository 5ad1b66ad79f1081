"""What other servers say, read without trust into values of ours. Nothing here asks or stores."""

from .actor import read_actor

__all__ = ["read_actor"]
