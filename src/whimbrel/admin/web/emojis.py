"""The server's own little pictures."""

from itertools import groupby
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.accounts.serialize import emoji as drawn
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance import emojis
from whimbrel.instance.rules import CATEGORY_CHARS

from .. import queries, told
from .around import Context, act, page, said, staff, wrong

PATH = "/admin/emojis"
NEEDS = Permission.MANAGE_CUSTOM_EMOJIS
SAID = {
    "added": say("Everybody can use it now."),
    "disable": say("It is offered no more. Where it was used, its name stands."),
    "enable": say("It is offered again."),
    "remove": say("The picture is erased."),
}


async def _page(scope: Scope, viewer: Viewer, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        pictures = {
            each.shortcode: drawn(tx.instance, each)["static_url"]
            for each in queries.emoji_pictures(tx)
        }
        kept = sorted(emojis.everyone(tx), key=lambda each: (each.category or "", each.shortcode))
        groups = [(name, list(some)) for name, some in groupby(kept, lambda each: each.category)]
        return {"groups": groups, "pictures": pictures, "chars": CATEGORY_CHARS}

    given = {"path": PATH, **more}
    return await page(scope, viewer, "admin_emojis.html", read, status, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """All of them by category, disabled ones too."""
    return await _page(scope, viewer, notice=said(params, SAID))


@post(PATH, status_code=200, opt=staff(NEEDS, "media"))
async def add(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Take a picture in. Raises Unavailable: it cannot be converted in time."""
    code = params.text("shortcode").strip().strip(":")
    try:
        file = params.upload("file")
        path = None if file is None else file.path
        await told.take_in(app, viewer, code, path, params.text("category"))
    except Invalid as error:
        return await _page(scope, viewer, **wrong(params, error))
    finally:
        params.close()
    return Redirect(f"{PATH}?done=added")


@post(
    [f"{PATH}/{{name:str}}/{verb}" for verb in ("disable", "enable", "remove")],
    status_code=200,
    opt=staff(NEEDS),
)
async def press(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Let one be used no more, or again, or erase it. Raises NotFound."""
    verb = scope["path"].rpartition("/")[2]

    def pressed(tx: Tx) -> None:
        if verb == "remove":
            told.forget(tx, viewer, name)
        else:
            told.disable(tx, viewer, name, off=verb == "disable")

    return await act(scope, viewer, params, pressed, f"{PATH}?done={verb}")


ROUTES: list[Any] = [show, add, press]
