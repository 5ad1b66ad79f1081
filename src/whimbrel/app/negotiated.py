"""The addresses that people share are good for other servers, too: who asks for ActivityStreams at
the page of a person or a post is given that in place of the page."""

import re
from typing import Any

from whimbrel.core.http import App, Receive, Send, header, prefers_html
from whimbrel.federation.reading import is_activity

_SHARED = re.compile(r"/@([\w.-]{1,64})(?:/(\d{1,19}))?", re.ASCII)


class Negotiated:
    """Wraps an app: `/@name` and `/@name/ID` lead where `Accept` says."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        shared = None
        if scope["type"] == "http" and scope["path"].startswith("/@"):
            shared = _SHARED.fullmatch(scope["path"])
        if shared is None or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif wants_activity(scope):
            name, post = shared.groups()
            path = f"/ap/names/{name}" + (f"/{post}" if post else "")
            await self._app(
                {**scope, "path": path}, receive, send
            )  # what was signed is in raw_path
        else:

            async def varied(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message["headers"], (b"vary", b"Accept")]}
                await send(message)

            await self._app(scope, receive, varied)


def wants_activity(scope: Any) -> bool:
    """Whether ActivityStreams is asked for, rather than a page."""
    accept = header(scope, b"accept") or b""
    return b"json" in accept and _named(accept.decode("latin-1")) and not prefers_html(scope)


def _named(accept: str) -> bool:
    return any(is_activity(part.strip()) for part in accept.split(",")[:32])
