"""Where somebody comes upon a post, at a real server."""

import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import httpx

from server import PATIENCE, Server, fetched

EVERYWHERE = 5


def places(server: Server, token: str, post: Any) -> int:
    """In how many places: its page, the API, the lists of who has this token, its picture."""
    id_, name = post["id"], post["account"]["username"]
    found = 0
    for ask in (
        lambda: server.call(token, "GET", f"/api/v1/statuses/{id_}"),
        lambda: fetched(f"{server.url}/@{name}/{id_}"),
        lambda: fetched(post["media_attachments"][0]["url"]),
    ):
        try:
            ask()
            found += 1
        except HTTPError as error:
            assert error.code in (404, 410), error.code
    for path in ("home", "public"):
        rows = server.call(token, "GET", f"/api/v1/timelines/{path}")
        found += any(row["id"] == id_ for row in rows)
    return found


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """It may take a moment."""
    late = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except (OSError, httpx.TransportError):
            pass
        assert time.monotonic() < late
        time.sleep(0.05)
