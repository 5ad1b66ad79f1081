"""A bare ASGI server for one request: what a handler is given, and what it sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


def scope(
    path: str = "/api/v1/x",
    method: str = "GET",
    query: bytes = b"",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    client: tuple[str, int] | None = ("203.0.113.9", 4711),
) -> dict[str, Any]:
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        "client": client,
    }


def receiver(*pieces: bytes, cut_off: bool = False) -> Callable[[], Awaitable[dict[str, Any]]]:
    """A body in pieces; `cut_off`: the client goes away after them. Nothing comes after the end."""
    waiting = [
        {"type": "http.request", "body": piece, "more_body": cut_off or at < len(pieces) - 1}
        for at, piece in enumerate(pieces or (b"",))
    ]
    if cut_off:
        waiting.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return receive


class Answer:
    """What was sent: `status`, `headers` (lower-case names), `body`, and the raw `messages`."""

    def __init__(self, messages: list[Any]) -> None:
        self.messages = messages
        self.status: int = messages[0]["status"]
        self.pairs = [(k.decode(), v.decode()) for k, v in messages[0]["headers"]]
        self.headers = dict(self.pairs)
        self.body = b"".join(message.get("body", b"") for message in messages[1:])


def call(app: Any, request: dict[str, Any], *pieces: bytes) -> Answer:
    """Run one request to its end."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(app(request, receiver(*pieces), send))
    return Answer(messages)
