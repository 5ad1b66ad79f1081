"""Posts of others, here: shown, told of and found like our own, and never to anybody they are not
for."""

from pathlib import Path

import browsing
import pytest
from far import PEERS, Far, far, send
from sqlalchemy import select

from whimbrel.accounts import follow
from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Viewer
from whimbrel.core.fetch import Unreachable
from whimbrel.core.tables import jobs
from whimbrel.federation import inbox, notes, people
from whimbrel.federation.doing import reactions
from whimbrel.federation.events import Received
from whimbrel.federation.reading import PUBLIC
from whimbrel.federation.tables import received
from whimbrel.posts import queries as posts
from whimbrel.posts.rules import Post, Visibility


def uri(who: browsing.Person) -> str:
    return f"{browsing.ORIGIN}/ap/users/{who.viewer.id}"


def mention(who: browsing.Person) -> dict:
    return {"type": "Mention", "href": uri(who), "name": "@x@social.example"}


async def following(site: browsing.Site, name: str, peer: Far) -> browsing.Person:
    """Somebody of ours who follows Eve, and looked at their home before."""
    person = await site.person(name)
    eve = await people.found(site.app, peer.eve)

    def begin(tx):
        follow.follow(tx, person.viewer, eve)
        follow.authorize(tx, Viewer(account=eve), person.viewer.id)

    await site.app.db.write(begin)
    await site.settle()
    await person.get("/home")
    await site.settle()
    return person


async def post_of(site: browsing.Site, id_: str) -> Post | None:
    def look(tx):
        post = notes.known(tx, id_)
        return None if post is None else posts.any_post(tx, post)

    return await site.app.db.read(look)


async def test_a_post_of_whom_one_follows_is_at_home_until_it_is_deleted(
    tmp_path: Path, database: str
):
    """Written, changed and deleted elsewhere: homes, pages and mentions follow."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        note = peer.note(
            content="<p onclick='x'>Hello <script>alert(1)</script><b>world</b> #Birds</p>",
            summary="<i>warned</i>",
            tag=[mention(ada), {"type": "Hashtag", "name": "#Birds"}, 7, {"type": "Hashtag"}],
            cc=[f"{peer.eve}/followers", uri(ada)],
            contentMap={"de": "x"},
            attachment={"type": "Page", "url": "https://e.example/a.html", "name": '<"alt">'},
        )
        assert (await send(site, peer.act("Create", note))).status_code == 202
        post = await post_of(site, note["id"])
        assert (post.local, post.visibility, post.language) == (False, Visibility.PUBLIC, "de")
        assert (post.content.spoiler, post.sensitive) == ("warned", True)
        assert "script" not in post.content.html
        assert "onclick" not in post.content.html
        assert '<a href="https://e.example/a.html"' in post.content.html
        assert "&lt;&quot;alt&quot;&gt;" in post.content.html
        assert [one.id for one in post.content.mentions] == [ada.viewer.id]
        for page in ("/home", "/tags/birds", "/notifications"):
            assert "<b>world</b>" in (await ada.get(page)).text, page
        # Older than what we have changes nothing; newer does; somebody else's never.
        edit = {**note, "content": "<p>Anew</p>", "tag": [], "updated": "2020-01-01T00:00:00Z"}
        await send(site, peer.act("Update", edit, 1))
        assert "world" in (await post_of(site, note["id"])).content.html
        # Nor does what is said to be written at another time.
        edit["updated"] = "2100-01-01T00:00:00Z"
        for at, published in enumerate(("2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z")):
            await send(site, peer.act("Update", {**edit, "published": published}, 3 + at))
            assert "world" in (await post_of(site, note["id"])).content.html
        await send(site, peer.act("Update", edit, 2))
        again = await post_of(site, note["id"])
        assert "Anew" in again.content.html
        assert again.edited_at is not None
        assert again.at == post.at  # when it was written does not change
        await send(site, peer.act("Delete", {"type": "Tombstone", "id": note["id"]}))
        assert await post_of(site, note["id"]) is None
        assert "Anew" not in (await ada.get("/home")).text
        # What comes late, or again, stays away.
        await send(site, peer.act("Create", note, 2))
        assert await post_of(site, note["id"]) is None


async def test_a_delete_that_comes_first_wins(tmp_path: Path, database: str):
    """Two requests overtake each other, and what somebody deleted would stay for ever."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        note = peer.note()
        await send(site, peer.act("Delete", note["id"]))
        await send(site, peer.act("Create", note))
        assert await post_of(site, note["id"]) is None
        await send(site, peer.act("Undo", peer.act("Announce", note["id"], 5)))
        await send(site, peer.act("Announce", note["id"], 5))
        assert await post_of(site, f"{peer.eve}/acts/Announce/5") is None


@pytest.mark.parametrize(
    ("to", "cc", "level"),
    [
        (["as:Public"], [], Visibility.PUBLIC),
        ("followers", "Public", Visibility.UNLISTED),
        (["followers"], ["ada"], Visibility.PRIVATE),
        ("ada", None, Visibility.DIRECT),
        (["https://e.example/list"], ["ada"], Visibility.DIRECT),
        (["https://e.example/users/x/followers"], ["ada"], Visibility.DIRECT),
    ],
)
async def test_who_may_see_it_is_read_as_it_was_meant(
    tmp_path: Path, database: str, to, cc, level: Visibility
):
    """A letter on the public page is the worst that can happen (CVE-2025-30741)."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        bob = await site.person("bob")
        names = {"followers": f"{peer.eve}/followers", "ada": uri(ada)}

        def named(value):
            if isinstance(value, list):
                return [names.get(each, each) for each in value]
            return names.get(value, value)

        tag = [mention(ada), mention(bob)]  # Bob is named and not addressed
        note = peer.note(to=named(to), cc=named(cc), tag=tag)
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        assert post.visibility is level
        assert ("Hello" in (await ada.get("/home")).text) or level is Visibility.DIRECT
        told = (await bob.get("/notifications")).text
        assert "Hello" not in told
        seen = await bob.get(f"/api/v1/statuses/{post.id}")
        assert (seen.status_code == 200) == (level <= Visibility.UNLISTED)
        # A second delivery for more people widens nothing (CVE-2024-37903).
        await send(site, peer.act("Create", {**note, "to": [PUBLIC]}, 2))
        assert (await post_of(site, note["id"])).visibility is level


async def test_nobody_speaks_for_somebody_else(tmp_path: Path, database: str):
    """Rules B, C and J: embedded posts of others, posts on other servers, others' edits and
    deletions (CVE-2024-23832, CVE-2025-32946)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        await following(site, "ada", peer)
        await following(site, "bob", other)
        real = peer.note("real")
        await send(site, peer.act("Create", real))
        forged = [
            {**real, "id": f"{other.eve}/notes/1"},  # Eve here wrote it, says the other server
            {**other.note("2"), "attributedTo": peer.eve},
            {**real, "id": f"{peer.eve}/notes/3", "content": "forged"},
            peer.note("4", attributedTo=other.eve),
        ]
        for number, note in enumerate(forged):
            await send(site, other.act("Create", note, number))
            assert await post_of(site, note["id"]) is None, number
        changed = {**real, "content": "forged", "updated": "2100-01-01T00:00:00Z"}
        await send(site, other.act("Update", changed))
        await send(site, other.act("Update", {**changed, "attributedTo": other.eve}, 2))
        await send(site, other.act("Delete", real["id"]))
        await send(site, other.act("Delete", peer.eve, 2))
        mallory = peer.person("mallory")["id"]
        mine = {"id": f"{mallory}/acts/1", "actor": mallory}
        await send(site, {**mine, "type": "Delete", "object": real["id"]})
        await send(site, {**mine, "id": f"{mallory}/acts/2", "type": "Update", "object": changed})
        assert "Hello" in (await post_of(site, real["id"])).content.html
        # What is only named is read where it lies, whatever comes with it.
        await send(site, peer.act("Create", peer.note("5")["id"], 5))
        assert await post_of(site, f"{peer.eve}/notes/5") is not None


async def test_what_concerns_nobody_is_not_kept(tmp_path: Path, database: str):
    """Or anybody could fill our disk with posts that nobody asked for."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        await send(site, peer.act("Create", peer.note("1")))
        assert await post_of(site, f"{peer.eve}/notes/1") is None
        assert await site.app.db.read(lambda tx: tx.rows(received.select())) == []
        assert peer.times("/users/eve/notes/1") == 0
        await send(site, peer.act("Announce", peer.note("2")["id"]))
        assert await post_of(site, f"{peer.eve}/notes/2") is None
        letter = peer.note("3", to=["https://e.example/users/x"], cc=[])
        await send(site, peer.act("Create", letter, 3))
        assert await post_of(site, letter["id"]) is None
        vote = peer.note("4", to=uri(ada), cc=[], tag=mention(ada), content=None, name="Yes")
        await send(site, peer.act("Create", vote, 4))
        assert await post_of(site, vote["id"]) is None
        asked = peer.note("5", cc=uri(ada), tag=mention(ada))
        await send(site, peer.act("Create", asked, 5))
        assert await post_of(site, asked["id"]) is not None
        assert "Hello" in (await ada.get("/notifications")).text


async def test_likes_and_boosts_come_and_go(tmp_path: Path, database: str):
    """Who wrote a post is told of them; and of hidden posts nobody learns that they are there."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        mine = await ada.write("hello")
        hidden = await ada.write("for friends", visibility=Visibility.PRIVATE)
        post, secret = (f"{uri(ada)}/statuses/{id_}" for id_ in (mine, hidden))

        async def counts(id_: int) -> tuple[int, int]:
            found = await site.app.db.read(posts.any_post, id_)
            return found.favourites, found.boosts

        public = {"to": [PUBLIC], "cc": []}
        for about in (post, post, secret):
            await send(site, peer.act("Like", about, len(about)))
            await send(site, peer.act("Announce", about, len(about), **public))
        await send(site, peer.act("Like", secret, 900))
        await send(site, peer.act("Announce", secret, 900, **public))
        assert await counts(mine) == (1, 1)
        assert await counts(hidden) == (0, 0)
        told = (await ada.get("/notifications")).text
        assert told.count("Eve") >= 2
        await send(site, peer.act("Undo", peer.act("Like", post, len(post))))
        await send(site, peer.act("Undo", f"{peer.eve}/acts/Announce/{len(post)}", 2))
        assert await counts(mine) == (0, 0)
        # A boost of somebody else's post: it is read where it lies, and is at home.
        other = peer.note("other", content="<p>Boosted words</p>")
        await send(site, peer.act("Announce", {**other, "content": "<p>Put in</p>"}, 7, **public))
        home = (await ada.get("/home")).text
        assert "Boosted words" in home
        assert "Put in" not in home


async def test_a_boost_of_what_cannot_be_had_just_now_is_not_lost(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
):
    """Whoever follows Eve would never see it, because a third server restarted at that moment."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer, far() as third:
        ada = await following(site, "ada", peer)
        note = third.note("other", content="<p>Boosted words</p>")
        there = third.documents["/users/eve/notes/other"]
        third.documents["/users/eve/notes/other"] = 503
        boost = peer.act("Announce", note["id"], 7, to=[PUBLIC])
        with pytest.raises(Unreachable):  # the worker tries again
            await send(site, boost)
        rows = await site.app.db.read(lambda tx: tx.rows(select(jobs.c.event)))
        events = [site.app.db.env.routes.decode(event) for (event,) in rows]
        (received_,) = (each for each in events if isinstance(each, Received))
        third.documents["/users/eve/notes/other"] = there
        await inbox.work(site.app, received_)
        await site.settle()
        assert "Boosted words" in (await ada.get("/home")).text
        # Where it stays away it is given up, and nobody has to look at it.
        monkeypatch.setattr(reactions, "PATIENCE", 0)
        await send(site, peer.act("Announce", f"{third.eve}/notes/gone", 8, to=[PUBLIC]))
        third.documents["/users/eve/notes/gone"] = 503
        await send(site, peer.act("Announce", f"{third.eve}/notes/gone", 9, to=[PUBLIC]))


async def test_a_thread_is_followed_up_as_far_as_its_budget(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
):
    """Rule I: what is answered is fetched, and an endless thread is not (CVE-2022-46405)."""
    monkeypatch.setattr(notes, "MOST_ABOVE", 10)
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        for number in range(20):
            peer.note(str(number), inReplyTo=f"{peer.eve}/notes/{number + 1}")
        await send(site, peer.act("Create", peer.documents["/users/eve/notes/0"]))
        fetched = {path for _, path, _ in peer.asked if "/notes/" in path}
        assert len(fetched) == 10
        first = await post_of(site, f"{peer.eve}/notes/0")
        parent = await post_of(site, f"{peer.eve}/notes/1")
        assert (first.reply_to, first.thread) == (parent.id, parent.thread)
        hidden = peer.note("hidden", to=[f"{peer.eve}/followers"], cc=[])
        await send(site, peer.act("Create", peer.note("a", inReplyTo=hidden["id"]), 2))
        assert await post_of(site, hidden["id"]) is None
        assert (await post_of(site, f"{peer.eve}/notes/a")).reply_to is None


async def test_who_leaves_elsewhere_is_gone_here(tmp_path: Path, database: str):
    """With all they said. Their key may be gone already: then their server says it for them."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        note = peer.note()
        await send(site, peer.act("Create", note))
        eve = await site.app.db.read(people.known, peer.eve)
        slot = (await post_of(site, note["id"])).slot
        assert site.app.db.keyring.alive(slot)
        await send(site, {**peer.act("Delete", peer.eve), "id": f"{peer.eve}#delete"})
        assert await post_of(site, note["id"]) is None
        assert not site.app.db.keyring.alive(slot)
        assert not (await site.app.db.read(graph.standing, ada.viewer.id, eve)).follow
        assert await people.found(site.app, peer.eve) in (None, eve)
        peer.person("mallory")
        mallory = f"{peer.origin}/users/mallory"
        await people.found(site.app, mallory)
        leaves = {"id": f"{mallory}#delete", "type": "Delete", "actor": mallory, "object": mallory}
        peer.documents["/users/mallory"] = 404
        assert (await send(site, leaves)).status_code == 401
        peer.documents["/users/mallory"] = 410
        assert (await send(site, leaves)).status_code == 202
        gone = await site.app.db.read(people.known, mallory)
        page = await ada.get(f"/@mallory@{peer.host}:{peer.port}")
        assert page.status_code in (404, 410), gone
        stranger = f"{peer.origin}/users/nobody"
        said = {**leaves, "id": f"{stranger}#d", "actor": stranger, "object": stranger}
        assert (await send(site, said)).status_code == 202  # and nobody is asked about it
        assert peer.times("/users/nobody") == 0


async def test_articles_and_films_are_a_title_with_a_link(tmp_path: Path, database: str):
    """A blog or a film server is followed like a person; what cannot be shown is led to."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        for number, kind in enumerate(("Article", "Video", "Event", "Page", "Audio")):
            link = [
                {"type": "Link", "mediaType": "video/mp4", "href": "https://e.example/v.mp4"},
                {"type": "Link", "mediaType": "text/html", "href": f"https://e.example/{kind}"},
            ]
            note = peer.note(kind, type=kind, name=f"<{kind}>", url=link, content="x" * 90_000)
            await send(site, peer.act("Create", note, number))
            html = (await post_of(site, note["id"])).content.html
            assert f"&lt;{kind}&gt;" in html
            assert f'href="https://e.example/{kind}"' in html
            assert len(html) < 2000
        ask = peer.note("q", type="Question", oneOf=[{"name": "<Yes>"}, 3])
        await send(site, peer.act("Create", ask, 99))
        assert "<li>&lt;Yes&gt;</li>" in (await post_of(site, ask["id"])).content.html
