"""Letting an app in, as its person sees it."""

from urllib.parse import parse_qs, urlsplit

from browsing import PASSWORD, Site, form_of

TUSKY = "oauth2redirect://com.keylesspalace.tusky/"
STATE = "a/b+c=d&e%25"


async def register(site: Site, redirect: str) -> dict[str, str]:
    form = {"client_name": "Tusky", "redirect_uris": redirect, "scopes": "read write"}
    answer = await site.visitor().client.post("/api/v1/apps", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(app: dict[str, str], redirect: str, **more: str) -> dict[str, str]:
    return {
        "client_id": app["client_id"],
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": "read write",
        "state": STATE,
        **more,
    }


def test_a_stranger_signs_in_and_comes_back_with_all_that_the_app_asked(tell):
    """The app would be answered without its state, and refuse."""

    async def story(site: Site) -> None:
        await site.person("ada")
        app, visitor = await register(site, TUSKY), site.visitor()
        first = await visitor.get("/oauth/authorize", params=asked(app, TUSKY))
        assert first.status_code == 303
        sign_in = await visitor.get(first.headers["location"])
        form = form_of(sign_in.text, "/auth/sign-in")
        signed = await visitor.client.post(
            "/auth/sign-in", data={**form, "login": "ada", "password": PASSWORD}
        )
        back = signed.headers["location"]
        assert {k: v[0] for k, v in parse_qs(urlsplit(back).query).items()} == asked(app, TUSKY)
        consent = await visitor.get(back)
        assert "Let Tusky use your account?" in consent.text

    tell(story)


def test_the_policy_lets_the_answer_through_to_this_app_and_to_no_other(tell):
    """Chromium holds a redirect after a form to form-action: the button would do nothing."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        for redirect, place in (
            (TUSKY, "oauth2redirect:"),
            ("https://elk.example/api/oauth", "https://elk.example"),
            ("http://127.0.0.1:8421/", "http://127.0.0.1:8421"),
        ):
            app = await register(site, redirect)
            page = await ada.get("/oauth/authorize", params=asked(app, redirect))
            policy = page.headers["content-security-policy"]
            assert f"form-action 'self' {place};" in policy
        assert "form-action 'self';" in (await ada.get("/home")).headers["content-security-policy"]

    tell(story)


def test_yes_and_no_are_told_to_the_app_with_its_state(tell):
    """An app that hears nothing hangs; one that gets a wrong state must refuse."""

    async def story(site: Site) -> None:
        ada, app = await site.person("ada"), await register(site, TUSKY)
        for path in ("/oauth/authorize", "/oauth/authorize/"):
            page = await ada.get(path, params=asked(app, TUSKY))
            form = form_of(page.text, "/oauth/authorize")
            yes = await ada.client.post("/oauth/authorize", data={**form, "decision": "allow"})
            assert yes.status_code == 303 and yes.headers["location"].startswith(TUSKY)
            said = parse_qs(urlsplit(yes.headers["location"]).query)
            assert said["state"] == [STATE] and said["code"]
            no = await ada.client.post("/oauth/authorize", data={**form, "decision": "deny"})
            said = parse_qs(urlsplit(no.headers["location"]).query)
            assert said == {"error": ["access_denied"], "state": [STATE]}

    tell(story)


def test_an_app_without_an_address_gets_its_code_shown(tell):
    """toot and scripts could not sign in."""

    async def story(site: Site) -> None:
        oob = "urn:ietf:wg:oauth:2.0:oob"
        ada, app = await site.person("ada"), await register(site, oob)
        page = await ada.get("/oauth/authorize", params=asked(app, oob))
        form = form_of(page.text, "/oauth/authorize")
        shown = await ada.client.post("/oauth/authorize", data={**form, "decision": "allow"})
        code = shown.text.partition("<title>")[2].partition(" ·")[0]
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": oob,
        }
        answer = await site.visitor().client.post("/oauth/token", data=sent)
        assert answer.status_code == 200 and answer.json()["scope"] == "read write"

    tell(story)


def test_force_login_asks_who_somebody_is_once_and_not_for_ever(tell):
    """On a shared computer the app would get the account of whoever sat there before."""

    async def story(site: Site) -> None:
        await site.person("bob")
        ada, app = await site.person("ada"), await register(site, TUSKY)
        first = await ada.get("/oauth/authorize", params=asked(app, TUSKY, force_login="true"))
        sign_in = await ada.get(first.headers["location"])
        assert sign_in.status_code == 200
        form = form_of(sign_in.text, "/auth/sign-in")
        signed = await ada.client.post(
            "/auth/sign-in", data={**form, "login": "bob", "password": PASSWORD}
        )
        consent = await ada.get(signed.headers["location"])
        assert consent.status_code == 200 and "@bob" in consent.text

    tell(story)


def test_the_language_an_app_speaks_is_spoken_all_the_way(tell):
    """An app set to German would lead through English pages, on a browser that never said."""

    async def story(site: Site) -> None:
        await site.person("ada")
        oob = "urn:ietf:wg:oauth:2.0:oob"
        app, visitor = await register(site, oob), site.visitor()
        first = await visitor.get("/oauth/authorize", params=asked(app, oob, lang="de-AT"))
        pages = [await visitor.get(first.headers["location"])]
        form = form_of(pages[0].text, "/auth/sign-in")
        for password in ("wrong", PASSWORD):
            sent = {**form, "login": "ada", "password": password}
            pages.append(await visitor.client.post("/auth/sign-in", data=sent))
        pages.append(await visitor.get(pages.pop().headers["location"]))
        form = form_of(pages[-1].text, "/oauth/authorize")
        yes = {**form, "decision": "allow"}
        pages.append(await visitor.client.post("/oauth/authorize", data=yes))
        assert ['<html lang="de"' in page.text for page in pages] == [True] * 4
        nonsense = await visitor.get("/oauth/authorize", params=asked(app, oob, lang="xx"))
        assert '<html lang="en"' in nonsense.text

    tell(story)


def test_nobody_is_sent_to_an_address_the_app_did_not_register(tell):
    """A code would go to whoever made the link."""

    async def story(site: Site) -> None:
        ada, app = await site.person("ada"), await register(site, TUSKY)
        evil = asked(app, "https://evil.example/")
        assert (await ada.get("/oauth/authorize", params=evil)).status_code == 422
        page = await ada.get("/oauth/authorize", params=asked(app, TUSKY))
        form = {**form_of(page.text, "/oauth/authorize"), **evil, "decision": "allow"}
        answer = await ada.client.post("/oauth/authorize", data=form)
        assert answer.status_code == 422 and "location" not in answer.headers

    tell(story)
