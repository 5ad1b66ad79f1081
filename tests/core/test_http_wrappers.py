"""What is wrapped around every answer: cross-origin headers, compression, security headers."""

import asyncio
import gzip

import pytest
import zstandard

import raw_asgi
from whimbrel.core.http import (
    PRIVATE_HEADERS,
    Compress,
    Cors,
    Unchanged,
    api_headers,
    page_headers,
    send_bytes,
)

BIG = b'{"a":"' + b"x" * 5000 + b'"}'


def answering(
    body: bytes = BIG,
    status: int = 200,
    kind: bytes = b"application/json; charset=utf-8",
    headers=(),
):
    async def app(scope, receive, send):
        await send_bytes(send, status, body, headers, kind)

    return app


# --- CORS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401, 404, 422, 429, 500])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/x",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/userinfo",
        "/.well-known/webfinger",
        "/nodeinfo/2.0",
        "/media/x.png",
    ],
)
def test_every_answer_of_the_api_can_be_read_from_anywhere(path, status):
    """Without it on errors Phanpy and Elk report a broken network instead of the message."""
    answer = raw_asgi.call(Cors(answering(status=status)), raw_asgi.scope(path))
    assert (answer.status, answer.body) == (status, BIG)
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = {
        name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")
    }
    assert exposed == {
        *("link", "x-request-id", "mastodon-async-refresh"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/oauth/authorize", "/oauth/token/x", "/apiary", "/@ada", "/settings"]
)
def test_pages_are_not_opened(path):
    """Another site must not read what a signed-in person sees."""
    for method in ("GET", "OPTIONS"):
        answer = raw_asgi.call(Cors(answering()), raw_asgi.scope(path, method))
        assert "access-control-allow-origin" not in answer.headers and answer.body == BIG


def test_preflights_are_answered_without_asking_the_app():
    headers = {"Origin": "https://elk.example", "Access-Control-Request-Method": "PATCH"}
    answer = raw_asgi.call(Cors(answering()), raw_asgi.scope(method="OPTIONS", headers=headers))
    assert (answer.status, answer.body) == (204, b"")
    methods = answer.headers["access-control-allow-methods"].split(", ")
    assert methods == ["GET", "POST", "PUT", "PATCH", "DELETE"]
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert allowed == ["authorization", "content-type", "idempotency-key"]
    assert answer.headers["access-control-max-age"] == "86400"


# --- compression -----------------------------------------------------------------------------


def compressed(app, accept: str = "br, gzip;q=0.8", method: str = "GET") -> raw_asgi.Answer:
    headers = {"Accept-Encoding": accept} if accept else {}
    return raw_asgi.call(Compress(app), raw_asgi.scope(method=method, headers=headers))


@pytest.mark.parametrize(
    "kind",
    [
        b"application/json; charset=utf-8",
        b"text/html; charset=utf-8",
        b"text/css",
        b"text/javascript",
        b"image/svg+xml",
        b"application/activity+json",
    ],
)
def test_large_texts_are_compressed(kind):
    answer = compressed(answering(kind=kind, headers=[(b"etag", b'"1"'), (b"link", b"x")]))
    assert gzip.decompress(answer.body) == BIG and len(answer.body) < 200
    assert answer.headers["content-encoding"] == "gzip"
    assert [value for name, value in answer.pairs if name == "content-length"] == [
        str(len(answer.body))
    ]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == 'W/"1"' and answer.headers["link"] == "x"


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0, x-gzip", "gzip"),
        ("GZIP; q=1, ZSTD; q=0.5", "zstd"),
        ("zstd; q=0.0, gzip;q=0.001", "gzip"),
    ],
)
def test_the_quicker_coding_is_taken_where_both_are(accept, coding):
    """Browsers take zstd, which costs us half; most apps only gzip."""
    answer = compressed(answering(), accept)
    assert answer.headers["content-encoding"] == coding
    opened = gzip.decompress if coding == "gzip" else zstandard.ZstdDecompressor().decompress
    assert opened(answer.body) == BIG


@pytest.mark.parametrize(
    "accept", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*", "xgzip", "zstd;q=0"]
)
def test_without_consent_the_app_is_called_as_if_alone(accept):
    """Nothing may be added to the busiest path when it brings nothing."""
    seen = []

    async def app(scope, receive, send):
        seen.append(send)
        await answering()(scope, receive, send)

    messages = []

    async def send(message):
        messages.append(message)

    headers = {"Accept-Encoding": accept} if accept else {}
    asyncio.run(Compress(app)(raw_asgi.scope(headers=headers), raw_asgi.receiver(), send))
    assert seen == [send] and raw_asgi.Answer(messages).body == BIG


@pytest.mark.parametrize(
    ("app", "vary"),
    [
        (answering(b"x" * 1024), True),
        (answering(kind=b"image/png"), False),
        (answering(kind=b"video/mp4"), False),
        (answering(kind=b"text/event-stream"), False),
        (answering(headers=[(b"content-encoding", b"br")]), False),
        (answering(status=206), False),
    ],
)
def test_what_is_small_or_packed_already_passes_untouched(app, vary):
    answer = compressed(app)
    plain = raw_asgi.call(app, raw_asgi.scope())
    assert answer.body == plain.body and ("vary" in answer.headers) is vary
    assert answer.headers.get("content-encoding") == plain.headers.get("content-encoding")


def test_answers_in_pieces_arrive_piece_by_piece():
    """A held-back stream would be a silent one."""

    async def app(scope, receive, send):
        start = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        for at in range(3):
            await send({"type": "http.response.body", "body": BIG, "more_body": at < 2})

    answer = compressed(app)
    assert answer.body == BIG * 3 and len(answer.messages) == 4
    assert "content-encoding" not in answer.headers


# --- security headers ------------------------------------------------------------------------


def test_pages_run_nothing_but_our_own():
    headers = dict(page_headers("https://media.example", secure=True))
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert policy["img-src"] == "'self' https://media.example"
    assert policy["media-src"] == "'self' https://media.example"
    assert policy["connect-src"] == "'self' wss:"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "whimbrel whimbrel-worker"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload"
    assert headers["cross-origin-opener-policy"] == headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in headers["permissions-policy"]


def test_a_server_tried_out_at_home_is_not_nailed_to_https():
    """HSTS on localhost would break every other thing its owner runs there."""
    headers = dict(page_headers("", secure=False))
    assert "strict-transport-security" not in headers
    assert "connect-src 'self' ws: wss:;" in headers["content-security-policy"]
    assert "media-src 'self';" in headers["content-security-policy"]


def test_a_form_may_end_at_one_place_beside_ourselves():
    """Chromium would stop the answer to an app; any place more would be a place for thieves."""
    for place, said in (
        ("app:", "'self' app:;"),
        ("https://a.example", "'self' https://a.example;"),
    ):
        policy = dict(page_headers("", True, place))["content-security-policy"]
        assert f"form-action {said}" in policy
    assert "form-action 'self';" in dict(page_headers("", secure=True))["content-security-policy"]


def test_the_policy_cannot_be_broken_out_of():
    for origin in ("https://a; script-src *", "https://a b", "'unsafe-inline'"):
        with pytest.raises(ValueError, match="no origin"):
            page_headers(origin, secure=True)
        with pytest.raises(ValueError, match="no origin"):
            page_headers("", True, origin)


def test_private_json_is_kept_nowhere():
    assert dict(api_headers())["cache-control"] == "private, no-store"
    assert "cache-control" not in dict(api_headers(private=False))
    assert dict(api_headers(private=False))["x-content-type-options"] == "nosniff"


# --- what is known already --------------------------------------------------------------------


def kept(body=BIG, more=(), **asked):
    """The answer of a public path, asked with these headers."""
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in asked.items()]
    scope = {**raw_asgi.scope("/kept"), "headers": headers}
    wrapped = Unchanged(answering(body, headers=(*PRIVATE_HEADERS, *more)), "/kept".__eq__)
    return raw_asgi.call(wrapped, scope)


def test_a_known_answer_is_left_out():
    """And what is not known comes whole, with a name for the next time."""
    first = kept()
    assert first.body == BIG
    assert first.headers["cache-control"] == "no-cache"
    again = kept(if_none_match=f'"x", {first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"] != kept(BIG + b" ").headers["etag"]
    assert kept(BIG + b" ", if_none_match=first.headers["etag"]).body == BIG + b" "


@pytest.mark.parametrize("whose", ["authorization", "cookie"])
def test_what_somebody_was_shown_is_never_kept(whose):
    """A cache on the way would show it to the next who asks."""
    answer = kept(**{whose: "x", "if_none_match": "*"})
    assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-store")
    assert "etag" not in answer.headers


def test_refusals_and_what_comes_in_parts_are_passed_on():
    """A refusal is not to be kept; of a stream nobody knows the end."""

    async def parts(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})

    always = "/kept".__eq__
    sent = raw_asgi.call(Unchanged(parts, always), raw_asgi.scope("/kept"))
    assert (sent.body, "etag" in sent.headers) == (b"ab", False)
    scope = {**raw_asgi.scope("/kept"), "headers": [(b"if-none-match", b"*")]}
    sent = raw_asgi.call(Unchanged(answering(status=404), always), scope)
    assert (sent.status, sent.body) == (404, BIG)
