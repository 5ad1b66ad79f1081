"""The room's doors for apps. Statuses are read through `timelines/api`. `HOT_POST` are raw ASGI
handlers of POST, by path, for `app/hot.py`."""

from typing import Any

from . import acts, around, edits, media, quotes, scheduled, statuses

ROUTES: list[Any] = [
    *(*statuses.ROUTES, *acts.ROUTES, *around.ROUTES, *media.ROUTES),
    *(*edits.ROUTES, *quotes.ROUTES, *scheduled.ROUTES),
]
HOT_POST: dict[str, Any] = statuses.HOT_POST
