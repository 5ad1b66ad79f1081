"""Quotes across servers stand by the word of whoever is quoted, and no longer than that.

Source: FEP-044f"""

import json
from pathlib import Path
from typing import Any

import browsing
from far import PEERS, Far, ask, far, send
from test_deliver import carry, taken
from test_notes import following, post_of, uri

from whimbrel.core.tx import Tx
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.posts import quote, serialize
from whimbrel.posts.rules import QuotePolicy, Visibility

ANYBODY = {"canQuote": {"automaticApproval": [PUBLIC]}}


async def shown(who: browsing.Person, post: int) -> dict[str, Any]:
    """A status as somebody is shown it."""
    found = await who.site.app.db.read(serialize.one, who.viewer, post)
    return json.loads(found)


async def quote_of(who: browsing.Person, post: int) -> tuple[str, str | None]:
    """How its quote stands, and the words that are quoted."""
    found = (await shown(who, post))["quote"]
    status = found["quoted_status"]
    return found["state"], status and status["content"]


def request(peer: Far, note: Any, quoted: str, number: int = 1) -> dict[str, Any]:
    """Eve asks whether her post may quote another."""
    return peer.act("QuoteRequest", quoted, number, instrument=note)


def stamp(peer: Far, name: str, quoting: str, quoted: str, **more: Any) -> str:
    """What Eve's server says of who may quote her."""
    said = {
        "@context": AS,
        "id": f"{peer.eve}/stamps/{name}",
        "type": "QuoteAuthorization",
        "attributedTo": peer.eve,
        "interactingObject": quoting,
        "interactionTarget": quoted,
        **more,
    }
    peer.documents[f"/users/eve/stamps/{name}"] = said
    return str(said["id"])


async def test_somebody_elsewhere_quotes_one_of_ours(tmp_path: Path, database: str):
    """They ask, it is answered at once, and what proves it can be read; the author hears of it, and
    may take it back for good."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents |= {"/inbox": 202, "/users/eve/inbox": 202}
        ada = await following(site, "ada", peer)
        post = await ada.write("the original")
        ours = f"{uri(ada)}/statuses/{post}"
        inline = '<p class="quote-inline">RE: <a href="x">x</a></p><p>look at this</p>'
        note = peer.note("q", quote=ours, content=inline)
        await send(site, peer.act("Create", note))
        quoting = await post_of(site, note["id"])
        assert quoting.content.html == "<p>look at this</p>"
        assert await quote_of(ada, quoting.id) == ("pending", None)
        await send(site, request(peer, note, ours))
        await carry(site)
        (answer,) = [each for each in taken(peer) if each["type"] in ("Accept", "Reject")]
        assert (answer["type"], answer["actor"]) == ("Accept", uri(ada))
        assert answer["object"]["id"] == f"{peer.eve}/acts/QuoteRequest/1"
        assert await quote_of(ada, quoting.id) == ("accepted", "<p>the original</p>")
        assert (await shown(ada, post))["quotes_count"] == 1
        assert "look at this" in (await ada.get("/notifications")).text
        key = f"{peer.eve}#main-key"
        proof = await ask(site, answer["result"], key)
        told = proof.json()
        assert {name: told[name] for name in ("type", "attributedTo")} == {
            "type": "QuoteAuthorization",
            "attributedTo": uri(ada),
        }
        assert (told["interactingObject"], told["interactionTarget"]) == (note["id"], ours)
        # Again is answered again; another post is no part of that.
        await send(site, request(peer, note, ours, 2))
        assert (await shown(ada, post))["quotes_count"] == 1
        await site.app.db.write(quote.revoke, ada.viewer, post, quoting.id)
        await send(site, request(peer, note, ours, 3))
        await carry(site)
        kinds = [each["type"] for each in taken(peer)][-3:]
        assert sorted(kinds) == ["Accept", "Delete", "Reject"]
        gone = next(each for each in taken(peer) if each["type"] == "Delete")
        assert gone["object"] == answer["result"]
        assert (await ask(site, answer["result"], key)).status_code == 410
        assert await quote_of(ada, quoting.id) == ("revoked", None)
        assert (await shown(ada, post))["quotes_count"] == 0


async def test_who_may_not_quote_is_told_so(tmp_path: Path, database: str):
    """And of what is not theirs to see they learn nothing; a consent is for one post
    (CVE-2026-47777), and a boost is no way around (CVE-2025-62605)."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents |= {"/inbox": 202, "/users/eve/inbox": 202}
        ada = await site.person("ada")
        closed = await ada.write("mine", quote_policy=QuotePolicy.NOBODY)
        hidden = await ada.write("secret", visibility=Visibility.PRIVATE)
        open_ = await ada.write("open")
        number = iter(range(1, 100))

        async def answers(quoted: int, **more: Any) -> list[str]:
            at = next(number)
            ours = f"{uri(ada)}/statuses/{quoted}"
            note = peer.note(f"q{at}", **{"quote": ours, "cc": [uri(ada)], **more})
            before = len(taken(peer))
            await send(site, request(peer, note, ours, at))
            await carry(site)
            return [each["type"] for each in taken(peer)[before:]]

        assert await answers(closed) == ["Reject"]
        assert await answers(hidden) == []
        assert await answers(open_, quote=f"{uri(ada)}/statuses/{closed}") == []
        assert await answers(open_, attributedTo=f"{peer.origin}/users/mallory") == []
        assert await answers(open_) == ["Accept"]
        assert await post_of(site, f"{peer.eve}/notes/q1") is None
        assert (await shown(ada, closed))["quotes_count"] == 0


async def test_somebody_of_ours_quotes_a_post_elsewhere(tmp_path: Path, database: str):
    """It waits until its author agrees where they alone can say so; then the world is told, until
    they think better of it."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents |= {"/inbox": 202, "/users/eve/inbox": 202}
        ada = await following(site, "ada", peer)
        original = peer.note("o", content="<p>Eve's words</p>", interactionPolicy=ANYBODY)
        await send(site, peer.act("Create", original))
        there = await post_of(site, original["id"])
        approval = (await shown(ada, there.id))["quote_approval"]
        assert approval["current_user"] == "automatic"
        mine = await ada.write("what she says", quoted=there.id)
        await carry(site)
        assert await quote_of(ada, mine) == ("pending", None)
        (asked,) = [each for each in taken(peer) if each["type"] == "QuoteRequest"]
        note = asked["instrument"]
        assert (asked["object"], note["quote"]) == (original["id"], original["id"])
        assert note["content"].startswith('<p class="quote-inline">RE: <a href="')
        assert note["content"].endswith("<p>what she says</p>")
        assert (note["id"], "quoteAuthorization" in note) == (
            f"{uri(ada)}/statuses/{mine}",
            False,
        )
        good = stamp(peer, "good", note["id"], original["id"])
        bad = [
            stamp(peer, "b1", f"{uri(ada)}/statuses/1", original["id"]),
            stamp(peer, "b2", note["id"], f"{peer.eve}/notes/other"),
            stamp(peer, "b3", note["id"], original["id"], attributedTo=uri(ada)),
            stamp(peer, "b4", note["id"], original["id"], type="Note"),
            f"{peer.eve}/stamps/none",
        ]
        for number, each in enumerate(bad):
            await send(site, peer.act("Accept", asked, number, result=each))
        mallory = peer.person("mallory")["id"]
        forged = {"id": f"{mallory}/a/1", "actor": mallory, "type": "Accept", "result": good}
        await send(site, {**forged, "object": asked})
        assert await quote_of(ada, mine) == ("pending", None)
        await send(site, peer.act("Accept", asked["id"], 90, result=good))
        assert await quote_of(ada, mine) == ("accepted", "<p>Eve's words</p>")
        key = f"{peer.eve}#main-key"
        said = (await ask(site, note["id"], key)).json()
        assert (said["quote"], said["quoteAuthorization"]) == (original["id"], good)
        await send(site, {**forged, "id": f"{mallory}/d/1", "type": "Delete", "object": good})
        assert (await quote_of(ada, mine))[0] == "accepted"
        await send(site, peer.act("Delete", good))
        assert await quote_of(ada, mine) == ("revoked", None)
        assert "quote" not in (await ask(site, note["id"], key)).json()
        again = await ada.write("once more", quoted=there.id)
        await carry(site)
        wants = taken(peer)[-1]
        assert wants["instrument"]["id"].endswith(str(again))
        await send(site, peer.act("Reject", wants, 91))
        assert await quote_of(ada, again) == ("rejected", None)

        def nobody(tx: Tx) -> str:
            return json.loads(serialize.one(tx, ada.viewer, plain.id))["quote_approval"]

        await send(site, peer.act("Create", peer.note("plain"), 92))
        plain = await post_of(site, f"{peer.eve}/notes/plain")
        assert (await site.app.db.read(nobody))["current_user"] == "denied"


async def test_quotes_among_others_are_looked_at(tmp_path: Path, database: str):
    """Who claims to may quote is believed as far as who is quoted says so; what one quotes of
    oneself needs no word; what nobody asked for is a link."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        mallory = peer.person("mallory")["id"]
        original = peer.note("o", content="<p>Eve's words</p>")
        theirs = f"{mallory}/notes/1"
        good = stamp(peer, "1", theirs, original["id"])

        async def quoted(name: str, **more: Any) -> tuple[int, Any]:
            note = peer.note(name, quote=original["id"], content="<p>look</p>", **more)
            note |= {"id": f"{mallory}/notes/{name}", "attributedTo": mallory}
            peer.documents[f"/users/mallory/notes/{name}"] = note
            act = peer.act("Announce", note["id"], len(peer.documents), to=[PUBLIC])
            await send(site, act)
            post = await post_of(site, note["id"])
            return post.id, (await shown(ada, post.id))["quote"]

        # Somebody who is faster with another's word does not take its place (CVE-2026-33869).
        _, told = await quoted("0", quoteAuthorization=good)
        assert (told["state"], told["quoted_status"]) == ("pending", None)
        id_, told = await quoted("1", quoteAuthorization=good)
        assert told["quoted_status"]["content"] == "<p>Eve's words</p>"
        _, told = await quoted("2", quoteAuthorization=good)  # it is for another post
        assert told["state"] == "pending"
        # The word comes later, with an Update that changes nothing else.
        late = peer.documents["/users/mallory/notes/2"]
        late["quoteAuthorization"] = stamp(peer, "2", late["id"], original["id"])
        act = {"id": f"{mallory}/u/1", "type": "Update", "actor": mallory, "object": late}
        await send(site, act)
        assert (await quote_of(ada, id_))[0] == "accepted"
        assert (await quote_of(ada, (await post_of(site, late["id"])).id))[0] == "accepted"
        await send(site, peer.act("Create", peer.note("self", quote=original["id"]), 80))
        mine = await post_of(site, f"{peer.eve}/notes/self")
        assert (await quote_of(ada, mine.id))[0] == "accepted"
        old = peer.note("old", quoteUrl=f"{mallory}/notes/1")
        await send(site, peer.act("Create", old, 81))
        legacy = await post_of(site, old["id"])
        assert (await shown(ada, legacy.id))["quote"] is None
        assert f'href="{mallory}/notes/1"' in legacy.content.html
