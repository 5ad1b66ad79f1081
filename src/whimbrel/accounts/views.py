"""What every page of ours has around it: the site, who is reading, the hidden field of its forms,
and the headers it is sent with. What a page is about is decided where its route stands."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.fragments import Entry, Fed, around
from whimbrel.core.http import Html, Params, Redirect, Scope, header, is_own_path, page_headers
from whimbrel.core.pages import account_for_page
from whimbrel.core.settings import Instance
from whimbrel.core.text import SHORTER
from whimbrel.core.tx import Tx
from whimbrel.core.words import first, ours, sentences, wanted

from . import auth, preferences, queries, serialize, sessions
from .rules import Permission, Preferences, Viewer, permitted

FRONT = "/"
HOME = "/home"
SIGN_IN = "/auth/sign-in"
READ_ON = "/auth/read-on"


@lru_cache(maxsize=4)
def site(instance: Instance) -> dict[str, Any]:
    """What every template calls `site`."""
    return {
        "title": instance.title,
        "domain": instance.domain,
        "description": instance.description,
        "origin": instance.origin,
        "signups": instance.signups,
        "post_chars": instance.post_chars,
        "shorter": SHORTER,
    }


def feed(
    scope: Scope,
    template: str,
    entries: Sequence[Entry],
    *,
    stamp: tuple[Any, ...],
    path: str,
    holes: Mapping[str, str | None],
    **context: Any,
) -> bytes:
    """A page with a feed, for somebody signed in: what of it was made before is not made again.

    Args:
        stamp: all that `context` says, as values that can be compared.
        holes: what differs from one time to the next; see `core.fragments.Fed`.
    """
    app, viewer, code, wishes = of(scope), auth.viewer_of(scope), reads(scope), prefers(scope)
    account, visibility, _, unread, *_ = viewer.reader
    face = serialize.account(app.instance, account)
    fed = Fed(
        template,
        code,
        (face, visibility, unread, viewer.role, viewer.reader.reports, *stamp),
        around(code, path, wishes, True),
        str(account.id),
        entries,
        auth.csrf_token(scope),
        holes,
    )
    own = {"site": site(app.instance), "path": path, "prefers": wishes, **context}
    return app.pages.feed(fed, lambda: {**own, **_reader(app.instance, viewer)})


def me(tx: Tx, viewer: Viewer) -> dict[str, Any]:
    """Somebody signed in, as templates take them. Raises NotFound: the account is no more."""
    mine = queries.by_id(tx, viewer.id, pending=True)
    return account_for_page(msgspec.json.decode(serialize.account(tx.instance, mine)))


def reader(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    """`me` and `unread`, for a page with the way around on it, as they were found at the door."""
    return _reader(tx.instance, viewer)


def _reader(instance: Instance, viewer: Viewer) -> dict[str, Any]:
    if viewer.reader is None:
        return {"me": None, "unread": 0}
    account, visibility, _, unread, *_ = viewer.reader
    me = account_for_page(msgspec.json.decode(serialize.account(instance, account)))
    return {
        "me": {
            **me,
            "source": {"note": account.note, "privacy": visibility},
            "staff": viewer.role != "user" or viewer.asleep,
            "desk": permitted(viewer.role, Permission.TRIAGE) or viewer.asleep,
            "reports": viewer.reader.reports,
        },
        "unread": unread,
    }


async def proof_first(db: Db, viewer: Viewer, to: str) -> Redirect | None:
    """Where to show a password or a passkey before going on to `to`; None: they did so in the last
    ten minutes."""
    if await db.read(sessions.proved, viewer):
        return None
    return Redirect(f"{sessions.PROOF}?next={quote(to, safe='')}")


def here(scope: Scope) -> str:
    """The path and query of this request."""
    query = scope["query_string"].decode("latin-1")
    path: str = scope["path"]
    return f"{path}?{query}" if query else path


def render(scope: Scope, template: str, **context: Any) -> bytes:
    """A template with what all of them take; `me` is for the caller to give."""
    app = of(scope)
    given = {
        "site": site(app.instance),
        "path": here(scope),
        "reads": reads(scope),
        "prefers": prefers(scope),
        **context,
    }
    if "csrf" not in given:
        given["csrf"] = auth.csrf_token(scope)
    return app.pages.render(template, **given)


def prefers(scope: Scope) -> Preferences:
    """How this reader wants pages to be, as it was found at the door."""
    viewer = scope.get("whimbrel.viewer")
    return preferences.read(viewer.reader[2] if viewer and viewer.reader else "{}")


def reads(scope: Scope) -> str:
    """The code of the language this reader is shown: the one they chose, else the one that their
    browser asks for, else that of the place."""
    mine = ours(scope.get("whimbrel.locale") or "")
    accepted = header(scope, b"accept-language") or b""
    return mine or wanted(accepted, first(of(scope).instance.languages))


def speak(scope: Scope, params: Params) -> None:
    """This page in the language that an app asks for, here or where one goes on to: its own.

    Source: Mastodon REST API, GET /oauth/authorize, `lang`
    """
    onward = parse_qs(urlsplit(next_of(params)).query).get("lang", [""])
    asked = ours(params.text("lang") or onward[0])
    if asked:
        scope["whimbrel.locale"] = asked


def answer(
    scope: Scope, template: str, status: int = 200, /, *, sends_to: str = "", **context: Any
) -> Html:
    """A page for this reader alone.

    Args:
        sends_to: the one place beside ourselves where a form of it may end up; see `page_headers`.
    """
    body = render(scope, template, **context)
    return Html(body, status, headers(of(scope), private=True, sends_to=sends_to))


def headers(app: App, *, private: bool, sends_to: str = "") -> dict[str, str]:
    """The headers of a page.

    Args:
        private: it says something to one reader; otherwise to everybody, and must be asked for
            again each time, for what it shows may be erased any moment.
    """
    secure = app.instance.origin.startswith("https:")
    kept = "private, no-store" if private else "no-cache"
    return {
        **dict(page_headers(app.instance.media_apart, secure, sends_to)),
        "cache-control": kept,
        "vary": "Cookie, Accept-Language",
    }


def back(params: Params, otherwise: str = HOME) -> Redirect:
    """Where the form that was sent came from, if that is a page of ours."""
    return Redirect(next_of(params, otherwise))


def swaps(scope: Scope) -> bool:
    """Whether a script asks, to put the answer in place of what was pressed."""
    return header(scope, b"hx-request") is not None


def next_of(params: Params, otherwise: str = "") -> str:
    """The path in `next`, if it is one of ours."""
    wanted = params.get("next")
    fine = isinstance(wanted, str) and len(wanted) <= 8000 and is_own_path(wanted)
    return str(wanted) if fine else otherwise


def faults(error: Invalid, names: dict[str, str] | None = None) -> dict[str, str]:
    """What is wrong with a form, by field, as sentences.

    Args:
        names: what the form calls a field, where that is not what the action does.
    """
    names = names or {}
    return {
        names.get(field, field): sentences(said for _, said in wrong)
        for field, wrong in error.details.items()
    }
