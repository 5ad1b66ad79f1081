"""What every app relies on below its library: headers, bodies, errors, ids, on a running server.

Each table is a rule of Mastodon's API that some app in the field stops working without."""

import base64
import gzip
import http.client
import json
import re
import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from browser_walk import Browser, sent_to
from client_town import Town, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from server import Server, running

ME = "/api/v1/accounts/verify_credentials"
STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"
PUBLIC = "/api/v1/timelines/public"
LOCAL = f"{PUBLIC}?local=true"  # what strangers may read of it
ELSEWHERE = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}


class Wire:
    """Requests as they are, as ada or as nobody."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._http = httpx.Client(base_url=town.server.url, timeout=30)

    def ask(self, method: str, path: str, who: str = "ada", **more: Any) -> httpx.Response:
        """The answer, whatever it is."""
        headers = dict(more.pop("headers", {}))
        if who:
            headers.setdefault("Authorization", f"Bearer {self.town.tokens[who]}")
        return self._http.request(method, path, headers=headers, **more)

    def form(self, method: str, path: str, pairs: str, **more: Any) -> httpx.Response:
        """A body as a form, written out."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(method, path, content=pairs, headers=headers, **more)

    def post(self, text: str, **more: Any) -> dict[str, Any]:
        """A new status of ada."""
        answer = self.ask("POST", STATUSES, json={"status": text, **more})
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def wire(town: Town) -> Iterator[Wire]:
    made = Wire(town)
    yield made
    made.close()


# --- headers -----------------------------------------------------------------------------------

OPEN = [
    ("GET", "/api/v2/instance", "", 200),
    ("GET", ME, "", 401),
    ("GET", "/api/v1/no/such/route", "", 404),
    ("GET", "/api/v1/statuses/1", "", 404),
    ("PATCH", "/api/v2/instance", "", 405),
    ("GET", LOCAL, "", 200),
    ("GET", HOME, "", 401),
    ("POST", STATUSES, "ada", 422),
    ("GET", "/.well-known/nodeinfo", "", 200),
    ("GET", "/.well-known/host-meta", "", 200),
    ("GET", "/.well-known/webfinger", "", 400),
    ("GET", "/.well-known/oauth-authorization-server", "", 200),
    ("GET", "/nodeinfo/2.0", "", 200),
    ("POST", "/oauth/token", "", 400),
    ("GET", "/media/nothing/here.png", "", 404),
    ("GET", "/api/v1/streaming/user", "", 401),
]


@pytest.mark.parametrize(("method", "path", "who", "status"), OPEN)
def test_web_apps_may_read_every_answer(
    wire: Wire, method: str, path: str, who: str, status: int
) -> None:
    """Phanpy and Elk run on other origins: without these headers, on an error too, they say that
    the network is down. And an error of the API is JSON with a sentence."""
    answer = wire.ask(method, path, who, headers={"Origin": "https://phanpy.example"})
    assert answer.status_code == status, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert all(name in exposed for name in ("link", "x-ratelimit-reset", "x-request-id"))
    if status >= 400 and not path.startswith("/media"):
        assert answer.json()["error"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [STATUSES, "/oauth/token", "/api/v1/no/such/route"])
def test_preflight(wire: Wire, method: str, path: str) -> None:
    """A browser asks first; a refusal there never becomes a request."""
    asked = {
        "Origin": "https://elk.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = wire.ask("OPTIONS", path, "", headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "idempotency-key"))


def test_pages_are_not_for_other_origins(wire: Wire) -> None:
    """A stranger's page must not read the form on which somebody lets an app in."""
    answer = wire.ask("GET", "/oauth/authorize", "", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_links_keep_what_was_asked(wire: Wire) -> None:
    """A column of local pictures stays one when scrolled: every parameter is in the Link."""
    for i in range(3):
        wire.post(f"linked {i} #linked")
    asked = "limit=2&local=true&any[]=linked&any[]=other&since_id=1&access_token=no"
    answer = wire.ask("GET", f"/api/v1/timelines/tag/linked?{asked}")
    links = {rel: each["url"] for rel, each in answer.links.items()}
    assert links.keys() == {"next", "prev"}
    ids = [each["id"] for each in answer.json()]
    for rel, key, cursor in (("next", "max_id", ids[-1]), ("prev", "min_id", ids[0])):
        parts = urlsplit(links[rel])
        assert f"{parts.scheme}://{parts.netloc}" == wire.town.server.url
        expected = {"limit": ["2"], "local": ["true"], "any[]": ["linked", "other"]}
        assert parse_qs(parts.query) == {**expected, key: [cursor]}
    assert re.match(r'<[^>]+>; rel="next"', answer.headers["link"])  # toot reads the first alone
    empty = wire.ask("GET", f"{HOME}?max_id=1")
    assert (empty.json(), "next" in empty.links) == ([], False)


def test_answers_are_nobody_elses(wire: Wire) -> None:
    """What one account reads must not come out of a cache for another."""
    for path in (HOME, ME, PUBLIC):
        answer = wire.ask("GET", path)
        assert {"private", "no-store"} <= set(answer.headers["cache-control"].split(", "))
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_gzip(wire: Wire) -> None:
    """A phone on a train: a page comes packed where it may, and plain where not."""
    for i in range(8):
        wire.post(f"many words, all the same {i} " * 8)
    plain = wire.ask("GET", LOCAL, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    host = urlsplit(wire.town.server.url).netloc
    raw = http.client.HTTPConnection(host, timeout=30)
    raw.request("GET", LOCAL, headers={"Accept-Encoding": "gzip"})
    packed = raw.getresponse()
    body = packed.read()
    raw.close()
    assert packed.headers["content-encoding"] == "gzip"
    assert len(body) < len(plain.content) / 3
    assert len(json.loads(gzip.decompress(body))) == len(plain.json())


@pytest.mark.parametrize("path", ["/", "/api/v2/instance", HOME, PUBLIC, ME, "/health", "/@ada"])
def test_head(wire: Wire, path: str) -> None:
    """Monitors and link checkers ask with HEAD, and Mastodon.py asks so what time it is."""
    asked = {"Accept-Encoding": "identity"}
    head, got = wire.ask("HEAD", path, headers=asked), wire.ask("GET", path, headers=asked)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert parsedate_to_datetime(head.headers["date"]).year >= 2026


def test_rate_limits(tmp_path: Path) -> None:
    """Apps wait exactly until the moment they are told; a wrong form makes Mastodon.py give up.
    And where a budget is spent, the refusal says when it is there again."""
    with running(tmp_path / "limited", WHIMBREL_RATE_LIMITS="on") as server:
        token = server.people("ada")["ada"]
        with httpx.Client(base_url=server.url) as http:
            mine = {"Authorization": f"Bearer {token}"}
            answers = [http.get(path, headers=mine) for path in (ME, HOME, "/api/v1/nothing")]
            left = [int(each.headers["x-ratelimit-remaining"]) for each in answers[:2]]
            assert left[0] == left[1] + 1
            for answer in answers[:2]:
                assert int(answer.headers["x-ratelimit-limit"]) == 300
                reset = answer.headers["x-ratelimit-reset"]
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", reset)
                moment = datetime.fromisoformat(reset)
                assert 0 <= (moment - datetime.now(UTC)).total_seconds() < 330
            body = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
            for _ in range(40):
                answer = http.post("/api/v1/apps", json=body)
                if answer.status_code == 429:
                    break
            assert answer.status_code == 429
            assert answer.json()["error"]
            assert answer.headers["x-ratelimit-remaining"] == "0"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["access-control-allow-origin"] == "*"
            assert http.get(ME, headers=mine).status_code == 200


# --- bodies ------------------------------------------------------------------------------------


def test_signing_up_says_what_is_wrong(wire: Wire) -> None:
    """The official apps put these sentences under the fields of their form."""
    made = wire.ask(
        "POST",
        "/api/v1/apps",
        "",
        data={
            "client_name": "Phone",
            "redirect_uris": "app://a\napp://b",
            "scopes": "read write",
        },
    ).json()
    assert made["redirect_uris"] == ["app://a", "app://b"]
    app = wire.ask(
        "POST",
        "/oauth/token",
        "",
        auth=(made["client_id"], made["client_secret"]),
        json={"grant_type": "client_credentials", "scope": "read write"},
    ).json()
    mine = {"Authorization": f"Bearer {app['access_token']}"}
    wrong = {"username": "a b", "email": "nowhere", "password": "x", "agreement": "false"}
    answer = wire.ask("POST", "/api/v1/accounts", "", data=wrong, headers=mine)
    assert answer.status_code == 422
    details = answer.json()["details"]
    assert {"username", "email", "password", "agreement"} <= details.keys()
    for rows in details.values():
        assert all(re.fullmatch("ERR_[A-Z_]+", row["error"]) for row in rows)
        assert all(row["description"] for row in rows)
    form = {"username": "ada", "email": "a@example.org", "password": "a long one, and new"}
    taken = wire.ask("POST", "/api/v1/accounts", "", json={**form, "agreement": 1}, headers=mine)
    assert taken.json()["details"]["username"][0]["error"] == "ERR_TAKEN"
    assert wire.ask("GET", HOME, "", headers=mine).status_code == 422  # an app is nobody


def test_forms_as_apps_nest_them(wire: Wire, picture: bytes) -> None:
    """Apps written for Rails send brackets: lists, maps, lists of maps by index or by order."""
    answer = wire.form(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        "fields_attributes[0][name]=a&fields_attributes[0][value]=1"
        "&fields_attributes[1][name]=b&fields_attributes[1][value]=2"
        "&source[privacy]=unlisted&source[sensitive]=true&bot=1",
    ).json()
    assert [(f["name"], f["value"]) for f in answer["source"]["fields"]] == [("a", "1"), ("b", "2")]
    assert (answer["source"]["privacy"], answer["source"]["sensitive"]) == ("unlisted", True)
    assert answer["bot"] is True
    rows = [{"name": "c", "value": "3"}]
    again = wire.ask(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={"fields_attributes": rows, "source": {"privacy": "public", "sensitive": False}},
    ).json()
    assert [f["name"] for f in again["source"]["fields"]] == ["c"]
    wire.form("PATCH", "/api/v1/accounts/update_credentials", "bot=false")
    media = wire.ask("POST", "/api/v2/media", files={"file": ("x", picture)}).json()["id"]
    status = wire.form("POST", STATUSES, f"status=x&media_ids[]={media}").json()
    assert [each["id"] for each in status["media_attachments"]] == [media]
    poll = wire.form(
        "POST",
        STATUSES,
        "status=p&poll[options][]=a&poll[options][]=b&poll[expires_in]=600&poll[multiple]=on",
    ).json()["poll"]
    assert ([o["title"] for o in poll["options"]], poll["multiple"]) == (["a", "b"], True)
    made = wire.form(
        "POST",
        "/api/v2/filters",
        "title=t&context[]=home&context[]=public&filter_action=hide"
        "&keywords_attributes[][keyword]=one&keywords_attributes[][whole_word]=true"
        "&keywords_attributes[][keyword]=two",
    ).json()
    assert [each["keyword"] for each in made["keywords"]] == ["one", "two"]
    changed = wire.form(
        "PUT",
        f"/api/v2/filters/{made['id']}",
        f"keywords_attributes[0][id]={made['keywords'][0]['id']}"
        "&keywords_attributes[0][_destroy]=1",
    ).json()
    assert [each["keyword"] for each in changed["keywords"]] == ["two"]
    wire.ask("DELETE", f"/api/v2/filters/{made['id']}")
    markers = wire.form("POST", "/api/v1/markers", "home[last_read_id]=42").json()
    assert markers["home"]["last_read_id"] == "42"


TRUE, FALSE = ("True", "true", "1", "on", True, 1), ("False", "false", "0", "off", "", False, 0)


@pytest.mark.parametrize(("said", "meant"), [*((v, True) for v in TRUE), *((v, 0) for v in FALSE)])
def test_yes_and_no_in_json(wire: Wire, said: Any, meant: bool) -> None:
    """Mastodon.py sends the word "False" inside JSON: read as text, every poll would be hidden
    behind a warning."""
    assert wire.post("yes or no", sensitive=said)["sensitive"] == bool(meant)


def test_lists_of_ids(wire: Wire) -> None:
    """Some apps write id[], some id, some id[0]; the order asked for is kept, nonsense dropped."""
    ids = [wire.town.id(name) for name in ("cat", "bob")]
    spelled = (
        [f"id[]={each}" for each in ids],
        [f"id[{i}]={each}" for i, each in enumerate(ids)],
        [f"id={ids[0]}"],
        [f"id[]={ids[0]}", "id[]=no", "id[]=99999999999999999999999", f"id[]={ids[1]}"],
    )
    for pairs in spelled:
        answer = wire.ask("GET", f"/api/v1/accounts/relationships?{'&'.join(pairs)}")
        found = [each["id"] for each in answer.json()]
        assert found == ids[: len(found)], pairs
        assert len(found) == (1 if len(pairs) == 1 else 2)


def test_a_limit_is_clamped(wire: Wire) -> None:
    """An app that asks for more than there is to have, or for nonsense, gets a page."""
    for limit in ("0", "-1", "5000", "x", "1e9", "", "9" * 50):
        answer = wire.ask("GET", f"{PUBLIC}?limit={limit}")
        assert (answer.status_code, len(answer.json()) <= 40) == (200, True), limit


def test_dates_as_ids(wire: Wire) -> None:
    """An id made from a moment, as libraries make them, finds what is newer or older."""
    first = wire.post("dated")["id"]
    ms = int(first) >> 16
    newer = wire.ask("GET", f"{PUBLIC}?min_id={(ms - 1) << 16}&limit=1").json()
    assert [each["id"] for each in newer] == [first]
    older = wire.ask("GET", f"{PUBLIC}?max_id={ms << 16}&limit=1").json()
    assert first not in [each["id"] for each in older]
    far = wire.ask("GET", f"{PUBLIC}?max_id={1 << 80}&limit=1")
    assert far.json()[0]["id"] == first


NONSENSE = [
    "0",
    "-1",
    "x",
    "1.5",
    "%20",
    "%00",
    "%ff",
    "%2e%2e%2f",
    "9" * 19,
    "9" * 40,
    "१२",
    "1;drop",
    "null",
]
WITH_IDS = [
    ("GET", "/api/v1/statuses/{}"),
    ("GET", "/api/v1/statuses/{}/context"),
    ("GET", "/api/v1/statuses/{}/favourited_by"),
    ("GET", "/api/v1/statuses/{}/source"),
    ("POST", "/api/v1/statuses/{}/favourite"),
    ("POST", "/api/v1/statuses/{}/reblog"),
    ("PUT", "/api/v1/statuses/{}"),
    ("DELETE", "/api/v1/statuses/{}"),
    ("GET", "/api/v1/accounts/{}"),
    ("GET", "/api/v1/accounts/{}/statuses"),
    ("GET", "/api/v1/accounts/{}/followers"),
    ("POST", "/api/v1/accounts/{}/follow"),
    ("POST", "/api/v1/accounts/{}/block"),
    ("POST", "/api/v1/follow_requests/{}/authorize"),
    ("GET", "/api/v1/polls/{}"),
    ("POST", "/api/v1/polls/{}/votes"),
    ("GET", "/api/v1/media/{}"),
    ("GET", "/api/v1/lists/{}"),
    ("GET", "/api/v1/timelines/list/{}"),
    ("GET", "/api/v1/notifications/{}"),
    ("POST", "/api/v1/notifications/{}/dismiss"),
    ("GET", "/api/v2/filters/{}"),
    ("GET", "/api/v1/filters/{}"),
]


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
def test_ids_that_are_none(wire: Wire, method: str, path: str) -> None:
    """Whatever stands where an id should, the answer is a plain "not there", never a fault."""
    for id_ in NONSENSE:
        more: dict[str, Any] = {} if method == "GET" else {"json": {"status": "x", "choices": [0]}}
        answer = wire.ask(method, path.format(id_), **more)
        assert answer.status_code in (400, 404, 422), (id_, answer.status_code, answer.text)
        assert answer.json()["error"], id_
        if id_.isascii() and id_.isalnum():
            assert answer.status_code == 404, (id_, answer.status_code, answer.text)


BAD_QUERIES = [
    f"{PUBLIC}?max_id=x&since_id=%00",
    f"{PUBLIC}?max_id[]=1&max_id[a]=2",
    "/api/v1/timelines/tag/%00",
    "/api/v1/timelines/tag/%ff%fe",
    "/api/v1/timelines/tag/" + "a" * 3000,
    "/api/v2/search?q=http://[&type=statuses",
    "/api/v2/search?q=%00",
    "/api/v2/search?q=" + "%F0%9F%90%A6" * 500,
    "/api/v2/search?q=%25_%5C%27%22&type=accounts",
    "/api/v1/accounts/lookup?acct=" + "a@" * 100,
    "/api/v1/accounts/lookup?acct=%00",
    "/api/v1/accounts/search?q[]=1&limit[]=2",
    "/api/v1/accounts/relationships?id[a][b]=1",
    "/api/v1/notifications?types[]=no&types[]=%00",
    "/api/v1/statuses?id[]=" + "&id[]=".join(map(str, range(300))),
]


@pytest.mark.parametrize("path", BAD_QUERIES, ids=range(len(BAD_QUERIES)))
def test_queries_that_are_nonsense(wire: Wire, path: str) -> None:
    """A fault would be a page in the log and a broken column for whoever mistyped."""
    answer = wire.ask("GET", path)
    assert answer.status_code in (200, 400, 404, 422), answer.text
    answer.json()


JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
BAD_BODIES = [
    (b'{"status":"a\\u0000b"}', JSON_TYPE),
    (b'{"status":"\xff\xfe"}', JSON_TYPE),
    (b'{"status":"\\ud800"}', JSON_TYPE),
    (b'{"status":', JSON_TYPE),
    (b"[1,2]", JSON_TYPE),
    (b'"text"', JSON_TYPE),
    (b"[" * 5000, JSON_TYPE),
    (b'{"status":' * 300 + b"1" + b"}" * 300, JSON_TYPE),
    (b"status=%00", FORM_TYPE),
    (b"status[a][b][c][d]=x", FORM_TYPE),
    (b'{"status":"x","media_ids":"no"}', JSON_TYPE),
    (b'{"status":"x","media_ids":["no"]}', JSON_TYPE),
    (b'{"status":"x","in_reply_to_id":"no"}', JSON_TYPE),
    (b'{"status":"x","in_reply_to_id":{"a":1}}', JSON_TYPE),
    (b'{"status":"x","visibility":"secret"}', JSON_TYPE),
    (b'{"status":"x","poll":{"options":["a"],"expires_in":600}}', JSON_TYPE),
    (b'{"status":"x","poll":{"options":["a","b"],"expires_in":1e400}}', JSON_TYPE),
    (b'{"status":"   "}', JSON_TYPE),
    (b'{"status":"' + b"x" * 100_000 + b'"}', JSON_TYPE),
    (b"--x\r\n\r\nnothing", "multipart/form-data; boundary=x"),
    (b"status=x", "text/plain"),
]


@pytest.mark.parametrize(("body", "kind"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_bodies_that_are_nonsense(wire: Wire, body: bytes, kind: str) -> None:
    """What cannot be read is refused in words, and nothing is posted of it."""
    answer = wire.ask("POST", STATUSES, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 404, 413, 415, 422), answer.text
    assert answer.json()["error"]


def test_a_request_in_pieces(wire: Wire) -> None:
    """A phone with a bad connection sends slowly, in chunks, and keeps the connection for more."""
    host = urlsplit(wire.town.server.url)
    body = json.dumps({"status": "in pieces"}).encode()
    with socket.create_connection((host.hostname, host.port), timeout=30) as line:
        head = (
            f"POST {STATUSES} HTTP/1.1\r\nHost: {host.netloc}\r\n"
            f"Authorization: Bearer {wire.town.tokens['ada']}\r\n"
            f"Content-Type: {JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        line.sendall(head.encode())
        for at in range(0, len(body), 7):
            piece = body[at : at + 7]
            line.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        line.sendall(b"0\r\n\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert (answer.status, b"in pieces" in answer.read()) == (200, True)


# --- who is asking -----------------------------------------------------------------------------


def test_tokens_that_are_none(wire: Wire) -> None:
    """A wrong token is told so everywhere: an app must learn that it was signed out, instead of
    showing what strangers see."""
    for path in (ME, PUBLIC, "/api/v2/instance", HOME, "/api/v1/custom_emojis"):
        for token in ("nonsense", "x" * 5000, "%00"):
            answer = wire.ask("GET", path, "", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401, (path, answer.text)
            assert answer.json()["error"]
            assert "bearer" in answer.headers["www-authenticate"].lower()
    basic = wire.ask("GET", ME, "", headers={"Authorization": "Basic YTpi"})
    assert basic.status_code == 401


def test_tokens_of_others(wire: Wire) -> None:
    """An app can end its own tokens, nobody else's; an ended one ends at once."""

    def app() -> dict[str, str]:
        body = {"client_name": "x", "redirect_uris": "app://x"}
        return dict(wire.ask("POST", "/api/v1/apps", "", json=body).json())

    def secrets_of(one: dict[str, str]) -> dict[str, str]:
        return {name: one[name] for name in ("client_id", "client_secret")}

    mine, other = app(), app()
    grant = {**secrets_of(mine), "grant_type": "client_credentials"}
    token = wire.ask("POST", "/oauth/token", "", data=grant).json()["access_token"]
    held = {"Authorization": f"Bearer {token}"}
    check = "/api/v1/apps/verify_credentials"
    assert wire.ask("GET", check, "", headers=held).status_code == 200
    refused = wire.ask("POST", "/oauth/revoke", "", data={**secrets_of(other), "token": token})
    assert refused.status_code == 403
    assert wire.ask("GET", check, "", headers=held).status_code == 200
    for _ in range(2):
        done = wire.ask("POST", "/oauth/revoke", "", json={**secrets_of(mine), "token": token})
        assert (done.status_code, done.json()) == (200, {})
    assert wire.ask("GET", check, "", headers=held).status_code == 401
    wrong = wire.ask("POST", "/oauth/token", "", data={**grant, "client_secret": "no"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    password = wire.ask("POST", "/oauth/token", "", data={**grant, "grant_type": "password"})
    assert password.json()["error"] == "unsupported_grant_type"


def test_one_key_many_times_at_once(wire: Wire) -> None:
    """A phone that retries on two networks at the same moment has posted once."""
    key = {"Idempotency-Key": secrets.token_hex(8)}
    server, token = wire.town.server.url, wire.town.tokens["bob"]
    held = {"Authorization": f"Bearer {token}", **key}

    def send(_: int) -> str:
        body = {"status": "once and only once"}
        answer = httpx.post(f"{server}{STATUSES}", json=body, headers=held, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(10) as crew:
        ids = set(crew.map(send, range(10)))
    assert len(ids) == 1
    mine = wire.ask("GET", f"/api/v1/accounts/{wire.town.id('bob')}/statuses", "bob").json()
    assert sum("once and only once" in each["content"] for each in mine) == 1


# --- one socket for all ------------------------------------------------------------------------


def _socket(wire: Wire, query: str = "", **more: Any) -> Any:
    url = wire.town.server.url.replace("http", "ws", 1)
    return connect(f"{url}/api/v1/streaming{query}", open_timeout=30, proxy=None, **more)


def _hear(line: Any, event: str, about: str) -> dict[str, Any]:
    """The next frame of that kind about that post."""
    while True:
        frame: dict[str, Any] = json.loads(line.recv(timeout=15))
        if frame.get("event") == event and about in frame["payload"]:
            return frame


def test_three_ways_to_show_a_token(wire: Wire) -> None:
    """Browsers cannot send headers with a socket, older apps know only the query."""
    token = wire.town.tokens["ada"]
    ways: list[tuple[str, dict[str, Any]]] = [
        ("?stream=public", {"additional_headers": {"Authorization": f"Bearer {token}"}}),
        (f"?stream=public&access_token={token}", {}),
        ("?stream=public", {"subprotocols": [token]}),
    ]
    for query, more in ways:
        with _socket(wire, query, **more) as line:
            assert line.subprotocol == (token if "subprotocols" in more else None)
            status = wire.post(f"over {query[:14]} and {sorted(more)}")
            frame = _hear(line, "update", status["id"])
            assert frame["stream"] == ["public"]
            assert json.loads(frame["payload"])["id"] == status["id"]
    for query, more in (("", {}), ("?access_token=nonsense", {}), ("", {"subprotocols": ["no"]})):
        with pytest.raises(InvalidStatus) as refused:
            _socket(wire, query, **more)
        assert refused.value.response.status_code == 401


def test_many_streams_on_one_socket(wire: Wire) -> None:
    """Elk and Phanpy open one socket and change what they listen to as columns come and go."""
    town = wire.town
    town.bob.account_follow(town.id("ada"))
    with _socket(wire, f"?access_token={town.tokens['bob']}") as line:

        def say(kind: str, stream: str, **more: str) -> None:
            line.send(json.dumps({"type": kind, "stream": stream, **more}))

        say("subscribe", "user")
        say("subscribe", "hashtag", tag="Socket")
        say("subscribe", "public:local")
        line.send("nonsense")
        assert "error" in json.loads(line.recv(timeout=15))
        say("subscribe", "list", list="1")
        assert json.loads(line.recv(timeout=15))["error"]
        status = wire.post("hello #socket")
        labels = {tuple(_hear(line, "update", status["id"])["stream"]) for _ in range(3)}
        assert {label[0] for label in labels} == {"user", "hashtag", "public:local"}
        assert ("hashtag", "socket") in {tuple(map(str.lower, label)) for label in labels}
        wire.ask("DELETE", f"{STATUSES}/{status['id']}")
        assert _hear(line, "delete", status["id"])["payload"] == status["id"]
        say("unsubscribe", "hashtag", tag="socket")
        say("unsubscribe", "public:local")
        line.send("nonsense")
        while "error" not in json.loads(line.recv(timeout=15)):
            pass  # what was under way before; from here on both are gone
        other = wire.post("again #socket")
        assert _hear(line, "update", other["id"])["stream"] == ["user"]
        told = wire.post("to @bob", visibility="direct")
        frame = _hear(line, "notification", told["id"])
        assert json.loads(frame["payload"])["type"] == "mention"
        wire.ask("POST", "/api/v2/filters", "bob", json={"title": "t", "context": ["home"]})
        changed = until(lambda: json.loads(line.recv(timeout=15)))
        assert (changed["event"], "payload" in changed) == ("filters_changed", False)


def _client(wire: Wire, redirect: str) -> dict[str, str]:
    """The credentials of an app that has just registered."""
    body = {"client_name": "Web", "redirect_uris": redirect, "scopes": "read write follow push"}
    made = wire.ask("POST", "/api/v1/apps", "", json=body, headers=ELSEWHERE).json()
    return {name: made[name] for name in ("client_id", "client_secret")}


def test_a_socket_ends_with_its_token(wire: Wire) -> None:
    """Who signs an app out of a lost phone ends what it hears at once; an app without a person
    hears nothing."""
    app = _client(wire, "app://here")
    grant = {**app, "grant_type": "client_credentials"}
    alone = wire.ask("POST", "/oauth/token", "", data=grant).json()["access_token"]
    with pytest.raises(InvalidStatus) as refused:
        _socket(wire, f"?stream=public&access_token={alone}")
    assert refused.value.response.status_code in (401, 403, 422)
    token = _walk(wire, app, "app://here", "dan")
    with _socket(wire, f"?stream=user&access_token={token}") as line:
        wire.ask("POST", "/oauth/revoke", "", data={**app, "token": token})
        with pytest.raises(ConnectionClosed):
            while True:
                line.recv(timeout=15)


# --- the walks of two web apps -----------------------------------------------------------------


def _walk(wire: Wire, app: dict[str, str], redirect: str, name: str, verifier: str = "") -> str:
    """Authorize, go back, exchange: the token."""
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": "read write follow push",
    }
    form = {**app, "grant_type": "authorization_code", "redirect_uri": redirect}
    if verifier:
        digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest())
        asked["code_challenge"] = digest.rstrip(b"=").decode()
        asked["code_challenge_method"] = "S256"
        form["code_verifier"] = verifier
    with Browser(wire.town.server) as browser:
        page = browser.let_in(f"{wire.town.server.url}/oauth/authorize?{urlencode(asked)}", name)
    form["code"] = sent_to(page)[1]["code"]
    answer = wire.ask("POST", "/oauth/token", "", data=form, headers=ELSEWHERE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["token_type"] == "Bearer"
    assert isinstance(answer.json()["created_at"], int)
    return str(answer.json()["access_token"])


def test_as_elk_comes_in(wire: Wire) -> None:
    """Elk exchanges the code from its own server, without PKCE, and then asks these five."""
    back = "https://elk.example/api/localhost/oauth/origin"
    held = {"Authorization": f"Bearer {_walk(wire, _client(wire, back), back, 'cat')}"}
    for path in ("/api/v2/instance", ME, "/api/v1/preferences", "/api/v1/custom_emojis", HOME):
        answer = wire.ask("GET", path, "", headers={**ELSEWHERE, **held})
        assert answer.status_code == 200, path
        assert answer.headers["access-control-allow-origin"] == "*", path


def test_as_phanpy_comes_in(wire: Wire) -> None:
    """Phanpy does all of it in the browser: it finds the server by host-meta, uses PKCE if the
    server says that it can, and opens a socket where the instance says that it is."""
    meta = wire.ask("GET", "/.well-known/host-meta", "", headers=ELSEWHERE).text
    assert f'template="{wire.town.server.url}/.well-known/webfinger?resource={{uri}}"' in meta
    known = wire.ask("GET", "/.well-known/oauth-authorization-server", "").json()
    assert "S256" in known["code_challenge_methods_supported"]
    assert known["app_registration_endpoint"] == f"{wire.town.server.url}/api/v1/apps"
    back = "https://phanpy.example/"
    token = _walk(wire, _client(wire, back), back, "dan", secrets.token_urlsafe(48))
    links = wire.ask("GET", "/.well-known/nodeinfo", "").json()["links"]
    assert links[-1]["rel"].endswith("/2.0")
    assert httpx.get(links[-1]["href"]).json()["software"]["name"] == "whimbrel"
    instance = wire.ask("GET", "/api/v2/instance", "").json()
    assert re.match(r"\d+\.\d+\.\d+", instance["version"])
    where = f"{instance['configuration']['urls']['streaming']}/api/v1/streaming"
    with connect(f"{where}?access_token={token}", proxy=None) as line:
        line.send(json.dumps({"type": "subscribe", "stream": "user"}))
        line.send("?")
        assert "error" in json.loads(line.recv(timeout=15))  # so the subscription is heard, too
        mention = wire.post("welcome @dan")
        assert _hear(line, "notification", mention["id"])["stream"] == ["user"]


def test_every_router_of_the_running_server_answers_json(live: Server) -> None:
    """An unknown path of the API is JSON for apps; one of the pages is a page for people."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = httpx.request(method, f"{live.url}/api/v7/nothing")
        assert (answer.status_code, answer.json()["error"]) == (404, "Record not found")
    page = httpx.get(f"{live.url}/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


def test_a_page_that_needs_somebody_leads_to_the_form(live: Server) -> None:
    """Whoever is signed out meanwhile comes back to the page; a press on a button, or an address
    that is none, leads to the form alone, and not to a fault."""
    page = {"Accept": "text/html"}
    to = httpx.get(f"{live.url}/notifications", headers=page).headers["location"]
    assert to == "/auth/sign-in?next=%2Fnotifications"
    for path in ("/posts/1/vote", "/posts/%00/vote", "/%00/block", "/settings/sessions/%0a/revoke"):
        answer = httpx.post(f"{live.url}{path}", headers=page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/sign-in"), path
