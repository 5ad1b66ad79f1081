"""Writing and pressing buttons, with no script at all."""

import io

from browsing import Person, Site, form_of
from PIL import Image

from whimbrel.posts.rules import PollDraft, Visibility


async def follow(reader: Person, name: str) -> None:
    answer = await reader.send(f"/@{name}", f"/@{name}/follow")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/@{name}")
    await reader.site.settle()


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((320, 240)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_a_post_with_a_picture_reaches_the_home_of_a_follower(tell):
    """The first thing anybody does here would fail."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await follow(bob, "ada")
        files = {"file": ("wave.png", picture(), "image/png")}
        words = {"status": "A wave\r\nat dawn", "description": "Grey turning white."}
        answer = await ada.send("/home", "/compose", files=files, visibility="public", **words)
        assert answer.status_code == 303, answer.text
        await site.settle()
        for person in (ada, bob):
            home = (await person.get("/home")).text
            assert "A wave" in home and 'alt="Grey turning white."' in home
        own = await ada.get(answer.headers["location"])
        assert "A wave" in own.text

    tell(story)


def test_what_cannot_be_posted_is_shown_again_as_it_was_written(tell):
    """Whoever wrote too much would lose all of it."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        long = "whimbrel " * 100
        answer = await ada.send(
            "/home", "/compose", status=long, spoiler_text="Birds", visibility="private"
        )
        assert answer.status_code == 422 and 'id="c-wrong"' in answer.text
        assert long in answer.text and 'value="Birds"' in answer.text
        assert 'value="private" checked' in answer.text
        text = {"file": ("x.png", b"no picture at all", "image/png")}
        answer = await ada.send("/home", "/compose", files=text, status="Look", description="x")
        assert answer.status_code == 422 and "Look" in answer.text

    tell(story)


def test_a_button_pressed_twice_posts_once_but_new_words_are_new(tell):
    """A nervous finger would post twice; or somebody who went back would lose what they wrote."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        form = form_of((await ada.get("/home")).text, "/compose")
        for words in ("once", "once", "again"):
            await ada.client.post("/compose", data={**form, "status": words})
        page = (await ada.get("/@ada")).text
        assert page.count(">once<") == page.count(">again<") == 1

    tell(story)


def test_each_button_does_its_own_thing_and_goes_back(tell):
    """A mix-up would boost what was meant to be liked."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("Hello")
        page = f"/@ada/{post}"
        for verb, undo, mark in (
            ("favourite", "unfavourite", "like"),
            ("reblog", "unreblog", "boost"),
            ("bookmark", "unbookmark", "keep"),
        ):
            for action, pressed in ((verb, "true"), (undo, "false")):
                answer = await bob.send(page, f"/posts/{post}/{action}")
                assert answer.headers["location"] == f"{page}#p-{post}"
                shown = (await bob.get(page)).text
                button = shown[shown.index(f'id="{mark}-{post}"') :]
                assert f'aria-pressed="{pressed}"' in button[:200], action
        await bob.send(page, f"/posts/{post}/bookmark")
        assert "Hello" in (await bob.get("/bookmarks")).text

    tell(story)


def test_a_reply_stands_under_what_it_answers(tell):
    """A conversation would fall apart."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("Who saw it?")
        page = f"/@ada/{post}"
        answer = await bob.send(page, "/compose", status="@ada I did", visibility="public")
        assert answer.headers["location"] == page
        for visitor in (ada, bob, site.visitor()):
            shown = (await visitor.get(page)).text
            assert shown.index("Who saw it?") < shown.index("I did")

    tell(story)


def test_a_vote_counts_once(tell):
    """A poll could be decided by one person."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        poll = PollDraft(options=("tea", "coffee"), expires_in=600)
        page = f"/@ada/{await ada.write('Which?', poll=poll)}"
        to = f"/posts/{page.rpartition('/')[2]}/vote"
        empty = await bob.send(page, to)
        assert empty.status_code == 422
        form_page = await bob.get(page)
        assert "Vote" in form_page.text
        done = await bob.send(page, to, choices="1")
        assert done.status_code == 303
        shown = (await bob.get(page)).text
        assert "1 person" in shown and f'action="{to}"' not in shown

    tell(story)


def test_only_its_author_erases_a_post_and_then_it_is_gone_for_all(tell):
    """Somebody would erase what others wrote, or read what was erased."""

    async def story(site: Site) -> None:
        ada, bob, stranger = await site.person("ada"), await site.person("bob"), site.visitor()
        post = await ada.write("Rash words")
        page = f"/@ada/{post}"
        assert "Rash" in (await stranger.get(page)).text
        token = await bob.send(page, f"/posts/{post}/favourite")
        assert token.status_code == 303
        home = await bob.get("/home")
        csrf = home.text.partition('name="_csrf" value="')[2].partition('"')[0]
        refused = await bob.client.post(f"/posts/{post}/delete", data={"_csrf": csrf})
        assert refused.status_code == 404
        sure = f"/posts/{post}/delete"
        assert (await bob.get(sure)).status_code == 404
        done = await ada.send(f"{sure}?next={page}", sure)
        assert done.headers["location"] == "/home"
        for visitor in (ada, bob, stranger):
            gone = await visitor.get(page)
            assert gone.status_code == 404 and "Rash" not in gone.text

    tell(story)


def test_a_post_for_few_is_nothing_to_all_others(tell):
    """A private post would be read by whoever guesses its address."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        await follow(bob, "ada")
        private = await ada.write("For friends", visibility=Visibility.PRIVATE)
        direct = await ada.write("@bob psst", visibility=Visibility.DIRECT)
        for post, words in ((private, "For friends"), (direct, "psst")):
            page = f"/@ada/{post}"
            shown = (await bob.get(page)).text
            assert words in shown and "og:description" not in shown
            for visitor in (eve, site.visitor()):
                assert (await visitor.get(page)).status_code == 404
                for place in ("/@ada", "/@ada/with_replies", "/@ada.atom", "/about"):
                    assert words not in (await visitor.get(place)).text

    tell(story)
