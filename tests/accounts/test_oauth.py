"""The ways apps really sign in: every walk of Elk, Phanpy, Tusky, toot and Mastodon.py, and the
ways thieves would."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import people
from whimbrel.accounts import clients, oauth, tokens
from whimbrel.accounts.clients import OOB, OAuthError
from whimbrel.accounts.events import AccessRevoked, AppLapses
from whimbrel.core.errors import Invalid

ELK = "https://elk.example/api/social.example/oauth/https%3A%2F%2Felk.example"
VERIFIER = "a" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class App:
    """An app as it registered itself at the door, with somebody to sign in."""

    def __init__(self, door: Any, redirect: str = ELK, scopes: str = "read write follow push"):
        self.door, self.redirect = door, redirect
        self.person = door.app.db.write_sync(people.make, "ada")
        form = {"client_name": "Elk", "redirect_uris": redirect, "scopes": scopes}
        answer = self.ask(lambda http: http.post("/api/v1/apps", data=form))
        assert answer.status_code == 200, answer.text
        self.entity = answer.json()
        self.client_id = self.entity["client_id"]
        self.secret = self.entity["client_secret"]

    def ask(self, call: Any) -> Any:
        async def story() -> Any:
            return await call(self.door.client)

        return asyncio.run(story())

    def granted(self, **changes: str) -> tuple[Any, str]:
        """The request a person said yes to, and its code."""
        params = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "response_type": "code",
            "scope": "read write",
            **changes,
        }

        def act(tx: Any) -> tuple[Any, str]:
            request = oauth.request_of(tx, params)
            return request, oauth.grant(tx, self.person, request)

        return self.door.app.db.write_sync(act)

    def token(self, code: str, **changes: Any) -> Any:
        sent = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "redirect_uri": self.redirect,
            "code": code,
            **changes,
        }
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.ask(lambda http: http.post("/oauth/token", data=sent))

    def works(self, token: str) -> bool:
        headers = {"authorization": f"Bearer {token}"}
        path = "/api/v1/apps/verify_credentials"
        return self.ask(lambda http: http.get(path, headers=headers)).status_code == 200


def test_the_walk_of_elk(door):
    """Its server registers as JSON and exchanges the code without PKCE."""
    app = App(door)
    assert app.entity["redirect_uris"] == [ELK]
    assert app.entity["redirect_uri"] == ELK
    assert app.entity["client_secret_expires_at"] == 0
    request, code = app.granted(state="s t")
    address = urlsplit(oauth.answer(request, code=code))
    assert parse_qs(address.query) == {"code": [code], "state": ["s t"]}
    assert oauth.answer(request, error="access_denied").startswith(f"{ELK}?error=access_denied&")
    answer = app.token(code)
    assert answer.status_code == 200
    assert answer.headers["cache-control"]
    said = answer.json()
    assert said["token_type"] == "Bearer"
    assert said["scope"] == "read write"
    assert isinstance(said["created_at"], int)
    assert app.works(said["access_token"])


def test_the_walk_of_phanpy(door):
    """In the browser, with PKCE; it asks the metadata first."""
    app = App(door)
    known = app.ask(lambda http: http.get("/.well-known/oauth-authorization-server")).json()
    assert "S256" in known["code_challenge_methods_supported"]
    assert known["app_registration_endpoint"] == "https://social.example/api/v1/apps"
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    _, code = app.granted(**pkce)
    assert app.token(code).json()["error"] == "invalid_grant"
    assert app.token(code, code_verifier="b" * 43).json()["error"] == "invalid_grant"
    assert app.token(code, code_verifier=VERIFIER).status_code == 200
    with pytest.raises(Invalid):
        app.granted(code_challenge=VERIFIER, code_challenge_method="plain")
    with pytest.raises(Invalid):
        app.granted(code_challenge=CHALLENGE)


def test_an_app_without_a_secret_needs_pkce(door):
    """A code stolen on the way to a public client must be worth nothing."""
    app = App(door)
    _, code = app.granted(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert app.token(code, client_secret="wrong", code_verifier=VERIFIER).status_code == 401
    assert app.token(code, client_secret=None, code_verifier=VERIFIER).status_code == 200
    _, plain = app.granted()
    assert app.token(plain, client_secret=None).json()["error"] == "invalid_client"


def test_the_walk_of_toot(door, clock):
    """The code is copied by hand, which takes minutes; the token is asked for in JSON."""
    app = App(door, OOB)
    request, code = app.granted(redirect_uri=OOB)
    assert request.shown
    clock.step(minutes=9)
    body = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.secret,
        "redirect_uri": OOB,
        "code": code,
    }
    assert app.ask(lambda http: http.post("/oauth/token", json=body)).status_code == 200
    _, late = app.granted(redirect_uri=OOB)
    clock.step(minutes=11)
    assert app.token(late).json()["error"] == "invalid_grant"


def test_a_code_lasts_a_minute(door, clock):
    """What is sent by redirect is used at once by whoever it was meant for."""
    app = App(door)
    _, code = app.granted()
    clock.step(seconds=61)
    assert app.token(code).json()["error"] == "invalid_grant"


def test_a_code_used_twice_ends_what_it_gave(door):
    """One of the two is a thief, and nobody knows which (RFC 9700, 2.1.1)."""
    app = App(door)
    _, code = app.granted()
    token = app.token(code).json()["access_token"]
    assert app.works(token)
    assert app.token(code).json()["error"] == "invalid_grant"
    assert not app.works(token)


def test_a_code_belongs_to_its_app_and_redirect(door):
    """Another app, or another address of the same app, cannot use it."""
    app = App(door, "https://a.example/cb https://b.example/cb")
    app.redirect = "https://a.example/cb"
    _, code = app.granted()
    other = App.__new__(App)
    other.__dict__ = dict(app.__dict__)
    form = {"client_name": "Other", "redirect_uris": app.redirect}
    entity = app.ask(lambda http: http.post("/api/v1/apps", data=form)).json()
    other.client_id, other.secret = entity["client_id"], entity["client_secret"]
    assert other.token(code).json()["error"] == "invalid_grant"
    assert app.token(code, redirect_uri="https://b.example/cb").json()["error"] == "invalid_grant"
    assert app.token(code).status_code == 200


def test_basic_authorization_works(door):
    """Some libraries send the secret in the header only."""
    app = App(door)
    _, code = app.granted()
    basic = b64encode(f"{app.client_id}:{app.secret}".encode()).decode()
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect}
    headers = {"authorization": f"Basic {basic}"}
    ask = app.ask
    assert ask(lambda http: http.post("/oauth/token", data=sent, headers=headers)).is_success
    wrong = {"authorization": "Basic !!!"}
    answer = ask(lambda http: http.post("/oauth/token", data=sent, headers=wrong))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_app_for_itself(door):
    """client_credentials: what signs somebody up, or reads without anybody."""
    app = App(door, scopes="read write")
    sent = {"grant_type": "client_credentials", "scope": "read"}
    said = app.token("", **sent).json()
    assert said["scope"] == "read"
    assert app.works(said["access_token"])
    refused = app.token("", grant_type="client_credentials", scope="read push")
    assert refused.json()["error"] == "invalid_scope"
    refused = app.token("", grant_type="password", username="ada", password="x")
    assert refused.json()["error"] == "unsupported_grant_type"
    assert refused.status_code == 400


def test_revoking(door):
    """Signing out in an app must work, twice too, and must not be a way to sign others out."""
    app, ask = App(door), None
    ask = app.ask
    _, code = app.granted()
    token = app.token(code).json()["access_token"]
    mine = {"client_id": app.client_id, "client_secret": app.secret, "token": token}
    form = {"client_name": "Other", "redirect_uris": app.redirect}
    other = ask(lambda http: http.post("/api/v1/apps", data=form)).json()
    foreign = {**mine, "client_id": other["client_id"], "client_secret": other["client_secret"]}
    assert ask(lambda http: http.post("/oauth/revoke", data=foreign)).status_code == 403
    assert ask(lambda http: http.post("/oauth/revoke", data={"token": token})).status_code == 403
    assert app.works(token)
    for _ in range(2):
        answer = ask(lambda http: http.post("/oauth/revoke", data=mine))
        assert (answer.status_code, answer.json()) == (200, {})
    assert not app.works(token)


def test_more_than_was_registered_is_not_granted(door):
    """The person sees what the app asks for; what it registered is the most it can get."""
    app = App(door, scopes="read:statuses")
    for scope in ("read", "write", "read:nonsense"):
        with pytest.raises(Invalid):
            app.granted(scope=scope)
    assert app.granted(scope="read:statuses")[0].scopes == "read:statuses"


@pytest.mark.parametrize(
    "redirect",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "view-source:https://a.example",
        "/relative",
        "//a.example/x",
        "https://",
        "https://a.example/x#fragment",
        "https://me@a.example/",
        "http://a.example/",
        "https://a.example/\\@evil.example",
        "https://a.example:99999/",
        "",
    ],
)
def test_addresses_nobody_may_be_sent_to(tx, redirect):
    """A redirect is an address we vouch for: it must not run script or be read in two ways."""
    with pytest.raises(Invalid):
        clients.register(tx, "App", [redirect])


def test_addresses_of_real_apps(tx):
    """Tusky, Ivory, Ice Cubes, Mona, desktop apps on a port of the moment, toot."""
    real = [
        "tusky://oauth",
        "com.tapbots.Ivory:/request_token/",
        "icecubesapp://",
        "org.joinmastodon.android://callback",
        "https://phanpy.social/",
        "http://127.0.0.1:4567/cb",
        "http://localhost/cb",
        OOB,
    ]
    app, _ = clients.register(tx, "App", real, "read write")
    assert all(clients.accepts(app, redirect) for redirect in real)
    assert clients.accepts(app, "http://127.0.0.1:61234/cb")
    assert clients.accepts(app, "http://localhost:1/cb")
    for wrong in (
        "http://127.0.0.1:4567/other",
        "http://127.0.0.2:4567/cb",
        "https://phanpy.social",
        "https://phanpy.social/?x",
        "https://phanpy.social.evil.example/",
        "https://PHANPY.social/",
        "tusky://oauth/x",
        "",
    ):
        assert not clients.accepts(app, wrong)
    assert [type(event) for event in tx.emitted] == [AppLapses]


@given(st.text(max_size=60))
def test_no_text_is_accepted_but_the_registered_one(text):
    """Exact match, whatever a stranger thinks of."""
    app = clients.App(1, "x", None, "https://a.example/cb\ntusky://x", "read", "id", b"")
    assert clients.accepts(app, text) == (text in ("https://a.example/cb", "tusky://x"))


def test_an_app_nobody_uses_goes_after_a_day(door, clock):
    """Web clients register anew at each sign-in: the table would only ever grow."""
    used, unused = App(door), None
    used.token(used.granted()[1])
    form = {"client_name": "Other", "redirect_uris": used.redirect}
    unused = used.ask(lambda http: http.post("/api/v1/apps", data=form)).json()
    clock.step(days=1, seconds=1)
    asyncio.run(door.settle())

    def known(tx: Any, client_id: str) -> bool:
        return clients.stored.app_by_client_id(tx, client_id) is not None

    assert door.app.db.write_sync(known, used.client_id)
    assert not door.app.db.write_sync(known, unused["client_id"])


def test_what_ends_a_token_says_so(tx, ada):
    """Open streams of a revoked token are ended by this event (CVE-2024-25619)."""
    app, secret = clients.register(tx, "App", [OOB])
    credentials = clients.Credentials(app.client_id, secret)
    token, id_ = tokens.issue_with_id(tx, ada.id, "read", app.id)
    oauth.revoke(tx, credentials, {"token": token})
    assert tx.emitted[-1] == AccessRevoked(account=ada.id, tokens=(id_,))
    with pytest.raises(OAuthError):
        oauth.revoke(tx, clients.Credentials(app.client_id, "x"), {"token": token})


_NAMES = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "force_login"),
    *("code_challenge", "code_challenge_method", "grant_type", "client_secret", "code"),
)
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["code", "authorization_code", "client_credentials", "S256", OOB, "read"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.booleans(),
    st.integers(),
    st.none(),
)


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES), st.one_of(st.none(), st.binary()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nonsense_is_refused_in_order(tx, params, authorization):
    """D13: 2,000 malformed requests must find no way past the checks, and no stack trace."""
    if any("\x00" in value for value in params.values() if isinstance(value, str)):
        return  # `core.http` refuses these before anybody sees them
    with pytest.raises(Invalid):
        oauth.request_of(tx, params)
    sent = authorization and b"Basic " + b64encode(authorization.replace(b"\x00", b""))
    with pytest.raises(OAuthError):
        oauth.exchange(tx, clients.credentials_of(params, sent), params)
