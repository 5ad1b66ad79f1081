"""Relays: what they bring is looked at where it lies, and what is for everybody goes to them."""

import json
from pathlib import Path
from typing import Any

import browsing
from far import PEERS, ask, far, send
from sqlalchemy import select

from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.tx import Tx
from whimbrel.federation import console, notes
from whimbrel.federation.courier import Courier
from whimbrel.federation.queries import relays
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.posts import delete as deleting
from whimbrel.posts import queries as posts
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts as rows


def _here(tx: Tx, uri: str) -> str | None:
    post = notes.known(tx, uri)
    return None if post is None else posts.any_post(tx, post).content.html


def _boosts(tx: Tx) -> int:
    return len(tx.rows(select(rows.c.id).where(rows.c.boost_of.is_not(None))))


async def test_a_relay_is_asked_and_brings_what_others_write(tmp_path: Path, database: str):
    """A small town reads more than whom it follows, if its operator wants that. A relay is a
    stranger who brings letters: nothing is believed because it comes from there, what was deleted
    at home goes here too, and whoever was not asked brings nothing (CVE-2024-23832)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as relay,
        far("127.0.0.2") as other,
    ):
        db, ada = site.app.db, await site.person("ada")
        relay.person("eve", type="Application")
        relay.documents["/inbox"] = 202
        other.person("eve", name="Picard")
        tea, fog = (
            other.note("1", content="<p>Earl Grey</p>"),
            other.note("2", content="<p>Fog</p>"),
        )
        key, inbox = f"{relay.eve}#main-key", f"{relay.origin}/inbox"
        courier = Courier(site.app)
        numbers = iter(range(100))

        async def sent() -> list[dict[str, Any]]:
            before = len(relay.bodies)
            await site.settle()
            await courier.settle()
            return [json.loads(body) for body in relay.bodies[before:] if body]

        async def brings(said: dict[str, Any]) -> int:
            body = json.dumps({"@context": AS, **said}).encode()
            answer = await ask(site, "/inbox", key, method="POST", body=body)
            await site.settle()
            return answer.status_code

        async def here(note: dict[str, Any]) -> str | None:
            return await db.read(_here, note["id"])

        def made_up(kind: str, note: dict[str, Any]) -> dict[str, Any]:
            about = {**note, "content": "<p>Put in</p>"} if kind != "Delete" else note["id"]
            return other.act(kind, about, next(numbers), to=[PUBLIC])

        # Before it was asked it is nobody.
        await brings(relay.act("Announce", tea["id"], next(numbers), to=[PUBLIC]))
        assert await brings(made_up("Create", tea)) == 401
        assert await here(tea) is None
        await db.write(console.ask_relay, inbox)
        for wrong, why in ((inbox, Conflict), ("file:///etc/passwd", Invalid)):
            try:
                await db.write(console.ask_relay, wrong)
            except why:
                continue
            raise AssertionError(wrong)
        (follow,) = await sent()
        assert (follow["type"], follow["object"]) == ("Follow", PUBLIC)
        assert follow["actor"] == f"{browsing.ORIGIN}/actor"
        # Another server cannot say yes in its place.
        other.person("eve", name="Picard")
        await send(site, other.act("Accept", follow["id"], next(numbers)))
        assert await db.read(relays.actors) == frozenset()
        await send(site, relay.act("Accept", follow, next(numbers)))
        assert await db.read(relays.actors) == {relay.eve}
        # By its own word, and in the name of who wrote it: read where it lies, each time.
        await brings(relay.act("Announce", tea["id"], next(numbers), to=[PUBLIC]))
        assert await brings(made_up("Create", fog)) == 202
        assert "Earl Grey" in str(await here(tea))
        assert "Fog" in str(await here(fog))
        assert await db.read(_boosts) == 0
        assert "Earl Grey" in (await ada.get("/public")).text
        # A change is asked of its own server, and what is still there was not deleted.
        other.note("1", **{**tea, "content": "<p>Decaf</p>", "updated": "2090-01-01T00:00:00Z"})
        await brings(made_up("Update", tea))
        assert "Decaf" in str(await here(tea))
        await brings(made_up("Delete", tea))
        assert "Decaf" in str(await here(tea))
        other.documents["/users/eve/notes/1"] = 410
        await brings(made_up("Delete", tea))
        assert await here(tea) is None
        # Somebody is said to have left: they are asked, and not the relay.
        await brings(made_up("Create", fog))
        gone = other.act("Delete", other.eve, next(numbers), to=[PUBLIC])
        await brings(gone)
        assert "Fog" in str(await here(fog))
        other.documents["/users/eve"] = 410
        await brings({**gone, "id": f"{gone['id']}/again"})
        assert await here(fog) is None
        # What is for everybody goes there, and no more than that.
        hello = await ada.write("hello")
        for level in (Visibility.UNLISTED, Visibility.PRIVATE):
            await ada.write("for others", visibility=level)
        (create,) = await sent()
        assert (create["type"], create["object"]["content"]) == ("Create", "<p>hello</p>")
        assert create["proof"]["cryptosuite"] == "eddsa-jcs-2022"
        await db.write(deleting.delete, ada.viewer, hello)
        (delete,) = await sent()
        assert delete["type"] == "Delete"
        assert delete["object"]["id"] == create["object"]["id"]
        await db.write(console.leave_relay, inbox)
        (undo,) = await sent()
        assert (undo["type"], undo["object"]["id"]) == ("Undo", follow["id"])
        assert await brings(made_up("Create", tea)) == 401
