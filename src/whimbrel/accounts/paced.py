"""Following, not faster than people do: who follows everybody reads everybody."""

from collections.abc import Callable
from typing import TypeVar

from whimbrel.core.app import App
from whimbrel.core.errors import TooMany, WhimbrelError
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .rules import Viewer

T = TypeVar("T")


async def following(app: App, viewer: Viewer, act: Callable[[Tx], T]) -> T:
    """Let somebody follow, by `act`.

    Raises:
        TooMany: they followed as many as one may in a day.
        WhimbrelError: whatever `act` raises; it is not counted.
    """
    try:
        app.budgets.spend("follow", viewer.id)
    except TooMany as refused:
        said = say("You have followed as many people as anybody may in a day. Go on tomorrow.")
        raise TooMany(said, refused.retry_after) from None
    try:
        return await app.db.write(act)
    except WhimbrelError:
        app.budgets.refund("follow", viewer.id)
        raise
