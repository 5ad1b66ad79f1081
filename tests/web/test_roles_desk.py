"""Roles and habits on the pages of the staff, with forms alone."""

import re
from html import unescape

from browsing import Site
from test_admin import press, staff
from test_desk import DESK, plain, reported, send

from whimbrel.moderation import cases
from whimbrel.posts.rules import Visibility


def test_an_administrator_gives_a_role_and_somebody_agrees(tell):
    """Without two people one stolen session could fill the desk with strangers."""

    async def story(site: Site) -> None:
        boss, senior = await staff(site, "boss", "admin"), await staff(site, "old", "senior")
        ada = await site.person("ada")
        roles = "/admin/roles"
        page = plain((await boss.get(roles)).text)
        assert "Reads the log, nothing else." in page and "@old" in page
        wrong = await boss.send(roles, roles, name="nobody", role="helper")
        assert wrong.status_code == 422 and "Nobody here is called so." in wrong.text
        said = await press(boss, roles, roles, name="ada", role="auditor")
        assert "second person" in said
        waiting = "/admin/reports/waiting"
        assert "Role: Auditor" in plain((await senior.get(waiting)).text)
        (number,) = set(re.findall(r"waiting/(\d+)/confirm", (await senior.get(waiting)).text))
        assert await press(senior, waiting, f"{waiting}/{number}/confirm") == "Done."
        assert "@ada" in plain((await boss.get(roles)).text)
        rows = plain((await boss.get("/admin/log")).text)
        assert "change_role account" in rows and "confirm proposal" in rows and "@old" in rows
        for path in (roles, "/admin/automation", f"{roles}/x"):
            assert (await senior.get(path)).status_code in (403, 404)
        assert (await ada.get("/admin")).status_code == 403, "there is no second step yet"

    tell(story)


def test_an_auditor_reads_the_log_and_nothing_else(tell):
    """Whoever watches those who watch."""

    async def story(site: Site) -> None:
        auditor = await staff(site, "auditor", "auditor")
        first = await auditor.get("/admin")
        assert first.status_code == 303 and first.headers["location"] == "/admin/log"
        assert (await auditor.get("/admin/log")).status_code == 200
        more = (await auditor.get("/more")).text
        assert 'href="/admin"' in more and DESK not in more
        for path in (DESK, "/admin/accounts", "/admin/vault", "/admin/roles"):
            assert (await auditor.get(path)).status_code == 403

    tell(story)


def test_a_helper_makes_a_case_more_urgent_and_is_back_at_the_queue(tell):
    """And finds none of the doors that are for others."""

    async def story(site: Site) -> None:
        helper = await staff(site, "helping", "helper")
        ada, bob = await site.person("ada"), await site.person("bob")
        await reported(site, ada, bob)
        queue = (await helper.get(DESK)).text
        assert f"{DESK}/alike" not in queue and "/admin/letters" not in queue
        case = (await send(helper, DESK, f"{DESK}/next")).partition("?")[0]
        page = (await helper.get(case)).text
        for value in ("label", "none"):
            assert f'name="acts[]" value="{value}"' in page
        for value in ("hide", "suspend", "limit"):
            assert f'name="acts[]" value="{value}"' not in page
        to = await send(helper, case, f"{case}/escalate", klass="V1")
        assert to == f"{DESK}?done=escalate"
        assert (await helper.get(case)).status_code == 403

    tell(story)


def test_a_picture_is_looked_at_step_by_step(tell):
    """A blur, then in grey, then as it is: each by a press of one's own; hidden from all others or
    not, no browser keeps it, and too much of it makes a break due."""

    async def story(site: Site) -> None:
        mod, helper = await staff(site, "mod", "moderator"), await staff(site, "eve", "helper")
        ada, bob, stranger = await site.person("ada"), await site.person("bob"), site.visitor()
        post = await bob.show(Visibility.PUBLIC)
        told = (await stranger.get(f"/api/v1/statuses/{post}")).json()
        whole = (await stranger.get(told["media_attachments"][0]["url"])).content
        form = f"/posts/{post}/report"
        await send(ada, form, form, category="other", comment="Unfit.")
        case = (await send(mod, DESK, f"{DESK}/next")).partition("?")[0]
        given = {"acts[]": "hide", "posts[]": str(post), "facts": "Unfit.", "open": "true"}
        await send(mod, case, f"{case}/decide#decision", do="decide", ground="rules", **given)
        habits = f"{DESK}/habits"
        assert await press(mod, habits, habits, most="1") == "Kept."
        page = (await mod.get(case)).text
        (look,) = set(re.findall(rf'action="({DESK}/look/\d+)"', page))
        assert f"{DESK}/blur/" in page and f"{DESK}/media?" not in page
        assert "A break is due." not in page
        assert await send(mod, case, look) == look
        grey = (await mod.get(look)).text
        (file,) = re.findall(rf'<img class="grey" src="({DESK}/media\?[^"]*original)"', grey)
        colour = (await mod.get(f"{look}?step=colour")).text
        assert file in colour and 'class="grey"' not in colour
        file = unescape(file)
        sent = await mod.get(file)
        assert sent.status_code == 200 and sent.content == whole
        assert "no-store" in sent.headers["cache-control"]
        for who in (ada, bob, stranger):
            assert (await who.get(file)).status_code == 404
            assert (await who.get(look)).status_code == 404
        assert "A break is due." in (await mod.get(case)).text
        assert "Good that" in await press(mod, habits, f"{habits}/rest")
        assert "A break is due." not in (await mod.get(case)).text
        number = int(case.rpartition("/")[2])
        await site.app.db.write(lambda tx: cases.escalate(tx, mod.viewer, number, "V1"))
        assert (await helper.get(file)).status_code == 404
        assert await press(mod, habits, habits, most="20", text_only="true") == "Kept."
        page = (await mod.get(case)).text
        assert (
            f"{DESK}/blur/" not in page and f"{DESK}/look/" not in page and "you read only" in page
        )
        wrong = await mod.send(habits, habits, most="0")
        assert wrong.status_code == 422

    tell(story)
