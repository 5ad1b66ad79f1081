"""Forms and what a browser carries: whose they are, where they lead, how often they may be sent.

CVE-2025-24896, CVE-2025-24897 (sessions, forged forms), CVE-2026-33868 (open redirects),
CVE-2023-49952 and CVE-2025-66482 (addresses that clients make up); section 4 of the threat model.
That no token opens a page and no cookie the API is in `test_matrix.py`."""

import asyncio
from urllib.parse import quote, urlsplit

from house import COOKIE, FORM, HTML, ORIGIN, PASSWORD, House, house, routes

from raw_asgi import Answer

ELSEWHERE = (
    *("https://evil.example", "http:evil.example", "//evil.example", "///evil.example"),
    *("/\\evil.example", "\\\\evil.example", "/%2fevil.example", "/%2F%2Fevil.example"),
    *("/%5cevil.example", "/%09/evil.example", "/web/%2F%2Fevil.example"),
    *("/x/..//evil.example", "/./\\evil", "/%00//evil", "@evil.example", "evil.example"),
    *("?next=//evil", "/%252f%252fevil", "javascript:alert(1)", "data:text/html,x"),
    *("https://social.example@evil.example", "https://social.example.evil.example"),
    *("https:social.example", "/\t/evil.example", "/\r\n/evil.example", "\r\nX-Evil: 1"),
    *("/home\r\nX-Evil: 1", " //x"),
)
FORGED = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://social.example"},
    {"origin": "https://social.example:8443"},
    {"origin": "https://social.example.evil.example"},
    {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    {"origin": ORIGIN, "sec-fetch-site": "nonsense"},
)


def _told(story, tmp_path, **settings) -> None:
    async def run():
        async with house(tmp_path, **settings) as here:
            await story(here)

    asyncio.run(run())


def test_every_form_refuses_to_be_sent_by_another_site(tmp_path):
    """A page somebody visits would post, follow or leave in their name."""

    async def story(here: House) -> None:
        ada, eve = await here.person("ada"), await here.person("eve")
        boss = await here.person("boss", role="admin")
        await here.give_password(ada)
        before = await here.contents()
        forms = [route for route in routes() if route.access.page and route.method == "POST"]
        assert len(forms) >= 30
        theirs = here.csrf(eve.by_browser)
        for route in forms:
            path = route.to("1").replace("/1/", "/@eve/", 1) if "{handle" in route.path else None
            path = path or route.to("1")
            values = {"status": "x", "password": PASSWORD, "login": "ada", "decision": "allow"}
            who = boss if route.access.needs else ada
            tries = [await here.form(who, path, headers, **values) for headers in FORGED]
            for token in ("", "x", theirs, here.csrf({}), "\u00e9"):
                tries.append(await here.form(who, path, _csrf=token, **values))
            assert {sent.status for sent in tries} == {403}, path
            assert all("set-cookie" not in sent.headers for sent in tries), path
        assert await here.contents() == before

    _told(story, tmp_path)


def test_a_form_may_be_sent_where_a_browser_says_nothing_of_itself(tmp_path):
    """Old browsers send neither header; the token of the session is enough then."""

    async def story(here: House) -> None:
        ada = await here.person("ada")
        for headers in ({"origin": ORIGIN}, {"sec-fetch-site": "same-origin"}):
            sent = await here.form(ada, "/compose", headers, status="hello")
            assert sent.status == 303, headers
        browser = {**HTML, **ada.by_browser, "content-type": FORM["content-type"]}
        body = f"status=hello+again&_csrf={quote(here.csrf(browser))}".encode()
        assert (await here.ask("POST", "/compose", browser, body)).status == 303

    _told(story, tmp_path)


def test_a_form_that_says_nothing_known_of_who_may_read_is_not_sent(tmp_path):
    """Words for a few would be everybody's, by a slip of whoever made the form."""

    async def story(here: House) -> None:
        ada = await here.person("ada")
        before = await here.contents()
        for word in ("Private", "followers", "privat", "0"):
            sent = await here.form(ada, "/compose", status="between us", visibility=word)
            assert sent.status == 422 and b"between us" in sent.body, word
        assert await here.contents() == before

    _told(story, tmp_path)


def _stays(sent: Answer, what: str) -> None:
    place = sent.headers.get("location", "/")
    parts = urlsplit(place)
    fine = place.startswith("/") and not place.startswith(("//", "/\\"))
    assert fine and not parts.scheme and not parts.netloc, (what, place)
    assert "\r" not in place and "\n" not in place and "x-evil" not in sent.headers, what


def test_no_form_and_no_link_leads_to_a_page_that_is_not_ours(tmp_path):
    """What begins with our name must not end with a thief asking for the password."""

    async def story(here: House) -> None:
        ada, bob = await here.person("ada"), await here.person("bob")
        await here.give_password(ada)
        post = await here.ask(
            "POST",
            "/api/v1/statuses",
            {**bob.by_app, "content-type": "application/json"},
            b'{"status": "hello"}',
        )
        id_ = post.body.split(b'"')[3].decode()
        forms = [route for route in routes() if route.access.page and route.method == "POST"]
        last = {"/auth/sign-in", "/auth/sign-out", "/settings/security/password"}
        paths = [
            route.path.replace("{handle:str}", "@bob").replace("{id_:str}", id_)
            for route in forms
            if route.path not in last and "/delete" not in route.path
        ]
        for place in ELSEWHERE:
            sent = await here.ask(
                "GET", f"/auth/sign-in?next={quote(place)}", {**HTML, **ada.by_browser}
            )
            assert sent.status == 303 and sent.headers["location"] == "/home", place
            sent = await here.ask("GET", f"/home?next={quote(place)}&x={quote(place)}", HTML)
            _stays(sent, place)
            for path in paths:
                if "sign-up" in path or "reset" in path or "setup" in path:
                    continue  # nobody is sent anywhere by these
                values = {"status": "x", "next": place, "redirect_uri": place, "login": "x"}
                _stays(await here.form(ada, path, **values), f"{path} to {place!r}")
        for place in ELSEWHERE[::7]:
            values = {"login": "ada", "password": PASSWORD, "next": place}
            sent = await here.form(None, "/auth/sign-in", **values)
            assert sent.headers["location"] == "/home", place

    _told(story, tmp_path)


def test_an_app_sends_people_back_only_where_it_registered(tmp_path):
    """A code would go to whoever asked for it in the app's name."""

    async def story(here: House) -> None:
        ada = await here.person("ada")
        for place in ("", *ELSEWHERE, "https://app.example/back/", "https://app.example/back?x=1"):
            values = {"client_id": here.client_id, "redirect_uri": place, "response_type": "code"}
            query = "&".join(f"{key}={quote(value)}" for key, value in values.items())
            browser = {**HTML, **ada.by_browser}
            asked = await here.ask("GET", f"/oauth/authorize?{query}", browser)
            sent = await here.form(ada, "/oauth/authorize", decision="allow", **values)
            refused = await here.form(ada, "/oauth/authorize", decision="deny", **values)
            for answer in (asked, sent, refused):
                assert "location" not in answer.headers and answer.status in (400, 422), place

    _told(story, tmp_path)


def _cookies(sent: Answer) -> dict[str, str]:
    return dict(
        value.split("=", 1) for name, value in sent.pairs if name.lower() == "set-cookie" and value
    )


def test_a_cookie_is_new_at_each_sign_in_and_bound_to_this_host(tmp_path):
    """Whoever planted one, or reads it by script or without https, would be signed in as well."""

    async def story(here: House) -> None:
        ada, eve = await here.person("ada"), await here.person("eve")
        await here.give_password(ada)
        values = {"login": "ada", "password": PASSWORD}
        planted = {"cookie": f"{COOKIE}=planted"}
        first = _cookies(await here.form(None, "/auth/sign-in", planted, **values))
        session, *words = first[COOKIE].split("; ")
        assert {word.lower() for word in words} >= {"path=/", "httponly", "samesite=lax", "secure"}
        assert not any(word.lower().startswith("domain") for word in words)
        for value in first.values():
            assert "httponly" in value.lower() and "samesite=lax" in value.lower()
        assert session != "planted" and len(session) >= 43
        again = {"cookie": f"{COOKIE}={session}"}
        second = _cookies(await here.form(None, "/auth/sign-in", again, **values))[COOKIE]
        assert not second.startswith(session)
        assert (await here.ask("GET", "/home", {**HTML, **again})).status == 303, "the old lives on"
        taken = _cookies(await here.form(eve, "/auth/sign-in", **values))[COOKIE]
        assert not taken.startswith(eve.cookie)
        assert (await here.ask("GET", "/home", {**HTML, **eve.by_browser})).status == 303

    _told(story, tmp_path)


LIES = ("x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip")


def test_an_address_that_a_client_makes_up_is_nobody_elses_budget(tmp_path):
    """A guesser with a new address for each try would never be slowed."""

    async def story(here: House) -> None:
        left = []
        for n in range(20):
            lie = f"198.51.{n}.7"
            headers = {**dict.fromkeys(LIES, lie), "forwarded": f"for={lie}"}
            sent = await here.ask("GET", "/api/v1/instance", headers)
            left.append(int(sent.headers["x-ratelimit-remaining"]))
        assert left == list(range(299, 279, -1))
        statuses = []
        for n in range(40):
            headers = {"x-forwarded-for": f"198.51.{n}.7"}
            sent = await here.form(None, "/auth/forgot", headers, email=f"n{n}@example.org")
            statuses.append(sent.status)
        assert statuses[0] == 200 and statuses[-1] == 429
        neighbour = await here.form(None, "/auth/forgot", email="x@example.org")
        assert neighbour.status == 429

    _told(story, tmp_path, rate_limits=True)


def test_behind_a_proxy_that_is_named_each_client_has_its_own_budget(tmp_path):
    """Otherwise everybody behind it would share one, and one could shut out all."""

    async def story(here: House) -> None:
        async def left(forwarded: str) -> int:
            headers = {"x-forwarded-for": forwarded}
            sent = await here.ask("GET", "/api/v1/instance", headers, client="10.0.0.1")
            return int(sent.headers["x-ratelimit-remaining"])

        assert await left("198.51.100.7") == 299
        assert await left("192.0.2.7") == 299
        assert await left("203.0.113.1, 192.0.2.9") == 298, "the client's own word counted"
        assert await left("192.0.2.9, 10.0.0.2") == 297

    _told(story, tmp_path, rate_limits=True, trusted_proxies=("10.0.0.0/8",))


def test_guessing_a_password_gets_slow_from_everywhere_but_not_for_its_owner(tmp_path):
    """A thousand addresses are cheap; and nobody may be locked out by strangers."""

    async def story(here: House) -> None:
        ada = await here.person("ada")
        await here.give_password(ada)
        right = {"login": "ada", "password": PASSWORD}
        known = _cookies(await here.form(None, "/auth/sign-in", **right))
        browser = {**HTML, **FORM}
        for login in ("ada", "nobody_at_all"):
            said = []
            for n in range(9):
                body = f"_csrf={quote(here.csrf(browser))}&login={login}&password=wrong".encode()
                from_ = f"198.51.{n}.{n}"
                sent = await here.ask("POST", "/auth/sign-in", browser, body, client=from_)
                said.append(sent.status)
            assert said[:5] == [422] * 5 and 429 in said[5:], login
        jar = {"cookie": "; ".join(f"{k}={v.split(';')[0]}" for k, v in known.items())}
        assert (await here.form(None, "/auth/sign-in", jar, **right)).status == 303

    _told(story, tmp_path, rate_limits=True)
