"""Cross-origin requests: web apps served elsewhere may call the API and read every answer.

Any origin, never with cookies: these paths know tokens only. Pages are left alone."""

from typing import Any

from .answers import lines_of
from .asgi import App, Receive, Scope, Send

OPEN_BELOW = ("/api/", "/.well-known/", "/nodeinfo", "/media/")
OPEN = frozenset(("/oauth/token", "/oauth/revoke", "/oauth/userinfo"))

_ANSWER = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, "
        b"Mastodon-Async-Refresh",
    ),
)
CORS_LINES = lines_of(_ANSWER)  # for hot routes, all of which are open
_PREFLIGHT = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
)


class Cors:
    """Wraps an app: answers preflights, adds the headers to all answers, errors included."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = scope["path"]
        if not (path.startswith(OPEN_BELOW) or path in OPEN):
            return await self._app(scope, receive, send)
        if scope["method"] == "OPTIONS":
            headers = list(_PREFLIGHT)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            return await send({"type": "http.response.body", "body": b""})

        async def send_open(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_ANSWER]}
            await send(message)

        return await self._app(scope, receive, send_open)
