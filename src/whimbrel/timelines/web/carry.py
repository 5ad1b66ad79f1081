"""Taking along and bringing in, as a page: files of people and posts, and how far those that are
brought in have come."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import carry, sheets
from ..queries.carry import Import
from ..sheets import FILES, KINDS, Kind

PATH = "/settings/carry"
LARGEST = 4 << 20  # bytes of a file

_KINDS = {f"{file}.csv": kind for kind, file in FILES.items()}


def _read(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    return {**views.reader(tx, app, viewer), "imports": _sheets(tx, viewer)}


def _sheets(tx: Tx, viewer: Viewer) -> list[Import]:
    return [each for each in carry.mine(tx, viewer) if each.kind in KINDS]


async def _page(
    app: App, viewer: Viewer, scope: Scope, kind: str = "", errors: dict[str, str] | None = None
) -> Html:
    context = await app.db.read(_read, app, viewer)
    context |= {"files": FILES, "form": {"kind": kind}, "errors": errors or {}, "path": PATH}
    return views.answer(scope, "carry.html", 422 if errors else 200, **context)


@get(PATH, opt=access_page(signed_in=True))
async def show(app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """What can be taken along, and what is being brought in."""
    return await _page(app, viewer, scope)


@get(f"{PATH}/{{name:str}}", opt=access_page("search", signed_in=True))
async def take(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    name: FromPath[str],
) -> Response[bytes]:
    """One file, for who showed a password or a passkey just now. Raises NotFound."""
    kind = _KINDS.get(name)
    if kind is None:
        raise NotFound
    if first := await views.proof_first(db, viewer, PATH):
        return first
    body = sheets.write(kind, await db.read(carry.rows, viewer, kind, slow=True))
    headers = {
        **views.headers(app, private=True),
        "content-disposition": f'attachment; filename="{name}"',
    }
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


@post(PATH, status_code=200, opt=access_page("media", signed_in=True))
async def bring(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """Begin to bring in a file."""
    word = params.text("kind")
    try:
        kind = _kind(word)
        rows = sheets.read(kind, _content(params))
        await db.write(carry.bring, viewer, kind, rows)
    except Invalid as error:
        return await _page(app, viewer, scope, word, views.faults(error) or {"data": str(error)})
    except Conflict as error:
        return await _page(app, viewer, scope, word, {"data": str(error)})
    return Redirect(f"{PATH}#brought")


def _kind(word: str) -> Kind:
    for kind in KINDS:
        if kind == word:
            return kind
    said = say("choose what is in the file")
    raise Invalid(said, {"kind": [("ERR_INVALID", said)]})


def _content(params: Params) -> bytes:
    file = params.upload("data")
    if file is None or file.size > LARGEST:
        said = (
            say("choose a file") if file is None else say("at most %(most)s MB", most=LARGEST >> 20)
        )
        raise Invalid(said, {"data": [("ERR_INVALID", said)]})
    return file.path.read_bytes()


ROUTES: list[Any] = [show, take, bring]
