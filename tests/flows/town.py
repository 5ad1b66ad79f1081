"""A whole server in the test's own process, behind its real front doors, and who talks to it.

The worker is not started: `settle` does what it would do, at once, so that a test can say what is
true after each act. A job that fails fails the test."""

import asyncio
import io
import json
import re
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlencode

from litestar.exceptions import LitestarDeprecationWarning
from PIL import Image
from sqlalchemy import select

import shape
from raw_asgi import Answer, receiver, scope
from whimbrel.accounts import auth, sessions, signup, tokens
from whimbrel.app.asgi import Doors
from whimbrel.app.opening import opened
from whimbrel.core.app import App
from whimbrel.core.outbox import LANES
from whimbrel.core.settings import Settings
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.core.worker import anything_due, done, work_through
from whimbrel.timelines import live

_NEXT = re.compile(r'<([^>]+)>; rel="next"')
_FAILED = select(jobs.c.task, jobs.c.error).where(jobs.c.tries > 0)
PATIENCE = 10.0


class Person:
    """Somebody with an account, an app and a browser."""

    def __init__(self, name: str, id_: int, token: str, cookie: str) -> None:
        self.name, self.id, self.token, self.cookie = name, id_, token, cookie


class Town:
    """The server and everybody who talks to it."""

    def __init__(self, app: App, doors: Doors) -> None:
        self.app, self.doors = app, doors
        self.bell: Ear | None = None

    # ------------------------------------------------------------------ asking

    async def ask(
        self, who: Person | None, method: str, path: str, *, page: bool = False, **values: Any
    ) -> Answer:
        """One request: by app, or with `page` by browser.

        Args:
            values: the query of a GET, else the body (JSON; a form where it is a page).
        """
        if page and method != "GET" and who is not None:
            values["_csrf"] = self._csrf(who)
        kind = "application/x-www-form-urlencoded" if page else "application/json"
        sent = urlencode(values, doseq=True) if page or method == "GET" else json.dumps(values)
        if method == "GET" and sent:
            path = f"{path}?{sent}"
        return await self.send(
            who, method, path, b"" if method == "GET" else sent.encode(), kind, page
        )

    async def send(
        self,
        who: Person | None,
        method: str,
        path: str,
        body: bytes = b"",
        kind: str = "",
        page: bool = False,
    ) -> Answer:
        """One request as it goes over the wire."""
        headers = {"host": "social.example", "accept": "text/html" if page else "application/json"}
        if who is not None and page:
            headers["cookie"] = f"{auth.session_cookie_name(self.app.instance)}={who.cookie}"
        elif who is not None:
            headers["authorization"] = f"Bearer {who.token}"
        if body:
            headers["content-type"] = kind
        path, _, query = path.partition("?")
        request = scope(path, method, query.encode(), headers)
        request |= {"raw_path": path.encode(), "path": unquote(path), "http_version": "1.1"}
        request |= {"scheme": "https", "server": ("social.example", 443), "asgi": {"version": "3"}}
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        await self.doors(request, receiver(body), send)
        return Answer(messages)

    def _csrf(self, who: Person) -> str:
        """The hidden field of every form in this person's browser."""
        name = auth.session_cookie_name(self.app.instance)
        request = scope("/", headers={"cookie": f"{name}={who.cookie}"})
        return auth.csrf_token(request | {"whimbrel": self.app})

    async def get(self, who: Person | None, path: str, **values: Any) -> Any:
        """The decoded answer, which must be a 200."""
        answer = await self.ask(who, "GET", path, **values)
        assert answer.status == 200, (path, answer.status, answer.body[:400])
        return json.loads(answer.body)

    async def do(self, who: Person, method: str, path: str, **values: Any) -> Any:
        """The same for an act."""
        answer = await self.ask(who, method, path, **values)
        assert answer.status == 200, (path, answer.status, answer.body[:400])
        return json.loads(answer.body)

    async def walk(self, who: Person | None, path: str, **values: Any) -> list[Any]:
        """Every entry of a list, page after page along the Link headers."""
        found: list[Any] = []
        answer = await self.ask(who, "GET", path, **values)
        while True:
            assert answer.status == 200, (path, answer.status, answer.body[:400])
            page = json.loads(answer.body)
            found += page
            following = _NEXT.search(answer.headers.get("link", ""))
            if following is None:
                return found
            answer = await self.ask(who, "GET", following[1].removeprefix(self.app.instance.origin))

    # ------------------------------------------------------------------ people and work

    async def people(self, *names: str) -> list[Person]:
        """New accounts, each with a token and a session."""

        def make(tx: Tx) -> list[Person]:
            new = [
                signup.New(username=n, email=f"{n}@example.org", confirmed=True, approved=True)
                for n in names
            ]
            ids = signup.create_many(tx, new)
            keys = tokens.issue_many(tx, ids, "read write follow push")
            cookies = [sessions.begin(tx, id_) for id_ in ids]
            return [Person(*each) for each in zip(names, ids, keys, cookies, strict=True)]

        made = await self.app.db.write(make)
        await self.settle()
        return made

    async def upload(self, who: Person) -> str:
        """A small picture of theirs, ready to be posted; its id."""
        png = io.BytesIO()
        Image.new("RGB", (8, 8), (9, 99, 199)).save(png, "PNG")
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        body += png.getvalue() + b"\r\n--x--\r\n"
        answer = await self.send(
            who, "POST", "/api/v2/media", body, "multipart/form-data; boundary=x"
        )
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["id"])

    async def settle(self) -> None:
        """Everything that follows from what was done, until nothing more does."""
        db, routes = self.app.db, self.app.db.env.routes
        busy = True
        while busy:
            busy = False
            for lane in LANES:
                while await db.read(anything_due, lane):
                    busy = True
                    _, effects = await db.write(work_through, routes, lane)
                    for job in effects:
                        await routes.tasks[job.task].effect(self.app, routes.decode(job.event))
                        await db.write(done, job)
        failed = await db.read(lambda tx: tx.rows(_FAILED))
        assert not failed, failed
        if self.bell is not None:
            await self.bell.ring()


class Ear:
    """One WebSocket, and every frame that came over it."""

    def __init__(self, town: Town, who: Person) -> None:
        self._town, self._who = town, who
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.frames: list[dict[str, Any]] = []

    async def open(self, *streams: dict[str, str]) -> None:
        """Connect and subscribe; returns once all of it is taken in."""
        request = scope("/api/v1/streaming", headers={"authorization": f"Bearer {self._who.token}"})
        request |= {"type": "websocket", "subprotocols": [], "scheme": "wss"}
        self._said.put_nowait({"type": "websocket.connect"})
        for stream in streams:
            self._say({"type": "subscribe", **stream})
        self._say({"type": "?"})  # the refusal of this comes when the rest was taken in
        self._task = asyncio.create_task(self._town.doors(request, self._said.get, self._hear))
        while not any("error" in frame for frame in self.frames):
            await self._next()
        self.frames.clear()

    def _say(self, message: dict[str, str]) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def _hear(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.frames.append(json.loads(message["text"]))
            self._came.set()
        elif message["type"] != "websocket.accept":
            self.frames.append({"event": message["type"]})
            self._came.set()

    async def _next(self) -> None:
        self._came.clear()
        await asyncio.wait_for(self._came.wait(), PATIENCE)

    async def ring(self) -> None:
        """Returns when everything said so far has been heard by everybody: messages pass in order,
        and this one comes last."""
        self.frames.clear()
        changed = live.FiltersChanged(account=self._who.id)
        await self._town.app.db.write(live.say, changed)
        while not any(frame.get("event") == "filters_changed" for frame in self.frames):
            await self._next()

    async def close(self) -> None:
        """Disconnect."""
        self._said.put_nowait({"type": "websocket.disconnect"})
        if self._task is not None:
            await self._task


@asynccontextmanager
async def town(settings: Settings) -> AsyncIterator[Town]:
    """A server over the settings' data folder, for the length of the block."""
    shape.furnish(settings.data, settings.database)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(settings, 443))
        with warnings.catch_warnings():
            # How handlers are given what they ask for changes in Litestar 3, for all rooms at once.
            warnings.simplefilter("ignore", LitestarDeprecationWarning)
            doors = await stack.enter_async_context(Doors.open(app))
        here = Town(app, doors)
        (ringer,) = await here.people("ringer")
        bell = Ear(here, ringer)
        await bell.open({"stream": "user"})
        here.bell = bell
        yield here
        await bell.close()
