"""Real activities with something wrong in them, at the door: thousands, one after the other.

A larger run: WHIMBREL_FUZZ=20000."""

import asyncio
import json
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import browsing
from far import PEERS, TYPE, Far, ask, far
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from signing import STYLES, pair, private
from test_hostile import ODD

from raw_asgi import Answer, receiver, scope
from whimbrel.accounts.queries import count, graph
from whimbrel.core.worker import done, work_through
from whimbrel.federation import inbox, people
from whimbrel.federation.pairs import make
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.signatures import PrivateKeys, Request

MANY = int(os.environ.get("WHIMBREL_FUZZ", "2000"))
SETTLE = 250  # examples after which all that follows is done, too

# `%e` is Eve, `%a` Ada, `%o` the server of Eve, `%p` a post by Ada, `%n` a number used once.
NOTE: dict[str, Any] = {
    "id": "%e/notes/%n",
    "type": "Note",
    "attributedTo": "%e",
    "inReplyTo": "%p",
    "published": "2026-01-01T00:00:00Z",
    "url": "%o/@eve/%n",
    "to": [PUBLIC],
    "cc": ["%e/followers", "%a"],
    "sensitive": False,
    "summary": None,
    "content": '<p><a href="%a" class="u-url mention">@ada</a> Hello <b>%n</b> #geese</p>',
    "contentMap": {"en": "<p>Hello</p>"},
    "attachment": [{"type": "Document", "mediaType": "image/png", "url": "%o/a.png", "name": "A"}],
    "tag": [
        {"type": "Mention", "href": "%a", "name": "@ada"},
        {"type": "Hashtag", "href": "%o/tags/geese", "name": "#geese"},
        {
            "type": "Emoji",
            "id": "%o/e",
            "name": ":x:",
            "icon": {"type": "Image", "url": "%o/x.png"},
        },
    ],
    "replies": {"id": "%e/notes/%n/replies", "type": "Collection", "first": {"items": []}},
    "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
    "quote": "%p",
    "_misskey_quote": "%p",
}
QUESTION: dict[str, Any] = {
    **{key: NOTE[key] for key in ("attributedTo", "to", "cc", "content", "tag", "published")},
    "id": "%e/questions/%n",
    "type": "Question",
    "oneOf": [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 1}}
        for name in ("Yes", "No")
    ],
    "endTime": "2030-01-01T00:00:00Z",
    "votersCount": 2,
}
ACTOR: dict[str, Any] = {
    "id": "%e",
    "type": "Person",
    "preferredUsername": "eve",
    "inbox": "%e/inbox",
    "featured": "%e/pins",
    "publicKey": {"id": "%e#main-key", "owner": "%e", "publicKeyPem": "x"},
}


def _act(kind: str, about: Any, **more: Any) -> dict[str, Any]:
    return {
        "@context": [AS, {"toot": "http://joinmastodon.org/ns#"}],
        "id": f"%e/{kind}/%n",
        "type": kind,
        "actor": "%e",
        "object": about,
        **more,
    }


_FOLLOW = {"id": "%a/follows/1", "type": "Follow", "actor": "%a", "object": "%e"}
_WIDE = {"to": [PUBLIC], "cc": ["%e/followers"], "published": "2026-01-01T00:00:00Z"}
REAL = [
    *(_act("Create", about, **_WIDE) for about in (NOTE, QUESTION)),
    *(
        _act("Update", {**NOTE, "id": "%e/notes/1", "updated": f"2026-0{n}-01T00:00:00Z"})
        for n in (2, 3)
    ),
    _act("Update", {**QUESTION, "id": "%e/questions/1"}),
    _act("Update", ACTOR),
    _act("Delete", {"id": "%e/notes/%n", "type": "Tombstone"}),
    _act("Announce", "%p", **_WIDE),
    _act("Announce", {"id": "%e/notes/far", "type": "Note"}, **_WIDE),
    _act("Like", "%p"),
    _act("Follow", "%a"),
    _act("Accept", _FOLLOW),
    _act("Reject", _FOLLOW),
    _act("Block", "%a"),
    *(
        _act("Undo", {**_act(kind, about), "id": f"%e/{kind}/1"})
        for kind, about in (("Follow", "%a"), ("Like", "%p"), ("Announce", "%p"), ("Block", "%a"))
    ),
    _act("Flag", ["%a", "%p"], content="Look"),
    _act("Move", "%e", target="%o/users/other"),
    _act("Add", "%e/notes/1", target="%e/pins"),
    _act("Remove", "%e/notes/1", target="%e/pins"),
    _act("Add", {"type": "Hashtag", "name": "#geese"}, target="%e/tags"),
    _act("QuoteRequest", "%p", instrument=NOTE),
    _act("Accept", "%a/quotes/1", result="%e/stamps/1"),
    _act(
        "Create",
        {
            "id": "%e/v/%n",
            "type": "Note",
            "attributedTo": "%e",
            "inReplyTo": "%p",
            "to": "%a",
            "name": "Yes",
        },
    ),
]
# and what Fedify and we ourselves sent when two of each were last neighbours (`tests/flows`)
REAL += json.loads(Path(__file__).with_name("activities.json").read_text())
SIGNED = st.sampled_from(["well"] * 6 + ["not", "by another", "other words", "old", "garbled"])
SELDOM, RARELY = (st.sampled_from([False] * many + [True]) for many in (2, 19))
OUTSIDE = {"@context", "id", "type", "actor"}
VALUES = ODD | st.sampled_from(["%e", "%a", "%p", "%o", AS, PUBLIC, "Note", "Create"])


@st.composite
def activities(draw: st.DrawFn) -> bytes:
    """One of the real ones, with up to three things in it changed, left out, put in a list or put
    in the place of another; now and then cut off or with a byte flipped."""
    made: Any = json.loads(json.dumps(draw(st.sampled_from(REAL))))
    for _ in range(draw(st.integers(0, 3))):
        at, keys = made, list(made)
        if not draw(RARELY):  # else most would not so much as pass the door
            keys = [key for key in keys if key not in OUTSIDE] or keys
        while True:
            key = draw(st.sampled_from(keys))
            if not isinstance(at[key], dict | list) or not at[key] or draw(SELDOM):
                break
            at = at[key]
            keys = list(at) if isinstance(at, dict) else [*range(len(at))]
        how = draw(st.integers(0, 5))
        if how == 0 and isinstance(at, dict):
            del at[key]
        elif how == 1:
            at[key] = [at[key], draw(VALUES)]
        elif how == 2:
            at[key] = {
                "id": "%e/x/%n",
                "type": draw(st.sampled_from(["Note", "Link"])),
                "href": at[key],
            }
        else:
            at[key] = draw(VALUES)
        if not made:
            break
    body = json.dumps(made).encode()
    if draw(RARELY):
        where = draw(st.integers(0, len(body) - 1))
        body = draw(st.sampled_from([body[:where], body[:where] + b"\xff" + body[where + 1 :]]))
    return body


class Door:
    """A server with Ada on it, whom Eve and others elsewhere may write to."""

    def __init__(self, site: browsing.Site, peer: Far, ada: browsing.Person, post: int) -> None:
        self.site, self.peer, self.ada = site, peer, ada
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        self.eve = peer.eve
        self._names = {
            b"%a": me,
            b"%o": peer.origin,
            b"%p": f"{me}/statuses/{post}",
        }
        self._number = self.taken = self.writes = 0
        self._write, site.app.db.write = site.app.db.write, self._counted  # type: ignore[method-assign]
        other = make()
        self.mallory = PrivateKeys.open(other.private.rsa, other.private.ed25519)
        self.mallorys = peer.person(
            "mallory",
            publicKey={
                **peer.key(f"{peer.origin}/users/mallory"),
                "publicKeyPem": other.public.rsa,
            },
        )["publicKey"]["id"]

    async def _counted(self, *args: Any) -> Any:
        self.writes += 1
        return await self._write(*args)

    async def meet(self) -> None:
        """Another Eve, whom Ada follows: the last one may have left, or have been blocked."""
        site, ada = self.site, self.ada
        name = f"eve{self._number}"
        self.eve = f"{self.peer.origin}/users/{name}"
        self.peer.person(name, featured=f"{self.eve}/pins")
        eve = await people.found(site.app, self.eve)
        await site.app.db.write(lambda tx: graph.add_follow(tx, ada.viewer.id, eve, graph.Wish()))
        await site.app.db.write(lambda tx: count(tx, eve, followers=1))
        for key in (f"{self.eve}#main-key", self.mallorys):
            await ask(site, f"/ap/users/{ada.viewer.id}/outbox", key)
        await site.settle()

    def written(self, template: bytes) -> bytes:
        """The activity with the names of those who are here."""
        self._number += 1
        for mark, name in {b"%e": self.eve, b"%n": str(self._number), **self._names}.items():
            template = template.replace(mark, name.encode())
        return template

    def headers(self, body: bytes, how: str, style: str) -> dict[str, str]:
        if how == "not":
            return {"content-type": TYPE}
        now = self.site.app.db.env.clock().timestamp() - (8000 if how == "old" else 0)
        words = body + b" " if how == "other words" else body
        request = Request("POST", browsing.ORIGIN, "/inbox", {"content-type": TYPE}, words)
        another = how == "by another"
        key = self.mallorys if another else f"{self.eve}#main-key"
        made = STYLES[style](request, self.mallory if another else private(), key, now)
        if how == "garbled":
            made["signature"] = made["signature"][:-9] + "AAAAA" + made["signature"][-4:]
        return made

    async def knock(self, template: bytes, how: str, style: str) -> None:
        """Send it, and judge what came of it."""
        body = self.written(template)
        headers = self.headers(body, how, style)
        writes = self.writes
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        request = {**scope("/inbox", "POST", headers=headers), "http_version": "1.1"}
        await self.site.doors(request, receiver(body), send)
        answer = Answer(messages)
        assert answer.status < 500, answer.body
        self.taken += answer.status == 202
        if how != "well":  # nothing was written: not so much as a key, for all are known
            assert self.writes == writes
        await self.work()
        if self._number % SETTLE == 0:
            await self.site.settle()
            await self.meet()

    async def work(self) -> None:
        """Do what was taken: a server that is away may be the reason that it cannot be."""
        db = self.site.app.db
        _, jobs = await db.write(work_through, db.env.routes, "federation")
        for job in jobs:
            effect = db.env.routes.tasks[job.task].effect
            try:
                await effect(self.site.app, db.env.routes.decode(job.event))
            except inbox.Unreachable:
                continue
            finally:
                await db.write(done, job)


async def _opened(stack: AsyncExitStack, folder: Path, database: str) -> Door:
    site = await stack.enter_async_context(browsing.site(folder, database, **PEERS))
    peer = await stack.enter_async_context(far())
    peer.documents["/inbox"] = 202
    ada = await site.person("ada")
    door = Door(site, peer, ada, await ada.write("hello"))
    await door.meet()
    return door


def test_no_activity_is_an_error_of_ours(tmp_path: Path, database: str, monkeypatch):
    """A peer to whom we answer 500 sends the same for days; what raises in the worker waits for a
    person; and what nobody signed must change nothing at all."""
    real: Callable[..., Any] = socket.getaddrinfo

    def here(host: Any, *more: Any, **how: Any) -> Any:
        if host not in ("127.0.0.1", "127.0.0.2"):
            raise socket.gaierror("nobody is called so")
        return real(host, *more, **how)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    assert pair()
    many = MANY // 4 if database else MANY * 3 // 4
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        door = runner.run(_opened(stack, tmp_path, database))

        @settings(
            max_examples=many,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(activities(), SIGNED, st.sampled_from(sorted(STYLES)))
        def knock(template: bytes, how: str, style: str) -> None:
            runner.run(door.knock(template, how, style))

        try:
            knock()
            runner.run(door.site.settle())
            assert door.taken > many // 3  # what is refused at once tries little
        finally:
            runner.run(stack.aclose())
