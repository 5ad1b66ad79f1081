"""The room's pages: home, everybody's posts, people's, tags, what one keeps, notifications, private
posts, search, and the way to all of it."""

from typing import Any

from . import (
    announced,
    carry,
    collected,
    conversations,
    domains,
    everybody,
    filters,
    home,
    listed,
    lists,
    live,
    more,
    names,
    notifications,
    people,
    profile,
    push,
    search,
    severed,
    together,
)

ROUTES: list[Any] = [
    *home.ROUTES,
    *announced.ROUTES,
    *live.ROUTES,
    *notifications.ROUTES,
    *conversations.ROUTES,
    *lists.ROUTES,
    *listed.ROUTES,
    *filters.ROUTES,
    *domains.ROUTES,
    *carry.ROUTES,
    *severed.ROUTES,
    *collected.ROUTES,
    *more.ROUTES,
    *push.ROUTES,
    *search.ROUTES,
    *names.ROUTES,
    *everybody.ROUTES,
    *together.ROUTES,
    *people.ROUTES,
    *profile.ROUTES,
]
HOT: dict[str, Any] = {**home.HOT}  # raw ASGI handlers of GET, by path, for `app/hot.py`
