"""The room's doors for apps."""

from typing import Any

from . import links, people, standing, tags, trends

ROUTES: list[Any] = [
    *people.ROUTES,
    *tags.ROUTES,
    *trends.ROUTES,
    *links.ROUTES,
    *standing.ROUTES,
]
