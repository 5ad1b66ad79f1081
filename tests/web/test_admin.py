"""The operator's pages: who sees them, what is done on them, and that it is really done."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

from browsing import PASSWORD, Person, Site, form_of
from msgspec.structs import replace
from sqlalchemy import update

import people
from whimbrel.accounts import addresses
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Role
from whimbrel.accounts.tables import sessions
from whimbrel.app import rooms
from whimbrel.core.tx import Tx

PAGES = sorted(
    path
    for handler in rooms.ROUTES
    for path in handler.paths
    if path.startswith("/admin")
    and "{" not in path
    and "GET" in getattr(handler, "http_methods", ())
)


async def staff(site: Site, name: str, role: Role) -> Person:
    """Somebody of the staff, signed in."""
    return await site.person(name, role=role)


async def press(who: Person, page: str, to: str, **values: str) -> str:
    """Send a form of a page; what the page it leads to says."""
    sent = await who.send(page, to, **values)
    assert sent.status_code == 303, (to, sent.status_code, sent.text[-2000:])
    told = await who.get(sent.headers["location"])
    assert told.status_code == 200, (to, told.status_code)
    found = re.search(r'role="status">(.*?)</div></div>', told.text, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""


async def link(site: Site, who: Person) -> str:
    return f"/admin/accounts/{who.viewer.id}"


def test_the_pages_are_there_for_the_staff_and_for_nobody_else(tell):
    """Whoever looks for them would learn who runs the place, or run it."""

    async def story(site: Site) -> None:
        boss, mod = await staff(site, "boss", "admin"), await staff(site, "mod", "moderator")
        ada, stranger = await site.person("ada"), site.visitor()
        absent = (await ada.get("/nothing/here")).text
        for path in [*PAGES, f"/admin/accounts/{ada.viewer.id}"]:
            assert (await boss.get(path)).status_code == 200, path
            for other in (ada, stranger):
                answer = await other.get(path)
                assert answer.status_code == 404, path
            assert (await ada.get(path)).text.count("<h1>") == absent.count("<h1>")
        for shown, who in ((boss, "boss"), (mod, "mod")):
            page = (await shown.get("/admin")).text
            rows = set(re.findall(r'<a href="(/admin[^"]*)"', page))
            assert "/admin/accounts" in rows, who
            for row in rows:
                assert (await shown.get(row)).status_code == 200, (who, row)
            assert 'href="/admin"' in (await shown.get("/more")).text
        assert "/admin" not in (await ada.get("/more")).text
        everything = set(re.findall(r'<a href="(/admin[^"]*)"', (await boss.get("/admin")).text))
        assert everything == {path for path in PAGES if path.count("/") < 3}
        for path in everything - set(
            re.findall(r'"(/admin[^"]*)"', (await mod.get("/admin")).text)
        ):
            assert (await mod.get(path)).status_code == 403, path

    tell(story)


def test_somebody_who_waits_is_let_in_or_refused(tell):
    """Nobody could come in but by the command line."""

    async def story(site: Site) -> None:
        mod = await staff(site, "mod", "moderator")
        ada, eve = await site.person("ada"), await site.person("eve")
        for each in (ada, eve):
            await site.app.db.write(
                lambda tx, who: users.change(tx, who, approved_at=None), each.viewer.id
            )
        assert "2 people ask to come in" in (await mod.get("/admin")).text
        waiting = "/admin/accounts?status=pending"
        page = (await mod.get(waiting)).text
        assert (
            "@ada" in page
            and "@eve" in page
            and "/admin/accounts/" + str(mod.viewer.id) not in page
        )
        said = await press(mod, waiting, f"{await link(site, ada)}/approve")
        assert "let in" in said and (await ada.get("/home")).status_code == 200
        at = await link(site, eve)
        said = await press(mod, at, f"{at}/reject")
        assert "refused" in said and (await mod.get(at)).status_code == 404
        assert "Nobody waits" in (await mod.get(waiting)).text

    tell(story)


def test_what_is_decided_about_somebody_holds_is_told_and_taken_back(tell):
    """A measure that is only drawn would protect nobody."""

    async def story(site: Site) -> None:
        mod, ada = await staff(site, "mod", "senior"), await site.person("ada")
        at = await link(site, ada)
        sent = await mod.send(at, f"{at}/action", type="", text="Rule 2, twice")
        assert sent.status_code == 422 and 'id="e-type"' in sent.text
        assert "Rule 2, twice" in sent.text
        await press(mod, at, f"{at}/action", type="disable", text="Rule 2, twice", letter="true")
        assert (await ada.get("/home")).status_code == 303
        await site.settle()
        assert "Rule 2, twice" in site.mail()
        page = (await mod.get(at)).text
        assert "Cannot sign in" in page and "@mod" in page.split('id="history"')[1]
        await press(mod, at, f"{at}/enable")
        for kind, undo in (
            ("silence", "unsilence"),
            ("sensitive", "unsensitive"),
            ("suspend", "unsuspend"),
        ):
            await press(mod, at, f"{at}/action", type=kind)
            assert (await site.visitor().get("/@ada")).status_code == (
                410 if kind == "suspend" else 200
            )
            await press(mod, at, f"{at}/{undo}")
        assert (await site.visitor().get("/@ada")).status_code == 200

    tell(story)


def test_who_is_looked_at_reads_of_it(tell):
    """Where somebody comes from is theirs: they see it, and that one of the staff did."""

    async def story(site: Site) -> None:
        ada, mod = await site.person("ada"), await staff(site, "mod", "moderator")
        await ada.send("/auth/sign-in?again=1", "/auth/sign-in", login="ada", password=PASSWORD)
        mine = (await ada.get("/settings/security")).text
        (came,) = (await site.app.db.read(addresses.of, [ada.viewer.id]))[ada.viewer.id]
        assert came.ip in mine and "looked at your addresses" not in mine
        page = f"/admin/accounts/{ada.viewer.id}"
        assert came.ip not in (await mod.get(page)).text
        told = await mod.send(page, f"{page}/addresses")
        assert told.status_code == 200 and came.ip in told.text
        assert "Addresses looked at" in told.text and "@mod" in told.text
        assert "looked at your addresses" in (await ada.get("/settings/security")).text

    tell(story)


async def agree(second: Person) -> None:
    """Somebody else of the staff agrees to what waits."""
    page = (await second.get("/admin/reports/waiting")).text
    (at,) = re.findall(r'action="(/admin/reports/waiting/\d+)/confirm"', page)
    said = await press(second, "/admin/reports/waiting", f"{at}/confirm")
    assert "Done." in said


def test_nobody_decides_about_their_equals_or_makes_themselves_more(tell):
    """A moderator who is angry, or whose password is known, would own the place."""

    async def story(site: Site) -> None:
        boss, mod = await staff(site, "boss", "admin"), await staff(site, "mod", "moderator")
        ada = await site.person("ada")
        at = await link(site, ada)
        hidden = form_of((await mod.get(at)).text, f"{at}/action")
        for about in (mod, boss):
            to = await link(site, about)
            assert f"{to}/action" not in (await mod.get(to)).text
            answer = await mod.client.post(f"{to}/action", data={**hidden, "type": "suspend"})
            assert answer.status_code == 403
        for to, role in ((at, "moderator"), (await link(site, mod), "admin")):
            answer = await mod.client.post(f"{to}/role", data={**hidden, "role": role})
            assert answer.status_code == 403
        said = await press(boss, at, f"{at}/role", role="moderator")
        assert "A second person has to agree" in said
        await agree(mod)
        asleep = await ada.get("/admin")
        assert asleep.status_code == 403 and "a second step" in asleep.text
        assert 'href="/admin"' in (await ada.get("/home")).text, "the way to be told so"
        refused = await ada.client.post(f"{at}/action", data={**hidden, "type": "silence"})
        assert refused.status_code == 403
        await site.app.db.write(people.second_factor, ada.viewer.id)
        assert (await ada.get("/admin")).status_code == 200
        hidden = form_of((await boss.get(at)).text, f"{at}/role")
        answer = await boss.client.post(f"{at}/role", data={**hidden, "role": "admin"})
        assert answer.status_code == 403
        await press(boss, at, f"{at}/role", role="user")
        assert (await ada.get("/admin")).status_code == 404

    tell(story)


def test_people_are_found_by_name_address_and_server(tell):
    """Of ten thousand, the one who is meant would stand on page 250."""

    async def story(site: Site) -> None:
        mod = await staff(site, "mod", "moderator")
        for name in ("ada", "adele", "bob"):
            await site.person(name)
        for q, by, fit in (
            ("ad", "username", {"ada", "adele"}),
            ("bob@example.org", "email", {"bob"}),
            ("b", "email", set()),
            ("elsewhere.example", "by_domain", set()),
        ):
            page = (await mod.get(f"/admin/accounts?q={q}&by={by}&origin=all")).text
            found = set(re.findall(r'<bdi dir="ltr">@(\w+)</bdi> ·', page))
            assert found == fit, (q, by)
        assert "Nobody is found" in page

    tell(story)


def test_the_way_out_says_where_everything_lies_and_what_is_not_there(tell):
    """Whoever runs the place would believe that somebody else keeps a copy."""

    async def story(site: Site) -> None:
        boss = await staff(site, "boss", "admin")
        usual = site.app.settings
        page, data = (await boss.get("/admin/exit")).text, usual.data.absolute()
        assert f"{data}/objects" in page and f"{data}/keyring.bin" in page
        lite = await site.app.db.read(lambda tx: tx.engine == "sqlite")
        assert (f"sqlite3 {data}/whimbrel.db" if lite else "pg_dump") in page
        assert "there is no standby" in page and "A restore was never tried" in page
        # A folder with a space in it is still one word to the shell.
        site.app.settings = replace(usual, data=Path("/srv/our birds; ls"), database="")
        page = unescape((await boss.get("/admin/exit")).text)
        if lite:
            assert "sqlite3 '/srv/our birds; ls/whimbrel.db' \"VACUUM" in page
        assert "cp -a '/srv/our birds; ls/keyring.bin' /another-place/" in page
        assert ">/srv/our birds; ls/keyring.bin<" in page

    tell(story)


def test_what_is_grave_for_others_asks_who_one_is(tell):
    """A moderator's laptop left open in a café could ban everybody and make anybody an
    administrator (ASVS V7.5.3)."""

    async def story(site: Site) -> None:
        boss, ada = await staff(site, "boss", "admin"), await site.person("ada")
        at = await link(site, ada)
        hidden = form_of((await boss.get(at)).text, f"{at}/action")
        await site.app.db.write(_signed_in_long_ago)
        for path, form in (
            ("action", {"type": "suspend"}),
            ("action", {"type": "disable"}),
            ("role", {"role": "admin"}),
            ("destroy", {}),
        ):
            asked = await boss.client.post(f"{at}/{path}", data={**hidden, **form})
            place = asked.headers["location"]
            assert place == f"/settings/security/confirm?next={quote(at, safe='')}", path
        taken = await ada.client.get("/settings/carry/following_accounts.csv")
        assert taken.headers["location"].startswith("/settings/security/confirm"), "an export too"
        assert "ada" in (await ada.get("/home")).text, "nothing was done"
        assert "is silenced" not in await press(boss, at, f"{at}/action", type="silence")
        shown = await boss.send(place, "/settings/security/confirm", current_password=PASSWORD)
        assert shown.headers["location"] == at
        assert (await site.visitor().get("/@ada")).status_code == 200
        await press(boss, at, f"{at}/action", type="suspend")
        assert (await site.visitor().get("/@ada")).status_code in (404, 410)

    tell(story)


def _signed_in_long_ago(tx: Tx) -> None:
    tx.run(update(sessions).values(at=sessions.c.at - 3_600_000, proved_at=None))
