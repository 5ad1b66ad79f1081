"""Cards of linked pages, from a page on a real server to the status that apps are given."""

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest
from aiohttp import web
from conversations import shown
from front import app_of
from media_samples import jpeg
from sqlalchemy import select

import people
from whimbrel.accounts import serialize as faces
from whimbrel.core.engines import Query
from whimbrel.core.fetch import Fetcher
from whimbrel.core.objects import open_store
from whimbrel.media.tables import media
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.events import LinkPosted
from whimbrel.posts.history import versions
from whimbrel.posts.preview import Previews, fetch_card
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

UPLOADS = Query(select(media.c.purpose, media.c.post, media.c.kept_until, media.c.shielded))
PAGE = """<html lang=en><head><title>Birds</title><meta property=og:image content="/p.jpg">
<meta property="og:image:alt" content="waders"><meta name=description content="They return.">"""


class Web:
    """A small web: what is asked for, and answers by path."""

    def __init__(self):
        self.asked = []
        self.port = 0
        self.answers = {
            "/birds": lambda: web.Response(text=PAGE, content_type="text/html"),
            "/p.jpg": lambda: web.Response(body=jpeg(), content_type="image/jpeg"),
            "/plain": lambda: web.Response(text="<title>no</title>"),
            "/gone": lambda: web.Response(status=404, text=PAGE, content_type="text/html"),
            "/bad.jpg": lambda: web.Response(body=b"not a picture"),
            "/bad": lambda: web.Response(
                text=PAGE.replace("/p.jpg", "/bad.jpg"), content_type="text/html"
            ),
            "/long": lambda: web.Response(text=PAGE + "x" * 2_000_000, content_type="text/html"),
            "/moved": lambda: web.Response(status=302, headers={"location": "/birds"}),
        }

    async def answer(self, request):
        self.asked.append(request.path)
        await asyncio.sleep(0.02)
        return self.answers[request.path]()

    def url(self, path):
        return f"http://page.example:{self.port}{path}"


@asynccontextmanager
async def serving(there):
    runner = web.ServerRunner(web.Server(there.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.port = site._server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The names of the small web are this machine."""
    known = socket.getaddrinfo

    def lookup(host, *rest, **more):
        return known("127.0.0.1" if host == "page.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


class Story:
    def __init__(self, app, there):
        self.app, self.db, self.web = app, app.db, there

    async def publish(self, viewer, path, **more):
        draft = Draft(text=f"look {self.web.url(path)}", **more)
        return (await self.db.write(publish, viewer, draft)).id

    async def look(self, post):
        await fetch_card(self.app, LinkPosted(post=post))

    async def card(self, viewer, post):
        return (await self.db.read(shown, viewer, post))["card"]


@pytest.fixture
def happens(db, tmp_path):
    """Run a story with Ada and Bob, a store and the small web."""
    faces.forget_rendered()

    def told(story):
        async def go():
            there = Web()
            async with serving(there):
                fetcher = Fetcher(allow_private=("127.0.0.1",))
                store = open_store("", tmp_path, "", "")
                app = replace(app_of(db, tmp_path), fetcher=fetcher, store=store)
                app.scratch.mkdir(exist_ok=True)
                ada, bob = [await db.write(people.make, name) for name in ("ada", "bob")]
                try:
                    await story(Story(app, there), ada, bob)
                finally:
                    await fetcher.close()
                    await store.close()

        asyncio.run(go())

    return told


def test_a_page_becomes_a_card_with_our_own_copy_of_its_picture(happens):
    """Readers' apps ask nobody but us, so that no page learns who reads what."""

    async def story(here, ada, bob):
        post = await here.publish(ada, "/birds")
        assert await here.card(bob, post) is None
        await here.look(post)
        card = await here.card(bob, post)
        assert (card["title"], card["description"]) == ("Birds", "They return.")
        assert card["image"].startswith("https://social.example/media/")
        assert card["url"] == here.web.url("/birds")
        assert (card["width"], card["height"]) == (160, 100)
        assert card["blurhash"] and card["image_description"] == "waders"
        assert (card["html"], card["embed_url"], card["type"]) == ("", "", "link")
        assert (await here.db.read(shown, bob, post))["edited_at"] is None
        assert await here.db.read(lambda tx: tx.rows(UPLOADS)) == [("card", post, None, False)]
        asked = len(here.web.asked)
        await here.look(post)  # a worker that died does it again
        assert len(here.web.asked) == asked

    happens(story)


def test_one_page_is_asked_once_however_many_post_it(happens):
    """A link that everybody posts must not be an attack on the page."""

    async def story(here, ada, bob):
        posts = [await here.publish(who, "/birds") for who in (ada, bob, ada, bob)]
        await asyncio.gather(*map(here.look, posts))
        assert sorted(here.web.asked) == ["/birds", "/p.jpg"]
        cards = [await here.card(ada, post) for post in posts]
        assert len({card["image"] for card in cards}) == 4  # none tells of another
        assert {card["title"] for card in cards} == {"Birds"}

    happens(story)


@pytest.mark.parametrize("path", ["/plain", "/gone", "/nothing-there"])
def test_what_is_no_page_has_no_card(happens, path):
    """And is not asked again and again."""

    async def story(here, ada, bob):
        here.web.answers.setdefault(path, lambda: web.Response(status=500))
        post = await here.publish(ada, path)
        await here.look(post)
        await here.look(post)
        assert await here.card(bob, post) is None
        assert here.web.asked == [path]

    happens(story)


def test_a_bad_picture_is_left_out_and_a_long_page_is_cut(happens):
    """The words are still worth showing."""

    async def story(here, ada, bob):
        for path, image in (("/bad", False), ("/long", True), ("/moved", True)):
            post = await here.publish(ada, path)
            await here.look(post)
            card = await here.card(bob, post)
            assert (card["title"], card["image"] is not None) == ("Birds", image)
        assert card["url"] == here.web.url("/birds")

    happens(story)


def test_with_the_post_goes_its_card_and_the_picture(happens):
    """What somebody linked to among friends is theirs to take back."""

    async def story(here, ada, bob):
        post = await here.publish(ada, "/birds", visibility=Visibility.PRIVATE)
        await here.look(post)
        assert await here.db.read(lambda tx: tx.rows(UPLOADS)) == [("card", post, None, True)]
        await here.db.write(delete, ada, post)
        assert await here.db.read(lambda tx: tx.rows(UPLOADS)) == []

    happens(story)


def test_an_edit_keeps_the_card_of_the_same_page_and_drops_another(happens):
    """A typo is no reason to ask the page again; another link is."""

    async def story(here, ada, bob):
        post = await here.publish(ada, "/birds")
        await here.look(post)
        same = Draft(text=f"see {here.web.url('/birds')}")
        await here.db.write(edit, ada, post, same)
        assert (await here.card(bob, post))["title"] == "Birds"
        assert len(await here.db.read(lambda tx: tx.rows(UPLOADS))) == 1
        await here.db.write(edit, ada, post, Draft(text=f"see {here.web.url('/bad')}"))
        assert await here.card(bob, post) is None
        assert await here.db.read(lambda tx: tx.rows(UPLOADS)) == []
        await here.look(post)
        assert (await here.card(bob, post))["title"] == "Birds"
        assert len(await here.db.read(versions, bob, post)) == 3

    happens(story)


def test_a_post_that_changed_meanwhile_gets_no_card_of_what_it_was(happens):
    """The page answers slowly; the writer has taken the link out by then."""

    async def story(here, ada, bob):
        post = await here.publish(ada, "/birds")
        looking = asyncio.create_task(here.look(post))
        await asyncio.sleep(0.01)
        await here.db.write(edit, ada, post, Draft(text="never mind"))
        await looking
        assert await here.card(bob, post) is None
        assert await here.db.read(lambda tx: tx.rows(UPLOADS)) == []

    happens(story)


def test_letters_between_a_few_are_not_followed(tx, ada):
    """The page would learn that somebody was sent its address."""
    text = "look https://page.example/birds"

    def asked(**more):
        at = len(tx.emitted)
        publish(tx, ada, Draft(text=text, **more))
        return [event for event in tx.emitted[at:] if isinstance(event, LinkPosted)]

    assert asked(visibility=Visibility.DIRECT) == []
    assert len(asked()) == 1
    assert len(asked(visibility=Visibility.PRIVATE)) == 1
    text = "no link @ada #tag"
    assert asked() == []


def test_what_was_seen_is_forgotten_before_it_fills_the_memory():
    """A hundred pages with large pictures."""

    async def go():
        there = Web()
        there.answers["/p.jpg"] = lambda: web.Response(body=b"x" * 3_000_000)
        pages = [f"/{n}" for n in range(8)]
        there.answers |= dict.fromkeys(pages, there.answers["/birds"])
        async with serving(there):
            fetcher = Fetcher(allow_private=("127.0.0.1",))
            previews = Previews(fetcher)
            for path in pages:
                await previews.look(there.url(path))
            assert previews._bytes < 16 << 20
            assert len(previews._seen) == 5
            await fetcher.close()

    asyncio.run(go())


def test_it_can_be_turned_off(tx, ada):
    """A server that asks nobody anything."""
    tx.instance = msgspec.structs.replace(tx.instance, link_previews=False)
    publish(tx, ada, Draft(text="https://page.example/birds"))
    assert not any(isinstance(event, LinkPosted) for event in tx.emitted)
