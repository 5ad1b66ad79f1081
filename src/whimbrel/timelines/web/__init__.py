"""The room's pages: home, people's posts, tags, bookmarks, notifications, search."""

from typing import Any

from . import home, notifications, profile, search, together

ROUTES: list[Any] = [
    *home.ROUTES,
    *notifications.ROUTES,
    *search.ROUTES,
    *together.ROUTES,
    *profile.ROUTES,
]
