"""The room's doors for apps. `HOT` are raw ASGI handlers of GET, by path, for `app/hot.py`;
`HOT_AROUND` makes one from the part of a path between a beginning and an end."""

from typing import Any

from . import (
    conversations,
    filters,
    groups,
    lists,
    markers,
    notifications,
    push,
    search,
    statuses,
    timelines,
)

ROUTES: list[Any] = [
    *timelines.ROUTES,
    *statuses.ROUTES,
    *lists.ROUTES,
    *notifications.ROUTES,
    *groups.ROUTES,
    *conversations.ROUTES,
    *filters.ROUTES,
    *markers.ROUTES,
    *push.ROUTES,
    *search.ROUTES,
]
HOT: dict[str, Any] = {**timelines.HOT, **notifications.HOT, **groups.HOT, **search.HOT}
HOT_AROUND = {**timelines.HOT_AROUND, **statuses.HOT_AROUND}
