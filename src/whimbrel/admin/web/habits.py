"""How one works at the desk: what is shown, and when a break is due. And pictures, step by step."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import asgi, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.auth import viewer_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import of
from whimbrel.core.http import Html, Params, Receive, Scope, Send
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import serve
from whimbrel.moderation import board, habits, looking
from whimbrel.moderation.rules import HANDLES

from .around import Context, act, form, page, said, staff

PATH = "/admin/reports/habits"
LOOK, FILES = "/admin/reports/look", "/admin/reports/media"
NEEDS = Permission.TRIAGE
STEPS = ("grey", "colour")
SAID = {
    "kept": say("Kept."),
    "rest": say("Good that you had a break. It is counted from nothing."),
}


async def _page(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        mine = habits.of(tx, viewer)
        kinds = [(klass, board.KINDS[klass]) for klass in HANDLES[viewer.role]]
        return {"habits": mine, "heavy": mine.since_rest(tx.ms), "kinds": kinds}

    given: Context = {"path": PATH, "form": {}, "errors": {}, "error": "", **more}
    return await page(scope, viewer, "admin_habits.html", read, status, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """How they work, for themselves alone."""
    return await _page(scope, viewer, params, notice=said(params, SAID))


def _keep(tx: Tx, viewer: Viewer, params: Params) -> None:
    habits.keep(
        tx,
        viewer,
        text_only=params.flag("text_only"),
        hidden=params.list("hidden"),
        most=params.number("most") or 0,
    )


def _rest(tx: Tx, viewer: Viewer, _: Params) -> None:
    habits.rest(tx, viewer)


# --- pictures -----------------------------------------------------------------------------------


@post(f"{LOOK}/{{id_:str}}", status_code=200, opt=staff(NEEDS))
async def look(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """They want to see it: it is counted and written down. Raises NotFound."""

    def looked(tx: Tx) -> None:
        looking.look(tx, viewer, id_of(id_))

    return await act(scope, viewer, params, looked, f"{LOOK}/{id_of(id_)}")


@get(f"{LOOK}/{{id_:str}}", opt=staff(NEEDS))
async def shown(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """A picture in grey, or as it is; a film as a still first. Raises NotFound."""

    def read(tx: Tx) -> Context:
        row, case = looking.find(tx, viewer, id_of(id_))
        variants = {file.variant for file in row.files}
        still = "small" if "small" in variants else ""
        about = {"id": str(row.id), "kind": row.kind, "alt": row.alt}
        return {**about, "case": case, "still": still}

    step = params.text("step")
    given: Context = {"step": step if step in STEPS else STEPS[0], "files": FILES}
    return await page(scope, viewer, "admin_look.html", read, **given)


@asgi(FILES, copy_scope=False, opt=staff(NEEDS))
async def file(scope: Scope, receive: Receive, send: Send) -> None:
    """The file itself (`id` and `variant`), for whoever works on its case; no browser keeps it.
    Raises NotFound."""
    asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    wanted = (viewer_of(scope), id_of(asked.get("id", "")), asked.get("variant", ""))
    await serve.answer(scope, send, await of(scope).db.read(looking.served, *wanted))


ROUTES: list[Any] = [
    *(show, look, shown, file),
    form(PATH, NEEDS, f"{PATH}?done=kept", _keep, _page),
    form(f"{PATH}/rest", NEEDS, f"{PATH}?done=rest", _rest, _page),
]
