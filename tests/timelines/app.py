"""Timelines over HTTP, as an app meets them: real routes, a real database, several people."""

import asyncio
from typing import Any

import front

import people
from whimbrel.accounts import tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db


class Client:
    """Everybody's app, on one loop. Use it as a context."""

    def __init__(self, db: Db, folder: Any, routes: list[Any], *names: str) -> None:
        self.db = db
        self.front = front.Front(front.app_of(db, folder, rate_limits=False), routes)
        self.people: dict[str, Viewer] = {}
        self.tokens: dict[str, str] = {}
        for name in names:
            self.person(name)

    def __enter__(self) -> "Client":
        self._runner = asyncio.Runner().__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._runner.run(self.front.client.aclose())
        self._runner.__exit__(*problem)

    def person(self, name: str, scopes: str = "read write follow") -> Viewer:
        """A fresh person with a token."""

        def make(tx: Any) -> tuple[Viewer, str]:
            viewer = people.make(tx, name)
            return viewer, tokens.issue(tx, viewer.id, scopes)

        self.people[name], self.tokens[name] = self.db.write_sync(make)
        return self.people[name]

    def do(self, fn: Any, *args: Any, **more: Any) -> Any:
        """`fn(tx, ...)`, committed."""
        return self.db.write_sync(lambda tx: fn(tx, *args, **more))

    def ask(self, method: str, path: str, name: str = "", **more: Any) -> Any:
        """The answer to a request of `name` (a stranger when empty)."""
        if name:
            more["headers"] = {"authorization": f"Bearer {self.tokens[name]}"}
        return self._runner.run(self.front.client.request(method, path, **more))

    def get(self, path: str, name: str = "", **more: Any) -> Any:
        """What a successful GET answers."""
        answer = self.ask("GET", path, name, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def hot(self, handler: Any, path: str, name: str = "", query: str = "") -> dict[str, Any]:
        """The messages of a raw handler's answer: start and body."""
        headers = [(b"authorization", f"Bearer {self.tokens[name]}".encode())] if name else []
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "client": ("203.0.113.7", 1),
            "whimbrel": self.front.app,
        }
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        self._runner.run(handler(scope, receive, send))
        start, body = sent
        return {**start, **body}
