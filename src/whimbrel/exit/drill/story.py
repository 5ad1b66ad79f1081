"""What somebody does in the restored server: sign in, write, read it at home, and be heard on
another server. Through the front door, as anybody would."""

import asyncio
import http.client
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from whimbrel.accounts import passwords, signup
from whimbrel.accounts.elsewhere import meet
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.accounts.rules import Distance, Person
from whimbrel.core.app import App
from whimbrel.core.tx import Tx
from whimbrel.federation import keys
from whimbrel.federation.queries import follows, people
from whimbrel.federation.rules import Actor

from ..verify import Line
from .inbox import Inbox

PATIENCE = 30.0  # seconds for a post to come home, and to be delivered
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]{1,50})" value="([^"]{0,500})"')


class Lived(NamedTuple):
    """What came of it."""

    lines: list[Line]
    first_post: float | None  # seconds until it was at home; None = it never was


class Broken(Exception):
    """It did not answer as it has to."""


class Browser:
    """One that keeps cookies and comes by the server's public name."""

    def __init__(self, base: str, origin: str) -> None:
        self._at, self._origin = urlsplit(base), origin
        self._cookies: dict[str, str] = {}

    async def ask(self, method: str, path: str, **form: str) -> tuple[int, str]:
        """Status and page. Raises OSError, http.client.HTTPException."""
        return await asyncio.to_thread(self._ask, method, path, form)

    def _ask(self, method: str, path: str, form: dict[str, str]) -> tuple[int, str]:
        there = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=20)
        headers = {
            "host": urlsplit(self._origin).netloc,
            "origin": self._origin,
            "accept": "text/html",
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if form:
            headers["content-type"] = "application/x-www-form-urlencoded"
        try:
            there.request(method, path, urlencode(form) or None, headers)
            answer = there.getresponse()
            for line in answer.headers.get_all("set-cookie") or ():
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, answer.read(4 << 20).decode(errors="replace")
        finally:
            there.close()

    async def fill(self, page: str, to: str, **values: str) -> None:
        """Send a form of a page. Raises Broken: it is not there, or was not taken."""
        status, html = await self.ask("GET", page)
        for form in html.split("<form")[1:]:
            if f'action="{to}"' in form.partition(">")[0]:
                hidden = _HIDDEN.findall(form.partition("</form>")[0])
                given = {name: unescape(value) for name, value in hidden}
                status, _ = await self.ask("POST", to, **{**given, **values})
                if status != 303:
                    raise Broken(f"{to} answers {status}")
                return
        raise Broken(f"{page} answers {status}, without its form")


@asynccontextmanager
async def _told(lines: list[Line], title: str) -> AsyncIterator[None]:
    """What goes wrong in the block is a line, and the end of the story."""
    began = time.monotonic()
    try:
        yield
    except (OSError, http.client.HTTPException, Broken, TimeoutError) as error:
        lines.append(Line(title, False, str(error) or "no answer"))
        raise Broken(title) from error
    lines.append(Line(title, True, f"after {time.monotonic() - began:.2f} seconds"))


async def live(app: App, base: str, inbox: Inbox) -> Lived:
    """Somebody signs up, in and writes."""
    name, password = f"drill{secrets.token_hex(8)}", passwords.make()
    words = f"The drill of {app.db.env.clock():%Y-%m-%d}: {secrets.token_hex(8)}"
    lines: list[Line] = []
    first: float | None = None
    hashed = await passwords.hash(app.db.keyring, password)
    account = await app.db.write(_somebody, name, hashed)
    await keys.public_of(app, account)
    await app.db.write(_follower, account, inbox)
    inbox.pem = (await app.db.read(keys.public, account)).rsa
    browser, began = Browser(base, app.instance.origin), time.monotonic()
    try:
        async with _told(lines, "signs in"):
            await browser.fill("/auth/sign-in", "/auth/sign-in", login=name, password=password)
        async with _told(lines, "writes"):
            await browser.fill("/home", "/compose", status=words, visibility="public")
        async with _told(lines, "reads it at home"), asyncio.timeout(PATIENCE):
            while words not in (await browser.ask("GET", "/home"))[1]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        first = time.monotonic() - began
        async with _told(lines, "is heard on another server"), asyncio.timeout(PATIENCE):
            while not any(words.encode() in body for body in inbox.bodies):
                inbox.came.clear()
                await inbox.came.wait()
    except Broken:
        pass  # its line says what broke
    return Lived(lines, first)


def _somebody(tx: Tx, name: str, hashed: str) -> int:
    new = signup.New(
        username=name,
        email=f"{name}@drill.invalid",
        password=hashed,
        confirmed=True,
        approved=True,
    )
    return signup.create(tx, new)


def _follower(tx: Tx, whom: int, inbox: Inbox) -> None:
    """Somebody on the drill's own server follows them."""
    there = f"{inbox.origin}/users/drill"
    person = Person(uri=there, username="drill", domain=inbox.origin.partition("://")[2])
    account = meet(tx, person, Distance())
    nowhere = dict.fromkeys(("url", "shared_inbox", "outbox", "followers", "featured", "icon"))
    actor = Actor(
        id=there,
        kind="Person",
        username="drill",
        claimed=None,
        person=person,
        inbox=f"{there}/inbox",
        featured_tags=None,
        image=None,
        moved_to=None,
        also_known_as=(),
        emojis={},
        **nowhere,
    )
    people.keep(tx, account, actor)
    follows.note(tx, account, whom, f"{there}/follows/1")
    graph.add_follow(tx, account, whom, Wish())
