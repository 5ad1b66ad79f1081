"""The long texts: what this place is, its privacy policy, its terms. They change at once."""

from functools import partial
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance.rules import MARKDOWN_CHARS, Kind

from .. import told
from .around import Context, act, page, said, staff

PATH = "/admin/texts"
NEEDS = Permission.MANAGE_SETTINGS
KINDS: dict[str, Kind] = {
    PATH: "description",
    f"{PATH}/privacy": "privacy",
    f"{PATH}/terms": "terms",
}
SAID = {
    "saved": say("Everybody reads the new text."),
    "removed": say("The text is gone."),
}


async def _page(
    scope: Scope, viewer: Viewer, params: Params, path: str, status: int = 200, **more: Any
) -> Html:
    kind = KINDS[path]

    def read(tx: Tx) -> Context:
        source, day, days = told.text(tx, viewer, kind, params.text("day"))
        form = {"text": source, "day": day}
        there = {"there": bool(source), "day": day, "days": days}
        return {"kind": kind, "form": form, "chars": MARKDOWN_CHARS, **there}

    given = {"path": path, **more}
    return await page(scope, viewer, "admin_texts.html", read, status, **given)


@get(list(KINDS), opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """One of them, to be written; of terms `day` says which."""
    path = scope["path"].rstrip("/")
    return await _page(scope, viewer, params, path, notice=said(params, SAID))


@post(list(KINDS), status_code=200, opt=staff(NEEDS))
async def write(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Put it in place of the one before."""
    path = scope["path"].rstrip("/")

    def written(tx: Tx) -> None:
        told.write_text(tx, viewer, KINDS[path], params.text("text"), params.text("day"))

    again = partial(_page, scope, viewer, params, path)
    return await act(scope, viewer, params, written, f"{path}?done=saved", again)


@post([f"{path}/remove" for path in KINDS], status_code=200, opt=staff(NEEDS))
async def remove(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Take it away. Raises NotFound."""
    path = scope["path"].rpartition("/")[0]

    def removed(tx: Tx) -> None:
        told.forget_text(tx, viewer, KINDS[path], params.text("day"))

    return await act(scope, viewer, params, removed, f"{path}?done=removed")


ROUTES: list[Any] = [show, write, remove]
