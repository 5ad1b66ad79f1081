"""When a token or a session was last in use: written down once a day, and nobody waits for it."""

import asyncio

from whimbrel.core import logs
from whimbrel.core.app import App

from . import addresses
from .rules import Viewer

log = logs.get(__name__)
_noting: dict[int, asyncio.Task[None]] = {}  # by token, so that one write is under way for each


def note(app: App, viewer: Viewer, address: str) -> None:
    """Write down that this token or session is in use, from this IP address."""
    key = viewer.token or viewer.session or 0
    if key not in _noting:
        task = asyncio.get_running_loop().create_task(_write(app, viewer, address))
        _noting[key] = task
        task.add_done_callback(lambda _: _noting.pop(key, None))


async def _write(app: App, viewer: Viewer, address: str) -> None:
    try:
        await app.db.write(addresses.used, viewer, address)
    except Exception as error:  # the request is long answered; nobody else would hear of it
        log.warning("last use not written", error=type(error).__name__)
