"""Posts of everybody, of a tag; what stands beside them."""

from xml.etree import ElementTree

from browsing import Site

from whimbrel.core.tx import Tx
from whimbrel.discovery import trends
from whimbrel.discovery.events import TrendsDue
from whimbrel.posts.queries import tags

ATOM = "{http://www.w3.org/2005/Atom}"


def _written(tx: Tx, word: str) -> None:
    """Moderators say how a tag is written."""
    (tag,) = tags.ids_of(tx, [word.lower()]).values()
    tags.write(tx, tag, word)


def test_what_people_here_write_has_a_page(tell):
    """A newcomer who follows nobody would find an empty place."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        assert "Nobody has said anything yet" in (await ada.get("/local")).text
        await bob.write("Low tide at ten")
        for path in ("/local", "/public"):
            assert "Low tide at ten" in (await ada.get(path)).text
        stranger = (await site.visitor().get("/local")).text
        assert "Low tide at ten" in stranger and 'id="older"' not in stranger
        assert "Low tide" not in (await ada.get("/local?only=media")).text
        for number in range(20):
            await bob.write(f"number {number}")
        page = (await ada.get("/local")).text
        older = page.partition('id="older" href="')[2].partition('"')[0]
        assert older.startswith("/local?max_id=")
        assert "Low tide at ten" in (await ada.get(older)).text

    tell(story)


def test_a_tag_is_followed_where_its_posts_are(tell):
    """Each would have to be followed in an app; or be read as one word, folded."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await bob.write("Come and see #BirdWatch")
        page = (await ada.get("/tags/birdwatch")).text
        assert "<h1><bdi>#BirdWatch</bdi></h1>" in page
        await site.app.db.write(_written, "birdWATCH")
        assert "<h1><bdi>#birdWATCH</bdi></h1>" in (await ada.get("/tags/BirdWatch")).text
        done = await ada.send("/tags/birdwatch", "/tags/birdwatch/follow")
        assert done.headers["location"] == "/tags/birdwatch"
        assert "Stop following" in (await ada.get("/tags/BirdWatch")).text
        await site.settle()
        await bob.write("More #birdwatch")
        assert "More" in (await ada.get("/home")).text.partition('id="feed"')[2]
        await ada.send("/tags/birdwatch", "/tags/birdwatch/unfollow")
        assert "Follow this tag" in (await ada.get("/tags/birdwatch")).text
        assert (await ada.get("/tags/-")).status_code == 404
        assert "Follow this tag" in (await site.visitor().get("/tags/birdwatch")).text

    tell(story)


def test_a_closed_tag_says_so(tell):
    """Somebody would be told that nobody uses it, write about it, and be refused."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await ada.write("look #eel")
        await site.app.db.write(_close, "eel")
        page = (await ada.get("/tags/eel")).text
        assert "This tag is closed" in page
        assert "Write about it" not in page and "look" not in page
        assert b"<entry" not in (await ada.get("/tags/eel.atom")).content
        refused = await ada.send("/compose", "/compose", status="more #eel")
        assert refused.status_code == 422 and "disallowed hashtag: eel" in refused.text

    tell(story)


def _close(tx: Tx, word: str) -> None:
    tags.judge(tx, tags.ids_of(tx, [word])[word], usable=False, listable=True)


def test_a_tag_is_a_feed_that_names_who_wrote(tell):
    """Whoever reads feeds would have to follow everybody who may use it."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        empty = ElementTree.fromstring((await site.visitor().get("/tags/mud.atom")).content)
        assert empty.findall(f"{ATOM}entry") == []
        await ada.write("Grey <and> soft #Mud")
        answer = await site.visitor().get("/tags/mud.atom")
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = ElementTree.fromstring(answer.content)
        (entry,) = feed.findall(f"{ATOM}entry")
        assert (feed.findtext(f"{ATOM}title") or "").startswith("#Mud")
        assert entry.findtext(f"{ATOM}author/{ATOM}name") == "ada"

    tell(story)


def test_a_tag_is_shown_on_a_profile(tell):
    """What somebody writes about would be found by scrolling only."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await ada.write("All day #mud")
        assert "Nothing shown yet" in (await bob.get("/@ada/featured")).text
        await ada.send("/tags/mud/about", "/tags/mud/feature")
        shown = (await bob.get("/@ada/featured")).text
        assert 'href="/tags/mud"' in shown and "1 post" in shown
        assert 'href="/tags/mud"' in (await bob.get("/beside/@ada")).text
        assert "Take it off your profile" in (await ada.get("/beside/tags/mud")).text
        await ada.send("/beside/tags/mud", "/tags/mud/unfeature")
        assert 'href="/tags/mud"' not in (await bob.get("/@ada/featured")).text
        assert (await site.visitor().get("/@ada/featured")).status_code == 303

    tell(story)


def test_beside_home_stands_whom_to_follow_and_what_is_talked_about(tell):
    """The column would be empty, or cost every reader of home a search."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        assert "Around here" in (await ada.get("/beside/home")).text
        fans = [await site.person(f"fan{n}", discoverable=True) for n in range(4)]
        for each in fans:
            await each.write("we all count #birds")
            await each.send("/@fan0", "/@fan0/follow") if each is not fans[0] else None

        def count(tx) -> None:
            turn = trends.queries.counter(tx, trends.TURN)
            trends.tick(tx, TrendsDue(turn=turn))

        await site.app.db.write(count)
        piece = (await ada.get("/beside/home")).text
        assert "<html" not in piece and "@fan0" in piece and 'href="/tags/birds"' in piece
        done = await ada.send("/beside/home", "/@fan0/follow")
        assert done.headers["location"] == "/home"
        assert "@fan0" not in (await ada.get("/beside/home")).text

    tell(story, trends_review=False)
