"""The room's pages: home, people's posts, tags, what one keeps, notifications, private posts,
search, and the way to all of it."""

from typing import Any

from . import (
    carry,
    conversations,
    domains,
    filters,
    home,
    lists,
    more,
    notifications,
    people,
    profile,
    search,
    together,
)

ROUTES: list[Any] = [
    *home.ROUTES,
    *notifications.ROUTES,
    *conversations.ROUTES,
    *lists.ROUTES,
    *filters.ROUTES,
    *domains.ROUTES,
    *carry.ROUTES,
    *more.ROUTES,
    *search.ROUTES,
    *together.ROUTES,
    *people.ROUTES,
    *profile.ROUTES,
]
