"""How somebody likes to read: kept with their account, so that every browser of theirs knows."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import profile, users
from .rules import Preferences, Viewer

_decode = msgspec.json.Decoder(Preferences).decode
_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=256)
def read(stored: str) -> Preferences:
    """What a row of `users` says."""
    return _decode(stored)


def of(tx: Tx, viewer: Viewer) -> Preferences:
    """The viewer's own."""
    return read(profile.preferences(tx, viewer.id))


def choose(tx: Tx, viewer: Viewer, **changes: str | bool | Mapping[str, str]) -> Preferences:
    """Change some, and leave the others as they are.

    Args:
        changes: fields of `Preferences`, as texts, flags, or what is chosen by name.
    Raises:
        Invalid: a value that is none of the choices.
    """
    tx.lock("profile", viewer.id)
    now = {**msgspec.to_builtins(of(tx, viewer)), **changes}
    try:
        new = msgspec.convert(now, Preferences)
    except msgspec.ValidationError:
        raise Invalid(say("Choose one of what is offered.")) from None
    users.change(tx, viewer.id, preferences=_encode(new).decode())
    return new
