"""The operator's pages about the place: what everybody is told, doors, servers, jobs, room."""

import io
import re

import pytest
from browsing import Person, Site, form_of
from PIL import Image
from sqlalchemy import select
from test_admin import press, staff

from whimbrel.accounts.queries import graph
from whimbrel.core.engines import Query, insert
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.core.worker import NEVER
from whimbrel.discovery.queries import counting
from whimbrel.discovery.rules import Peak
from whimbrel.federation import servers
from whimbrel.federation.queries import letters
from whimbrel.federation.queries import servers as stored
from whimbrel.federation.rules import Kind, Letter
from whimbrel.moderation.tables import decisions
from whimbrel.posts.queries import tags

_DONE = Query(
    select(decisions.c.action).where(decisions.c.by.is_not(None)).order_by(decisions.c.id)
)
_JOB = Query(insert(jobs, ("lane", "task", "event", "due", "tries", "error")))


async def noted(site: Site) -> list[str]:
    """What the staff did, as it was written down."""
    return await site.app.db.read(lambda tx: [row[0] for row in tx.rows(_DONE)])


def ids(page: str, at: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf"{at}/(\d+)", page)))


def test_rules_are_written_ordered_worded_anew_and_removed(tell):
    """People agree to them: whoever runs the place must be able to write them."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/rules"
        assert "No rules yet" in (await boss.get(at)).text
        wrong = await boss.send(at, at, text=" ", hint="why")
        assert wrong.status_code == 422 and 'id="e-text"' in wrong.text and "why" in wrong.text
        for text in ("No threats.", "Bots say so."):
            await press(boss, at, at, text=text)
        first, second = ids((await boss.get(at)).text, at)
        await press(boss, at, f"{at}/{second}/up")
        assert ids((await boss.get(at)).text, at) == [second, first]
        await press(boss, f"{at}/{first}", f"{at}/{first}", text="No threats at all.", hint="")
        about = (await site.visitor().get("/about")).text
        assert about.index("Bots say so.") < about.index("No threats at all.")
        await press(boss, f"{at}/{second}", f"{at}/{second}/remove")
        assert "Bots say so." not in (await site.visitor().get("/about")).text
        assert await noted(site) == ["create", "create", "move", "update", "destroy"]

    tell(story)


def test_an_announcement_is_shown_scheduled_and_taken_back(tell):
    """Nobody would know that the place moves on Friday."""

    async def story(site: Site) -> None:
        boss, ada = await staff(site, "boss", "admin"), await site.person("ada")
        at = "/admin/announcements"
        wrong = await boss.send(at, at, text="Party", starts_at="2099-01-02T00:00", ends_at="x")
        assert wrong.status_code == 422 and 'id="e-ends_at"' in wrong.text and "Party" in wrong.text
        wrong = await boss.send(
            at, at, text="Party", starts_at="2099-01-02T00:00", ends_at="2099-01-01T00:00"
        )
        assert wrong.status_code == 422 and 'id="e-ends_at"' in wrong.text
        assert 'id="e-text"' in (await boss.send(at, at, text="")).text
        await press(boss, at, at, text="We move on Friday.")
        await press(boss, at, at, text="Happy new century.", publish_at="2099-12-31T00:00")
        home = (await ada.get("/home")).text
        assert "We move on Friday." in home and "new century" not in home
        page = (await boss.get(at)).text
        assert "Waiting" in page and "Shown" in page
        for each in ids(page, at):
            await press(boss, at, f"{at}/{each}/remove")
        assert "Nothing is announced" in (await boss.get(at)).text
        assert (await noted(site)).count("destroy") == 2

    tell(story)


def test_the_long_texts_are_written_and_taken_away(tell):
    """The privacy policy could only be put in place on the machine itself."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/texts"
        wrong = await boss.send(at, at, text=" ")
        assert wrong.status_code == 422 and 'id="e-text"' in wrong.text
        await press(boss, at, at, text="We *count* waders.")
        assert "We <em>count</em> waders." in (await site.visitor().get("/about")).text
        await press(boss, f"{at}/privacy", f"{at}/privacy", text="We keep nothing.")
        assert "We keep nothing." in (await site.visitor().get("/privacy-policy")).text
        await press(boss, f"{at}/privacy", f"{at}/privacy/remove")
        assert (await site.visitor().get("/privacy-policy")).status_code == 404
        terms = f"{at}/terms"
        assert 'id="e-day"' in (await boss.send(terms, terms, text="Be kind.", day="x")).text
        for day, words in (("2020-01-01", "Be kind."), ("2099-01-01", "Be kinder.")):
            await press(boss, terms, terms, text=words, day=day)
        assert "Be kind." in (await boss.get(f"{terms}?day=2020-01-01")).text
        assert "Be kind." in (await site.visitor().get("/terms-of-service")).text
        await press(boss, f"{terms}?day=2020-01-01", f"{terms}/remove")
        assert "2020-01-01" not in (await boss.get(terms)).text
        assert (await noted(site)).count("destroy") == 2

    tell(story)


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_an_emoji_is_taken_in_put_aside_and_erased(tell):
    """Only the command line could."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/emojis"
        sent = {"file": ("tern.png", picture(), "image/png")}
        for files, code, field in ((sent, "no spaces!", "shortcode"), (None, "tern", "file")):
            wrong = await boss.send(at, at, files=files, shortcode=code)
            assert wrong.status_code == 422 and f'id="e-{field}"' in wrong.text
        broken = {"file": ("tern.png", b"no picture", "image/png")}
        assert 'id="e-file"' in (await boss.send(at, at, files=broken, shortcode="tern")).text
        made = await boss.send(at, at, files=sent, shortcode=":tern:", category="Birds")
        assert made.status_code == 303
        page = (await boss.get(at)).text
        assert ":tern:" in page and "<h2>Birds</h2>" in page and "/emoji-l" not in page
        assert 'id="e-shortcode"' in (await boss.send(at, at, files=sent, shortcode="tern")).text

        async def offered() -> str:
            return (await site.visitor().get("/api/v1/custom_emojis")).text

        assert '"tern"' in await offered()
        await press(boss, at, f"{at}/tern/disable")
        assert '"tern"' not in await offered()
        await press(boss, at, f"{at}/tern/enable")
        assert '"tern"' in await offered()
        await press(boss, at, f"{at}/tern/disable")
        await press(boss, at, f"{at}/tern/remove")
        assert "No emojis of your own" in (await boss.get(at)).text
        assert await noted(site) == ["create", "disable", "enable", "disable", "destroy"]

    tell(story)


def test_an_invitation_is_shown_once_lets_in_and_ends(tell):
    """A link that can be read again is a link that somebody else can read."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/invites"
        wrong = await boss.send(at, at, uses="0", days="7", role="user")
        assert wrong.status_code == 422 and 'id="e-uses"' in wrong.text
        refused = await boss.send(at, at, uses="1", days="7", role="admin")
        assert refused.status_code == 403
        made = await boss.send(at, at, uses="2", days="7", role="user")
        code = re.search(r"sign-up\?invite=([\w-]+)", made.text)[1]
        page = (await boss.get(at)).text
        assert code not in page and "2 more may come" in page and "@boss" in page
        assert (await site.visitor().get(f"/auth/sign-up?invite={code}")).status_code == 200
        (number,) = ids(page, at)
        await press(boss, at, f"{at}/{number}/revoke")
        assert "more may come" not in (await boss.get(at)).text
        assert await noted(site) == ["create", "destroy"]

    tell(story, signups="invite")


def test_doors_are_closed_and_opened_again(tell):
    """Whoever signs up a hundred times from one network would go on."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/doors"
        for path, field, bad, good, shown in (
            (at, "ip", "10.0.0.0/4", "192.0.2.7/24", "192.0.2.0/24"),
            (f"{at}/hosts", "domain", "", "Trash.Example", "trash.example"),
            (f"{at}/addresses", "email", "x", "Eve+1@example.org", ""),
        ):
            more = {"severity": "sign_up_block", "days": "7"}
            wrong = await boss.send(path, path, **{field: bad}, **more)
            assert wrong.status_code == 422, path
            assert f'id="e-{field}"' in wrong.text, path
            await press(boss, path, path, **{field: good}, **more)
            page = (await boss.get(path)).text
            assert shown in page and "Eve+1" not in page
            (number,) = ids(page, path)
            await press(boss, path, f"{path}/{number}/remove")
            assert "All doors are open" in (await boss.get(path)).text
        assert await noted(site) == ["create", "destroy"] * 3

    tell(story)


def test_a_server_is_kept_away_nearer_and_let_come(tell):
    """What harms people here comes from somewhere."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/federation/blocks"
        await site.person("far", domain="far.example", handle="far@far.example")
        page = (await boss.get("/admin/federation")).text
        assert "far.example" in page and "1 person known" in page
        assert 'value="far.example"' in (await boss.get(f"{at}?domain=far.example")).text
        wrong = await boss.send(at, at, domain="social.example", severity="suspend")
        assert wrong.status_code == 422 and 'id="e-domain"' in wrong.text
        said = {"domain": "far.example", "severity": "suspend", "public_comment": "spam"}
        await press(boss, at, at, reject_media="true", **said)
        (number,) = ids((await boss.get(at)).text, at)
        one = f"{at}/{number}"
        page = (await boss.get(one)).text
        assert "spam" in page and len(re.findall(r"checked", page)) == 2
        await press(boss, one, one, severity="silence", public_comment="")
        page = (await boss.get(one)).text
        assert "spam" not in page and len(re.findall(r"checked", page)) == 1
        assert "Limited" in (await boss.get("/admin/federation")).text
        await press(boss, one, f"{one}/remove")
        assert "No server is kept away" in (await boss.get(at)).text
        lets = "/admin/federation/allows"
        assert 'id="e-domain"' in (await boss.send(lets, lets, domain="?")).text
        await press(boss, lets, lets, domain="near.example")
        (number,) = ids((await boss.get(lets)).text, lets)
        await press(boss, lets, f"{lets}/{number}/remove")
        assert await noted(site) == ["create", "update", "destroy", "create", "destroy"]

    tell(story)


LIST = b"""#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
far.example,suspend,true,false,spam,false
worse.example,silence,false,true,,false
nothing,suspend,,,,
"""


def test_a_list_of_servers_is_looked_at_and_brought_in(tell):
    """A list of others' making must not cut ties that nobody wanted cut."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/federation"
        far = await site.person("far", domain="far.example", handle="far@far.example")
        wish = graph.Wish()
        await site.app.db.write(
            lambda tx: graph.add_follow(tx, boss.viewer.id, far.viewer.id, wish)
        )
        file = {"data": ("list.csv", LIST, "text/csv")}
        page = await boss.send(f"{at}/blocks", f"{at}/import", files=file)
        assert page.status_code == 200
        assert "1 follow ends, for good." in page.text
        assert "2 servers are new" in page.text
        form = form_of(page.text, f"{at}/import/bring")
        brought = await boss.client.post(
            f"{at}/import/bring", data={**form, "content": LIST.decode()}
        )
        assert brought.status_code == 303
        taken = (await boss.get(f"{at}/blocks.csv")).text
        assert "far.example,suspend,true,false,spam,false" in taken
        assert "worse.example,silence,false,true,,false" in taken
        wrong = await boss.send(
            f"{at}/blocks", f"{at}/import", files={"data": ("x.csv", b"nothing", "text/csv")}
        )
        assert wrong.status_code == 422 and 'id="e-data"' in wrong.text
        mod = await staff(site, "mod", "user")
        assert (await mod.get(f"{at}/blocks.csv")).status_code == 404

    tell(story)


def test_how_things_stand_with_a_server_and_calling_on_it(tell):
    """Whoever runs the place must see why nothing arrives there, and need not wait two days."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/federation/servers/far.example"
        assert (await boss.get(at)).status_code == 404
        await site.person("far", domain="far.example", handle="far@far.example")
        origin = "https://far.example"

        def fail(tx: Tx) -> None:
            about = letters.write(tx, Letter(0, Kind.SAID, said=b"{}"), 1)
            letters.put(tx, about, 1, [(origin, f"{origin}/inbox")])
            letters.ill(tx, letters.Call(origin, 0, 0), tx.ms + 86_400_000)
            servers.note(tx, origin)
            stored.runs(tx, origin, "mastodon", "4.6.0")

        await site.app.db.write(fail)
        page = (await boss.get(at)).text
        assert "mastodon 4.6.0" in page
        assert "It did not answer 1 time in a row." in page
        assert await site.app.db.read(lambda tx: letters.due(tx, sick=True, most=9)) == []
        await press(boss, at, f"{at}/retry")
        (call,) = await site.app.db.read(lambda tx: letters.due(tx, sick=True, most=9))
        assert call.origin == origin
        numbers = await site.app.db.read(stored.numbers)
        assert (numbers.waiting, numbers.away) == (1, 1)

    tell(story)


def _trend(tx: Tx, name: str) -> None:
    tag = tags.ids_of(tx, [name])[name]
    counting.set_score(tx, "tags", tag, 9.0, Peak(9.0, tx.ms))


def test_a_trend_is_looked_at_before_everybody_sees_it(tell):
    """A hundred new accounts could put any word before everybody's eyes."""

    async def story(site: Site) -> None:
        mod, ada = await staff(site, "mod", "moderator"), await site.person("ada")
        await ada.write("Look at #terns")
        await site.app.db.write(_trend, "terns")
        at = "/admin/trends"
        assert "1 trend is not looked at" in (await mod.get("/admin")).text
        assert "Not looked at" in (await mod.get(at)).text
        shown = "/api/v1/trends/tags"
        assert "terns" not in (await ada.get(shown)).text
        await press(mod, at, f"{at}/approve")
        assert "terns" in (await ada.get(shown)).text
        await press(mod, at, f"{at}/reject")
        assert "terns" not in (await ada.get(shown)).text
        for kind in ("posts", "links"):
            assert "Nothing trends" in (await mod.get(f"{at}/{kind}")).text

    tell(story)


def _failed(tx: Tx, due: int) -> None:
    values = {"lane": "media", "task": "a.task", "event": b"{}", "error": "Boom at x.py:1"}
    tx.run(_JOB, due=due, tries=8 if due == NEVER else 3, **values)


def test_a_job_that_was_given_up_is_tried_again_or_let_go(tell):
    """It would wait for a person who never hears of it."""

    async def story(site: Site) -> None:
        boss, at = await staff(site, "boss", "admin"), "/admin/jobs"
        for due in (NEVER, NEVER, 4_000_000_000_000):
            await site.app.db.write(_failed, due)
        assert "2 jobs were given up" in (await boss.get("/admin")).text
        page = (await boss.get(at)).text
        assert "Boom at x.py:1" in page and "tried 8 times" in page
        first, second = ids(page, at)
        await press(boss, at, f"{at}/{first}/retry")
        await press(boss, at, f"{at}/{second}/drop")
        assert "No job was given up" in (await boss.get(at)).text
        later = f"{at}?which=failing"
        (third,) = ids((await boss.get(later)).text, at)
        await press(boss, later, f"{at}/{third}/retry")
        hidden = form_of((await boss.get("/admin/rules")).text, "/admin/rules")
        gone = await boss.client.post(f"{at}/{second}/retry", data=hidden)
        assert gone.status_code == 404
        assert await noted(site) == ["retry", "drop", "retry"]

    tell(story)


def test_settings_are_shown_with_where_they_were_said_and_without_passwords(tell, tmp_path):
    """Whoever looks over the shoulder would read the password of the mail."""

    async def story(site: Site) -> None:
        boss = await staff(site, "boss", "admin")
        (tmp_path / "whimbrel.toml").write_text('title = "Saltmarsh"\n')
        page = (await boss.get("/admin/settings")).text
        assert "secret words" not in page and "smtp://us:***@" in page
        assert "In the file" in page and "Said at the start" in page
        assert "post_chars" in page and "WHIMBREL_POST_CHARS" in page
        (tmp_path / "whimbrel.toml").write_text("title = ")
        page = await boss.get("/admin/settings")
        assert page.status_code == 200 and "is not valid TOML" in page.text

    tell(story, smtp="smtp://us:secret words@mail.example:587", title="Saltmarsh")


@pytest.mark.parametrize("path", ["/admin/storage"])
def test_what_takes_room_is_told(tell, path):
    """A full disk stops everything at once."""

    async def story(site: Site) -> None:
        boss: Person = await staff(site, "boss", "admin")
        sent = {"file": ("tern.png", picture(), "image/png")}
        await boss.send("/admin/emojis", "/admin/emojis", files=sent, shortcode="tern")
        page = (await boss.get(path)).text
        assert "Keyring" in page and re.search(r"[\d.]+ (kB|MB)", page)
        assert "Emojis</b>" in page and "file" in page

    tell(story)
