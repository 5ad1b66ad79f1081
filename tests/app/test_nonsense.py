"""Forty kinds of nonsense at every door: a refusal in plain words each time, that tells nothing.

Row D13 of the threat model (talkative errors), D1 (no counter reaches an edge), CVE-2025-46559 and
CVE-2023-43793 (paths that leave their place), CVE-2023-49952 and CVE-2025-66482 are beside."""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from belongings import SUBSCRIPTION
from house import FORM, HTML, JSON, Route, routes
from prober import LAST, Prober, told

LANGUAGES = ("de, en;q=0.5", "ja", "*", "x" * 5000, "en-US-x-private;q=abc,,;;=\xff")
BIG = "x" * 1_000_000
FAR = 200  # deeper than anything may be


# ------------------------------------------------------------------------------ what is sent


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


BOUND = b"--b\r\ncontent-disposition: form-data; name="
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
# Bodies that nobody can mean. (headers, body)
BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "json cut off": (JSON, b'{"status": "x'),
    "json of nothing": (JSON, b" "),
    "json list": (JSON, b"[1, 2]"),
    "json text": (JSON, b'"text"'),
    "json number": (JSON, b"1e999"),
    "json nan": (JSON, b'{"a": NaN}'),
    "json deep": (JSON, _nested(FAR)),
    "json very deep": (JSON, _nested(100_000)),
    "json utf-16": (JSON, '{"status": "x"}'.encode("utf-16")),
    "json bad utf-8": (JSON, b'{"status": "\xff\xfe"}'),
    "json lone surrogate": (JSON, b'{"status": "\\ud800"}'),
    "json nul": (JSON, b'{"status": "a\\u0000b"}'),
    "json nul name": (JSON, b'{"a\\u0000b": 1}'),
    "form nul": (FORM, b"status=a%00b"),
    "form bad utf-8": (FORM, b"status=%ff%fe"),
    "form deep": (FORM, b"a" + b"[b]" * 50 + b"=1"),
    "form of too many": (FORM, b"&".join(b"a%d=1" % n for n in range(1500))),
    "form of two shapes": (FORM, b"a[b]=1&a[]=2"),
    "multipart without boundary": ({"content-type": "multipart/form-data"}, b"x"),
    "multipart wrong boundary": (MULTIPART, b"--other\r\n\r\nx\r\n--other--"),
    "multipart cut off": (MULTIPART, BOUND + b'"a"\r\n\r\nx'),
    "multipart headless": (MULTIPART, b"--b\r\n\r\nx\r\n--b--"),
    "multipart long head": (MULTIPART, BOUND + b'"' + b"a" * 100_000 + b'"\r\n\r\nx\r\n--b--'),
    "multipart nul": (MULTIPART, BOUND + b'"a"\r\n\r\nx\x00y\r\n--b--'),
    "other type": ({"content-type": "application/xml"}, b"<a/>"),
    "no type": ({}, b"status=x"),
    "odd type": ({"content-type": "application/json\xff; charset=\x01"}, b"{}"),
    "packed": ({**JSON, "content-encoding": "gzip"}, b"\x1f\x8b\x08\x00"),
    "too large": (FORM, b"a=" + b"x" * 2_000_000),
    "lying length": ({**JSON, "content-length": "99999999999999999999"}, b"{}"),
}
# Bodies that can be meant, and must do no harm.
HARMLESS: dict[str, tuple[dict[str, str], bytes]] = {
    "nothing": ({}, b""),
    "empty json": (JSON, b"{}"),
    "null": (JSON, b"null"),
    "polluting": (JSON, b'{"__proto__": {"admin": true}, "constructor": {"prototype": 1}}'),
    "polluting form": (FORM, b"__proto__[admin]=1&a[__proto__][b]=2"),
    "the same twice": (JSON, b'{"status": {}, "status": [], "id": 1, "id": 2.5}'),
    "odd length": ({"content-length": "-1"}, b""),
}
QUERIES = (
    "?limit=%00",
    "?%00=1",
    "?limit=%ff%fe",
    "?limit=-1&max_id=-1&min_id=1.5&since_id=1e9&offset=-9",
    "?limit=99999999999999999999&max_id=99999999999999999999&offset=99999999999999999999",
    "?limit[]=1&max_id[a][b]=2&id[]=&id[]=x&q[]=y&acct[]=z&resource[]=w",
    "?" + "a[b]" * 500,
    "?" + "&".join(f"id[]={n}" for n in range(1500)),
    "?q=" + "x" * 50_000,
    "?__proto__[x]=1&max_id=%F0%9F%90%A6&q=%0d%0aX-Evil:%201&acct=%0d%0aa&next=%0d%0aa",
)
PARTS = (
    *("0", "-1", "1.0", "1e3", "+1", "9223372036854775807", "9223372036854775808", "9" * 400),
    *(
        "%00",
        "1%00",
        "%ff%fe",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "..%5c..%5cx",
        "%252e%252e%252f",
    ),
    *("%0d%0aX-Evil:%201", "%F0%9F%90%A6", "%D9%A1%D9%A2", "null", "undefined", "NaN", "__proto__"),
    *("@", "@@", "@a@", "%20", ";", "'%20OR%20'1'='1", "1;DROP%20TABLE%20posts", "x" * 8000),
    *("%252e%252e%252f", "{{7*7}}${7*7}<script>"),
)
TRICKY = ("-1", "9223372036854775808", "9" * 400, "%00", "1%00", "%ff%fe", "%F0%9F%90%A6")
PATHS = (
    *("/", "//", "///evil.example", "/%2f%2fevil.example", "/api", "/api/", "/api/v1", "/api/v9/x"),
    *("/api/v1/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/static/..%2f..%2f..%2fetc/passwd"),
    *("/media/..%2f..%2fwhimbrel.db", "/media/%2e%2e/%2e%2e/keyring", "/media/a/b", "/media//"),
    *(
        "/static/%00",
        "/%00",
        "/%ff",
        "/.env",
        "/.git/config",
        "/wp-login.php",
        "/admin",
        "/sidekiq",
    ),
    *("/pghero", "/metrics", "/debug", "/docs", "/schema", "/openapi.json", "/server-status"),
    *("/api/v1/accounts/", "/api/v1/accounts/1/", "/API/V1/INSTANCE", "/api//v1/instance"),
    *("/api/v1/statuses/1/2/3/4", "/users", "/users/", "/users/a/statuses/", "/@", "/@/", "/tags/"),
    *("/uuidConversion/post/1", "/posts/1", "/posts/1/edit", "/oauth", "/oauth/token/x", "/auth"),
    *("/api/v1/streaming", "/api/v1/streaming/x", "/api/v1/streaming/user/..%2f", "/web/%2F"),
    "/" + "a" * 60_000,
    "/" + "a/" * 5_000,
)
HEADERS: tuple[dict[str, str], ...] = (
    {"authorization": "Bearer"},
    {"authorization": "Bearer " + "x" * 10_000},
    {"authorization": "Bearer a b"},
    {"authorization": "Bearer \xff\x00"},
    {"authorization": "Basic " + "=" * 5_000},
    {"authorization": "Digest x"},
    {"cookie": "=;;=; a; " + "b=" * 5_000},
    {"cookie": "__Host-whimbrel=" + "\xff" * 5_000},
    {"accept": "q=,;" * 2_000, "accept-encoding": "br;q=9, *;q=x" * 500},
    {"accept-language": "\x00\xff" * 100},
    {"idempotency-key": "a\r\nX-Evil: 1", "origin": "null\r\nX-Evil: 1", "host": "a\r\nX-Evil: 1"},
    {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher"},
    {"range": "bytes=9-1,-,0-0,0-0", "if-none-match": '"' * 5_000, "if-modified-since": "x"},
    {"x-http-method-override": "DELETE", "x-original-url": "/settings", "x-rewrite-url": "/home"},
    {"referer": "\xff", "user-agent": "\x00" * 1_000, "sec-fetch-site": "\x00"},
)


@pytest.fixture
def probe(database, tmp_path):
    """`probe(story)` runs it with a `Prober`, for what a database may answer in its own way."""
    return lambda story: told(story, tmp_path, database)


@pytest.fixture
def knock(tmp_path):
    """The same on one database, for what is refused before any is asked."""
    return lambda story: told(story, tmp_path)


def test_bodies_that_nobody_can_mean_are_refused(knock):
    """An app that sends rubbish is told so, by every route that reads what it sends."""

    async def story(prober: Prober) -> None:
        for route in routes():
            if route.method in ("GET", "HEAD") or route.path in LAST:
                continue
            reads = "params" in inspect.signature(route.handler.fn).parameters
            for name, (headers, body) in BODIES.items():
                sent = {**prober.headers(route), **headers}
                answer = await prober.send(name, route.method, prober.target(route), sent, body)
                if reads and not 400 <= answer.status < 500:
                    prober.wrong.append(f"{name} at {route.method} {route.path}: {answer.status}")

    knock(story)


def test_bodies_that_can_be_meant_do_no_harm(probe):
    """Names that repeat or that scripts trip over are data like all others."""

    async def story(prober: Prober) -> None:
        for route in routes():
            if route.method in ("GET", "HEAD") or route.path in LAST:
                continue
            for name, (headers, body) in HARMLESS.items():
                sent = {**prober.headers(route), **headers}
                await prober.send(name, route.method, prober.target(route), sent, body)

    probe(story)


async def _asked(prober: Prober, queries: tuple[str, ...], parts: tuple[str, ...]) -> None:
    for route in routes():
        headers = prober.headers(route)
        if route.method == "GET":
            for query in queries:
                target = prober.target(route) + query
                await prober.send("query", route.method, target, headers)
        if "{id_" in route.path:
            for part in parts:
                target = re.sub(r"\{(handle|name):str\}", "@ada", route.path)
                target = target.replace("{id_:str}", part)
                await prober.send("id", route.method, target, headers)
        elif "{" in route.path:
            for part in parts:
                await prober.send("part", route.method, route.to(part), headers)


def test_queries_and_ids_of_nonsense(knock):
    """What is no id is an absent one."""
    knock(lambda prober: _asked(prober, QUERIES, PARTS))


def test_numbers_and_letters_that_databases_take_differently(probe):
    """PostgreSQL has no NUL and no number beyond 64 bits, and knows where UTF-8 ends."""
    probe(lambda prober: _asked(prober, QUERIES[:5], TRICKY))


def test_paths_and_methods_that_are_not_there(knock):
    """Whoever walks along the walls finds no door that is not in the table."""

    async def story(prober: Prober) -> None:
        for path in PATHS:
            for headers in ({}, HTML, prober.ada.by_app, prober.ada.by_browser):
                await prober.send("path", "GET", path, headers)
                await prober.send("path", "POST", path, {**headers, **JSON}, b"{}")
        places = {prober.target(route) for route in routes()} | {"/health", "/media/a/b"}
        for place in sorted(places):
            for method in ("TRACE", "CONNECT", "PROPFIND", "LIST", "get", "", "\xff", "OPTIONS"):
                if place not in LAST:
                    await prober.send("method", method, place, {})
            await prober.send("slash", "GET", place + "/", {})
            await prober.send("dots", "GET", place + "/..%2f.", {})

    knock(story)


def test_headers_of_nonsense(knock):
    """A header is what a stranger claims."""

    async def story(prober: Prober) -> None:
        for route in routes():
            if route.path in LAST:
                continue
            for headers in HEADERS:
                sent = {**prober.headers(route), **headers}
                await prober.send("headers", route.method, prober.target(route), sent)

    knock(story)


# ------------------------------------------------------------------------------ one field wrong

NAMED = re.compile(r'params\.(?:text|flag|number|list|ids|upload|get)\(\s*"(\w+)"')
MADE = re.compile(r"params\.to\(([\w.]+)\)")
GOOD: dict[str, Any] = {
    **dict.fromkeys(("status", "title", "phrase", "keyword", "comment", "q", "client_name"), "x"),
    "context": ["home"],
    "choices": [0],
    "subscription": SUBSCRIPTION,
    "acct": "ada",
    "username": "eve",
    "email": "eve@example.org",
    "password": "seven notes at dawn",
    "agreement": True,
    "redirect_uris": "https://app.example/back",
    "account_id": "1",
}
VALUES: tuple[Any, ...] = (
    *(None, True, "", 0, -1, 1.5, 1e300, 2**63, 2**64, 10**40, -(2**63), "9" * 400, BIG[:60_000]),
    *([], {}, [[]], [{}], [1, [2, [3]]], {"a": {"b": {"c": 1}}}, {"0": {"x": "y"}}, ["x"] * 900),
    *(
        "\ud7ff\uffff",
        "\u202e\u200b",
        "../../etc/passwd",
        "'; DROP TABLE posts;--",
        "\r\nX-Evil: 1",
    ),
    *("1e5", "0x10", "NaN", "\u0661\u0662", "2026-99-99T99:99", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "a" * 300 + "@" + "b" * 300, "http://" + "a" * 3000, "-0", "\ufeff"),
)


def _names(route: Route) -> list[str]:
    """What the module of a route's handler asks for by name."""
    module = inspect.getmodule(route.handler.fn)
    source = inspect.getsource(module)
    found = {*NAMED.findall(source), "limit", "max_id"}
    for path in MADE.findall(source):
        kind: Any = module
        for name in path.split("."):
            kind = getattr(kind, name)
        found |= set(kind.__struct_fields__)
    return sorted(found)


def _some(at: int) -> Iterator[Any]:
    """Two of the values, other ones for each name: a name is met at many routes."""
    for n in range(2):
        yield VALUES[(at * 2 + n) % len(VALUES)]


def test_one_field_of_a_wrong_kind(probe):
    """Everything else right, one value such as nobody foresaw: taken or refused, no failure."""

    async def story(prober: Prober) -> None:
        at = 0
        for route in routes():
            if route.method in ("GET", "HEAD") or route.path in LAST:
                continue
            names, headers = _names(route), prober.headers(route)
            right = {name: GOOD[name] for name in names if name in GOOD}
            if route.access.page:
                right["_csrf"] = prober.house.csrf(headers)
            for name in names:
                for value in _some(at):
                    body = json.dumps({**right, name: value}).encode()
                    target = prober.target(route)
                    what = f"{name} = {value!r:.40}"
                    await prober.send(what, route.method, target, {**headers, **JSON}, body)
                at += 1

    probe(story)


# ------------------------------------------------------------------------------ in every language


def test_a_refusal_is_the_same_in_every_language(knock):
    """D13, D6: an answer that depends on the reader tells more than its words."""

    async def story(prober: Prober) -> None:
        for route in routes():
            if route.path in LAST or (route.access.page and route.access.needs):
                continue  # who is none of the staff is shown that on a page, in their own language
            target = re.sub(r"\{\w+:str\}", "1", route.path)
            told = set()
            for language in LANGUAGES:
                headers = {**JSON, **prober.headers(route), "accept-language": language}
                sent = await prober.send("language", route.method, target, headers, b'{"a": ')
                told.add((sent.status, sent.body if sent.status >= 400 else b""))
            assert len(told) == 1, (route.path, told)

    knock(story)
