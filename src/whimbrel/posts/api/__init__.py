"""The room's doors for apps."""

from typing import Any

from . import acts, around, media, statuses

ROUTES: list[Any] = [*statuses.ROUTES, *acts.ROUTES, *around.ROUTES, *media.ROUTES]
