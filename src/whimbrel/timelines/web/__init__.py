"""The room's pages: home, people's posts, tags, what one keeps, notifications, private posts,
search, and the way to all of it."""

from typing import Any

from . import conversations, home, lists, more, notifications, profile, search, together

ROUTES: list[Any] = [
    *home.ROUTES,
    *notifications.ROUTES,
    *conversations.ROUTES,
    *lists.ROUTES,
    *more.ROUTES,
    *search.ROUTES,
    *together.ROUTES,
    *profile.ROUTES,
]
