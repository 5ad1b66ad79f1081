"""Polls across servers: asked there and answered here, asked here and answered there, and counted
once."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import browsing
import met
import pytest
from far import PEERS, Far, far, send
from test_deliver import carry, standing, taken
from test_notes import following, post_of, uri
from test_outgoing import told
from test_outgoing import uri as uri_of

from whimbrel.accounts import tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.federation.outgoing import polls
from whimbrel.federation.state import state_of
from whimbrel.posts import poll as voting
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize
from whimbrel.posts.events import PollCounted, PollEnds
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import acts
from whimbrel.posts.rules import Draft, PollDraft, Visibility

FAR = "https://far.example"


def question(
    peer: Far, kind: str = "oneOf", votes: tuple[int, ...] = (3, 1), **more: object
) -> dict:
    """What Eve asks."""
    options = [
        {"type": "Note", "name": title, "replies": {"type": "Collection", "totalItems": number}}
        for title, number in zip(("<b>Tea</b>", "Coffee"), votes, strict=False)
    ]
    end = {"endTime": "2100-01-01T00:00:00Z", "votersCount": 4}
    return peer.note("q", type="Question", **{kind: options, **end, **more})


async def poll_of(who: browsing.Person, post: int) -> dict:
    """As somebody is shown it."""
    return json.loads(await who.site.app.db.read(serialize.poll, who.viewer, post))


async def test_somebody_votes_in_a_poll_elsewhere(tmp_path: Path, database: str):
    """They see what is asked, choose once, and who asks hears of it alone; the numbers that come
    back are shown, and it closes when it is over."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/users/eve/inbox"] = 202
        ada = await following(site, "ada", peer)
        said = question(peer, "anyOf", published="2020-01-01T00:00:00Z")
        await send(site, peer.act("Create", said))
        post = await post_of(site, said["id"])
        shown = await poll_of(ada, post.id)
        assert [each["title"] for each in shown["options"]] == ["<b>Tea</b>", "Coffee"]
        assert [each["votes_count"] for each in shown["options"]] == [3, 1]
        assert (shown["voters_count"], shown["multiple"], shown["expired"]) == (4, True, False)
        page = (await ada.get("/home")).text
        assert "&lt;b&gt;Tea" in page
        assert "<b>Tea" not in page

        def vote(tx: Tx) -> None:
            voting.vote(tx, ada.viewer, int(shown["id"]), [0, 1])

        await site.app.db.write(vote)
        await carry(site)
        sent = [each for each in taken(peer) if each["type"] == "Create"]
        titles = {each["object"]["name"] for each in sent}
        assert titles == {"<b>Tea</b>", "Coffee"}
        for each in sent:
            note = each["object"]
            assert note["inReplyTo"] == said["id"]
            assert (note["to"], note["attributedTo"]) == (peer.eve, uri(ada))
            assert "content" not in note
        assert len({each["id"] for each in sent}) == 2
        assert peer.times("/inbox") == 0  # it goes to Eve, and to nobody else
        # New numbers without an edit; another question begins anew.
        await send(site, peer.act("Update", question(peer, "anyOf", (7, 2), votersCount=8), 1))
        again = await poll_of(ada, post.id)
        assert [each["votes_count"] for each in again["options"]] == [7, 2]
        assert again["own_votes"] == [0, 1]
        assert (await post_of(site, said["id"])).edited_at is None
        over = question(peer, "anyOf", (7, 3), closed="2026-01-01T00:00:00Z", endTime=None)
        await send(site, peer.act("Update", over, 2))
        assert (await poll_of(ada, post.id))["expired"]
        other = question(peer, "oneOf", (0, 0), updated="2099-01-01T00:00:00Z")
        await send(site, peer.act("Update", other, 3))
        new = await poll_of(ada, post.id)
        assert (new["id"] != shown["id"], new["own_votes"]) == (True, [])
        await send(site, peer.act("Delete", said["id"]))
        assert await post_of(site, said["id"]) is None


async def test_votes_of_others_count_once(tmp_path: Path, database: str):
    """However often they come, for what can be chosen alone, from who may see it, and in time."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        asked = PollDraft(options=("Tea", "Coffee"), expires_in=3600)
        both = PollDraft(options=("Tea", "Coffee"), expires_in=3600, multiple=True)
        one = await ada.write("?", poll=asked)
        many = await ada.write("??", poll=both)
        hidden = await ada.write("???", poll=asked, visibility=Visibility.PRIVATE)
        number = iter(range(100))

        def note(post: int, title: str, **more: object) -> dict:
            end = {"inReplyTo": f"{uri(ada)}/statuses/{post}", "to": uri(ada), **more}
            id_ = f"{peer.eve}#votes/{next(number)}"
            return {"id": id_, "type": "Note", "name": title, "attributedTo": peer.eve, **end}

        async def chosen(post: int) -> tuple[list[int], int]:
            found = await poll_of(ada, post)
            counts = [each["votes_count"] for each in found["options"]]
            return counts, found["voters_count"]

        async def vote(about: object) -> None:
            await send(site, peer.act("Create", about, next(number)))

        other = f"{peer.origin}/users/mallory"
        for refused in (
            note(one, "Milk"),
            note(one, "Tea", attributedTo=other),
            note(one, "Tea", id=f"{browsing.ORIGIN}/x"),
            note(hidden, "Tea"),
        ):
            await vote(refused)
        assert (await chosen(one), await chosen(hidden)) == (([0, 0], 0), ([0, 0], 0))
        for title in ("Coffee", "Coffee", "Tea"):  # once, and no second thought
            await vote(note(one, title))
        assert await chosen(one) == ([0, 1], 1)
        await vote(note(many, "Tea"))
        await vote([note(many, "Tea"), note(many, "Coffee")])
        assert await chosen(many) == ([1, 1], 1)
        assert await post_of(site, f"{peer.eve}#votes/4") is None  # a vote is no post

        def close(tx: Tx) -> None:
            post = posts.any_post(tx, one)
            acts.close_poll(tx, post.poll)

        await site.app.db.write(close)
        mallory = peer.person("mallory")["id"]
        late = note(one, "Tea", attributedTo=mallory, id=f"{mallory}#votes/1")
        act = {"id": f"{mallory}#votes/1/activity", "type": "Create", "actor": mallory}
        await send(site, {**act, "object": late})
        assert await chosen(one) == ([0, 1], 1)


async def test_numbers_elsewhere_are_asked_for_again(tmp_path: Path, database: str):
    """A server tells those whom it likes to tell. Whoever looks at a poll sees what was true some
    minutes ago, not on the day it came; and everybody sees how it ended."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        with standing(site) as clock:
            ada = await following(site, "ada", peer)
            end = (clock.now + timedelta(hours=1)).isoformat()
            said = question(peer, votes=(0, 0), endTime=end)
            await send(site, peer.act("Create", said))
            post = await post_of(site, said["id"])
            token = await site.app.db.write(tokens.issue, ada.viewer.id, "read")
            asked = "/users/eve/notes/q"

            async def look(who: browsing.Visitor) -> list[int]:
                """What it says; then what follows from looking is done."""
                found = (await who.client.get(f"/api/v1/polls/{post.poll}")).json()
                await asyncio.gather(*state_of(site.app).tasks)
                await site.settle()
                return [each["votes_count"] for each in found["options"]]

            app = site.visitor(authorization=f"Bearer {token}")
            await look(app)
            assert peer.times(asked) == 0  # it is new
            question(peer, votes=(5, 2), endTime=end)
            clock.step(minutes=5)
            await look(site.visitor())  # strangers make us ask nobody anything
            assert peer.times(asked) == 0
            await look(app)
            assert await look(app) == [5, 2]
            assert peer.times(asked) == 1
            # Nobody looks, and it ends.
            question(peer, votes=(9, 9), endTime=end)
            clock.step(hours=2)
            await site.settle()
            assert await look(app) == [9, 9]
            assert (await poll_of(ada, post.id))["expired"]
            clock.step(minutes=5)
            await look(app)
            assert peer.times(asked) == 2  # these numbers stay


@pytest.mark.parametrize("level", [Visibility.PUBLIC, Visibility.DIRECT])
def test_numbers_are_told_together(tx: Tx, ada: Viewer, bob: Viewer, level: Visibility):
    """A poll with a thousand voters is no thousand letters; and voters hear how it ends."""
    eve = met.follower(tx, f"{FAR}/users/eve", ada)
    joe = met.somebody(tx, "https://other.example/users/joe")
    asked = PollDraft(options=("Tea", "Coffee"), expires_in=3600)
    text = "? @eve@far.example @joe@other.example @bob"
    post = publish(tx, ada, Draft(text=text, poll=asked, visibility=level))
    told(tx)
    for who in (bob, eve, joe):
        voting.vote_by_name(tx, who, post.id, ["Tea"])
    clocks = [each for each in tx.emitted if isinstance(each, PollCounted)]
    assert len(clocks) == 1
    assert told(tx) == []
    polls.counted(tx, clocks[0])
    ((said, where),) = told(tx)
    assert (said["type"], said["object"]["type"]) == ("Update", "Question")
    assert [each["replies"]["totalItems"] for each in said["object"]["oneOf"]] == [3, 0]
    assert said["object"]["votersCount"] == 3
    assert "updated" not in said["object"]
    assert where == [f"{FAR}/inbox", "https://other.example/inbox"]
    assert said["object"]["id"] == f"{uri_of(tx, ada)}/statuses/{post.id}"
    polls.counted(tx, clocks[0])  # nothing new
    polls.ended(tx, PollEnds(poll=post.poll, post=post.id))  # not yet
    assert told(tx) == []
    acts.close_poll(tx, post.poll)
    polls.ended(tx, PollEnds(poll=post.poll, post=post.id))
    ((said, _),) = told(tx)
    assert "closed" not in said["object"] or said["object"]["closed"]
