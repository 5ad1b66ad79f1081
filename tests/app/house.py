"""A whole server in this process, everybody who could stand before a door, and all doors.

Requests are ASGI as uvicorn would make it: a path or a header can be as wrong as it likes."""

import re
import warnings
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

import msgspec
from litestar.exceptions import LitestarDeprecationWarning
from sqlalchemy import select

import people
import shape
from raw_asgi import Answer
from whimbrel.accounts import auth, clients, passwords, sessions, tokens
from whimbrel.accounts.auth import Access
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app import hot, rooms
from whimbrel.app.asgi import Doors
from whimbrel.app.opening import opened
from whimbrel.core.app import App
from whimbrel.core.settings import Settings
from whimbrel.core.tables import metadata
from whimbrel.core.tx import Tx

ORIGIN = "https://social.example"
COOKIE = "__Host-whimbrel"
SCOPES = "read write follow push profile"
PASSWORD = "seven notes at dawn"
REDIRECT = "https://app.example/back"
_PART = re.compile(r"\{(\w+):str\}")
BODILESS = ("GET", "HEAD", "DELETE")


# ------------------------------------------------------------------------------- all doors


class Route(NamedTuple):
    """A route, and what it declares."""

    method: str
    path: str
    access: Access
    hot: bool  # whether a raw handler stands before it
    handler: Any

    def to(self, part: str) -> str:
        """Its path with `part` for what varies in it."""
        return _PART.sub(lambda _: part, self.path)


def routes() -> list[Route]:
    """Every route that Litestar has, in one order."""
    found = []
    for handler in rooms.ROUTES:
        for path in handler.paths:
            for method in sorted(getattr(handler, "http_methods", ["GET"])):
                raw = method == "GET" and hot.find(_PART.sub("1", path)) is not None
                found.append(Route(method, path, handler.opt["access"], raw, handler))
    return sorted(found, key=lambda route: (route.path, route.method))


# ------------------------------------------------------------------------------- everybody


class Caller(NamedTuple):
    """Somebody before a door: what they carry."""

    name: str
    viewer: Viewer
    token: str
    cookie: str

    @property
    def by_app(self) -> dict[str, str]:
        """The headers of an app of theirs."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def by_browser(self) -> dict[str, str]:
        """The headers of a browser of theirs."""
        return {"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}


class House:
    """The server."""

    def __init__(self, app: App, doors: Doors) -> None:
        self.app, self.doors = app, doors
        self.client_id = self.client_secret = ""

    # ------------------------------------------------------------------ people

    async def person(self, name: str, scopes: str = SCOPES, **columns: Any) -> Caller:
        """Somebody with an account, a token of an app, and a browser that is signed in.

        Args:
            columns: of `accounts` or `users`.
        """
        return await self.app.db.write(self._person, name, scopes, columns)

    def _person(self, tx: Tx, name: str, scopes: str, columns: dict[str, Any]) -> Caller:
        private = {key: columns.pop(key) for key in tuple(columns) if key in _OF_USERS}
        viewer = people.make(tx, name, **columns)
        if private.get("role", "user") != "user":
            people.second_factor(tx, viewer.id)
        if private:
            users.change(tx, viewer.id, **private)
        app = self._registered(tx)
        token, number = tokens.issue_with_id(tx, viewer.id, scopes, app)
        cookie = sessions.begin(tx, viewer.id, "a test")
        viewer = msgspec.structs.replace(viewer, token=number)
        return Caller(name, viewer, token, cookie)

    def _registered(self, tx: Tx) -> int:
        if not self.client_id:
            made, self.client_secret = clients.register(tx, "A test", [REDIRECT], SCOPES)
            self.client_id, self._app_id = made.client_id, made.id
        return self._app_id

    async def give_password(self, caller: Caller) -> None:
        """From now on `PASSWORD` lets them in."""
        hashed = await passwords.hash(self.app.db.keyring, PASSWORD)
        await self.app.db.write(lambda tx: users.change(tx, caller.viewer.id, password=hashed))

    async def app_alone(self) -> Caller:
        """The app itself, for nobody."""

        def make(tx: Tx) -> str:
            return tokens.issue(tx, None, SCOPES, self._registered(tx))

        return Caller("app", Viewer(), await self.app.db.write(make), "")

    # ------------------------------------------------------------------ asking

    async def ask(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        *,
        client: str = "203.0.113.9",
        framework: bool = False,
    ) -> Answer:
        """One request.

        Args:
            target: path and query as in the request line, percent-encoded.
            framework: past the raw handlers.
        """
        raw, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "https",
            "server": ("social.example", 443),
            "method": method,
            "path": unquote(raw),
            "raw_path": raw.encode("latin-1", "replace"),
            "root_path": "",
            "query_string": query.encode("latin-1", "replace"),
            "headers": _raw({"host": "social.example", **(headers or {})}, body),
            "client": (client, 4711),
            "state": {},
            "extensions": {},
        }
        door: Any = self.doors
        if framework:
            scope["whimbrel"], door = self.app, self.doors._site
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        sent = [{"type": "http.request", "body": body}]

        async def receive() -> Any:
            return sent.pop() if sent else {"type": "http.disconnect"}

        await door(scope, receive, send)
        return Answer(messages)

    async def form(
        self, caller: Caller | None, path: str, headers: dict[str, str] | None = None, **values: str
    ) -> Answer:
        """A form of ours, sent by a browser, with its token."""
        browser = {**HTML, **(caller.by_browser if caller else {}), **FORM, **(headers or {})}
        body = urlencode({"_csrf": self.csrf(browser), **values})
        return await self.ask("POST", path, browser, body.encode())

    def csrf(self, headers: dict[str, str]) -> str:
        """What a form for a browser with these headers carries."""
        return auth.csrf_token({"whimbrel": self.app, "headers": _raw(headers, b"")})

    # ------------------------------------------------------------------ looking

    async def contents(self) -> dict[str, set[str]]:
        """All rows that say what people have, but for the machine's book-keeping."""

        def look(tx: Tx) -> dict[str, set[str]]:
            return {
                table.name: {repr(row) for row in tx.rows(select(*_lasting(table)))}
                for table in metadata.sorted_tables
                if table.name not in _BOOKS
            }

        return await self.app.db.read(look)


_OF_USERS = {"confirmed_at", "approved_at", "disabled_at", "role", "password", "locale"}
_BOOKS = {"jobs", "counters", "home_states", "addresses", "address_keys"}
HTML = {"accept": "text/html"}
FORM = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
JSON = {"content-type": "application/json"}


def _lasting(table: Any) -> Iterable[Any]:
    """Last uses are written down whoever asks for what."""
    return [column for column in table.c if column.name not in ("used_at", "seen_at", "active_at")]


def _raw(headers: dict[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    if body and "content-length" not in headers:
        pairs.append((b"content-length", b"%d" % len(body)))
    return pairs


@asynccontextmanager
async def house(data: Path, database: str = "", **settings: Any) -> AsyncIterator[House]:
    """A server for the length of the block; nobody works off its jobs."""
    given = {"domain": "social.example", "signups": "open", "rate_limits": False, **settings}
    shape.furnish(data, database)
    with warnings.catch_warnings():
        # How handlers are given what they ask for changes in Litestar 3, for all rooms at once.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        async with (
            opened(Settings(data=data, database=database, **given), 0) as app,
            Doors.open(app) as doors,
        ):
            yield House(app, doors)
