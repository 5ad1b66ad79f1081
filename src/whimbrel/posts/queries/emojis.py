"""The server's own little pictures, as posts look them up."""

from whimbrel.accounts.queries.emojis import named as named_emojis
from whimbrel.accounts.rules import Emoji

__all__ = ["Emoji", "named_emojis"]
