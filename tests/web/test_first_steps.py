"""What a newcomer finds on top of an empty home, and what everybody is told there."""

import msgspec
from browsing import Site

import people
from whimbrel.accounts import queries
from whimbrel.accounts.profile import Changes, update
from whimbrel.instance import announcements
from whimbrel.timelines.web.home import first_steps

DAY = 86_400_000


def test_the_first_steps_go_once_they_are_done(tell):
    """An empty page would teach nothing; or a list of things long done would stand there."""

    async def story(site: Site) -> None:
        ada, _ = await site.person("ada"), await site.person("bob")
        page = (await ada.get("/home")).text
        assert 'id="first-steps"' in page and page.count('<li class="done"') == 0
        await ada.write("Hello")
        await ada.send("/@bob", "/@bob/follow")
        page = (await ada.get("/home")).text
        assert page.count('<li class="done"') == 2
        await site.app.db.write(update, ada.viewer, Changes(note="Counts birds"))
        assert 'id="first-steps"' not in (await ada.get("/home")).text

    tell(story)


def test_the_first_steps_are_for_a_week(tx):
    """Whoever only reads would be told for years to write."""
    viewer = people.make(tx, "ada")
    me = msgspec.structs.replace(queries.by_id(tx, viewer.id), following=1)
    came = me.at
    assert first_steps(me, came + 6 * DAY) == {"profile": False, "people": True, "words": False}
    assert first_steps(me, came + 8 * DAY) is None
    done = msgspec.structs.replace(me, note="Hi", statuses=3)
    assert first_steps(done, came) is None


def test_an_announcement_stays_until_it_is_put_away(tell):
    """What everybody has to know would be read by chance; or stand there for ever."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        said = "We move on Friday, see #moving"
        made = await site.app.db.write(announcements.publish, said)
        page = (await ada.get("/home")).text
        assert "We move on Friday" in page and 'href="https://social.example/tags/moving"' in page
        at = f"/announcements/{made.id}"
        await ada.send("/home", f"{at}/react", name="🎉")
        assert 'aria-label="🎉 1"' in (await bob.get("/home")).text
        await ada.send("/home", f"{at}/unreact", name="🎉")
        assert 'aria-label="🎉 1"' not in (await bob.get("/home")).text
        odd = await ada.send("/home", f"{at}/react", name="no emoji")
        assert odd.status_code == 422
        done = await ada.send("/home", f"{at}/dismiss")
        assert done.headers["location"] == "/home"
        assert "We move on Friday" not in (await ada.get("/home")).text
        assert "We move on Friday" in (await bob.get("/home")).text

    tell(story)
