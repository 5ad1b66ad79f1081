"""The room's doors for apps. Statuses are read through `timelines/api`."""

from typing import Any

from . import acts, around, edits, media, quotes, scheduled, statuses

ROUTES: list[Any] = [
    *(*statuses.ROUTES, *acts.ROUTES, *around.ROUTES, *media.ROUTES),
    *(*edits.ROUTES, *quotes.ROUTES, *scheduled.ROUTES),
]
