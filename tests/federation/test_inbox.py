"""What arrives: nothing is done that was not signed by who it says does it, and nothing twice."""

import json
from pathlib import Path

import browsing
import pytest
from far import PEERS, Far, ask, far, keep_away, send
from test_deliver import carry, taken

from whimbrel.accounts import follow as following
from whimbrel.accounts.queries import graph
from whimbrel.core.worker import work_through
from whimbrel.federation import doing, inbox, people
from whimbrel.federation.events import ReceivedAges
from whimbrel.federation.queries import received
from whimbrel.federation.reading import AS
from whimbrel.federation.tables import received as rows


def follow(peer: Far, whom: str, number: int = 1) -> dict:
    return {
        "id": f"{peer.eve}/follows/{number}",
        "type": "Follow",
        "actor": peer.eve,
        "object": whom,
    }


async def follows_(site: browsing.Site, peer: Far, whom: browsing.Person) -> bool:
    def look(tx):
        eve = people.known(tx, peer.eve)
        return eve is not None and graph.standing(tx, eve, whom.viewer.id).follow is not None

    return await site.app.db.read(look)


async def stored(site: browsing.Site) -> list:
    return await site.app.db.read(lambda tx: tx.rows(rows.select()))


@pytest.mark.parametrize("style", ["draft", "rfc9421"])
async def test_somebody_elsewhere_follows_and_leaves(tmp_path: Path, database: str, style: str):
    """The beginning of everything: who follows is counted, told of, and can leave again."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        body = json.dumps({"@context": AS, **follow(peer, actor)}).encode()
        key = f"{peer.eve}#main-key"
        to = f"/ap/users/{ada.viewer.id}/inbox"
        answer = await ask(site, to, key, style=style, method="POST", body=body)
        assert (answer.status_code, answer.content) == (202, b"")
        await site.settle()
        assert await follows_(site, peer, ada)
        assert "Eve" in (await ada.get("/notifications")).text
        again = {**follow(peer, actor, 2), "type": "Undo", "object": follow(peer, actor)}
        assert (await send(site, again)).status_code == 202
        assert not await follows_(site, peer, ada)
        # The same follow once more was taken back, however late it comes.
        await send(site, {**follow(peer, actor), "@context": AS})
        assert not await follows_(site, peer, ada)
        await send(site, follow(peer, actor, 3))
        assert await follows_(site, peer, ada)
        undo = {"id": f"{peer.eve}/u/3", "type": "Undo", "actor": peer.eve}
        await send(site, {**undo, "object": f"{peer.eve}/follows/3"})
        assert not await follows_(site, peer, ada)


async def test_who_is_locked_is_asked_and_who_is_blocked_may_not(tmp_path: Path, database: str):
    """Doors that are closed here are closed for others, too (CVE-2025-30741)."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, bob = await site.person("ada", locked=True), await site.person("bob")
        for who in (ada, bob):
            await send(
                site, follow(peer, f"{browsing.ORIGIN}/ap/users/{who.viewer.id}", who.viewer.id)
            )
        eve = await site.app.db.read(people.known, peer.eve)
        asked = await site.app.db.read(graph.standing, eve, ada.viewer.id)
        assert (asked.follow, asked.request) != (None, None)
        assert asked.follow is None
        # She blocks Bob herself: neither follows the other, and he is told nothing.
        await site.app.db.write(lambda tx: graph.add_follow(tx, bob.viewer.id, eve, graph.Wish()))
        block = {"id": f"{peer.eve}/b/1", "type": "Block", "actor": peer.eve}
        await send(site, {**block, "object": f"{browsing.ORIGIN}/ap/users/{bob.viewer.id}"})
        standing = await site.app.db.read(graph.standing, bob.viewer.id, eve)
        assert (standing.blocked, standing.follow) == (True, None)
        await send(site, follow(peer, f"{browsing.ORIGIN}/ap/users/{bob.viewer.id}", 7))
        assert not await follows_(site, peer, bob)
        undo = {"id": f"{peer.eve}/b/2", "type": "Undo", "actor": peer.eve}
        about = {**block, "object": f"{browsing.ORIGIN}/ap/users/{bob.viewer.id}"}
        await send(site, {**undo, "object": about})
        assert not (await site.app.db.read(graph.standing, bob.viewer.id, eve)).blocked


async def test_only_who_was_asked_lets_somebody_in(tmp_path: Path, database: str):
    """Rule J: anybody could else answer for anybody, and private posts would be read."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        eve = await people.found(site.app, peer.eve)
        await people.found(site.app, other.eve)
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        await site.app.db.write(lambda tx: graph.add_request(tx, ada.viewer.id, eve, graph.Wish()))

        async def following() -> bool:
            standing = await site.app.db.read(graph.standing, ada.viewer.id, eve)
            return standing.follow is not None

        asked = {"id": f"{me}/follows/1", "type": "Follow", "actor": me, "object": peer.eve}
        for number, about in enumerate((asked, {**asked, "object": other.eve}, asked["id"])):
            said = {"id": f"{other.eve}/a/{number}", "type": "Accept", "actor": other.eve}
            await send(site, {**said, "object": about})
        said = {"id": f"{peer.eve}/a/1", "type": "Accept", "actor": peer.eve}
        await send(site, {**said, "object": {**asked, "object": other.eve}})
        assert not await following()
        await send(site, {**said, "id": f"{peer.eve}/a/2", "object": asked["id"]})
        assert await following()
        reject = {"id": f"{peer.eve}/r/1", "type": "Reject", "actor": peer.eve, "object": asked}
        await send(site, reject)
        assert not await following()


async def test_what_is_not_signed_by_its_actor_is_nothing(tmp_path: Path, database: str):
    """Rules A, E and H: refused before anything is kept, and never with an error of ours (a peer
    would send it again for days)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        said = follow(peer, actor)
        mine, theirs = f"{peer.eve}#main-key", f"{other.eve}#main-key"

        async def answer(body: bytes, key: str, **how) -> int:
            return (await ask(site, "/inbox", key, method="POST", body=body, **how)).status_code

        def told(**changes) -> bytes:
            return json.dumps({"@context": AS, **said, **changes}).encode()

        assert await answer(told(), "") == 401
        assert await answer(told(), theirs) == 401
        assert await answer(told(actor=[other.eve, peer.eve]), theirs) == 400
        assert await answer(told(actor={"id": other.eve}), mine) == 400  # its id is on our server
        assert await answer(told(id=f"{other.eve}/1"), mine) == 400
        assert await answer(told(id=None), mine) == 400
        assert await answer(told(**{"@context": "https://schema.org"}), mine) == 400
        assert await answer(told(**{"@graph": []}), mine) == 400
        assert await answer(told()[:-1] + b',"type":"Block"}', mine) == 400
        assert await answer(b"[" * 50_000, mine) == 400
        assert await answer(b'{"a":' * 40 + b"1" + b"}" * 40, mine) == 400
        assert await answer(b"\xff\xfe", mine) == 400
        assert await answer(told(content="a" * (1 << 20)), mine) == 413
        for kind in ("application/json", "text/html", "application/ld+json"):
            assert await answer(told(), mine, kind=kind) == 415
        assert await answer(told(type="Arrive"), mine) == 202  # nothing that anything is done about
        assert await stored(site) == []
        await site.app.db.write(keep_away, peer.host, "suspend")
        assert await answer(told(), mine) == 403
        assert await stored(site) == []


async def test_a_body_that_was_changed_is_refused(tmp_path: Path, database: str, monkeypatch):
    """Rule A: whoever stands between two servers writes nothing into what one sends the other."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        real = inbox.read_body

        async def changed(*args):
            return (await real(*args)).replace(b"/follows/1", b"/follows/2")

        monkeypatch.setattr(inbox, "read_body", changed)
        assert (await send(site, follow(peer, actor))).status_code == 401
        assert await stored(site) == []


async def test_nothing_is_done_twice(tmp_path: Path, database: str):
    """A server that did not hear our answer sends the same again, and a crash does work again."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        body = json.dumps({"@context": AS, **follow(peer, actor)}).encode()
        for _ in range(2):
            await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=body)
        db = site.app.db
        _, jobs = await db.write(work_through, db.env.routes, "federation")
        assert len(jobs) == 1
        event = db.env.routes.decode(jobs[0].event)
        await inbox.work(site.app, event)
        eve = await db.read(people.known, peer.eve)
        await db.write(lambda tx: graph.remove_follow(tx, eve, ada.viewer.id))
        await inbox.work(site.app, event)  # the same job, after a crash
        assert not await follows_(site, peer, ada)


async def test_what_is_about_nothing_is_nothing(tmp_path: Path):
    """An empty list in the place of what it is about: an error of ours waits for a person."""
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:
        await people.found(site.app, peer.eve)
        for kind in doing.TABLE:
            for number, about in enumerate(([], [[]], {}, [{}], None, "", 1)):
                said = {"id": f"{peer.eve}/{kind}/{number}", "type": kind, "actor": peer.eve}
                assert (await send(site, {**said, "object": about})).status_code == 202
        assert [row[3] for row in await stored(site) if row[3] is not None] == []


async def test_bytes_of_others_are_sealed_and_gone_when_done(tmp_path: Path, database: str):
    """A post that was deleted must not go on living in what brought it."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        body = json.dumps({"@context": AS, **follow(peer, actor)}).encode()
        await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=body)
        (row,) = await stored(site)
        assert b"Follow" not in bytes(row[3])
        day = row[4]
        assert (await site.app.db.read(received.waiting, row[0])).body == body
        await site.settle()
        assert (await stored(site))[0][3] is None
        slot = await site.app.db.read(received.key, day)
        await site.app.db.write(inbox.age, ReceivedAges(day=day))
        assert await site.app.db.read(received.key, day) is None
        assert not site.app.db.keyring.alive(slot)
        await site.app.db.write(inbox.age, ReceivedAges(day=day - 100))  # twice is once
        assert len(await stored(site)) == 1


async def test_whom_nobody_can_be_asked_about_waits(tmp_path: Path, database: str):
    """A server that is away for a minute loses no follow; one that lies loses it at once."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        body = json.dumps({"@context": AS, **follow(peer, actor)}).encode()
        assert (
            await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=body)
        ).status_code == 202
        kept = {
            path: peer.documents.pop(path) for path in list(peer.documents) if "webfinger" in path
        }
        peer.documents["/.well-known/webfinger"] = 503
        db = site.app.db
        _, jobs = await db.write(work_through, db.env.routes, "federation")
        event = db.env.routes.decode(jobs[0].event)
        for _ in range(2):  # and it waits as well while nobody asks again so soon
            with pytest.raises(inbox.Unreachable):
                await inbox.work(site.app, event)
        site.app.federation = None  # five minutes later
        peer.documents.update(kept)
        await inbox.work(site.app, event)
        assert await follows_(site, peer, ada)


async def test_who_follows_is_answered_and_who_is_followed_answers(tmp_path: Path, database: str):
    """Both ways, over the wire: their Follow is answered by its id, and their Accept finds ours."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents |= dict.fromkeys(("/inbox", "/users/eve/inbox"), 202)
        ada, shy = await site.person("ada"), await site.person("shy", locked=True)
        await send(site, follow(peer, f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"))
        await carry(site)
        (answer,) = taken(peer)
        assert (answer["type"], answer["object"]["id"]) == ("Accept", f"{peer.eve}/follows/1")
        await send(site, follow(peer, f"{browsing.ORIGIN}/ap/users/{shy.viewer.id}", 2))
        await carry(site)
        assert len(taken(peer)) == 1  # she was asked first, and has not answered
        eve = await site.app.db.read(people.known, peer.eve)
        await site.app.db.write(following.reject, shy.viewer, eve)
        await site.app.db.write(following.follow, ada.viewer, eve)
        await carry(site)
        told = {each["type"]: each for each in taken(peer)}
        assert told["Reject"]["object"]["id"] == f"{peer.eve}/follows/2"
        asks = told["Follow"]
        assert asks["object"] == peer.eve
        said = {"id": f"{peer.eve}/a/9", "type": "Accept", "actor": peer.eve, "object": asks}
        await send(site, said)
        standing = await site.app.db.read(graph.standing, ada.viewer.id, eve)
        assert standing.follow is not None
        await send(site, {**said, "id": f"{peer.eve}/r/9", "type": "Reject"})
        await carry(site)
        assert len(taken(peer)) == 3  # who turns somebody away is not told that they left
