"""The doors for other servers."""

from typing import Any

from . import actors, discovery, inbox, moving, posts

ROUTES: list[Any] = [
    *discovery.ROUTES,
    *actors.ROUTES,
    *posts.ROUTES,
    *inbox.ROUTES,
    *moving.ROUTES,
]
HOT_POST: dict[str, Any] = inbox.HOT_POST
