"""The rest of a conversation, from where it goes on: within bounds, and nobody is told of what is
old."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import browsing
import pytest
from far import PEERS, Far, far, keep_away, send
from test_notes import following, mention, post_of

from whimbrel.federation import notes, threads
from whimbrel.federation.allowance import Allowance
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.state import state_of


def answer(peer: Far, name: str, number: str, to: str, **more: Any) -> dict[str, Any]:
    """What somebody says publicly on a server."""
    peer.person(name, featured=f"{peer.origin}/users/{name}/featured")
    who = f"{peer.origin}/users/{name}"
    said = {
        "@context": AS,
        "id": f"{who}/notes/{number}",
        "type": "Note",
        "attributedTo": who,
        "to": [PUBLIC],
        "inReplyTo": to,
        "content": f"<p>{number} by {name}</p>",
        **more,
    }
    peer.documents[f"/users/{name}/notes/{number}"] = said
    return said


def listed(peer: Far, note: dict[str, Any], items: list[Any]) -> str:
    """What its server lists below a note, on pages without an end."""
    address, number = f"{note['id']}/replies", count()
    path = address.removeprefix(peer.origin)
    note["replies"] = address

    def said(_: dict[str, str]) -> dict[str, Any]:
        page = {"type": "CollectionPage", "items": items, "next": f"{address}?{next(number)}"}
        return {"@context": AS, "id": address, "type": "Collection", "first": page}

    peer.documents[path] = said
    return path


async def test_answers_elsewhere_are_looked_at_beside_the_page(tmp_path: Path, database: str):
    """Ada opens a post of Eve's: next time she reads what others answered there. Nothing of it is
    news to anybody, and nothing counts that does not lie with whoever says it."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await following(site, "ada", peer)
        root = peer.note("1")
        near = answer(peer, "kim", "near", root["id"], tag=[mention(ada)])
        away = answer(other, "lou", "away", root["id"])
        deep = answer(peer, "max", "deep", away["id"])
        forged = {**answer(other, "lou", "forged", root["id"]), "content": "<p>put in</p>"}
        other.documents["/users/lou/notes/forged"] = 404
        stray = answer(other, "lou", "stray", f"{other.eve}/notes/nowhere")
        listed(other, away, [deep["id"]])
        mine = answer(peer, "ned", "mine", root["id"])
        root["context"] = f"{peer.eve}/notes/1/context"
        peer.documents["/users/eve/notes/1/context"] = {
            "@context": AS,
            "id": root["context"],
            "type": "OrderedCollection",
            "orderedItems": [root["id"], mine["id"]],
        }
        path = listed(peer, root, [near, forged, away["id"], stray["id"], root["id"]])
        await send(site, peer.act("Create", root))
        post = (await post_of(site, root["id"])).id
        where = f"/@eve@{peer.host}:{peer.port}/{post}"

        async def opens(who: browsing.Visitor) -> str:
            page = (await who.get(where)).text
            await asyncio.gather(*state_of(site.app).tasks)
            await site.settle()
            return page

        await opens(site.visitor())
        assert peer.times(path) == 0  # strangers make us ask nobody
        assert "by kim" not in await opens(ada)
        page = await opens(ada)
        assert all(f"by {name}" in page for name in ("kim", "lou", "max", "ned"))
        assert "put in" not in page
        assert "stray" not in page
        assert (await post_of(site, deep["id"])).reply_to == (await post_of(site, away["id"])).id
        pages = [asked for _, asked, _ in peer.asked if asked.startswith(path)]
        assert len(pages) == threads.MOST_PAGES  # and not again so soon
        assert peer.times("/users/kim/featured") == 0
        for told in ("/home", "/notifications"):
            shown = (await ada.get(told)).text
            assert "by kim" not in shown
            assert "by lou" not in shown


async def test_what_is_above_is_fetched_within_bounds(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
):
    """A conversation of many strangers, or one that goes round, costs others little; and of a
    server that is kept out or does not answer nothing is asked."""
    monkeypatch.setattr(notes, "MOST_MET", 2)
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await following(site, "ada", peer)
        one = answer(other, "a", "1", f"{other.origin}/users/b/notes/2")
        two = answer(other, "b", "2", f"{other.origin}/users/c/notes/3")
        answer(other, "c", "3", f"{other.origin}/users/d/notes/4")
        await send(site, peer.act("Create", peer.note("5", inReplyTo=one["id"])))
        five = await post_of(site, f"{peer.eve}/notes/5")
        assert five.reply_to == (await post_of(site, one["id"])).id
        assert (await post_of(site, one["id"])).reply_to == (await post_of(site, two["id"])).id
        assert (await post_of(site, two["id"])).reply_to is None  # the third is one too many
        assert other.times("/users/c") == 0
        assert "by a" not in (await ada.get("/notifications")).text
        # It goes round: it ends, and what was said is news still.
        round_ = peer.note("6", inReplyTo=f"{peer.eve}/notes/7", content="<p>Round</p>")
        peer.note("7", inReplyTo=round_["id"])
        await send(site, peer.act("Create", round_, 2))
        assert "Round" in (await ada.get("/home")).text
        # No answer: whatever else lies there has to wait.
        state_of(site.app).spare = Allowance(9, 60_000, 9)
        other.documents["/users/a/notes/8"] = 503
        for number, name in ((10, "8"), (11, "9")):
            note = peer.note(str(number), inReplyTo=f"{other.origin}/users/a/notes/{name}")
            await send(site, peer.act("Create", note, number))
            assert (await post_of(site, note["id"])).reply_to is None
        assert other.times("/users/a/notes/8") > 0
        assert other.times("/users/a/notes/9") == 0
        # Kept out.
        state_of(site.app).spare = Allowance(9, 60_000, 9)
        await site.app.db.write(keep_away, "127.0.0.2", "suspend")
        note = peer.note("12", inReplyTo=f"{other.origin}/users/a/notes/9")
        await send(site, peer.act("Create", note, 12))
        assert other.times("/users/a/notes/9") == 0


def test_of_each_server_so_much_in_a_while():
    """Whoever names a server often is at its end; others are not, and later it is as before."""
    some = Allowance(2, 1000, 2)
    assert [some.take("a", 0), some.take("a", 1), some.take("a", 2)] == [True, True, False]
    assert some.take("b", 2)
    assert some.take("a", 1000)
    some.failed("a", 1000)
    assert not some.take("a", 1999)
    assert some.take("a", 2000)
