"""What is told when something was refused: JSON to apps, a page to people."""

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Request, Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import Access, address_of, csrf_token
from whimbrel.core import app as house
from whimbrel.core.errors import ForMembers, Unauthorized, WhimbrelError
from whimbrel.core.http import (
    Html,
    Redirect,
    error_parts,
    is_own_path,
    on_error,
    page_headers,
    prefers_html,
    request_id,
)
from whimbrel.core.pages import Pages
from whimbrel.core.settings import Instance
from whimbrel.core.words import ENGLISH, Said, say
from whimbrel.privacy import waiting
from whimbrel.privacy.budgets import network_of
from whimbrel.privacy.readings import Paused

_JSON_BELOW = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/")


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for every route."""
    path = request.scope["path"]
    if path.startswith((*_JSON_BELOW, "/nodeinfo")) or not prefers_html(request.scope):
        return on_error(request, error)
    wanted = (request.route_handler.opt if "route_handler" in request.scope else {}).get("access")
    told = isinstance(error, ForMembers) and not views.swaps(request.scope)  # on a page
    if isinstance(error, Unauthorized) and isinstance(wanted, Access) and wanted.page and not told:
        return _to_sign_in(request)
    app: house.App = request.scope["whimbrel"]  # type: ignore[typeddict-item]
    known, reads = request_id(request.scope), views.reads(request.scope)
    if isinstance(error, Paused) and not views.swaps(request.scope):
        return page(app, error, known, reads, _sign_in(request), _pause(request, app, error))
    sign_in = _sign_in(request) if isinstance(error, ForMembers) else ""
    return page(app, error, known, reads=reads, sign_in=sign_in)


class Pause(NamedTuple):
    """What the form to read on carries."""

    ticket: str
    csrf: str
    back: str


def _pause(request: Request[Any, Any, Any], app: house.App, error: Paused) -> Pause:
    scope = request.scope
    if not error.ticket:  # it begins now, and is no longer than that
        network, now = network_of(address_of(scope)), app.readings.clock()
        error.ticket = waiting.ticket(app.db.keyring, network, now)
        error.back, error.retry_after = _here(request), waiting.WAIT
    return Pause(error.ticket, csrf_token(scope), error.back)


def page(
    app: house.App,
    error: Exception,
    known: str,
    reads: str = ENGLISH,
    sign_in: str = "",
    pause: Pause | None = None,
) -> Html:
    """The page of an error. It needs no database and no session, for those may be what failed.

    Args:
        sign_in: where one signs in to come back to what is for members; "" = that is no help.
        pause: whoever reads it may ask to read on.
    """
    status, headers, _ = error_parts(error, known)
    extra = {name.decode(): value.decode() for name, value in headers}
    here = app.instance
    message, wait = _message(error, status, known), int(extra.get("retry-after", 0))
    if pause is not None:
        words = _rendered(app.pages, here, reads, status, "", wait, sign_in, pause)
    elif status in (429, 503):  # thousands a second, when somebody tries passwords
        words = _too_many(app.pages, here, reads, status, _Same(message), wait)
    else:
        words = _rendered(app.pages, here, reads, status, message, wait, sign_in)
    safe = dict(page_headers(here.media_apart, here.origin.startswith("https:")))
    for name in ("retry-after", "allow", "x-request-id"):
        if name in extra:
            safe[name] = extra[name]
    return Html(words, status, safe)


class _Same(NamedTuple):
    """A message, as a key: what is said in the same words is the same."""

    words: str

    def __hash__(self) -> int:
        return hash(str(self.words))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and str(self.words) == str(other.words)


@lru_cache(maxsize=512)
def _too_many(
    pages: Pages, here: Instance, reads: str, status: int, message: _Same, wait: int
) -> bytes:
    return _rendered(pages, here, reads, status, message.words, wait, "")


def _rendered(
    pages: Pages,
    here: Instance,
    reads: str,
    status: int,
    message: str,
    wait: int,
    sign_in: str,
    pause: Pause | None = None,
) -> bytes:
    return pages.render(
        "error.html",
        reads=reads,
        status=status,
        message=message,
        sign_in=sign_in,
        closed=here.public_reading == "closed",
        retry_after=wait,
        pause=pause,
        site={
            "title": here.title,
            "domain": here.domain,
            "description": here.description,
            "origin": here.origin,
            "signups": here.signups,
        },
    )


def _message(error: Exception, status: int, known: str) -> str:
    """What this very refusal says, where it says more than its kind does."""
    if status == 500:
        return say("Something went wrong here. It has been noted as %(known)s.", known=known)
    telling = isinstance(error, WhimbrelError) and status in (401, 403, 422, 429, 503)
    said = str(error) if telling else ""
    if status == 503 and not isinstance(said, Said):  # for whoever runs this, not for readers
        return ""
    return "" if said == str(type(error)()) else said


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[bytes]:
    """To the form, and from there back to the page: to one that is only looked at, that is. A
    script is told so: it would take the form for what it asked for."""
    if views.swaps(request.scope):
        app: house.App = request.scope["whimbrel"]  # type: ignore[typeddict-item]
        safe = views.headers(app, private=True)
        return Html(b"", 200, {**safe, "hx-redirect": views.SIGN_IN})
    return Redirect(_sign_in(request))


def _sign_in(request: Request[Any, Any, Any]) -> str:
    """Where one signs in, to come back here where this is a page that is only looked at."""
    here = _here(request)
    to = f"{views.SIGN_IN}?next={quote(here, safe='')}"  # wrapped once more than `here` itself
    back = request.method == "GET" and is_own_path(here) and is_own_path(to)
    return to if back else views.SIGN_IN


def _here(request: Request[Any, Any, Any]) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return str(request.scope["path"]) + (f"?{query}" if query else "")
