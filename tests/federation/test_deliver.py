"""Letters are carried: signed so that they are believed, again where they were not taken, and
nobody waits for a server that is away."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import browsing
import met
from far import PEERS, Far, ask, far
from sqlalchemy import func, select

from whimbrel.accounts import leave
from whimbrel.federation import abroad, signatures
from whimbrel.federation import courier as carrying
from whimbrel.federation.courier import Courier
from whimbrel.federation.queries import keys as kept
from whimbrel.federation.signatures import Request
from whimbrel.federation.tables import actor_keys, deliveries, letters
from whimbrel.posts import delete, edit
from whimbrel.posts.rules import Draft, Visibility

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Clock:
    """The time of a server in this process."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def step(self, **by: float) -> None:
        self.now += timedelta(**by)


@contextmanager
def standing(site: browsing.Site) -> Iterator[Clock]:
    """The server's clock stands still."""
    clock, env = Clock(), site.app.db.env
    inner = site.app.db._backend
    site.app.db.env = inner._env = env._replace(clock=clock)
    yield clock


async def carry(site: browsing.Site) -> None:
    """Everything that is due goes out."""
    await site.settle()
    courier = Courier(site.app)
    await courier.settle()
    await courier.stop()


def taken(peer: Far) -> list[dict[str, Any]]:
    """What was sent to a server, in order."""
    sent = zip(peer.asked, peer.bodies, strict=True)
    return [json.loads(body) for (method, _, _), body in sent if method == "POST"]


async def count(site: browsing.Site, table: Any = deliveries) -> int:
    return int(await site.app.db.read(lambda tx: tx.value(select(func.count()).select_from(table))))


async def test_a_letter_proves_whose_it_is(tmp_path: Path, database: str):
    """A server that verifies, as all do, takes it; and it is thrown away when it has arrived."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = 202
        ada = await site.person("ada")
        await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        post = await ada.write("hello there")
        await carry(site)
        (said,) = taken(peer)
        assert said["object"]["content"] == "<p>hello there</p>"
        assert said["id"].endswith(f"/statuses/{post}/activity")
        ((_, path, headers),) = peer.asked
        request = Request("POST", peer.origin, path, headers, peer.bodies[0])
        claim = signatures.read(request, site.app.db.env.clock().timestamp())
        assert claim.key_id == f"{said['actor']}#main-key"
        public = await site.app.db.read(kept.public, ada.viewer.id)
        assert public is not None
        assert signatures.proves(claim, signatures.public_key(public.rsa))
        assert (await count(site), await count(site, letters)) == (0, 0)


async def test_a_server_that_knows_the_old_signatures_alone_is_knocked_at_twice(
    tmp_path: Path, database: str
):
    """Once: after that we know what it takes."""

    def old(headers: dict[str, str]) -> int:
        return 401 if "signature-input" in headers else 202

    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = old
        ada = await site.person("ada")
        await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        await ada.write("one")
        await carry(site)
        assert peer.times("/inbox") == 2
        await ada.write("two")
        await carry(site)
        assert peer.times("/inbox") == 3
        assert len({said["id"] for said in taken(peer)}) == 2


async def test_a_server_that_asks_for_more_to_be_signed_gets_it(tmp_path: Path, database: str):
    """Some hand out a nonce, so that nothing can be said twice."""
    asked = (
        'fedify=("@method" "@target-uri" "content-digest" "@authority");created;nonce="n1";tag="t"'
    )

    def strict(answer: Any, asked: str) -> Callable[[dict[str, str]], Any]:
        def answered(headers: dict[str, str]) -> Any:
            wanted = ('"@authority"', 'nonce="n1"', 'tag="t"', "fedify=(")
            if all(each in headers.get("signature-input", "") for each in wanted):
                return answer
            return 401, {"accept-signature": asked}, b""

        return answered

    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        said = peer.note("kept")
        peer.documents["/users/eve/notes/kept"] = strict(
            said, asked.replace('"content-digest" ', "")
        )
        assert await abroad.read_object(site.app, said["id"]) == said
        assert peer.times("/users/eve/notes/kept") == 2
        peer.documents["/inbox"] = strict(202, asked)
        ada = await site.person("ada")
        await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        await ada.write("one")
        await carry(site)
        assert peer.times("/inbox") == 2
        _, path, headers = peer.asked[-1]
        request = Request("POST", peer.origin, path, headers, peer.bodies[-1])
        claim = signatures.read(request, site.app.db.env.clock().timestamp())
        public = await site.app.db.read(kept.public, ada.viewer.id)
        assert public is not None
        assert signatures.proves(claim, signatures.public_key(public.rsa))
        assert (await count(site), await count(site, letters)) == (0, 0)


async def test_a_server_that_is_away_is_called_on_later_and_less(tmp_path: Path, database: str):
    """Nothing is lost in two days without power over there; nor is anybody's door beaten down."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            peer.documents["/inbox"] = 503
            ada = await site.person("ada")
            await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
            await ada.write("one")
            await ada.write("two")
            await carry(site)
            asked = peer.times("/inbox")
            assert asked <= 2
            await ada.write("three")
            await carry(site)
            assert peer.times("/inbox") == asked  # it is left alone
            clock.step(seconds=73)
            await carry(site)
            assert peer.times("/inbox") == asked + 1  # one letter shows whether it is back
            clock.step(days=2)
            peer.documents["/inbox"] = 202
            await carry(site)
            contents = [said["object"]["content"] for said in taken(peer)[asked + 1 :]]
            assert sorted(contents) == ["<p>one</p>", "<p>three</p>", "<p>two</p>"]
            assert await count(site) == 0


async def test_what_happens_to_a_post_arrives_in_order(tmp_path: Path, database: str):
    """An edit that overtakes the post is lost; a post that overtakes its deletion is there for
    ever."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            peer.documents["/inbox"] = 500
            ada, db = await site.person("ada"), site.app.db
            await db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
            post = await ada.write("one")
            await carry(site)
            clock.step(seconds=1)
            await db.write(edit.edit, ada.viewer, post, Draft(text="two"))
            other = await ada.write("another")
            await carry(site)
            clock.step(minutes=10)
            peer.documents["/inbox"] = 202
            at = len(peer.asked)
            await carry(site)
            kinds = [each["type"] for each in taken(peer)[at:] if str(other) not in each["id"]]
            assert kinds == ["Create", "Update"]
            clock.step(seconds=1)
            gone = await ada.write("never mind")
            await db.write(delete.delete, ada.viewer, gone)
            await carry(site)
            assert [each["type"] for each in taken(peer)[at + 3 :]] == ["Delete"]


async def test_after_a_week_all_that_waits_is_thrown_away(tmp_path: Path, database: str):
    """A server that is no more must not fill the disk; who follows from there still does."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            peer.documents["/inbox"] = 503
            ada = await site.person("ada")
            eve = await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
            await ada.write("one")
            for _ in range(12):
                await carry(site)
                clock.step(days=1)
            assert await count(site) == 0
            assert await count(site, letters) == 0
            assert peer.times("/inbox") < 12
            peer.documents["/inbox"] = 202
            await ada.write("two")
            await carry(site)
            assert taken(peer)[-1]["object"]["content"] == "<p>two</p>"
            assert eve.id


async def test_who_is_gone_over_there_follows_nobody(tmp_path: Path, database: str):
    """410: to an inbox of a server that says so nothing is sent any more."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/users/eve/inbox"] = 410
        ada, db = await site.person("ada"), site.app.db
        who = f"{peer.origin}/users/eve"
        await db.write(lambda tx: met.follower(tx, who, ada.viewer, shared=False))
        await ada.write("one")
        await carry(site)
        await ada.write("two")
        await carry(site)
        assert peer.times("/users/eve/inbox") == 1
        assert await count(site) == 0


async def test_one_letter_that_a_server_chokes_on_does_not_hold_up_the_others(
    tmp_path: Path, database: str
):
    """Some answer 500 to what they cannot read, for ever."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:

            def picky(_: dict[str, str]) -> int:
                return 500 if b"bones" in peer.bodies[-1] else 202

            peer.documents["/inbox"] = picky
            ada = await site.person("ada")
            await site.app.db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
            await ada.write("bones")
            await carry(site)
            await ada.write("meat")
            clock.step(minutes=2)
            await carry(site)
            await ada.write("more")
            await carry(site)
            contents = [said["object"]["content"] for said in taken(peer)]
            assert {"<p>meat</p>", "<p>more</p>"} <= set(contents)
            assert await count(site) == 1


async def test_healthy_servers_do_not_wait_for_the_dead(
    tmp_path: Path, database: str, monkeypatch: Any
):
    """Many that hang for as long as they may, and one that listens: it hears at once."""
    monkeypatch.setattr(carrying, "PLACES", 4)
    monkeypatch.setattr(carrying, "MOMENT", 0.02)
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        hung: list[str] = []

        class Slow:
            """A client that waits for the dead, and passes the living on."""

            def __init__(self, inner: Any) -> None:
                self.inner = inner

            async def post(self, url: str, body: bytes, **how: Any) -> Any:
                if not url.startswith(peer.origin):
                    hung.append(url)
                    await asyncio.sleep(3600)
                return await self.inner.post(url, body, **how)

            async def close(self) -> None:
                await self.inner.close()

        peer.documents["/inbox"] = 202
        ada, db = await site.person("ada"), site.app.db
        for number in range(40):
            await db.write(met.follower, f"https://dead{number}.example/users/eve", ada.viewer)
        await db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        site.app.fetcher = Slow(site.app.fetcher)  # type: ignore[assignment]
        await ada.write("hello")
        courier = Courier(site.app)
        await courier.start(alone=True)
        for _ in range(200):
            if taken(peer) and await count(site) == 40:
                break
            await asyncio.sleep(0.02)
        assert len(taken(peer)) == 1
        await courier.stop(patience=0)
        assert len(hung) >= 4
        assert await count(site) == 40


async def test_who_leaves_says_so_with_keys_that_outlive_them(tmp_path: Path, database: str):
    """Other servers must forget somebody whose row, and whose ties, are gone by then."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            peer.documents["/inbox"] = peer.documents["/users/eve/inbox"] = 202
            ada, db = await site.person("ada"), site.app.db
            await db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
            await ada.write("hello @eve@" + peer.origin.partition("://")[2])
            await carry(site)
            at = len(peer.asked)
            peer.documents["/inbox"] = 503
            await db.write(leave.erase_account, ada.viewer)
            await carry(site)
            clock.step(hours=2)  # the row goes
            await site.settle()
            peer.documents["/inbox"] = 202
            await carry(site)
            said = taken(peer)[at:]
            actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
            assert {(each["type"], each["object"]) for each in said} == {("Delete", actor)}
            assert await count(site, actor_keys) == 1
            for path in ("", "/statuses/1"):
                bare = await site.visitor(accept="application/activity+json").get(
                    f"/ap/users/{ada.viewer.id}{path}"
                )
                assert bare.status_code == (401 if path else 410)
            clock.step(days=8)
            await site.settle()
            assert await count(site, actor_keys) == 0


async def test_what_was_deleted_is_gone_and_what_was_hidden_was_never_there(
    tmp_path: Path, database: str
):
    """A server that missed the Delete learns it when it asks; of a hidden post nobody learns."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = 202
        ada, db = await site.person("ada"), site.app.db
        await db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        key, base = f"{peer.eve}#main-key", f"/ap/users/{ada.viewer.id}/statuses"
        for visibility, status in ((Visibility.PUBLIC, 410), (Visibility.PRIVATE, 404)):
            post = await ada.write("never mind", visibility=visibility)
            await db.write(delete.delete, ada.viewer, post)
            for end in ("", "/activity"):
                answer = await ask(site, f"{base}/{post}{end}", key)
                assert answer.status_code == status
            if status == 410:
                said = answer.json()
                assert (said["type"], said["id"]) == (
                    "Tombstone",
                    f"{browsing.ORIGIN}{base}/{post}",
                )


async def test_an_inbox_that_fails_does_not_hold_up_its_neighbour(tmp_path: Path, database: str):
    """Two people on a server that has no common inbox: what one cannot take, the other gets."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            peer.documents["/users/eve/inbox"] = 500
            peer.documents["/users/kim/inbox"] = 202
            ada, db = await site.person("ada"), site.app.db
            for name in ("eve", "kim"):
                who = f"{peer.origin}/users/{name}"
                await db.write(lambda tx, who=who: met.follower(tx, who, ada.viewer, shared=False))
            await ada.write("one")
            await carry(site)
            clock.step(minutes=2)
            await carry(site)
            assert peer.times("/users/kim/inbox") == 1
            assert await count(site) == 1
