"""The moderation desk without scripts: from what somebody reports to what came of it, and for whom
it concerns, back again."""

import re
from html import unescape
from urllib.parse import unquote

from browsing import Person, Site, Visitor, form_of
from test_admin import press, staff

from whimbrel.moderation import audit
from whimbrel.posts.rules import Visibility

DESK = "/admin/reports"


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


async def send(who: Visitor, page: str, to: str, **values: object) -> str:
    """Send a form; the page after it."""
    sent = await who.send(page, to, **values)
    assert sent.status_code == 303, (sent.status_code, plain(sent.text)[-1500:])
    return sent.headers["location"]


async def reported(site: Site, ada: Person, bob: Person) -> str:
    """Ada reports a post of Bob's; the address of its case."""
    post = await bob.write("Buy waders!")
    form = f"/posts/{post}/report"
    await send(ada, form, form, category="other", comment="Again and again.")
    await site.settle()
    return f"/@bob/{post}"


def test_a_report_becomes_a_case_a_decision_a_statement_and_an_appeal(tell):
    """All of it with forms alone: by keyboard, by voice, on the oldest telephone."""

    async def story(site: Site) -> None:
        mod, boss = await staff(site, "mod", "senior"), await staff(site, "boss", "admin")
        ada, bob, stranger = await site.person("ada"), await site.person("bob"), site.visitor()
        assert "No case" in (await mod.get(DESK)).text
        post = await reported(site, ada, bob)
        assert "Open" in plain((await ada.get("/settings/reports")).text)
        # How many are open stands on every page of theirs, and of nobody else's.
        assert '<span class="count">1<span class="vh"> open</span>' in (await mod.get("/home")).text
        assert " open</span>" not in (await ada.get("/home")).text
        queue = (await mod.get(DESK)).text
        for words in ("Buy waders!", "Against the rules", "@bob", "1 report.", "To be begun"):
            assert words in plain(queue), words
        assert "@ada" not in queue
        (number,) = set(re.findall(rf"{DESK}/(\d+)", queue))
        case = f"{DESK}/{number}"
        assert await send(mod, DESK, f"{DESK}/next") == f"{case}?done=claim"
        assert "With @mod" in plain((await boss.get(DESK)).text)
        assert "Again and again." in (await mod.get(case)).text
        decide = f"{case}/decide#decision"
        (shown,) = re.findall(r'name="posts\[\]" value="(\d+)"', (await mod.get(case)).text)
        given = {"acts[]": "hide", "posts[]": shown, "ground": "rules", "facts": "An advert."}
        unwell = await mod.send(case, decide, do="decide", **{"acts[]": "hide", "posts[]": shown})
        assert unwell.status_code == 422 and "Say why." in unwell.text
        preview = await mod.send(case, decide, do="preview", **given)
        assert "We hid one of your posts" in preview.text and "An advert." in preview.text
        assert (await stranger.get(post)).status_code == 200
        assert (await boss.send(case, decide, do="decide", **given)).status_code == 409
        assert await press(mod, case, decide, do="decide", **given) == "Decided."
        await site.settle()
        assert " open</span>" not in (await mod.get("/home")).text
        for who, there in ((stranger, 404), (ada, 404), (bob, 200)):
            assert (await who.get(post)).status_code == there
        assert "Something was done" in (await ada.get("/settings/reports")).text
        letter = site.mail()
        assert "An advert." in letter and "A person decided this." in letter
        (link,) = re.findall(r"https://social\.example(/statements/\S+)", letter)
        statement = (await stranger.get(link)).text
        assert "We hid one of your posts" in statement and "mod" not in plain(statement)
        (mine,) = re.findall(r'href="(/statements/\d+)"', (await bob.get("/statements")).text)
        assert (await bob.get(mine)).status_code == 200
        for other in (ada, stranger):
            assert (await other.get(mine)).status_code == 404
        assert (await stranger.get(f"{link}/proof")).status_code == 404
        await site.app.db.write(audit.checkpoint)
        proof = (await stranger.get(f"{link}/proof")).json()
        assert proof["checkpoint"] == (await stranger.get("/log/checkpoint")).text
        assert (await stranger.get("/log/key")).text.startswith("social.example/log+")
        await send(stranger, link, f"{link}/appeal", text="It was a joke.")
        assert "It was a joke." in (await bob.get(mine)).text
        assert "for somebody else" in plain((await mod.get(DESK)).text)
        assert await send(mod, DESK, f"{DESK}/next") == f"{DESK}?done=none"
        at = (await send(boss, DESK, f"{DESK}/next")).partition("?")[0]
        assert "It was a joke." in (await boss.get(at)).text
        answer = {"outcome": "overturn", "facts": "So it was."}
        assert await press(boss, at, f"{at}/decide#decision", do="decide", **answer) == "Decided."
        assert (await stranger.get(post)).status_code == 200
        assert "taken back" in (await bob.get(mine)).text
        closed = (await mod.get(f"{DESK}?which=closed")).text
        assert set(re.findall(rf'"{DESK}/(\d+)"', closed)) == {number, at.rpartition("/")[2]}

    tell(story)


def test_who_decided_about_an_appeal_is_nowhere_to_be_read(tell):
    """CVE-2022-48364: when pictures were uncovered after an appeal, the edit of the post told
    everybody which moderator had done it."""

    async def story(site: Site) -> None:
        mod, boss = await staff(site, "mod", "moderator"), await staff(site, "thejudge", "admin")
        ada, bob, stranger = await site.person("ada"), await site.person("bob"), site.visitor()
        post = await bob.show(Visibility.PUBLIC)
        form = f"/posts/{post}/report"
        await send(ada, form, form, category="other", comment="Unfit.")
        case = (await send(mod, DESK, f"{DESK}/next")).partition("?")[0]
        given = {"acts[]": "sensitive", "posts[]": str(post), "facts": "Unfit."}
        await send(mod, case, f"{case}/decide#decision", do="decide", ground="rules", **given)
        await site.settle()
        status = (await stranger.get(f"/api/v1/statuses/{post}")).json()
        assert status["sensitive"]
        (link,) = re.findall(r"https://social\.example(/statements/\S+)", site.mail())
        await send(stranger, link, f"{link}/appeal", text="It is a heron.")
        at = (await send(boss, DESK, f"{DESK}/next")).partition("?")[0]
        answer = {"outcome": "overturn", "facts": "It is."}
        await send(boss, at, f"{at}/decide#decision", do="decide", **answer)
        await site.settle()
        told = [
            (await stranger.get(f"/api/v1/statuses/{post}{more}")).text
            for more in ("", "/history", "/context")
        ]
        assert not (await stranger.get(f"/api/v1/statuses/{post}")).json()["sensitive"]
        pages = [(await bob.get(each)).text for each in ("/statements", "/notifications", link)]
        note = (await stranger.get(f"/ap/users/{bob.viewer.id}/statuses/{post}")).text
        for text in (*told, *pages, note, site.mail()):
            for name in ("thejudge", str(boss.viewer.id), str(mod.viewer.id)):
                assert name not in text

    tell(story)


def test_whoever_has_no_account_reports_and_sees_what_came_of_it(tell):
    """A law asks for it; and whoever is threatened need not join first."""

    async def story(site: Site) -> None:
        mod, bob, stranger = (
            await staff(site, "mod", "moderator"),
            await site.person("bob"),
            site.visitor(),
        )
        post = await bob.write("Her address is ...")
        hidden = await bob.write("for friends", visibility=Visibility.PRIVATE)
        given = {
            "kind": "address",
            "comment": "She lives there.",
            "email": "eve@example.org",
            "honest": "true",
        }
        for wrong in (f"/@bob/{hidden}", "/@nobody", "/@bob/7"):
            about = f"https://social.example{wrong}"
            refused = await stranger.send("/notice", "/notice", about=about, **given)
            assert refused.status_code == 422
            assert "that everybody can see" in refused.text, wrong
        half = await stranger.send("/notice", "/notice", about="x", kind="address")
        assert half.status_code == 422 and "believe to be true" in half.text
        about = f"https://social.example/@bob/{post}"
        receipt = await send(stranger, "/notice", "/notice", about=about, **given)
        assert "Open" in plain((await stranger.get(receipt)).text)
        assert (await stranger.get(f"{receipt}x")).status_code == 404
        queue = plain((await mod.get(DESK)).text)
        assert "Intimate pictures or an address" in queue and "N1" in queue and "4 h" in queue
        case = (await send(mod, DESK, f"{DESK}/next")).partition("?")[0]
        page = (await mod.get(case)).text
        assert "eve@example.org" in page and "Notice without an account" in page
        await send(mod, case, f"{case}/decide#decision", do="decide", **{"acts[]": "none"})
        assert "Nothing was done" in (await stranger.get(receipt)).text

    tell(story)


def test_cases_are_made_more_urgent_merged_split_and_decisions_taken_back(tell):
    """What a moderator does once a week has to be there as well."""

    async def story(site: Site) -> None:
        mod = await staff(site, "mod", "moderator")
        ada, _bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        for who in (ada, eve):
            await send(who, "/@bob/report", "/@bob/report", category="other", comment="x")
        await send(ada, "/@bob/report", "/@bob/report", category="spam", comment="y")
        first = (await send(mod, DESK, f"{DESK}/next")).partition("?")[0]
        said = await press(mod, first, f"{first}/escalate", klass="V1")
        assert said == "The case is more urgent now." and "V1" in (await mod.get(first)).text
        (other,) = re.findall(r'name="other" value="(\d+)"', (await mod.get(first)).text)
        assert await press(mod, first, f"{first}/merge", other=other) == "The cases are one."
        page = (await mod.get(first)).text
        chosen = re.findall(r'name="reports\[\]" value="(\d+)"', page)
        assert len(chosen) >= 2
        assert "case of its own" in await press(
            mod, first, f"{first}/split", **{"reports[]": chosen[0]}
        )
        given = {"acts[]": "limit", "facts": "x", "ground": "law"}
        await send(mod, first, f"{first}/decide#decision", do="decide", **given)
        page = (await mod.get(first)).text
        verdict = form_of(page, f"{first}/undo")["verdict"]
        said = await press(mod, first, f"{first}/undo", verdict=verdict, facts="A mistake.")
        assert said == "Taken back. Who it concerns is told."
        assert "Taken back since" in (await mod.get(first)).text
        for verb in ("claim", "decide", "undo", "merge", "split", "escalate", "release"):
            assert (await ada.client.post(f"{first}/{verb}")).status_code in (403, 404)

    tell(story)


def test_the_link_of_a_call_takes_a_case_on_and_nothing_else(tell):
    """On a telephone in the night: one press, and the others sleep on."""

    async def story(site: Site) -> None:
        await staff(site, "boss", "admin")
        mod, ada, bob = (
            await staff(site, "mod", "moderator"),
            *[await site.person(name) for name in ("ada", "bob")],
        )
        await reported(site, ada, bob)
        (number,) = set(re.findall(rf"{DESK}/(\d+)", (await mod.get(DESK)).text))
        case = f"{DESK}/{number}"
        await send(mod, case, f"{case}/escalate", klass="V1")
        await site.settle()
        secrets = re.findall(r"https://social\.example(/calls/\S+)", site.mail())
        link = secrets[-1]
        phone = site.visitor()
        for _ in range(2):
            page = (await phone.get(link)).text
            assert "Threat to life" in page and "waders" not in page
        after = unquote(await send(phone, link, link))
        assert after == f"/auth/sign-in?next={case}?done=claim"
        assert (await phone.get(case)).status_code == 404, "it signs nobody in"
        assert (
            "With @" in plain((await mod.get(DESK)).text) or "Yours" in (await mod.get(DESK)).text
        )
        gone = await phone.get(link)
        assert gone.status_code == 410

    tell(story)
