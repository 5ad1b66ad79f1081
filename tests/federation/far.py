"""Another server: it serves what a test gives it, on a port of its own, and signs as Eve."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import browsing
import httpx
from aiohttp import web
from signing import STYLES, pair, private

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.signatures import Request
from whimbrel.moderation.tables import blocked_servers

TYPE = "application/activity+json"
PEERS = {"allow_private": ("127.0.0.1", "127.0.0.2")}  # settings of a server that may ask us


class Far:
    """`documents` by path: a dict, bytes, a status, or a (status, headers, bytes)."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.documents: dict[str, Any] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # method, path and query, headers
        self.bodies: list[bytes] = []
        self.port = 0

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def eve(self) -> str:
        return f"{self.origin}/users/eve"

    def key(self, actor: str, id_: str = "") -> dict[str, str]:
        return {
            "id": id_ or f"{actor}#main-key",
            "owner": actor,
            "publicKeyPem": pair().public.rsa,
        }

    def person(self, name: str = "eve", /, **more: Any) -> dict[str, Any]:
        """An actor as the server has it, and what WebFinger says of it."""
        actor = f"{self.origin}/users/{name}"
        handle = f"acct:{name}@{self.host}:{self.port}"
        said = {
            "@context": [AS, "https://w3id.org/security/v1"],
            "id": actor,
            "type": "Person",
            "preferredUsername": name,
            "name": name.capitalize(),
            "inbox": f"{actor}/inbox",
            "outbox": f"{actor}/outbox",
            "followers": f"{actor}/followers",
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
            "publicKey": self.key(actor),
            **more,
        }
        self.documents[f"/users/{name}"] = said
        link = {"rel": "self", "type": TYPE, "href": actor}
        self.documents[f"/.well-known/webfinger?resource={handle}"] = {
            "subject": handle,
            "links": [link],
        }
        return said

    def note(self, name: str = "1", /, **more: Any) -> dict[str, Any]:
        """A public post of Eve's, as her server has it."""
        said = {
            "@context": AS,
            "id": f"{self.eve}/notes/{name}",
            "type": "Note",
            "attributedTo": self.eve,
            "to": [PUBLIC],
            "cc": [f"{self.eve}/followers"],
            "content": "<p>Hello</p>",
            **more,
        }
        self.documents[f"/users/eve/notes/{name}"] = said
        return said

    def act(self, kind: str, about: Any, number: int = 1, **more: Any) -> dict[str, Any]:
        """Something that Eve does."""
        id_ = f"{self.eve}/acts/{kind}/{number}"
        return {"id": id_, "type": kind, "actor": self.eve, "object": about, **more}

    async def serve(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.method, request.path_qs, headers))
        self.bodies.append(await request.read())
        found = self.documents.get(request.path_qs, self.documents.get(request.path, 404))
        if callable(found):
            found = found(headers)
        if isinstance(found, int):
            return web.Response(status=found)
        if isinstance(found, tuple):
            status, given, body = found
            return web.Response(status=status, headers=given, body=body)
        kind = "application/jrd+json" if "webfinger" in request.path else TYPE
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return web.Response(body=body, headers={"content-type": kind})

    def times(self, path: str) -> int:
        """How often it was asked for that."""
        return sum(asked == path for _, asked, _ in self.asked)


@asynccontextmanager
async def far(host: str = "127.0.0.1") -> AsyncIterator[Far]:
    """A server for the length of the block, on which Eve lives."""
    made = Far(host)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    made.port = runner.addresses[0][1]
    made.person()
    try:
        yield made
    finally:
        await runner.cleanup()


async def ask(
    site: browsing.Site,
    path: str,
    key_id: str = "",
    *,
    style: str = "rfc9421",
    method: str = "GET",
    body: bytes = b"",
    accept: str = TYPE,
    kind: str = TYPE,
    more: dict[str, str] | None = None,
) -> httpx.Response:
    """A request as another server sends it, signed by whoever has `key_id`; unsigned without."""
    url = path if path.startswith("http") else f"{browsing.ORIGIN}{path}"
    parts = urlsplit(url)
    headers = {"accept": accept, **(more or {})}
    if method == "POST":
        headers["content-type"] = kind
    if key_id:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        request = Request(method, browsing.ORIGIN, target, headers, body)
        now = site.app.db.env.clock().timestamp()
        headers = STYLES[style](request, private(), key_id, now)
    headers.pop("host", None)
    client = site.visitor().client
    client.headers.clear()
    return await client.request(method, url, headers=headers, content=body or None)


def keep_away(tx: Tx, domain: str, severity: str) -> None:
    """The staff keeps a server at a distance."""
    row = {"id": new_id(tx.now), "domain": domain, "severity": severity, "slot": 0}
    tx.run(blocked_servers.insert().values(**row))


async def send(
    site: browsing.Site, said: dict[str, Any], key_id: str = "", *, to: str = "/inbox"
) -> httpx.Response:
    """An activity as its actor's server sends it, and what follows from it is done."""
    body = json.dumps({"@context": AS, **said}).encode()
    key_id = key_id or f"{said['actor']}#main-key"
    answer = await ask(site, to, key_id, method="POST", body=body)
    await site.settle()
    return answer
