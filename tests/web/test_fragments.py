"""A post is made into HTML once, and yet everybody is shown their own."""

import re
from html import unescape

from browsing import form_of

from whimbrel.accounts.follow import follow
from whimbrel.accounts.profile import Changes, update
from whimbrel.core.fragments import hole
from whimbrel.timelines import markers

_ONCE = re.compile(r'name="once" value="[^"]*"')
_CSRF = re.compile(r'name="_csrf" value="([^"]*)"')


def test_readers_share_the_work_and_nothing_else(tell):
    """The hidden field of a form is the session's; what one did and what one wrote is one's own."""

    async def story(site):
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        post = await ada.write("low tide")
        pages = {}
        for _ in range(2):  # the second time it is there already
            for name, one in (("ada", ada), ("bob", bob), ("eve", eve)):
                pages[name] = (await one.get("/local")).text
        fields = {name: set(_CSRF.findall(page)) for name, page in pages.items()}
        assert all(len(each) == 1 for each in fields.values())
        assert len(set.union(*fields.values())) == 3
        assert not any(hole("")[:32] in page for page in pages.values())
        edit = f"/compose?edit={post}"
        assert edit in pages["ada"] and edit not in pages["bob"]
        await eve.send("/local", f"/posts/{post}/favourite")
        undo = f"/posts/{post}/unfavourite"
        assert undo in (await eve.get("/local")).text
        assert undo not in (await bob.get("/local")).text
        stranger = (await site.visitor().get("/local")).text
        assert "low tide" in stranger and f"/posts/{post}/" not in stranger
        await ada.send(f"/posts/{post}/delete", f"/posts/{post}/delete")
        assert "low tide" not in (await bob.get("/local")).text

    tell(story)


def test_nobody_is_handed_the_hidden_field_of_another(tell):
    """Somebody who writes a link with their own in it would get those of all who press it."""

    async def story(site):
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        (own,) = set(_CSRF.findall((await bob.get("/home")).text))
        await ada.write(f"look https://example.org/?{own} and {own}")  # both are one person
        assert f"https://example.org/?{own}" in (await bob.get("/local")).text
        page = (await eve.get("/local")).text
        (theirs,) = set(_CSRF.findall(page))
        assert f"https://example.org/?{own}" in page and f"and {own}" in page
        assert f"?{theirs}" not in page and f"and {theirs}" not in page

    tell(story)


def test_a_home_that_is_put_together_is_the_one_that_was_made(tell):
    """What is kept of a page would be shown with a word or a form missing."""

    async def story(site):
        ada, bob = await site.person("ada"), await site.person("bob")
        await site.app.db.write(follow, ada.viewer, bob.viewer.id)
        await bob.write("low tide")
        await site.settle()
        made, again = [_ONCE.sub("", (await ada.get("/home")).text) for _ in range(2)]
        assert "low tide" in made and "data-newest" in made and again == made
        assert _CSRF.findall(made) and hole("")[:32] not in made
        (ours, theirs) = [set(_CSRF.findall((await one.get("/home")).text)) for one in (ada, bob)]
        assert len(ours) == len(theirs) == 1 and ours != theirs
        once = [_ONCE.search((await ada.get("/home")).text)[0] for _ in range(2)]
        assert once[0] != once[1]  # else the second post would pass for the first one sent again

    tell(story)


LINE = re.compile(r'<(form|p) class="here( bare)?"')


def test_a_home_says_how_far_it_was_read(tell):
    """Whoever comes back reads half of it twice, or goes by what they have not seen."""

    async def story(site):
        ada, bob = await site.person("ada"), await site.person("bob")
        await site.app.db.write(follow, ada.viewer, bob.viewer.id)
        low = await bob.write("low tide")
        for _ in range(2):  # nothing is read by opening it
            (first,) = LINE.finditer((await ada.get("/home")).text)
            assert first[2]  # nothing to say: she was never here
        assert await site.app.db.read(markers.show, ada.viewer, ["home"]) == {}
        await ada.send("/home", "/home/read")  # she came past it
        page = (await ada.get("/home")).text
        assert not LINE.search(page)
        high = await bob.write("high tide")
        for _ in range(2):
            page = (await ada.get("/home")).text
            above, _, below = page.partition('<form class="here"')
            assert "high tide" in above and "low tide" in below
            assert re.search(r"<span>You read up to here</span> <time [^>]*>now</time>", below)
        sent = await ada.send("/home", "/home/read")
        assert sent.headers["location"] == "/home"
        assert not LINE.search((await ada.get("/home")).text)  # now she has read all of it
        told = await site.app.db.read(markers.show, ada.viewer, ["home"])
        assert told["home"].last_read_id == str(high)  # apps go on there
        form = form_of(page, "/home/read")
        for lower in (low, -1, "x", ""):  # a page that was open elsewhere, or nonsense
            said = await ada.client.post("/home/read", data={**form, "to": lower})
            assert said.status_code == 303
        told = await site.app.db.read(markers.show, ada.viewer, ["home"])
        assert told["home"].last_read_id == str(high)

    tell(story)


def test_the_line_stands_on_the_page_that_reaches_it(tell):
    """More was written than a page holds: the place would be lost, or called read unseen."""

    async def story(site):
        ada, bob = await site.person("ada"), await site.person("bob")
        await site.app.db.write(follow, ada.viewer, bob.viewer.id)
        await ada.get("/home")
        posts = [await bob.write(f"wave {n}") for n in range(46)]
        for read, pages in ((4, 3), (5, 3), (25, 2), (26, 1)):
            await site.app.db.write(markers.move, ada.viewer, {"home": posts[read]})
            path = "/home"
            for at in range(1, pages + 1):
                page = (await ada.get(path)).text
                assert bool(LINE.search(page)) == (at == pages), (read, at)
                older = re.search(r'href="(/home\?max_id=[^"]+)"', page)
                path = unescape(older[1]) if older else ""
            above = page.partition('<form class="here"')[0]
            assert f"wave {read + 1}<" in above or read in (5, 25)
            assert f"wave {read}<" not in above
            assert form_of(page, "/home/read")["to"] == str(posts[-1])
            assert "top=" not in path
        # What a pill brought in is told from what was there: also where nobody notes it.
        page = (await ada.get(f"/home?since={posts[40]}")).text
        above, _, below = page.partition('<p class="here">')
        assert "wave 41<" in above and "wave 40<" in below
        assert form_of(page, "/home/read")["to"] == str(posts[-1])
        page = (await ada.get(f"/local?since={posts[40]}")).text
        assert "wave 41<" in page.partition('<p class="here">')[0] and "<form class=" in page
        assert 'action="/home/read"' not in page

    tell(story)


def test_what_stands_around_a_home_follows_what_happens(tell):
    """A bell that stays silent, a name that was given up, a language one does not read."""

    async def story(site):
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("low tide")
        await ada.get("/home")
        await bob.send("/local", f"/posts/{post}/favourite")
        await site.settle()
        page = (await ada.get("/home")).text
        assert '<span class="count">1' in page
        await site.app.db.write(update, ada.viewer, Changes(display_name="Ada of the Marsh"))
        assert "Ada of the Marsh" in (await ada.get("/home")).text
        await ada.send("/settings/language", "/settings/language", language="de")
        assert "Startseite" in (await ada.get("/home")).text
        await ada.send(f"/posts/{post}/delete", f"/posts/{post}/delete")
        page = (await ada.get("/home")).text
        assert "low tide" not in page and 'id="feed"' not in page

    tell(story)
