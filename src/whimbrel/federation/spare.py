"""Asking for what nobody waits for: the rest of a conversation. Of each server so much in an hour,
whoever names it, and little of one that does not answer; nothing of one that rests."""

from whimbrel.core.app import App

from .queries import threads
from .rules import origin_of
from .state import state_of


async def may_ask(app: App, url: str) -> bool:
    """Whether there is anything left for the server of an address. Raises ValueError: none."""
    origin = origin_of(url)
    if await app.db.read(threads.rests, origin):
        return False
    return state_of(app).spare.take(origin, _now(app))


def failed(app: App, url: str) -> None:
    """It did not answer: soon it is left alone."""
    state_of(app).spare.failed(origin_of(url), _now(app))


def _now(app: App) -> int:
    return int(app.db.env.clock().timestamp() * 1000)
