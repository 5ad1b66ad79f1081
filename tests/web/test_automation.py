"""Rules that watch, on the pages of the staff: written, tried, judged, let act by two."""

import re
from html import unescape

import msgspec
from browsing import Site
from test_admin import press, staff

from whimbrel.core.tx import Tx
from whimbrel.moderation.queries import automation as queries
from whimbrel.moderation.rules import HOUR

PAGE, WAITING = "/admin/automation", "/admin/reports/waiting"
FORM = {"name": "Coins", "source": 'words("coins")', "why": "It never ends.", "act": "hide"}


def a_day_ago(tx: Tx, id_: int) -> None:
    """It has been in the shadow since then."""
    rule = queries.one(tx, id_)
    queries.change(tx, msgspec.structs.replace(rule, since=tx.ms - 25 * HOUR))


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_a_rule_is_tried_watches_and_is_let_act_by_two_people(tell):
    """From an idea to a post that is hidden a moment after it was written."""

    async def story(site: Site) -> None:
        boss, chief = await staff(site, "boss", "admin"), await staff(site, "chief", "admin")
        mod, bob = await staff(site, "mod", "moderator"), await site.person("bob")
        assert (await mod.get(PAGE)).status_code == 403
        await bob.write("Free coins for all")
        assert "Nothing watches yet" in (await boss.get(PAGE)).text
        assert 'value="Writes without a pause"' in (await boss.get(f"{PAGE}?begin=pace")).text
        tried = await boss.send(PAGE, PAGE, do="try", **FORM)
        assert tried.status_code == 200 and "Free coins for all" in tried.text
        assert "1 post of 1" in plain(tried.text)
        wrong = await boss.send(PAGE, PAGE, **FORM | {"source": "coins"})
        assert wrong.status_code == 422 and "There is no “coins”." in wrong.text
        wrong = await boss.send(PAGE, PAGE, do="try", **FORM | {"source": "text.x"})
        assert wrong.status_code == 422 and "is no part of this language" in wrong.text
        saved = await boss.send(PAGE, PAGE, **FORM)
        assert saved.status_code == 303
        rule = saved.headers["location"].partition("?")[0]
        assert await press(boss, rule, f"{rule}/mode", mode="shadow") == "Changed."
        await bob.write("More coins")
        await site.settle()
        page = (await boss.get(rule)).text
        assert "More coins" in page and "Free coins" not in page
        early = await boss.send(rule, f"{rule}/mode", mode="act")
        assert early.status_code == 409
        (hit,) = re.findall(r'name="hit" value="(\d+)"', page)
        assert await press(boss, rule, f"{rule}/judge", hit=hit, right="yes") == "Noted."
        await site.app.db.write(a_day_ago, int(rule.rpartition("/")[2]))
        asked = await boss.send(rule, f"{rule}/mode", mode="act")
        assert asked.headers["location"] == f"{WAITING}?done=waits"
        waiting = (await chief.get(WAITING)).text
        assert "A rule acts by itself from now on." in waiting
        (proposal,) = set(re.findall(rf"{WAITING}/(\d+)/confirm", waiting))
        await press(chief, WAITING, f"{WAITING}/{proposal}/confirm")
        post = await bob.write("Coins again")
        await site.settle()
        assert (await site.visitor().get(f"/@bob/{post}")).status_code == 404
        assert "Coins" in (await mod.get("/admin/reports")).text
        assert await press(boss, rule, f"{rule}/remove") == "Removed."

    tell(story)
