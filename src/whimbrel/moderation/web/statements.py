"""What somebody was told of decisions about them, the proof of each, and their appeal.

Whoever is suspended cannot sign in: the link in their letter is enough, as it is for a password."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import links, views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Json, Params, Redirect, Scope
from whimbrel.core.ids import id_of, iso
from whimbrel.core.tx import Tx

from .. import appeals, audit
from ..queries import verdicts as queries
from ..queries.verdicts import Statement, Verdict
from ..rules import APPEAL_TIME

PATH = "/statements"
MOST = 40
_ALL = (1 << 63) - 1


def _one(tx: Tx, viewer: Viewer, key: str) -> tuple[Statement, Verdict]:
    """The statement with this id, if it is the viewer's, or that a link leads to, and the decision
    it tells of. Raises NotFound."""
    if key.isascii() and key.isdigit():
        said = queries.statement(tx, id_of(key))
        if viewer.account is None or said.account != viewer.account:
            raise NotFound
    else:
        said = queries.by_secret(tx, links.hashed(key))
    if said.account is None or said.told is None:
        raise NotFound
    return said, queries.of_statements(tx, [said.id])[said.id]


def _shown(tx: Tx, viewer: Viewer, key: str) -> dict[str, Any]:
    said, verdict = _one(tx, viewer, key)
    appeal = queries.appeal_of(tx, verdict.id)
    at = verdict.id >> 16
    return {
        "key": key,
        "language": said.language,
        "text": said.told.text if said.told else "",
        "at": iso(at),
        "appeal": appeal,
        "answered": iso(appeal.answered_at) if appeal and appeal.answered_at else "",
        "open": appeals.may_appeal(tx, verdict),
        "until": iso(at + APPEAL_TIME),
        "chars": appeals.TEXT_CHARS,
    }


@get(PATH, opt=access_page(signed_in=True))
async def every(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the reader was told, the newest first."""
    below = id_of(params.text("max_id")) if params.text("max_id") else _ALL

    def found(tx: Tx) -> dict[str, Any]:
        told = queries.told_to(tx, viewer.id, below, MOST)
        rows = [
            {"id": str(each.id), "at": iso(each.id >> 16), "text": each.told.text}
            for each in told
            if each.told is not None
        ]
        older = f"{PATH}?max_id={told[-1].id}" if len(told) == MOST else ""
        return {**views.reader(tx, app, viewer), "statements": rows, "older": older}

    return views.answer(scope, "statements.html", **await app.db.read(found))


async def _page(
    scope: Scope, app: App, viewer: Viewer, key: str, status: int = 200, **more: Any
) -> Html:
    def found(tx: Tx) -> dict[str, Any]:
        return {**views.reader(tx, app, viewer), **_shown(tx, viewer, key)}

    given = {"form": {}, "errors": {}, "error": "", **await app.db.read(found), **more}
    return views.answer(scope, "statement.html", status, **given)


@get(f"{PATH}/{{key:str}}", opt=access_page())
async def show(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], key: FromPath[str], scope: Scope
) -> Html:
    """One of them, and the form for an appeal. Raises NotFound: not the reader's."""
    return await _page(scope, app, viewer, key)


@get(f"{PATH}/{{key:str}}/proof", opt=access_page())
async def proof(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], key: FromPath[str]
) -> Json:
    """What shows that the decision stands in the log. Raises NotFound: also before the log is
    signed next, within the hour."""

    def found(tx: Tx) -> dict[str, Any]:
        _, verdict = _one(tx, viewer, key)
        made = audit.proof(tx, verdict.leaf)
        if made is None:
            raise NotFound
        return made

    return Json(await app.db.read(found, slow=True))


@post(f"{PATH}/{{key:str}}/appeal", status_code=200, opt=access_page("report"))
async def send(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    key: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Appeal. Raises NotFound, Conflict; Forbidden: another site's form."""

    def appealed(tx: Tx) -> None:
        said, verdict = _one(tx, viewer, key)
        appeals.appeal(tx, verdict.id, said.account or 0, params.text("text"))

    try:
        await app.db.write(appealed)
    except Invalid as error:
        wrong = {"errors": views.faults(error), "error": str(error)}
        typed = {"text": params.text("text")}
        return await _page(scope, app, viewer, key, 422, form=typed, **wrong)
    return Redirect(f"{PATH}/{key}")


ROUTES: list[Any] = [every, show, proof, send]
