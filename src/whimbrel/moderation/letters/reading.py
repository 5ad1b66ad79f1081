"""A letter read: by whom, what of ours it names or quotes, and by when it wants an answer."""

from datetime import datetime, timezone

import msgspec

from whimbrel.core.ids import millis
from whimbrel.core.settings import Instance

from . import addresses, deadlines, quotes
from .addresses import Address
from .deadlines import Moment
from .opening import Opened, opened


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter says. Nothing of it was asked of the database."""

    opened: Opened
    addresses: list[Address]
    quotes: list[str]
    deadlines: list[Moment]  # the earliest first: that one is proposed


def read(data: bytes, instance: Instance, received: datetime) -> Letter:
    """Read a letter in whatever form it came.

    Args:
        received: when, UTC. A deadline runs from here, however long the letter was on its way.
    Raises:
        Invalid: too large, or empty.
    """
    letter = opened(data)
    offset = letter.sent.utcoffset() if letter.sent else None
    theirs = received if offset is None else received.astimezone(timezone(offset))
    return Letter(
        opened=letter,
        addresses=addresses.find(letter.text, instance, millis(received)),
        quotes=quotes.find(letter.text),
        deadlines=deadlines.find(letter.text, theirs),
    )
