"""The room's doors for apps. `HOT_AROUND` makes raw ASGI handlers of GET, for `app/hot.py`, from
the part of a path between a beginning and an end."""

from typing import Any

from . import acts, around, media, statuses

ROUTES: list[Any] = [*statuses.ROUTES, *acts.ROUTES, *around.ROUTES, *media.ROUTES]
HOT_AROUND = statuses.HOT_AROUND
