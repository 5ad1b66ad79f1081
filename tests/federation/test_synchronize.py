"""Who follows whom is the same on both sides of the border, or made so."""

import json
from pathlib import Path

import browsing
import met
from far import PEERS, Far, ask, far
from sqlalchemy import update
from test_deliver import carry, taken

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import follows
from whimbrel.federation import people, synchronize
from whimbrel.federation.reading import AS
from whimbrel.posts.rules import Visibility


def test_only_a_whole_header_counts():
    """A half understood one would have follows removed."""
    said = 'collectionId="https://a.example/f", url="https://a.example/s", digest="AB"'
    assert synchronize.read(said) == ("https://a.example/f", "https://a.example/s", "ab")
    for wrong in ("", said[:-1], said + ', url="x"', "x" + said, 'url="a", digest="b"'):
        assert synchronize.read(wrong) is None
    actor = "https://a.example/users/eve"
    assert synchronize.claimed(actor, said) is not None
    assert synchronize.claimed("https://b.example/users/eve", said) is None


async def test_what_is_for_followers_says_who_they_are(tmp_path: Path, database: str):
    """Each server can compare its own part, and is shown no other (FEP-8fcf)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        peer.documents["/inbox"] = other.documents["/inbox"] = 202
        ada = await site.person("ada")
        names = [f"{peer.origin}/users/eve", f"{peer.origin}/users/joe", other.eve]
        for name in names:
            await site.app.db.write(met.follower, name, ada.viewer)
        await ada.write("for all")
        await carry(site)
        assert synchronize.NAME not in peer.asked[-1][2]
        await ada.write("for some", visibility=Visibility.PRIVATE)
        await carry(site)
        assert len(taken(peer)) == 2
        claim = synchronize.read(peer.asked[-1][2][synchronize.NAME])
        assert claim is not None
        assert claim.digest == synchronize.digest_of(names[1::-1])
        path = claim.url.removeprefix(browsing.ORIGIN)
        shown = (await ask(site, path, f"{peer.eve}#main-key")).json()
        assert sorted(shown["orderedItems"]) == sorted(names[:2])
        shown = (await ask(site, path, f"{other.eve}#main-key")).json()
        assert shown["orderedItems"] == names[2:]
        assert (await ask(site, path)).status_code == 401


async def test_what_differs_is_made_the_same(tmp_path: Path, database: str):
    """Bob would read nothing more of Eve without knowing why; and it is asked once an hour."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/users/eve/inbox"] = 202
        who = [await site.person(name) for name in ("ada", "bob", "kim")]
        ids = [each.viewer.id for each in who]
        uris = [f"{browsing.ORIGIN}/ap/users/{id_}" for id_ in ids]
        eve = await people.found(site.app, peer.eve)

        def begin(tx):
            for id_ in ids[:2]:
                graph.add_follow(tx, id_, eve, graph.Wish())
            tx.run(update(follows).values(at=tx.ms - 2 * synchronize.SETTLES))

        await site.app.db.write(begin)
        there = f"{peer.eve}/followers_synchronization"
        collection = {"@context": AS, "id": there, "type": "OrderedCollection"}
        listed = [uris[0], uris[2], "https://elsewhere.example/users/x"]
        peer.documents["/users/eve/followers_synchronization"] = {
            **collection,
            "orderedItems": listed,
        }

        async def say(number: int, digest: str, followers: str = f"{peer.eve}/followers") -> None:
            text = f'collectionId="{followers}", url="{there}", digest="{digest}"'
            note = peer.note(str(number), to=[f"{peer.eve}/followers"], cc=[])
            body = json.dumps({"@context": AS, **peer.act("Create", note, number)}).encode()
            answer = await ask(
                site,
                "/inbox",
                f"{peer.eve}#main-key",
                method="POST",
                body=body,
                more={synchronize.NAME: text},
            )
            assert answer.status_code == 202
            await site.settle()

        def asked(peer: Far) -> int:
            return peer.times("/users/eve/followers_synchronization")

        await say(1, synchronize.digest_of(uris[:2]))  # as it is here
        await say(2, synchronize.digest_of([]), f"{peer.eve}/others")
        assert asked(peer) == 0
        await say(3, synchronize.digest_of([uris[0], uris[2]]))
        assert asked(peer) == 1
        standing = [await site.app.db.read(graph.standing, id_, eve) for id_ in ids]
        assert [each.follow is not None for each in standing] == [True, False, False]
        await carry(site)
        undone = [said["object"]["actor"] for said in taken(peer) if said["type"] == "Undo"]
        assert undone == [uris[2]]
        await say(4, synchronize.digest_of([]))
        assert asked(peer) == 1
