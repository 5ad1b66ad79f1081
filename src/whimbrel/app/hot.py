"""The hot routes: read so often that a framework around them would cost more than the work.

Each is also a route of Litestar, which lists it; both call the same function of the room, and share
authorization, budgets and queries with every other route."""

import re
from functools import lru_cache
from typing import Any

from whimbrel.federation import api as federation
from whimbrel.posts import api as posts
from whimbrel.posts import web as posts_web
from whimbrel.timelines import api as timelines
from whimbrel.timelines import web

POSTS: dict[str, Any] = {**posts.HOT_POST, **federation.HOT_POST}
_PAGES: dict[str, Any] = web.HOT
_POST = re.compile(r"/@[^/]{1,64}/\d{1,19}", re.ASCII)
_EXACT: dict[str, Any] = timelines.HOT
_AROUND: tuple[tuple[str, str, Any], ...] = tuple(
    (begin, end, make) for (begin, end), make in timelines.HOT_AROUND.items()
)


LONGEST = 100  # bytes of a path with an id in it


def page(path: str) -> Any:
    """The raw handler of the page at GET `path`, or None. What people are refused, Litestar shows
    on a page."""
    if path.startswith("/@"):
        return posts_web.HOT_POST if _POST.fullmatch(path) else None
    return _PAGES.get(path)


def find(path: str) -> Any:
    """The raw handler that answers GET `path`, or None: it has none, or is too long for one."""
    handler = _EXACT.get(path)
    return handler if handler is not None or len(path) > LONGEST else _around(path)


@lru_cache(maxsize=4096)
def _around(path: str) -> Any:
    for begin, end, make in _AROUND:
        if path.startswith(begin) and path.endswith(end):
            part = path[len(begin) : len(path) - len(end)]
            if part and "/" not in part:
                return make(part)
    return None
