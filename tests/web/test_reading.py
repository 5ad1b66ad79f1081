"""What pages show, to whom, and how they are sent."""

import asyncio
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

from browsing import Person, Site

from whimbrel.accounts import sessions
from whimbrel.accounts.follow import follow
from whimbrel.accounts.profile import Changes, update
from whimbrel.posts import marks
from whimbrel.posts.rules import Visibility

ATOM = "{http://www.w3.org/2005/Atom}"


def test_private_pages_are_kept_by_nobody_and_public_ones_asked_for_again(tell):
    """A shared cache would show one reader's home to another, or a post after it was erased."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        page = f"/@ada/{await ada.write('hello')}"
        for path in (page, "/@ada", "/about"):
            assert (await ada.get(path)).headers["cache-control"] == "private, no-store"
            public = await site.visitor().get(path)
            assert public.headers["cache-control"] == "no-cache"
            assert "Cookie" in public.headers["vary"]
            assert "script-src 'self'" in public.headers["content-security-policy"]

    tell(story)


def test_a_stranger_is_shown_one_page_and_no_way_to_read_it_all(tell):
    """Whoever copies a whole server needs no account for it."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        posts = [await ada.write(f"number {n} of many #tag") for n in range(25)]
        for path in ("/@ada", "/tags/tag"):
            mine = (await bob.get(path)).text
            assert f"{path}?max_id=" in mine
            older = (await bob.get(f"{path}?max_id={posts[5]}")).text
            assert "number 4 of" in older and "number 5 of" not in older
            theirs = (await site.visitor().get(path)).text
            assert "number 24 of" in theirs and "number 4 of" not in theirs
            assert f"{path}?max_id=" not in theirs
            further = await site.visitor().get(f"{path}?max_id={posts[5]}")
            assert further.status_code == 401 and "number" not in further.text

    tell(story)


def test_a_profile_shows_what_each_tab_promises(tell):
    """Pictures among replies, replies among posts: nobody would find anything."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        theirs = await bob.write("a question")
        await ada.write("an answer", reply_to=theirs)
        first = await ada.write("the one to keep on top")
        await ada.write("a later word")
        await site.app.db.write(marks.pin, ada.viewer, first)
        page = (await bob.get("/@ada")).text
        assert "an answer" not in page
        assert page.index("Pinned") < page.index("the one to keep") < page.index("a later word")
        assert page.count("the one to keep") == 1
        assert "an answer" in (await bob.get("/@ada/with_replies")).text
        assert "No pictures yet" in (await bob.get("/@ada/media")).text

    tell(story)


def test_who_does_not_want_to_be_found_is_hidden_from_search_engines(tell):
    """A wish made in the settings would mean nothing."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob", indexable=False)
        for person, name, hidden in ((ada, "ada", False), (bob, "bob", True)):
            post = await person.write("hello")
            for path in (f"/@{name}", f"/@{name}/{post}"):
                shown = (await site.visitor().get(path)).text
                assert ('name="robots" content="noindex' in shown) is hidden
                assert 'property="og:title"' in shown
            feed = await site.visitor().get(f"/@{name}.atom")
            assert ("noindex" in feed.headers.get("x-robots-tag", "")) is hidden

    tell(story)


def test_the_feed_has_public_posts_only_and_is_xml_whatever_is_written(tell):
    """A reader would break at the first ampersand, or tell the world what followers were told."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await ada.write("Salt & <pepper> #spice")
        await ada.write("quietly", visibility=Visibility.UNLISTED)
        await ada.write("for friends", visibility=Visibility.PRIVATE)
        answer = await site.visitor().get("/@ada.atom")
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = ElementTree.fromstring(answer.content)
        entries = feed.findall(f"{ATOM}entry")
        assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Salt & <pepper> #spice"]
        assert "&lt;pepper&gt;" in entries[0].findtext(f"{ATOM}content")
        assert (await site.visitor().get("/@nobody.atom")).status_code == 404

    tell(story)


def test_a_page_that_everybody_shares_changes_with_all_that_is_on_it(tell):
    """An edited name, a new answer or an erased post would stand there for a minute longer."""

    async def story(site: Site) -> None:
        ada, bob, stranger = await site.person("ada"), await site.person("bob"), site.visitor()
        post = await ada.write("the first words")
        page = f"/@ada/{post}"

        async def shown() -> str:
            return (await stranger.get(page)).text

        assert await shown() == await shown()
        answer = await bob.write("an answer", reply_to=post)
        assert "an answer" in await shown()
        await site.app.db.write(update, bob.viewer, Changes(display_name="Robert"))
        assert "Robert" in await shown()
        await bob.send(page, f"/posts/{post}/favourite")
        assert "<b>1</b> like" in await shown()
        await bob.send(f"/posts/{answer}/delete", f"/posts/{answer}/delete")
        assert "an answer" not in await shown()
        assert (await stranger.get(f"/@bob/{post}")).status_code == 404

    tell(story)


def test_notifications_are_counted_until_they_are_read(tell):
    """A bell that never stops is a bell nobody looks at."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await bob.write("@ada hello")
        await bob.send("/@ada", "/@ada/follow")
        await site.settle()
        for path in ("/home", "/settings", "/compose", "/@bob"):
            assert 'class="count">2<' in (await ada.get(path)).text, path
        told = (await ada.get("/notifications")).text
        assert "follows you" in told and "hello" in told
        assert 'class="count">' not in (await ada.get("/home")).text

    tell(story)


def test_somebody_who_asks_first_answers_on_the_page(tell):
    """A locked account could never let anybody in."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada", locked=True), await site.person("bob")
        await bob.send("/@ada", "/@ada/follow")
        await site.settle()
        assert "Asked" in (await bob.get("/@ada")).text
        done = await ada.send("/notifications", "/@bob/accept")
        assert done.headers["location"] == "/notifications"
        assert "Following" in (await bob.get("/@ada")).text

    tell(story)


async def listening(site: Site, person: Person, after: int, heard: list[str]) -> Any:
    """The task of an open home page."""
    cookie = f"__Host-whimbrel={person.client.cookies['__Host-whimbrel']}"
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/events",
        "raw_path": b"/events",
        "query_string": b"on=home&after=%d" % after,
        "headers": [(b"cookie", cookie.encode()), (b"accept", b"text/event-stream")],
        "client": ("203.0.113.9", 4711),
        "extensions": {},
    }

    async def receive() -> Any:
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        heard.append(message.get("body", b"").decode())

    task = asyncio.create_task(site.doors(scope, receive, send))
    await until(lambda: "data: 0" in "".join(heard))
    return task


async def until(there: Any) -> None:
    async with asyncio.timeout(5):
        while not there():  # noqa: ASYNC110 (what is waited for tells nobody)
            await asyncio.sleep(0.01)


def test_an_open_home_hears_how_many_posts_came_and_nothing_else(tell):
    """Readers would have to reload; or a page would hear what it may not show."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await site.app.db.write(follow, bob.viewer, ada.viewer.id)
        await site.settle()
        assert 'data-on="home" data-newest="0"' in (await bob.get("/home")).text
        heard: list[str] = []
        task = await listening(site, bob, 0, heard)
        await ada.write("one")
        await until(lambda: "data: 1 new post\n" in heard[-1])
        await ada.write("two")
        await until(lambda: "data: 2 new posts\n" in heard[-1])
        assert "one" not in "".join(heard)
        session = (await site.app.db.read(sessions.of, bob.viewer))[0]
        await site.app.db.write(sessions.revoke, bob.viewer, session.id)
        await site.settle()
        async with asyncio.timeout(3):
            await task  # the stream is over with its session
        assert (await site.visitor().get("/events")).status_code in (303, 401)

    tell(story)


def test_addresses_others_know_us_by_lead_to_pages(tell):
    """A link from another server would end in nothing."""

    async def story(site: Site) -> None:
        visitor = site.visitor()
        assert (await visitor.get("/users/ada")).headers["location"] == "/@ada"
        assert (await visitor.get("/users/ada/statuses/7")).headers["location"] == "/@ada/7"
        ada = await site.person("ada")
        post = await ada.write("found by its address")
        found = (await ada.get("/search", params={"q": f"https://social.example/@ada/{post}"})).text
        assert "found by its address" in found
        assert "found by its address" in (await ada.get("/search?q=address")).text
        assert (await visitor.get("/search?q=address")).status_code == 303

    tell(story)


def test_a_search_can_be_for_people_posts_or_tags_alone(tell):
    """The twenty posts with a word would hide the one person who is called so."""

    async def story(site: Site) -> None:
        ada, _ = await site.person("ada"), await site.person("tide")
        for number in range(21):
            await ada.write(f"the tide, number {number}. #TideS")
        everything = (await ada.get("/search?q=tide")).text
        assert 'href="/@tide"' in everything and "number 20." in everything
        assert 'href="/search?q=tide&amp;only=people"' in everything
        people = (await ada.get("/search?q=tide&only=people")).text
        assert 'href="/@tide"' in people and "number 20." not in people
        tags = (await ada.get("/search?q=tide&only=tags")).text
        assert 'href="/tags/TideS"' in tags and 'href="/@tide"' not in tags
        posts = (await ada.get("/search?q=tide&only=posts")).text
        assert "number 20." in posts and "number 0." not in posts and 'href="/@tide"' not in posts
        older = unescape(re.search(r'id="older" href="([^"]+)"', posts)[1])
        assert "number 0." in (await ada.get(older)).text

    tell(story)


def test_what_one_types_becomes_whole_words(tell):
    """A list of the wrong things, or of what nobody else may know."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await bob.write("#MudLarks")
        await bob.write("@eve #mudsecret", visibility=Visibility.DIRECT)

        async def offered(q: str) -> list[str]:
            html = (await ada.get("/search/names", params={"q": q})).text
            return re.findall(r'data-word="([^"]*)"', html)

        assert await offered("@bo") == ["@bob"]
        assert await offered("#mud") == ["#MudLarks"]
        for nothing in ("", "@", "bob", ":no_such", "#", "@nobody"):
            assert await offered(nothing) == [], nothing
        assert (await site.visitor().get("/search/names?q=@bo")).status_code == 303

    tell(story)
