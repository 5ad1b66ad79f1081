"""Coming in by the pages: signing up, in and out, and back in after forgetting."""

import re

from browsing import PASSWORD, Site

LETTER = r"/auth/{}/([\w-]+)"


def secret(site: Site, kind: str) -> str:
    """Of the last link in a letter."""
    return re.findall(LETTER.format(kind), site.mail())[-1]


NEW = {"name": "wren", "email": "wren@example.org", "password": PASSWORD}


def test_a_newcomer_signs_up_confirms_and_comes_home(tell):
    """Nobody could join."""

    async def story(site: Site) -> None:
        wren = site.visitor()
        answer = await wren.send("/auth/sign-up", "/auth/sign-up", **NEW)
        assert answer.status_code == 200 and "wren@example.org" in answer.text
        await site.settle()
        link = f"/auth/confirm/{secret(site, 'confirm')}"
        shown = await wren.get(link)
        assert "Is this your address?" in shown.text
        again = await wren.get(link)
        assert again.status_code == 200, "opening a link must not use it up: mail scanners do"
        done = await wren.send(link, link)
        assert "Address confirmed" in done.text
        assert (await wren.get(link)).status_code == 410
        signed = await wren.send("/auth/sign-in", "/auth/sign-in", login="wren", password=PASSWORD)
        assert (signed.status_code, signed.headers["location"]) == (303, "/home")
        assert (await wren.get("/home")).status_code == 200

    tell(story, confirm_email=True)


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(tell):
    """One injected line, or one form elsewhere, would take the account."""

    async def story(site: Site) -> None:
        answer = await site.visitor().send("/auth/sign-up", "/auth/sign-up", **NEW)
        cookies = answer.headers.get_list("set-cookie")
        assert {each.partition("=")[0] for each in cookies} == {
            "__Host-whimbrel",
            "__Host-whimbrel-device",
        }
        for each in cookies:
            low = each.lower()
            assert all(word in low for word in ("secure", "httponly", "samesite=lax", "path=/"))
            assert "domain" not in low

    tell(story, confirm_email=False)


def test_what_is_wrong_stands_under_its_field(tell):
    """Somebody would guess at which field to change, and type it all again."""

    async def story(site: Site) -> None:
        answer = await site.visitor().send(
            "/auth/sign-up", "/auth/sign-up", name="admin", email="nonsense", password="tiny"
        )
        assert answer.status_code == 422
        for field in ("name", "email", "password"):
            assert f'id="e-{field}"' in answer.text
        assert 'value="nonsense"' in answer.text and "tiny" not in answer.text

    tell(story)


def test_how_old_a_newcomer_is(tell):
    """It is asked where the server has a limit, with words on what becomes of the date."""

    async def story(site: Site) -> None:
        page = await site.visitor().get("/auth/sign-up")
        assert 'type="date"' in page.text and "looked at once and not kept" in page.text
        young = {**NEW, "date_of_birth": "2020-05-17"}
        answer = await site.visitor().send("/auth/sign-up", "/auth/sign-up", **young)
        assert answer.status_code == 422
        assert 'id="e-date_of_birth"' in answer.text and "16 years ago" in answer.text
        old = {**NEW, "date_of_birth": "1990-05-17"}
        assert (await site.visitor().send("/auth/sign-up", "/auth/sign-up", **old)).is_success

    tell(story, signups_min_age=16, confirm_email=True)


def test_doors_that_are_closed_say_so(tell):
    """A form that can never be sent wastes a newcomer's time."""

    async def story(site: Site) -> None:
        page = await site.visitor().get("/auth/sign-up")
        assert "takes no new members" in page.text and "<form" not in page.text

    tell(story, signups="closed")


def test_the_first_administrator_is_made_by_the_link_on_the_console(tell):
    """A fresh server would have nobody to run it, or anybody who came by."""

    async def story(site: Site) -> None:
        from whimbrel.accounts.signup import setup_link

        link = f"/auth/setup/{await site.app.db.write(setup_link)}"
        answer = await site.visitor().send(link, link, **NEW)
        assert answer.status_code == 303 and answer.headers.get_list("set-cookie")
        assert (await site.visitor().get(link)).status_code == 410

    tell(story)


def test_a_wrong_password_is_told_apart_from_nothing(tell):
    """Names that exist could be found by trying."""

    async def story(site: Site) -> None:
        await site.person("ada")
        visitor = site.visitor()
        pages = [
            await visitor.send("/auth/sign-in", "/auth/sign-in", login=name, password="wrong one")
            for name in ("ada", "nobody")
        ]
        assert [page.status_code for page in pages] == [422, 422]
        assert pages[0].text.replace("ada", "nobody") == pages[1].text

    tell(story)


def test_after_signing_in_one_is_where_one_wanted_to_be_and_never_elsewhere(tell):
    """A link that begins with our name would end on a thief's page."""

    async def story(site: Site) -> None:
        await site.person("ada")
        shown = await site.visitor().get("/notifications")
        assert shown.headers["location"] == "/auth/sign-in?next=%2Fnotifications"
        fine = await site.visitor().send(
            "/auth/sign-in?next=/notifications",
            "/auth/sign-in",
            login="ada@example.org",
            password=PASSWORD,
        )
        assert fine.headers["location"] == "/notifications"
        for bad in (
            "//evil.example",
            "/\\evil.example",
            "/%2Fevil.example",
            "https://evil.example",
        ):
            answer = await site.visitor().send(
                "/auth/sign-in", "/auth/sign-in", login="ada", password=PASSWORD, next=bad
            )
            assert answer.headers["location"] == "/home", bad

    tell(story)


def test_signing_out_ends_the_session_and_not_only_the_cookie(tell):
    """Whoever copied the cookie would stay."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        copied = ada.client.cookies["__Host-whimbrel"]
        answer = await ada.send("/settings", "/auth/sign-out")
        assert answer.status_code == 303 and "Max-Age=0" in answer.headers["set-cookie"]
        thief = site.visitor(cookie=f"__Host-whimbrel={copied}")
        assert (await thief.get("/home")).status_code == 303

    tell(story)


def test_a_forgotten_password_is_set_anew_by_a_letter(tell):
    """Whoever forgets would be out for good."""

    async def story(site: Site) -> None:
        await site.person("ada")
        visitor = site.visitor()
        answers = [
            await visitor.send("/auth/forgot", "/auth/forgot", email=email)
            for email in ("ada@example.org", "eve@example.org")
        ]
        assert answers[0].text.replace("ada", "eve") == answers[1].text
        await site.settle()
        link = f"/auth/reset/{secret(site, 'reset')}"
        weak = await visitor.send(link, link, password="short")
        assert weak.status_code == 422 and 'id="e-password"' in weak.text
        done = await visitor.send(link, link, password="another good one")
        assert done.headers["location"] == "/auth/sign-in"
        signed = await visitor.send(
            "/auth/sign-in", "/auth/sign-in", login="ada", password="another good one"
        )
        assert signed.status_code == 303

    tell(story)


def test_a_form_from_elsewhere_is_refused(tell):
    """Another site would act in the name of whoever visits it."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        post = await ada.write("hello")
        for path in ("/auth/sign-out", "/compose", f"/posts/{post}/delete", "/@ada/follow"):
            bare = await ada.client.post(path, data={"status": "x"})
            assert bare.status_code == 403, path
        crossing = await ada.client.post(
            "/compose",
            data={"status": "x", "_csrf": "guessed"},
            headers={"sec-fetch-site": "cross-site"},
        )
        assert crossing.status_code == 403
        assert (await ada.get(f"/@ada/{post}")).status_code == 200

    tell(story)
