"""A post is made into HTML once, and yet everybody is shown their own."""

import re

from whimbrel.core.fragments import HOLE

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
        assert not any(HOLE in page for page in pages.values())
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
