"""What stands behind the three dots of a post."""

from browsing import Person, Site
from sqlalchemy import select

from whimbrel.core.tx import Tx
from whimbrel.moderation import queries
from whimbrel.moderation.tables import reports
from whimbrel.posts.rules import Visibility


async def press(person: Person, page: str, post: int, verb: str) -> str:
    """Press a row of a post's menu, which belongs to the form of its buttons; the page then."""
    shown = (await person.get(page)).text
    assert f'formaction="/posts/{post}/{verb}"' in shown, verb
    token = shown.partition('name="_csrf" value="')[2].partition('"')[0]
    data = {"_csrf": token, "next": page}
    done = await person.client.post(f"/posts/{post}/{verb}", data=data)
    assert (done.status_code, done.headers["location"]) == (303, page)
    return (await person.get(page)).text


def test_rows_of_the_menu_do_what_they_say_and_then_say_the_contrary(tell):
    """A conversation could be muted by mistake and never heard of again."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("Hello")
        page = f"/@ada/{post}"
        for person, verb, undo in ((bob, "mute", "unmute"), (ada, "pin", "unpin")):
            assert f"/posts/{post}/{undo}" in await press(person, page, post, verb)
            assert f"/posts/{post}/{verb}" in await press(person, page, post, undo)
        theirs = (await bob.get(page)).text
        for own in ("delete", "pin"):
            assert f"/posts/{post}/{own}" not in theirs
        assert f"/compose?edit={post}" not in theirs
        assert f"/posts/{post}/report" not in (await ada.get(page)).text

    tell(story)


def test_a_boost_goes_to_whom_it_is_meant_for(tell):
    """What somebody boosts for friends would be seen by all."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("Hello")
        to = f"/posts/{post}/reblog"
        await bob.send(f"/posts/{post}/boost", to, visibility="private")
        await site.settle()
        assert "Hello" in (await bob.get("/@bob")).text
        assert "Hello" not in (await site.visitor().get("/@bob")).text
        private = await ada.write("Shh", visibility=Visibility.PRIVATE)
        assert (await bob.get(f"/posts/{private}/boost")).status_code == 404

    tell(story)


def test_a_link_is_there_to_be_copied(tell):
    """Without a script there would be no way to pass a post on."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        post = await ada.write("Hello")
        shown = (await ada.get(f"/posts/{post}/link")).text
        assert f'value="https://social.example/@ada/{post}" readonly' in shown

    tell(story)


def test_a_report_names_the_post_and_what_is_wrong(tell):
    """Somebody who is threatened would have nobody to turn to; or be asked to write it twice."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("I know where you live")
        page = f"/posts/{post}/report"
        long = "x" * 1001
        wrong = await bob.send(page, page, category="other", comment=long)
        assert wrong.status_code == 422 and 'id="e-comment"' in wrong.text and long in wrong.text
        assert 'value="other" required checked' in wrong.text
        none = await bob.send(page, page, comment="Help")
        assert none.status_code == 422 and 'id="e-category"' in none.text and "Help" in none.text
        sent = await bob.send(page, page, category="legal", comment="A threat")
        assert sent.headers["location"] == f"/posts/{post}/reported"
        assert "The moderators have it" in (await bob.get(sent.headers["location"])).text

        def kept(tx: Tx) -> tuple[str, str, tuple[int, ...]]:
            report = queries.one(tx, tx.value(select(reports.c.id)))
            return report.category, report.comment, report.posts

        assert await site.app.db.read(kept) == ("legal", "A threat", (post,))
        private = await ada.write("Shh", visibility=Visibility.PRIVATE)
        assert (await bob.get(f"/posts/{private}/report")).status_code == 404

    tell(story)
