"""Other servers, as far as measuring needs them: they say who lives there, and take what is sent.

`python -m bench.elsewhere FOLDER` listens on every address of the loopback (so that each of them
is a server of its own), prints `listening on URL`, and knows the key in `FOLDER/key.pem`."""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from whimbrel.app import serve
from whimbrel.core.settings import load

DELAY = 0.1  # seconds before what is sent is taken, where the path ends in `/slow`
AS = "https://www.w3.org/ns/activitystreams"
ACTIVITY, JRD = b"application/activity+json", b"application/jrd+json"
PATHS = 1 << 16  # distinct inboxes that are told apart


class Elsewhere:
    """An ASGI application: actors, WebFinger, inboxes; `/taken` tells how many inboxes got any."""

    def __init__(self, pem: str) -> None:
        self._pem = pem
        self._taken: set[tuple[str, str]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
            if scope["path"].endswith("/slow"):
                await asyncio.sleep(DELAY)
            if len(self._taken) < PATHS:
                self._taken.add((host, scope["path"]))
            await _answer(send, 202, b"", ACTIVITY)
        elif scope["path"] == "/taken":
            taken, self._taken = self._taken, self._taken if scope["query_string"] else set()
            await _answer(send, 200, str(len(taken)).encode(), b"text/plain")
        else:
            said = self._said(host, scope["path"], scope["query_string"].decode())
            kind = JRD if "/.well-known/" in scope["path"] else ACTIVITY
            await _answer(send, 200, json.dumps(said).encode(), kind)

    def _said(self, host: str, path: str, query: str) -> dict[str, Any]:
        if path == "/.well-known/webfinger":
            name = query.partition("acct")[2].removeprefix("%3A").removeprefix(":")
            name = name.replace("%40", "@").partition("@")[0]
            link = {"rel": "self", "type": ACTIVITY.decode(), "href": actor_of(host, name)}
            return {"subject": f"acct:{name}@{host}", "links": [link]}
        name = path.rpartition("/")[2]
        return person(host, name, self._pem)


def actor_of(host: str, name: str) -> str:
    """The id of somebody who lives there."""
    return f"http://{host}/users/{name}"


def person(host: str, name: str, pem: str) -> dict[str, Any]:
    """Somebody who lives there."""
    actor = actor_of(host, name)
    return {
        "@context": [AS, "https://w3id.org/security/v1"],
        "id": actor,
        "type": "Person",
        "preferredUsername": name,
        "name": name,
        "inbox": f"{actor}/inbox",
        "followers": f"{actor}/followers",
        "endpoints": {"sharedInbox": f"http://{host}/slow"},
        "publicKey": {"id": f"{actor}#main-key", "owner": actor, "publicKeyPem": pem},
    }


async def _answer(send: Any, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def run(folder: Path) -> None:
    """Serve until SIGTERM."""
    settings = load(folder, {"bind": "127.0.0.1:0"})
    doors: Any = Elsewhere((folder / "key.pem").read_text())
    listener = socket.create_server(("0.0.0.0", 0), backlog=4096)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    await uvicorn.Server(serve.config(settings, doors)).serve(sockets=[listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=serve.event_loop) as runner:
        runner.run(run(Path(sys.argv[1])))
