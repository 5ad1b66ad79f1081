"""Letters of hosts and the evidence at the desk, with forms alone."""

import json
import re
from html import unescape

from browsing import Site, form_of
from test_admin import staff
from test_desk import plain, send

from whimbrel.moderation.vault import sealing

LETTERS, VAULT = "/admin/letters", "/admin/vault"


def test_a_letter_is_taken_in_settled_and_answered_by_two_people(tell):
    """Markup in a letter is words; a moderator alone sends nothing."""

    async def story(site: Site) -> None:
        mod, boss = await staff(site, "mod", "moderator"), await staff(site, "boss", "admin")
        bob = await site.person("bob")
        post = await bob.write("Burn it down")
        text = (
            f"<script>alert(1)</script> See {site.app.instance.origin}/@bob/{post} and "
            f"{site.app.instance.origin}/@bob/{post + 1}. Answer within 6 hours."
        )
        mail = f"From: abuse@host.example\nSubject: <b>Seven</b>\n\n{text}\n".encode()
        empty = await mod.send(LETTERS, LETTERS, text=" ")
        assert empty.status_code == 422
        assert "The letter is empty." in empty.text
        files = {"file": ("letter.eml", mail, "message/rfc822")}
        sent = await mod.send(LETTERS, LETTERS, files=files, text="")
        assert sent.status_code == 303, plain(sent.text)[-500:]
        at = sent.headers["location"]
        await site.settle()
        page = (await mod.get(at)).text
        assert "<script>alert" not in page
        assert "<b>Seven</b>" not in page
        assert "0 of 2 settled" in plain(page)
        assert f'href="{at}"' in (await mod.get("/admin/reports")).text  # the countdown
        assert (await mod.get(f"{at}/source")).content == mail

        (due, *_) = re.findall(r'name="due" value="(\d+)"', page)
        assert await send(mod, at, f"{at}/confirm", due=due) == f"{at}?done=confirm"
        wrong = await mod.send(at, f"{at}/confirm", due="other", at="soon")
        assert wrong.status_code == 422
        assert await send(mod, at, f"{at}/settle", **{"numbers[]": "2", "words": "Never was."})
        assert "1 of 2 settled" in plain((await mod.get(at)).text)
        given = {"to": "abuse@host.example", "tongue": "de", "changed": "", "kind": "answer"}
        given |= form_of((await mod.get(at)).text, f"{at}/write")
        early = await mod.client.post(f"{at}/write", data=given)
        assert early.status_code == 409
        (case,) = set(re.findall(r"/admin/reports/(\d+)", page))
        form = f"/admin/reports/{case}/decide#decision"
        await send(mod, f"/admin/reports/{case}", form, **{"acts[]": "none", "facts": "News."})

        written = await mod.client.post(f"{at}/write", data=given)
        assert written.headers["location"] == f"{at}?done=write"
        assert (await mod.send(at, f"{at}/approve")).status_code == 403
        assert await send(boss, at, f"{at}/approve") == f"{at}?done=approve"
        await site.settle()
        assert "abuse@host.example" in site.mail()
        closed = (await mod.get(at)).text
        (number,) = set(re.findall(r"/replies/(\d+)\.pdf", closed))
        assert (await mod.get(f"{at}/replies/{number}.pdf")).content.startswith(b"%PDF")
        told = json.loads((await mod.get(f"{at}/replies/{number}.json")).text)
        assert [each["state"] for each in told["items"]] == ["done", "answered"]
        assert (
            "angesehen; nichts wurde unternommen"
            in (await mod.get(f"{at}/replies/{number}.txt")).text
        )
        assert (await mod.get(f"{at}/replies/{number}.exe")).status_code == 404
        assert "host.example" in (await mod.get(LETTERS)).text
        assert "Seven" in plain((await mod.get(f"{LETTERS}?which=closed")).text)

    tell(story)


def test_an_order_is_marked_and_its_cases_are_due_within_the_hour(tell):
    async def story(site: Site) -> None:
        mod = await staff(site, "law", "legal")
        bob = await site.person("bob")
        post = await bob.write("Burn it down")
        letter = f"Remove {site.app.instance.origin}/@bob/{post}"
        blank = {"text": letter, "source": "authority", "silent_until": ""}
        assert (await mod.send(LETTERS, LETTERS, **blank, authority="")).status_code == 422
        at = await send(mod, LETTERS, LETTERS, **blank, authority="BKA", country="de")
        await site.settle()
        assert "BKA (DE)" in plain((await mod.get(at)).text)
        assert "Legal order" in (await mod.get("/admin/reports")).text

    tell(story)


def test_evidence_is_opened_by_two_people(tell):
    async def story(site: Site) -> None:
        mod, boss = await staff(site, "mod", "moderator"), await staff(site, "boss", "admin")
        bob = await site.person("bob")
        post = await bob.write("Burn it down")
        letter = f"Remove {site.app.instance.origin}/@bob/{post}"
        await send(mod, LETTERS, LETTERS, text=letter)
        await site.settle()
        page = (await boss.get(VAULT)).text
        (case,) = set(re.findall(r"/admin/reports/(\d+)", page))
        assert case not in (await mod.get(VAULT)).text
        purpose = "<i>The police</i> asks"
        asked = await send(boss, VAULT, VAULT, case=case, purpose=purpose)
        assert asked == f"{VAULT}?done=ask"
        shown = (await mod.get(VAULT)).text
        assert "<i>The police" not in shown
        assert purpose in unescape(shown)
        (number,) = re.findall(rf"{VAULT}/(\d+)/agree", shown)
        assert (await boss.get(f"{VAULT}/{number}/bundle")).status_code == 410
        assert await send(mod, VAULT, f"{VAULT}/{number}/agree") == f"{VAULT}?done=agree"
        assert (await mod.get(f"{VAULT}/{number}/bundle")).status_code == 403
        bundle = await boss.get(f"{VAULT}/{number}/bundle")
        assert bundle.status_code == 200
        assert b"Burn it down" not in bundle.content

    tell(story, vault_key=sealing.new_pair()[1])
