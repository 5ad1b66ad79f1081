"""What is done to one post arrives in any order, and several workers do it at the same time."""

import asyncio
import contextlib
import json
from itertools import permutations
from pathlib import Path

import browsing
from far import PEERS, Far, ask, far
from sqlalchemy import select
from test_notes import following, post_of

from whimbrel.accounts.queries import by_id
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.tables import jobs
from whimbrel.federation import doing, inbox
from whimbrel.federation.events import Received
from whimbrel.federation.incoming import read_activity
from whimbrel.federation.reading import AS
from whimbrel.federation.rules import Activity


def _acts(peer: Far, number: int) -> dict[str, dict]:
    """All that is done to a post, by kind."""
    note = peer.note() | {"id": f"{peer.eve}/notes/order{number}", "content": "<p>first</p>"}
    later = note | {"content": "<p>second</p>", "updated": "2026-11-30T00:00:00Z"}
    return {
        "Create": peer.act("Create", note, 3 * number),
        "Update": peer.act("Update", later, 3 * number + 1),
        "Delete": peer.act("Delete", note["id"], 3 * number + 2),
    }


def _read(said: dict) -> Activity:
    return read_activity(json.dumps({"@context": AS, **said}).encode())


async def test_in_whatever_order_the_last_word_holds(tmp_path: Path, database: str):
    """Each of them looks at what is there before it writes, and another may have written between:
    an edit would be lost for ever, or what was deleted would be there for ever."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        orders = [
            *permutations(("Create", "Update")),
            *permutations(("Create", "Update", "Delete")),
        ]
        for number, order in enumerate([*orders, *orders]):
            acts = _acts(peer, number)
            first = number < len(orders)  # looked at by all of them before any of them writes
            ready = [_read(acts[kind]) for kind in order]
            if first:
                applies = await asyncio.gather(*(doing.prepare(site.app, each) for each in ready))
            for at, each in enumerate(ready):
                apply = applies[at] if first else await doing.prepare(site.app, each)
                with contextlib.suppress(WhimbrelError):  # as what comes late is left undone
                    if apply is not None:
                        await site.app.db.write(apply)
            post = await post_of(site, f"{peer.eve}/notes/order{number}")
            if "Delete" in order:
                assert post is None, order
            else:
                assert post is not None, order
                assert post.content is not None, order
                assert "second" in post.content.html, (order, first)


async def test_at_the_same_moment_the_last_word_holds_as_well(tmp_path: Path, database: str):
    """A post that was held up on its way is taken in while its deletion is: each saw nothing of the
    other, and the post was there for good. An edit saw no post, and the first words stayed."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        for number in range(24):
            acts = _acts(peer, 100 + number)
            kinds = ("Create", "Update" if number % 2 else "Delete")
            ready = [_read(acts[kind]) for kind in kinds]
            applies = await asyncio.gather(*(doing.prepare(site.app, each) for each in ready))
            done = await asyncio.gather(
                *(site.app.db.write(apply) for apply in applies if apply is not None),
                return_exceptions=True,
            )
            assert all(each is None or isinstance(each, WhimbrelError) for each in done), done
            post = await post_of(site, f"{peer.eve}/notes/order{100 + number}")
            if "Delete" in kinds:
                assert post is None
            else:
                assert post is not None and post.content is not None
                assert "second" in post.content.html


async def test_a_wish_that_comes_with_its_end_is_none(tmp_path: Path, database: str):
    """Somebody would follow for good who does not want to, and reads what is for followers."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        whom = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for number in range(12):
            wish = peer.act("Follow", whom, number)
            for each in (wish, peer.act("Undo", wish, number)):
                said = json.dumps({"@context": AS, **each}).encode()
                await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=said)
            both = await _waiting(site)
            await asyncio.gather(*(inbox.work(site.app, each) for each in both))
            await site.settle()
            followers = await site.app.db.read(lambda tx: by_id(tx, ada.viewer.id).followers)
            assert followers == 0, number


async def test_in_whatever_order_it_is_done_the_last_wish_holds(tmp_path: Path, database: str):
    """Followed, taken back, followed again: what arrives in order is done side by side. Whoever
    follows would see nothing any more, and nobody would know why."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        whom = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for number, order in enumerate([*permutations(range(3)), None]):
            first = peer.act("Follow", whom, 2 * number)
            again = peer.act("Follow", whom, 2 * number + 1)
            back = peer.act("Undo", first, 2 * number)
            arrived: list[Received] = []
            for said in (first, back, again):
                body = json.dumps({"@context": AS, **said}).encode()
                await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=body)
                arrived += [each for each in await _waiting(site) if each not in arrived]
                await asyncio.sleep(0.002)  # ids are of milliseconds
            if order is None:
                await asyncio.gather(*(inbox.work(site.app, each) for each in arrived))
            for at in order or ():
                await inbox.work(site.app, arrived[at])
            await site.settle()
            followers = await site.app.db.read(lambda tx: by_id(tx, ada.viewer.id).followers)
            assert followers == 1, order
            over = json.dumps({"@context": AS, **peer.act("Undo", again, 100 + number)}).encode()
            await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=over)
            await site.settle()
            assert await site.app.db.read(lambda tx: by_id(tx, ada.viewer.id).followers) == 0


async def _waiting(site: browsing.Site) -> list[Received]:
    """What arrived and is not done yet."""
    rows = await site.app.db.read(lambda tx: tx.rows(select(jobs.c.event)))
    events = [site.app.db.env.routes.decode(event) for (event,) in rows]
    return [each for each in events if isinstance(each, Received)]
