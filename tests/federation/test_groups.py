"""Groups elsewhere (Lemmy, Friendica, Discourse): whoever follows one reads what is said in it."""

from pathlib import Path
from typing import Any

import browsing
from far import PEERS, Far, far, send
from test_notes import following, post_of

from whimbrel.federation.reading import PUBLIC
from whimbrel.posts import queries as posts


def group(peer: Far) -> str:
    """Eve's server has Eve for a group: she passes on what others say."""
    peer.person("eve", type="Group", name="Garden")
    return peer.eve


async def test_a_group_passes_on_what_is_said_in_it(tmp_path: Path, database: str):
    """Each post is once in the home of who follows the group, by whoever wrote it; what answers it
    is in the conversation; votes cost nobody anything, and a change is asked of its own server."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        garden = group(peer)
        ada = await following(site, "ada", peer)
        other.person("eve", name="Picard")
        page = other.note("1", type="Page", name="Tea", content="<p>Earl Grey</p>", audience=garden)
        reply = other.note("2", content="<p>Hot</p>", inReplyTo=page["id"], audience=garden)
        public: dict[str, Any] = {"to": [PUBLIC], "cc": [f"{garden}/followers"]}
        number = iter(range(100))

        async def passes(about: Any) -> None:
            await send(site, peer.act("Announce", about, next(number), **public))

        made_up = {**page, "content": "<p>Put in</p>"}
        await passes(other.act("Create", made_up))
        await passes(page["id"])
        await passes(other.act("Create", reply, 2))
        home = (await ada.get("/home")).text
        assert home.count("Earl Grey") == 1
        assert "Picard" in home
        assert "Garden" in home
        assert "Put in" not in home
        assert "Hot" not in home
        post, answer = await post_of(site, page["id"]), await post_of(site, reply["id"])
        assert (answer.reply_to, post.boosts) == (post.id, 1)
        asked = len(other.asked)
        for kind in ("Like", "Dislike", "Undo", "Add", "Lock", "Block"):
            await passes(other.act(kind, page["id"]))
        assert len(other.asked) == asked
        # Another text, as its own server has it.
        other.note("1", **{**page, "content": "<p>Decaf</p>", "updated": "2090-01-01T00:00:00Z"})
        await passes(other.act("Update", made_up))
        assert "Decaf" in (await post_of(site, page["id"])).content.html
        # It is said to be gone, and is not: then it is only not the group's any more.
        await passes(other.act("Delete", page["id"]))
        assert (await post_of(site, page["id"])).boosts == 0
        other.documents["/users/eve/notes/1"] = 410
        await passes(other.act("Delete", page["id"], 2))
        assert await post_of(site, page["id"]) is None
        # A group takes back what it passed on.
        await passes(other.act("Create", other.note("3", content="<p>Biscuits</p>"), 3))
        third = await post_of(site, f"{other.eve}/notes/3")
        assert (await site.app.db.read(posts.any_post, third.id)).boosts == 1
        undone = {"type": "Announce", "actor": garden, "object": other.act("Create", third.uri, 3)}
        await send(site, peer.act("Undo", {**undone, "id": f"{garden}/acts/other"}, 99))
        assert (await site.app.db.read(posts.any_post, third.id)).boosts == 0
