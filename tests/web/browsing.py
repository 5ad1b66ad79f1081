"""A whole server in this process, and people who look at its pages without a browser."""

import re
import shutil
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from litestar.exceptions import LitestarDeprecationWarning
from PIL import Image

import people
import shape
from whimbrel.accounts import passwords, sessions
from whimbrel.accounts import queries as accounts
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app.asgi import Doors
from whimbrel.app.opening import opened
from whimbrel.core.app import App
from whimbrel.core.http import Upload, clear_scratch
from whimbrel.core.outbox import LANES
from whimbrel.core.settings import Settings
from whimbrel.core.tx import Tx
from whimbrel.core.worker import done, work_through
from whimbrel.media import upload
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

ORIGIN = "https://social.example"
PASSWORD = "seven notes at dawn"


class Site:
    """The server; `visitor()` gives somebody with a cookie jar of their own."""

    def __init__(self, app: App, doors: Doors) -> None:
        self.app, self.doors = app, doors

    def visitor(self, **headers: str) -> "Visitor":
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.doors),
            base_url=ORIGIN,
            headers={"accept": "text/html", **headers},
        )
        return Visitor(self, client)

    async def person(self, name: str, **columns: Any) -> "Person":
        """Somebody with an account here, signed in, whose password is `PASSWORD`."""
        hashed = await passwords.hash(self.app.db.keyring, PASSWORD)
        viewer, cookie = await self.app.db.write(_person, name, columns, hashed)
        person = Person(self, self.visitor().client, viewer)
        person.client.cookies.set("__Host-whimbrel", cookie, domain="social.example")
        return person

    async def settle(self) -> None:
        """Let the outbox do what is due now."""
        db = self.app.db
        for _ in range(3):
            for lane in LANES:
                _, effects = await db.write(work_through, db.env.routes, lane)
                for job in effects:
                    task = db.env.routes.tasks[job.task]
                    await task.effect(self.app, db.env.routes.decode(job.event))
                    await db.write(done, job)

    def mail(self) -> str:
        """All letters so far, the last one at the end."""
        folder = self.app.settings.data / "mail"
        letters = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return "".join(path.read_text() for path in letters).replace("=\n", "")


def _person(tx: Tx, name: str, columns: dict[str, Any], hashed: str) -> tuple[Viewer, str]:
    viewer = people.make(tx, name, **columns)
    users.change(tx, viewer.id, password=hashed)
    return viewer, sessions.begin(tx, viewer.id, "a test")


class Visitor:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, site: Site, client: httpx.AsyncClient) -> None:
        self.site, self.client = site, client

    async def get(self, path: str, **how: Any) -> httpx.Response:
        return await self.client.get(path, **how)

    async def send(self, page: str, to: str, files: Any = None, **values: Any) -> httpx.Response:
        """Send a form of `page`: what it hides goes along."""
        shown = await self.get(page)
        assert shown.status_code == 200, shown.text
        form = form_of(shown.text, to)
        data = {**form, **values}
        return await self.client.post(to, data=data, files=files)


class Person(Visitor):
    """Somebody signed in."""

    def __init__(self, site: Site, client: httpx.AsyncClient, viewer: Viewer) -> None:
        super().__init__(site, client)
        self.viewer = viewer

    async def write(self, text: str, **draft: Any) -> int:
        """A post, not through any page."""
        made = await self.site.app.db.write(publish, self.viewer, Draft(text=text, **draft))
        await self.site.settle()
        return made.id

    async def show(self, level: Visibility) -> int:
        """A post with a picture, not through any page."""
        app = self.site.app
        account = await app.db.read(accounts.by_id, self.viewer.id)
        folder = app.scratch / "sent"
        folder.mkdir()
        Image.new("RGB", (40, 30), "teal").save(folder / "1", "PNG")
        file = Upload(folder / "1", (folder / "1").stat().st_size, "a.png", "image/png")
        media = await upload.receive(app, account.id, account.slot, file)
        shutil.rmtree(folder)
        return await self.write("look", media=(media,), visibility=level)


def form_of(html: str, to: str) -> dict[str, str]:
    """The hidden fields of the form that can be sent to `to`."""
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        if f'action="{to}"' in form or f'formaction="{to}"' in form:
            hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
            return {name: unescape(value) for name, value in hidden}
    raise AssertionError(f"no form goes to {to}")


@asynccontextmanager
async def site(data: Path, database: str = "", **settings: Any) -> AsyncIterator[Site]:
    """A server for the length of the block."""
    given = {"domain": "social.example", "signups": "open", "rate_limits": False, **settings}
    shape.furnish(data, database)
    with warnings.catch_warnings():
        # How handlers are given what they ask for changes in Litestar 3, for all rooms at once.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        async with (
            opened(Settings(data=data, database=database, **given)) as app,
            Doors.open(app) as doors,
        ):
            clear_scratch(app.scratch)
            yield Site(app, doors)
