"""The doors for other servers."""

from typing import Any

from . import actors, discovery, posts

ROUTES: list[Any] = [*discovery.ROUTES, *actors.ROUTES, *posts.ROUTES]
