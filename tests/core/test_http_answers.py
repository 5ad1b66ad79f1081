"""Answers: what a client is told, and what it is never told."""

import asyncio
import io
import json
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.testing import create_test_client

import raw_asgi
from whimbrel.core import errors, logs
from whimbrel.core.http import (
    PUBLIC_HEADERS,
    Cors,
    Html,
    Json,
    Params,
    Redirect,
    Text,
    error_parts,
    is_own_path,
    on_error,
    read_params,
    send_bytes,
    send_error,
)


@pytest.fixture
def log():
    """The lines logged during the test."""
    out = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    yield out
    structlog.reset_defaults()


class OAuthRefused(errors.WhimbrelError):
    status = 400
    error_description = "The code is used up."


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exc", "status", "said"),
    [
        (errors.NotFound(), 404, {"error": "Record not found"}),
        (errors.Forbidden("No."), 403, {"error": "No."}),
        (errors.Gone(), 410, {"error": "This was here and has been removed."}),
        (
            errors.Invalid("Bad.", {"a": [("ERR_BLANK", "can't be blank.")]}),
            422,
            {
                "error": "Bad.",
                "details": {"a": [{"error": "ERR_BLANK", "description": "can't be blank."}]},
            },
        ),
        (
            OAuthRefused("invalid_grant"),
            400,
            {"error": "invalid_grant", "error_description": "The code is used up."},
        ),
        (HTTPException(status_code=404, detail="/secret"), 404, {"error": "Record not found"}),
        (HTTPException(status_code=418, detail="/secret"), 418, {"error": "I'm a Teapot"}),
        (
            HTTPException(status_code=499, detail="/secret"),
            499,
            {"error": "The request could not be read."},
        ),
    ],
)
def test_errors_are_sentences(exc, status, said):
    found, headers, body = error_parts(exc)
    assert (found, json.loads(body)) == (status, said)
    assert dict(headers)[b"content-type"] == b"application/json; charset=utf-8"
    assert dict(headers)[b"cache-control"] == b"private, no-store"


def test_errors_say_when_to_come_back_and_how_to_sign_in():
    assert dict(error_parts(errors.TooMany(retry_after=7))[1])[b"retry-after"] == b"7"
    assert dict(error_parts(errors.Unavailable(retry_after=0))[1])[b"retry-after"] == b"1"
    assert dict(error_parts(errors.Unauthorized())[1])[b"www-authenticate"] == b"Bearer"
    limited = HTTPException(status_code=405, headers={"Allow": "GET", "X-Detail": "no"})
    headers = dict(error_parts(limited)[1])
    assert headers[b"allow"] == b"GET" and b"x-detail" not in headers


@pytest.mark.parametrize(
    "exc",
    [
        ValueError("SELECT secret FROM /srv/whimbrel"),
        HTTPException(status_code=500, detail="SELECT secret"),
        errors.WhimbrelError("secret base"),
    ],
)
def test_what_nobody_foresaw_tells_nothing_but_a_number(log, exc):
    """D13: no SQL, path or version outside; D5: nobody's words in the log either."""
    try:
        raise exc
    except Exception as caught:
        status, headers, body = error_parts(caught, "0123456789abcdef")
    said = "Something went wrong here. It has been noted as 0123456789abcdef."
    assert (status, json.loads(body)) == (500, {"error": said})
    assert dict(headers)[b"x-request-id"] == b"0123456789abcdef"
    line = json.loads(log.getvalue())
    assert line["request"] == "0123456789abcdef" and line["error"] == type(exc).__name__
    assert "test_http_answers" in line["at"][-1] and "secret" not in log.getvalue()


def test_raw_handlers_answer_errors_alike(log):
    async def app(scope, receive, send):
        try:
            raise RuntimeError("secret")
        except Exception as caught:
            await send_error(scope, send, caught)

    answer = raw_asgi.call(Cors(app), raw_asgi.scope())
    assert answer.status == 500 and b"secret" not in answer.body
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"] in answer.body.decode()


# --- answers ---------------------------------------------------------------------------------


def test_raw_answers():
    async def app(scope, receive, send):
        await send_bytes(send, 200, b"{}", [(b"link", b"<x>")])

    answer = raw_asgi.call(app, raw_asgi.scope())
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.pairs == [
        ("content-type", "application/json; charset=utf-8"),
        ("content-length", "2"),
        ("link", "<x>"),
    ]

    async def private(scope, receive, send):
        await send_bytes(send, 200, b"x", content_type=b"text/csv")

    answer = raw_asgi.call(private, raw_asgi.scope())
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "text/csv"
    assert all(name != b"cache-control" for name, _ in PUBLIC_HEADERS)


@get("/api/bytes")
async def some_bytes() -> Json:
    return Json(b'{"a":1}', headers={"Cache-Control": "public, max-age=60"})


@get("/api/values")
async def values() -> Json:
    return Json({"id": "1", "at": None}, 202, {"Link": "<x>"})


@get("/text")
async def text() -> Text:
    return Text("naïve")


@get("/page")
async def page() -> Html:
    return Html("<p>é</p>", headers={"X-Frame-Options": "DENY"})


@get("/api/go")
async def go(params: NamedDependency[Params]) -> Redirect:
    return Redirect(params.text("to"), foreign=params.flag("foreign"))


@post("/api/echo")
async def echo(params: NamedDependency[Params]) -> Json:
    return Json(dict(params))


@post("/api/upload")
async def upload(params: NamedDependency[Params]) -> Json:
    found = params.upload("f")
    return Json({"a": params.text("a"), "size": found.path.stat().st_size})


@delete("/api/echo", status_code=200)
async def erase(params: NamedDependency[Params]) -> Json:
    return Json(dict(params))


@get("/api/broken")
async def broken() -> Json:
    raise RuntimeError("SELECT secret")


@get("/api/missing")
async def missing() -> Json:
    raise errors.NotFound


@pytest.fixture
def client(tmp_path):
    async def params(request: Request[Any, Any, Any]) -> Params:
        most = {"file_bytes": 104 << 20, "form_bytes": 1 << 20}
        return await read_params(request.scope, request.receive, scratch=tmp_path, **most)

    handlers = [some_bytes, values, text, page, go, echo, upload, erase, broken, missing]
    with create_test_client(
        handlers,
        exception_handlers={Exception: on_error, HTTPException: on_error},
        dependencies={"params": Provide(params)},
        openapi_config=None,
        logging_config=None,
        raise_server_exceptions=False,
    ) as client:
        yield client


def test_litestar_answers(client):
    """The content type is compared as text by some apps."""
    answer = client.get("/api/bytes")
    assert (answer.status_code, answer.content) == (200, b'{"a":1}')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=60"
    answer = client.get("/api/values")
    assert (answer.status_code, answer.json()) == (202, {"id": "1", "at": None})
    assert (
        answer.headers["cache-control"] == "private, no-store" and answer.headers["link"] == "<x>"
    )
    answer = client.get("/text")
    assert answer.text == "naïve" and answer.headers["content-type"] == "text/plain; charset=utf-8"
    answer = client.get("/page")
    assert (
        answer.text == "<p>é</p>" and answer.headers["content-type"] == "text/html; charset=utf-8"
    )


def test_litestar_errors(client, log):
    answer = client.get("/api/no/such")
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})
    assert client.get("/api/missing").json() == {"error": "Record not found"}
    answer = client.put("/api/echo")
    assert answer.status_code == 405 and set(answer.json()) == {"error"}
    answer = client.get("/api/broken")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["error"]
    assert answer.headers["x-request-id"] in log.getvalue() and "secret" not in log.getvalue()


def test_litestar_handlers_are_given_params(client, tmp_path):
    assert client.post("/api/echo?a=1", data={"b[]": ["2", "3"]}).json() == {
        "a": "1",
        "b": ["2", "3"],
    }
    assert client.post("/api/echo", json={"a": {"b": True}}).json() == {"a": {"b": True}}
    assert client.post("/api/echo").json() == {}
    assert client.request("DELETE", "/api/echo", json={"id": "3"}).json() == {"id": "3"}
    assert (
        client.post(
            "/api/echo", content=b"{", headers={"Content-Type": "application/json"}
        ).status_code
        == 400
    )
    assert client.post("/api/echo?a=%00").status_code == 422
    sent = client.post("/api/upload", data={"a": "1"}, files={"f": ("x.png", b"123")})
    assert sent.json() == {"a": "1", "size": 3}
    assert not list(tmp_path.iterdir()), "the file went with the request"


# --- redirects -------------------------------------------------------------------------------

ELSEWHERE = [
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f/evil.example",
    ),
    *("/%2F%2Fevil.example", "%2f%2fevil.example", "/%252f/evil.example", "/%5cevil.example"),
    *("/%255cevil.example", "/web/%2F%2Fevil.example", "/a//evil.example", "/..//evil.example"),
    *("https://evil.example", "evil.example", "javascript:alert(1)", "", " /a", "/a ", "\t//evil"),
    *("/\t/evil.example", "/%09/evil.example", "/a\r\nSet-Cookie: x=1", "/a%0d%0aSet-Cookie:x=1"),
    *(
        "/a%00",
        "/a\u0085b",
        "/\ud800",
        "/./\\evil",
        "/a/../../evil",
        "?//evil",
        "#x",
        "/%25252f/evil",
    ),
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_redirects_stay_at_home(to):
    """CVE-2026-33868: a link that begins with our name must not end on a stranger's page."""
    assert not is_own_path(to)
    with pytest.raises(errors.Malformed):
        Redirect(to)


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/", "/"),
        ("/@ada/1?x=1&y=https://a.example//b#c", "/@ada/1?x=1&y=https://a.example//b#c"),
        ("/tags/é", "/tags/%C3%A9"),
        ("/tags/a%20b", "/tags/a%20b"),
        ("/search?q=%2F%2Fx", "/search?q=%2F%2Fx"),
    ],
)
def test_redirects_to_our_pages(client, to, location):
    assert is_own_path(to)
    answer = client.get("/api/go", params={"to": to}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, location)


@given(st.text("/\\%25fF0cCdDaA.:@\t\r\n ?#é"))
def test_no_path_of_ours_leads_away(to):
    """As a browser resolves it: backslashes are slashes, tabs and line breaks vanish."""
    if is_own_path(to):
        seen = "".join(c for c in to if c not in "\t\r\n").replace("\\", "/")
        assert seen.startswith("/") and not seen.startswith("//")


def test_foreign_redirects_are_told_so(client):
    """An app's own scheme is a place to go; a script is not."""
    for to in ("https://app.example/cb?code=1", "myapp://oauth?code=1", "com.example.app:/cb"):
        answer = client.get("/api/go", params={"to": to, "foreign": "1"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, to)
    for to in (
        "javascript:alert(1)",
        "JavaScript:x",
        "data:text/html,x",
        "/a",
        "https://a\r\nb",
        "x y",
    ):
        with pytest.raises(errors.Malformed):
            Redirect(to, foreign=True)


def test_the_app_starts_with_our_handlers():
    """Litestar reads the annotations when it starts, not when it is asked."""
    Litestar([values], exception_handlers={Exception: on_error})
    assert asyncio.iscoroutinefunction(send_bytes) and logs.get("x")
