"""Settings: profile, letters, passwords, who is signed in where, and leaving."""

import io
import re

from browsing import PASSWORD, Site
from PIL import Image

from whimbrel.accounts import sessions, tokens


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_a_profile_is_saved_with_its_picture(tell):
    """Nobody could say who they are."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        answer = await ada.send(
            "/settings",
            "/settings/profile",
            files={"avatar": ("me.png", picture(), "image/png")},
            display_name="Ada Lund",
            note="Counts birds.",
            locked="true",
        )
        assert answer.headers["location"] == "/settings?done=profile"
        assert "Your profile is saved." in (await ada.get("/settings?done=profile")).text
        page = (await site.visitor().get("/@ada")).text
        assert "Ada Lund" in page and "Counts birds." in page and "Asks first" in page
        assert re.search(r"/media/[^/]+/avatar", page)

    tell(story)


def test_what_is_wrong_with_a_profile_is_told_and_nothing_is_changed(tell):
    """Half a change is worse than none."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        files = {"avatar": ("me.png", b"no picture", "image/png")}
        answer = await ada.send("/settings", "/settings/profile", files=files, display_name="New")
        assert answer.status_code == 422 and 'id="e-avatar"' in answer.text
        answer = await ada.send("/settings", "/settings/profile", display_name="N" * 99)
        assert answer.status_code == 422 and 'id="e-display_name"' in answer.text
        assert "New" not in (await site.visitor().get("/@ada")).text

    tell(story)


def test_a_new_password_ends_every_other_session_and_asks_for_the_old_one(tell):
    """A thief in the same room would lock the owner out; or stay after the change."""

    async def story(site: Site) -> None:
        ada, other = await site.person("ada"), site.visitor()
        await other.send("/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD)
        new = {"email": "ada@example.org", "password": "quite another one"}
        wrong = await ada.send("/settings", "/settings/account", current_password="x", **new)
        assert wrong.status_code == 422 and 'id="e-current_password"' in wrong.text
        done = await ada.send("/settings", "/settings/account", current_password=PASSWORD, **new)
        assert done.headers["location"] == "/settings?done=password"
        assert (await ada.get("/home")).status_code == 200
        assert (await other.get("/home")).status_code == 303

    tell(story)


def test_a_new_address_counts_once_its_letter_was_answered(tell):
    """A typing error would send the next letters to a stranger."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        form = {"email": "lund@example.org", "password": "", "current_password": PASSWORD}
        done = await ada.send("/settings", "/settings/account", **form)
        assert done.headers["location"] == "/settings?done=email"
        await site.settle()
        link = re.findall(r"/auth/email/[\w-]+", site.mail())[-1]
        confirm = link.replace("/email/", "/confirm/")
        shown = await site.visitor().send(link, confirm)
        assert "Address confirmed" in shown.text
        signed = await site.visitor().send(
            "/auth/sign-in", "/auth/sign-in", login="lund@example.org", password=PASSWORD
        )
        assert signed.status_code == 303

    tell(story)


def test_sessions_and_apps_are_listed_and_ended_by_their_owner_only(tell):
    """A lost phone would stay signed in; or anybody could sign anybody out."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        secret = await site.app.db.write(tokens.issue, ada.viewer.id, "read")
        other = site.visitor()
        await other.send("/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD)
        session = (await site.app.db.read(sessions.of, ada.viewer))[0].id
        app = (await site.app.db.read(tokens.of, ada.viewer))[0].id
        csrf = re.search(r'name="_csrf" value="([^"]*)"', (await bob.get("/settings")).text)[1]
        for path in (f"/settings/sessions/{session}/revoke", f"/settings/apps/{app}/revoke"):
            refused = await bob.client.post(path, data={"_csrf": csrf})
            assert refused.status_code == 404
            assert (await ada.send("/settings", path)).status_code == 303
        assert (await other.get("/home")).status_code == 303
        headers = {"authorization": f"Bearer {secret}"}
        answer = await site.visitor(**headers).get("/api/v1/accounts/verify_credentials")
        assert answer.status_code == 401

    tell(story)


def test_closing_an_account_takes_the_password_and_then_everything(tell):
    """A borrowed phone could erase somebody; or what they wrote would outlive their wish."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        post = await ada.write("my words")
        assert "my words" in (await site.visitor().get(f"/@ada/{post}")).text
        wrong = await ada.send("/settings", "/settings/delete", password="not it, no")
        assert wrong.status_code == 422
        done = await ada.send("/settings", "/settings/delete", password=PASSWORD)
        assert done.headers["location"] == "/" and "Max-Age=0" in done.headers["set-cookie"]
        for path in ("/@ada", f"/@ada/{post}", "/@ada.atom"):
            gone = await site.visitor().get(path)
            assert gone.status_code in (404, 410) and "my words" not in gone.text, path

    tell(story)
