"""Hot routes answer in one write of their own: nobody may tell it from the ordinary way."""

import gzip
import http.client
import json
import re
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest
import zstandard

import server

HOT = (
    "/api/v1/timelines/home?limit=3",
    "/api/v1/timelines/public?local=true",
    "/api/v1/notifications",
    "/api/v1/timelines/tag/birds",
)
OPENED = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}
CHANGING = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}


@pytest.fixture(scope="module")
def token(live):
    """Ada's, who wrote something worth compressing."""
    token = live.people("ada")["ada"]
    for number in range(4):
        live.call(token, "POST", "/api/v1/statuses", status=f"#birds over the bay, {number}")
    until = time.monotonic() + 20
    while len(live.call(token, "GET", "/api/v1/timelines/home")) < 4:
        assert time.monotonic() < until, "the posts never reached their author's home"
        time.sleep(0.05)
    return token


def answer(live, path, token, method="GET", **headers):
    """(status, headers by name, body); `connection="close"` takes the ordinary way."""
    connection = http.client.HTTPConnection("localhost", live.port)
    named = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request(method, path, headers={**named, **headers})
    response = connection.getresponse()
    body = response.read()
    told: dict[str, str] = {}
    for name, value in response.getheaders():
        told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
    connection.close()
    return response.status, told, body


@pytest.mark.parametrize("path", HOT)
@pytest.mark.parametrize("accept", ["identity", "gzip", "zstd"])
def test_both_ways_say_the_same(live, token, path, accept):
    """An app behind a proxy that closes connections and one that keeps them see one server."""
    quick = answer(live, path, token, **{"Accept-Encoding": accept})
    slow = answer(live, path, token, **{"Accept-Encoding": accept, "Connection": "close"})
    assert slow[1].pop("connection") == "close"
    assert quick[0] == slow[0] == 200
    assert quick[1].keys() == slow[1].keys()
    assert quick[2] == slow[2]
    for name in quick[1].keys() - CHANGING:
        assert quick[1][name] == slow[1][name], name
    body = OPENED[quick[1].get("content-encoding", "identity")](quick[2])
    assert isinstance(json.loads(body), list)


@pytest.mark.parametrize("accept", ["identity", "gzip", "zstd"])
def test_the_page_of_a_post_is_the_same_both_ways(live, token, accept):
    """It is what people share: strangers come by every kind of proxy, and a server that asks for
    ActivityStreams at the same address must be given that."""
    url = urlsplit(live.call(token, "GET", "/api/v1/timelines/home")[0]["url"])
    asked = {"Accept": "text/html", "Accept-Encoding": accept}
    quick = answer(live, url.path, None, **asked)
    slow = answer(live, url.path, None, **asked, Connection="close")
    assert slow[1].pop("connection") == "close"
    assert quick[0] == slow[0] == 200
    assert quick[2] == slow[2]
    varies, told = (set(each[1].pop("vary").split(", ")) for each in (quick, slow))
    assert varies == told >= {"Accept", "Accept-Language", "Cookie"}
    for name in slow[1].keys() - CHANGING:
        assert quick[1][name] == slow[1][name], name
    activity = answer(live, url.path, None, Accept="application/activity+json")
    assert activity[0] == 401  # unsigned, and not a page
    assert answer(live, url.path + "0", None, **asked)[0] == 404


@pytest.mark.parametrize("path", HOT)
def test_refusals_carry_what_every_answer_does(live, path):
    """A web app must be able to read why it was refused."""
    status, headers, body = answer(live, path, "of nobody")
    assert status == 401
    assert headers["access-control-allow-origin"] == "*"
    assert json.loads(body)["error"]


def test_head_is_get_without_its_body(live, token):
    """Monitors ask so."""
    status, headers, body = answer(live, HOT[0], token, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 2


def test_several_requests_at_once_on_one_connection(live, token):
    """Pipelined requests are answered in order, each whole."""
    asked = "".join(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n" for path in HOT
    )
    with socket.create_connection(("localhost", live.port)) as wire:
        wire.sendall(asked.encode())
        reader = wire.makefile("rb")
        for path in HOT:
            assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
            headers = http.client.parse_headers(reader)
            told = json.loads(reader.read(int(headers["content-length"])))
            assert told == json.loads(answer(live, path, token)[2])


def test_a_token_that_was_taken_back_opens_nothing(live, token):
    """What the server remembers of a token ends with the commit that takes it back."""
    second = live.people("bob")["bob"]
    assert answer(live, HOT[0], second)[0] == 200
    assert answer(live, HOT[0], second)[0] == 200
    live.cli("account", "disable", "bob")  # in a process of its own
    assert answer(live, HOT[0], second)[0] in (401, 403)


@pytest.fixture(scope="module")
def reader(live):
    """Somebody with a browser, signed in."""
    live.people("eve")
    with httpx.Client(base_url=f"http://localhost:{live.port}", timeout=30) as browser:
        form = re.findall(r'name="(_csrf)" value="([^"]*)"', browser.get("/auth/sign-in").text)
        given = {**dict(form), "login": "eve", "password": server.password("eve")}
        signed_in = browser.post("/auth/sign-in", data=given, headers={"Accept": "text/html"})
        assert signed_in.status_code == 303, signed_in.text
        yield browser


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_home_as_a_page_comes_the_same_both_ways(reader, coding):
    """Without its policy a page runs whatever somebody wrote; a proxy would hand it on."""
    given = {"Accept-Encoding": coding}
    quick = [reader.get("/home", headers=given) for _ in range(2)][1]
    slow = reader.get("/home", headers={**given, "Connection": "close"})
    assert quick.status_code == slow.status_code == 200
    there = quick.headers.keys() - {"transfer-encoding"}
    assert there == slow.headers.keys() - {"connection"}
    assert "access-control-allow-origin" not in there
    for name in there - CHANGING - {"content-length"}:
        assert quick.headers[name] == slow.headers[name], name
    once = re.compile(r'name="once" value="[^"]*"')
    assert once.sub("", quick.text) == once.sub("", slow.text)
    assert 'id="composer"' in quick.text


def test_home_sends_strangers_to_the_door(live):
    """A bare refusal is no place to sign in."""
    for cookies in ({}, {"whimbrel": "made up"}):
        with httpx.Client(base_url=f"http://localhost:{live.port}", cookies=cookies) as stranger:
            shown = stranger.get("/home", headers={"Accept": "text/html"})
        assert shown.status_code == 303
        assert shown.headers["location"] == "/auth/sign-in?next=%2Fhome"
