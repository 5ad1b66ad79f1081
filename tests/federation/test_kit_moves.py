"""The recovery kit at work: followers come along from a server that is gone, and with nobody who
only says that they are somebody."""

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

import browsing
import far
import httpx
import met
import msgspec
import pytest
from signing import pair
from sqlalchemy import select
from strict import Strict, strict

from whimbrel.accounts.queries import graph
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.core.fetch import Unreachable
from whimbrel.exit.kit import box, go, make, recovery
from whimbrel.exit.kit.box import Kit
from whimbrel.federation import inbox, people
from whimbrel.federation.doing import moves
from whimbrel.federation.events import Received
from whimbrel.federation.pairs import make as new_pair
from whimbrel.federation.tables import received

PATH = "/settings/kit"


async def kit_of(folder: Path, template: Path, peer: Strict) -> Kit:
    """Ada's, of a server where somebody elsewhere follows her; and then that server is gone."""
    words = recovery.new_words()
    shutil.copy(template, folder / "whimbrel.db")
    async with browsing.site(folder, domain="old.example") as old:
        ada = (await old.person("ada")).viewer
        await old.app.db.write(met.follower, peer.eve, ada)
        name, file = await make.make(old.app, ada, recovery.public(recovery.secret(words)), "attic")
    assert name == "ada-old.example.kit"
    return box.unseal(file, words)


def asks(peer: Strict, site: browsing.Site) -> None:
    """The other server can ask this one, which runs on the loop of the test."""
    loop = asyncio.get_running_loop()

    async def get(url: str) -> dict[str, Any]:
        answer = await far.ask(site, url, f"{peer.eve}#main-key", style="draft")
        found: dict[str, Any] = answer.json()
        return found

    peer.fetch = lambda url: asyncio.run_coroutine_threadsafe(get(url), loop).result(10)


async def raw(peer: Strict, kit: Kit, body: bytes, now: float, sent: bytes = b"") -> int:
    """A Move straight to the other server."""
    (letter,) = go.sign(kit, body, kit.inboxes, now)
    headers = go._request(letter, kit.actor, body).headers
    async with httpx.AsyncClient() as client:
        answer = await client.post(letter.inbox, content=sent or body, headers=dict(headers))
    return answer.status_code


async def test_followers_come_along_when_nobody_answers_any_more(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
):
    """The old host is off: all that counts is a key that others know, and what the new account
    says."""
    (tmp_path / "old").mkdir()
    with strict() as peer:
        kit = await kit_of(tmp_path / "old", request.getfixturevalue("sqlite_template"), peer)
        assert (kit.handle, kit.archive) == ("ada@old.example", "attic")
        peer.keys[f"{kit.actor}#main-key"] = kit.public
        async with browsing.site(tmp_path, database, **far.PEERS) as site:
            asks(peer, site)
            ada = await site.person("ada")
            token = browsing.form_of((await ada.get(PATH)).text, PATH)

            async def say(path: str, **values: Any) -> httpx.Response:
                return await ada.client.post(f"{PATH}/{path}", data={**token, **values})

            now, stamp = time.time(), int(time.time() * 1000)
            body = go.body(site.app, ada.viewer, kit.actor, stamp)
            letters = go.sign(kit, body, kit.inboxes, now)
            listed = msgspec.json.encode(letters).decode()
            sent = {"actor": kit.actor, "public": kit.public, "stamp": stamp, "letters": listed}
            assert (await say("send", **sent)).status_code == 403
            assert await raw(peer, kit, body, now) == 403

            answer = await say("arrive", actor=kit.actor, stamp=stamp)
            assert answer.json()["body"].encode() == body
            thief = msgspec.structs.replace(kit, rsa=new_pair().private.rsa)
            assert await raw(peer, thief, body, now) == 401
            forged = go.sign(thief, body, kit.inboxes, now)
            told = await go.send(site.app, ada.viewer, kit.actor, kit.public, stamp, forged)
            assert told == ["refused"]
            assert peer.said[-1] == "the signature does not hold"  # that one did not get there
            assert await raw(peer, kit, body, now - 13 * 3600) == 401
            assert await raw(peer, kit, body, now, body.replace(b"Move", b"Like")) == 401
            assert peer.moved == {}

            assert (await say("send", **sent)).json() == {"told": ["taken"]}
            there = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
            assert peer.moved[kit.actor][1] == there
            assert await raw(peer, kit, body, now) == 403
            assert peer.said[-1] == "replayed"
            again = go.body(site.app, ada.viewer, kit.actor, stamp + 1)
            assert await raw(peer, kit, again, now) == 403
            assert peer.said[-1] == "moved a short while ago"
            page = (await ada.get("/settings/move")).text
            assert kit.actor in page


async def test_those_who_follow_from_here_come_along_when_the_old_host_stays_silent(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
):
    """A server that is only being restarted must lose nobody to a thief of a key; one that is gone
    must not keep everybody."""
    async with browsing.site(tmp_path, database, **far.PEERS) as site:
        ada, bob = await site.person("ada"), await site.person("bob")
        async with far.far() as peer:
            old = await people.found(site.app, peer.eve)
            await site.app.db.write(lambda tx: graph.add_follow(tx, bob.viewer.id, old, WISH))
            await far.send(site, peer.act("Like", f"{browsing.ORIGIN}/1"))  # her key is known now
        public, private = pair().public, pair().private
        mine = f"{browsing.ORIGIN}/inbox"
        kit = Kit(
            peer.eve, "eve@far", 0, public.rsa, private.rsa, private.ed25519, [("", mine)], []
        )
        await site.app.db.write(go.arrive, ada.viewer, kit.actor)
        await site.app.db.write(go.arrive, ada.viewer, kit.actor)
        body = go.body(site.app, ada.viewer, kit.actor, 1)
        letters = go.sign(kit, body, kit.inboxes, time.time())
        assert await go.send(site.app, ada.viewer, kit.actor, kit.public, 1, letters) == ["taken"]
        came = Received(activity=await site.app.db.read(lambda tx: tx.value(WAITING)))
        with pytest.raises(Unreachable):  # it is tried again later
            await inbox.work(site.app, came)
        assert not await follows(site, bob, ada)
        monkeypatch.setattr(moves, "SILENT", 0)
        await inbox.work(site.app, came)
        await site.settle()
        assert await follows(site, bob, ada)


WISH = graph.Wish()
WAITING = select(received.c.id).where(received.c.content.is_not(None))


async def follows(site: browsing.Site, who: browsing.Person, whom: browsing.Person) -> bool:
    found = await site.app.db.read(graph.standing, who.viewer.id, whom.viewer.id)
    return found.follow is not None


async def test_a_kit_is_no_way_to_make_this_server_knock_at_doors(tmp_path: Path):
    """Whoever has an account could else send what they like to whom they like, in our name."""
    async with browsing.site(tmp_path, **far.PEERS) as site, far.far() as peer:
        ada = await site.person("ada")
        mine = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for wrong in (
            "",
            "ftp://a.example/1",
            mine,
            f'{peer.eve}"',
            "https://a.example/" + "a" * 3000,
        ):
            with pytest.raises(Invalid):
                await site.app.db.write(go.arrive, ada.viewer, wrong)
        send = site.app, ada.viewer, peer.eve, pair().public.rsa, 1
        with pytest.raises(Forbidden):
            await go.send(*send, [])
        await site.app.db.write(go.arrive, ada.viewer, peer.eve)
        letter = go.Letter(f"{peer.origin}/inbox", "yesterday", "AAAA")
        with pytest.raises(Invalid):
            await go.send(*send, [letter] * (go.LETTERS + 1))
        with pytest.raises(Invalid):
            await go.send(site.app, ada.viewer, peer.eve, "no key", 1, [letter])
        both = [letter, go.Letter("nowhere", "", "")]
        assert await go.send(*send, both) == ["refused", "refused"]
        assert peer.times("/inbox") == 0
        token = browsing.form_of((await ada.get(PATH)).text, PATH)
        for path, name in (("send", "letters"), ("follow", "people")):
            for bad in ("", "{", "[1]", "[" * 10_000):
                answer = await ada.client.post(f"{PATH}/{path}", data={**token, name: bad})
                assert answer.status_code == 422, (path, bad[:5])
        handles = json.dumps([f"@eve@127.0.0.1:{peer.port}", "nobody@nowhere.invalid", "ada"])
        answer = await ada.client.post(f"{PATH}/follow", data={**token, "people": handles})
        assert answer.json() == {"followed": 1}
