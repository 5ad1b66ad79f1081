"""Apps of a user, a moderator and an administrator, on real routes over a real database."""

from typing import Any

import people
from app import Client
from whimbrel.accounts import sessions, tokens
from whimbrel.accounts.rules import Viewer

ADMIN = "read write follow admin:read admin:write"


class Desk(Client):
    """Use it as a context. `mod` and `boss` are staff; others are not, whatever they hold."""

    def __init__(self, db: Any, folder: Any, routes: list[Any], *names: str) -> None:
        super().__init__(db, folder, routes)
        self.person("mod", ADMIN, role="senior")
        self.person("boss", ADMIN, role="admin")
        for name in names:
            self.person(name, ADMIN)

    def person(self, name: str, scopes: str = ADMIN, role: Any = "user", **more: Any) -> Viewer:
        """A fresh person with a token."""

        def make(tx: Any) -> tuple[Viewer, str]:
            viewer = people.make(tx, name, role=role, **more)
            if role != "user":
                sessions.begin(tx, viewer.id, "they just signed in")
            return viewer, tokens.issue(tx, viewer.id, scopes)

        self.people[name], self.tokens[name] = self.db.write_sync(make)
        return self.people[name]

    def token(self, name: str, holder: str, scopes: str) -> None:
        """Another token of `holder`, used by the name `name`."""
        viewer = self.people[holder]
        self.tokens[name] = self.db.write_sync(lambda tx: tokens.issue(tx, viewer.id, scopes))

    def sent(self, method: str, path: str, name: str = "", **body: Any) -> Any:
        """What a successful request answers; a moment later than the one before."""
        self.db.env.clock.step(milliseconds=2)
        answer = self.ask(method, path, name, json=body) if body else self.ask(method, path, name)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def id(self, name: str) -> str:
        """The id of somebody's account."""
        return str(self.people[name].id)
