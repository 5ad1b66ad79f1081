"""Settings, security: passwords, letters, second factors, who is signed in where, and leaving."""

import html
import re
from datetime import timedelta

import httpx
import pyotp
from browsing import PASSWORD, Person, Site, Visitor

from whimbrel.accounts import sessions, tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import sessions as rows
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.moderation.queries import vault
from whimbrel.moderation.queries.vault import Hold
from whimbrel.moderation.report import ReportForm, report

HERE = "/settings/security"
APP = f"{HERE}/authenticator"


async def _with_app(person: Person) -> tuple[pyotp.TOTP, list[str], str]:
    """An authenticator app set up as its owner does it, the recovery codes, and the code shown."""
    began = await person.send(HERE, f"{APP}/begin")
    assert began.headers["location"] == APP, began.headers
    page = (await person.get(APP)).text
    secret = re.search(r'<p class="secret" dir="ltr">([A-Z2-7 ]+)</p>', page)[1].replace(" ", "")
    app = pyotp.TOTP(secret)
    code = app.now()
    done = await person.send(APP, APP, code=code)
    assert done.status_code == 200, done.text
    return app, re.findall(r"<code>([a-z2-9-]{14})</code>", done.text), code


async def _half(site: Site, to: str = "/home", **login: str) -> tuple[Visitor, httpx.Response]:
    """Somebody who has given the right password."""
    visitor = site.visitor()
    form = {"login": "ada", "password": PASSWORD, **login}
    page = f"/auth/sign-in?next={to}"
    return visitor, await visitor.send(page, "/auth/sign-in", **form)


def _age(tx: Tx, account: int, ms: int) -> None:
    """The password was shown `ms` earlier than it was."""
    tx.run(rows.update().where(rows.c.account == account).values(proved_at=rows.c.proved_at - ms))


async def _long_after(person: Person) -> None:
    await person.site.app.db.write(_age, person.viewer.id, 11 * 60_000)


def test_a_new_password_ends_every_other_session_and_asks_for_the_old_one(tell):
    """A thief in the same room would lock the owner out; or stay after the change."""

    async def story(site: Site) -> None:
        ada, other = await site.person("ada"), site.visitor()
        await other.send("/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD)
        form = {"password": "quite another one", "others": "true"}
        page = f"{HERE}/password"
        wrong = await ada.send(page, page, current_password="x", **form)
        assert wrong.status_code == 422 and 'id="e-current_password"' in wrong.text
        done = await ada.send(page, page, current_password=PASSWORD, **form)
        assert done.headers["location"] == f"{HERE}?done=password"
        assert (await ada.get("/home")).status_code == 200
        assert (await other.get("/home")).status_code == 303
        await site.settle()
        assert "password of your account was changed" in site.mail()

    tell(story)


def test_other_browsers_stay_where_their_owner_wants_it(tell):
    """Whoever changes a password once a year would sign in anew on six devices."""

    async def story(site: Site) -> None:
        ada, other = await site.person("ada"), site.visitor()
        await other.send("/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD)
        page, form = f"{HERE}/password", {"password": "quite another one"}
        done = await ada.send(page, page, current_password=PASSWORD, **form)
        assert done.headers["location"] == f"{HERE}?done=kept"
        assert (await other.get("/home")).status_code == 200

    tell(story)


def test_a_new_address_counts_once_its_letter_was_answered(tell):
    """A typing error would send the next letters to a stranger."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        page = f"{HERE}/email"
        bad = await ada.send(page, page, email="nowhere", current_password=PASSWORD)
        assert bad.status_code == 422 and 'value="nowhere"' in bad.text
        form = {"email": "lund@example.org", "current_password": PASSWORD}
        done = await ada.send(page, page, **form)
        assert done.headers["location"] == f"{HERE}?done=email"
        await site.settle()
        link = re.findall(r"/auth/email/[\w-]+", site.mail())[-1]
        shown = await site.visitor().send(link, link.replace("/email/", "/confirm/"))
        assert "Address confirmed" in shown.text
        _, signed = await _half(site, login="lund@example.org")
        assert signed.headers["location"] == "/home"

    tell(story)


def test_sessions_and_apps_are_listed_and_ended_by_their_owner_only(tell):
    """A lost phone would stay signed in; or anybody could sign anybody out."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        secret = await site.app.db.write(tokens.issue, ada.viewer.id, "read write:media")
        other = site.visitor(**{"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
        await other.send("/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD)
        page = (await ada.get(HERE)).text
        assert "Firefox on Linux" in page and "Upload pictures, video and sound" in page
        session = (await site.app.db.read(sessions.of, ada.viewer))[0].id
        app = (await site.app.db.read(tokens.of, ada.viewer))[0].id
        csrf = re.search(r'name="_csrf" value="([^"]*)"', (await bob.get("/settings")).text)[1]
        for path in (f"/settings/sessions/{session}/revoke", f"/settings/apps/{app}/revoke"):
            refused = await bob.client.post(path, data={"_csrf": csrf})
            assert refused.status_code == 404
            assert (await ada.send(HERE, path)).status_code == 303
        assert (await other.get("/home")).status_code == 303
        headers = {"authorization": f"Bearer {secret}"}
        answer = await site.visitor(**headers).get("/api/v1/accounts/verify_credentials")
        assert answer.status_code == 401

    tell(story)


def test_all_other_browsers_are_signed_out_at_once_and_this_one_stays(tell):
    """Whoever lost a bag would press a button for each thing in it, or lock themselves out."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        others = [(await _half(site))[0] for _ in range(2)]
        bob = await site.person("bob")
        done = await ada.send(HERE, "/settings/sessions/revoke-others")
        assert done.headers["location"] == f"{HERE}?done=sessions"
        assert [(await each.get("/home")).status_code for each in others] == [303, 303]
        assert (await ada.get("/home")).status_code == (await bob.get("/home")).status_code == 200

    tell(story)


def test_with_an_authenticator_app_the_password_alone_opens_nothing(tell):
    """A phished password would be enough, whatever the settings say."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        app, codes, shown = await _with_app(ada)
        assert len(set(codes)) == 10
        visitor, answer = await _half(site, "/bookmarks")
        assert answer.headers["location"] == "/auth/second?next=%2Fbookmarks"
        assert "__Host-whimbrel" not in visitor.client.cookies
        assert (await visitor.get("/home")).status_code == 303
        page = answer.headers["location"]
        german = await visitor.get("/auth/second?next=%2Foauth%2Fauthorize%3Flang%3Dde")
        assert '<html lang="de"' in german.text  # as the app that they sign in to speaks
        wrong = await visitor.send(page, "/auth/second", code="000000")
        assert wrong.status_code == 422
        used = await visitor.send(page, "/auth/second", code=shown)
        assert used.status_code == 422, "the code that set it up was used"
        right = app.at(site.app.db.env.clock() + timedelta(seconds=30))
        done = await visitor.send(page, "/auth/second", code=f"{right[:3]} {right[3:]}")
        assert done.headers["location"] == "/bookmarks"
        assert (await visitor.get("/home")).status_code == 200
        assert (await visitor.get("/auth/second")).headers["location"].startswith("/auth/sign-in")

    tell(story)


def test_a_recovery_code_lets_in_once_and_its_owner_is_told(tell):
    """A lost phone would lose the account; a found note would be a key for ever."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        _, codes, _ = await _with_app(ada)
        for expected in (303, 422):
            visitor, _ = await _half(site)
            sent = await visitor.send("/auth/second", "/auth/second", code=codes[0].upper())
            assert sent.status_code == expected
        await site.settle()
        assert "one of its recovery codes" in site.mail().replace("\n", " ")
        assert "9 of 10 left" in (await ada.get(HERE)).text
        made = (await ada.send(HERE, f"{HERE}/codes")).text
        fresh = re.findall(r"<code>([a-z2-9-]{14})</code>", made)
        assert len(fresh) == 10 and not set(fresh) & set(codes)
        visitor, _ = await _half(site)
        assert (
            await visitor.send("/auth/second", "/auth/second", code=codes[1])
        ).status_code == 422
        sent = await visitor.send("/auth/second", "/auth/second", code=fresh[1])
        assert sent.status_code == 303

    tell(story)


def test_the_secret_of_an_app_is_shown_until_it_works_and_never_again(tell):
    """Whoever sits down at an unlocked computer would copy the second factor."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        began = await ada.send(HERE, f"{APP}/begin")
        assert began.headers["location"] == APP
        page = (await ada.get(APP)).text
        assert "<svg" in page and "style=" not in page
        wrong = await ada.send(APP, APP, code="12345")
        assert wrong.status_code == 422 and 'id="e-code"' in wrong.text
        _, answer = await _half(site)
        assert answer.headers["location"] == "/home", "an app that never worked is none"
        await _with_app(ada)
        assert (await ada.get(APP)).headers["location"] == HERE
        assert "secret=" not in html.unescape((await ada.get(HERE)).text)

    tell(story)


def test_what_is_grave_asks_for_the_password_again_after_ten_minutes(tell):
    """A borrowed laptop could take the second factor away in three presses."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await _with_app(ada)
        await _long_after(ada)
        for path in (f"{APP}/remove", f"{HERE}/codes"):
            asked = await ada.send(HERE, path)
            assert asked.headers["location"].startswith(f"{HERE}/confirm"), path
        place = (await ada.get(f"{HERE}/passkeys/new")).headers["location"]
        confirm = f"{HERE}/confirm"
        wrong = await ada.send(place, confirm, current_password="not this one")
        assert wrong.status_code == 422 and 'id="e-current_password"' in wrong.text
        before = ada.client.cookies["__Host-whimbrel"]
        done = await ada.send(place, confirm, current_password=PASSWORD)
        assert done.headers["location"] == f"{HERE}/passkeys/new"
        assert (await ada.get(f"{HERE}/passkeys/new")).status_code == 200
        stale = site.visitor()
        stale.client.cookies.set("__Host-whimbrel", before, domain="social.example")
        assert (await stale.get("/home")).status_code == 303, "a copied cookie outlives nothing"
        removed = await ada.send(HERE, f"{APP}/remove")
        assert removed.headers["location"] == f"{HERE}?done=no-authenticator"
        assert "Recovery codes" not in (await ada.get(HERE)).text
        _, answer = await _half(site)
        assert answer.headers["location"] == "/home"

    tell(story)


def test_wrong_codes_get_slow_as_wrong_passwords_do(tell):
    """A thief of the password would try a million codes in an afternoon."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await _with_app(ada)
        visitor, _ = await _half(site)
        tried = [
            (await visitor.send("/auth/second", "/auth/second", code="000000")).status_code
            for _ in range(6)
        ]
        assert tried[0] == 422 and tried[-1] == 429
        _, password = await _half(site)
        assert password.status_code == 429, "both are counted together"

    tell(story, rate_limits=True)


def test_an_answer_that_no_passkey_gave_is_refused(tell):
    """Anybody who can write JSON would be let in, or the server would fall over it."""

    async def story(site: Site) -> None:
        ada, visitor = await site.person("ada"), site.visitor()
        for junk in ("", "{}", "[]", '{"id":"AA","rawId":"AA","type":"public-key"}', "{" * 9000):
            sent = await visitor.send("/auth/sign-in", "/auth/passkey", answer=junk)
            assert sent.status_code == 422, junk
            new = f"{HERE}/passkeys/new"
            assert (await ada.send(new, new, answer=junk, name="mine")).status_code == 422, junk
        assert "mine" not in (await ada.get(HERE)).text

    tell(story)


def _kept(tx: Tx, by: Viewer, author: Viewer, post: int) -> None:
    """Evidence of a post of theirs, which somebody reported."""
    filed, _ = report(tx, by, ReportForm(account_id=str(author.id), status_ids=[str(post)]))
    until = tx.ms + 86_400_000
    vault.add(
        tx, Hold(new_id(tx.now), filed.case, post, author.id, until, None, b"a key"), b"sealed"
    )


def test_closing_an_account_takes_name_and_password_and_then_everything(tell):
    """A borrowed phone could erase somebody; or what they wrote would outlive their wish."""

    async def story(site: Site) -> None:
        ada, page = await site.person("ada"), "/settings/delete"
        await _with_app(ada)
        post = await ada.write("my words")
        assert "my words" in (await site.visitor().get(f"/@ada/{post}")).text
        assert "sealed copy" not in (await ada.get(page)).text
        bob = await site.person("bob")
        await site.app.db.write(_kept, bob.viewer, ada.viewer, post)
        assert "a sealed copy of it has to be kept until" in (await ada.get(page)).text
        for form, field in (
            ({"username": "ada", "password": "not it, no"}, "password"),
            ({"username": "bob", "password": PASSWORD}, "username"),
        ):
            wrong = await ada.send(page, page, **form)
            assert wrong.status_code == 422 and f'id="e-{field}"' in wrong.text
        done = await ada.send(page, page, username="@Ada", password=PASSWORD)
        to = done.headers["location"]
        assert to.startswith("/auth/farewell?receipt=")
        assert "Max-Age=0" in done.headers["set-cookie"]
        last = (await ada.get(to)).text
        assert "come back to this address" in last
        assert "sealed copy of what was reported is kept until" in last
        assert "come back to this address" not in (await ada.get(f"{to}0")).text, "of nobody"
        assert "Your account is closed" in (await ada.get("/auth/farewell")).text
        for path in ("/@ada", f"/@ada/{post}", "/@ada.atom"):
            gone = await site.visitor().get(path)
            assert gone.status_code in (404, 410) and "my words" not in gone.text, path

    tell(story)
