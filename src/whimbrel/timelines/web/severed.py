"""What the reader lost at once, by a block or a decision; and whom, as files."""

from collections.abc import Iterable
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import sever, views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries.severed import Lost
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.ids import id_of, iso
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from .. import carry, sheets

PATH = "/severed_relationships"
# What Mastodon calls the files: whether they are of those whom the reader followed.
FILES = {"following.csv": True, "followers.csv": False}


def _read(tx: Tx, app: App, viewer: Viewer, below: int) -> dict[str, Any]:
    found = sever.mine(tx, viewer, below)
    return {
        **views.reader(tx, app, viewer),
        "lost": [sever.entity(tx.instance, each) for each in found],
        "older": f"{PATH}?max_id={found[-1].id}" if len(found) == sever.PAGE else "",
    }


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the viewer lost, newest first."""
    page = page_of({"max_id": params.get("max_id")}, sever.PAGE, sever.PAGE)
    context = await db.read(_read, app, viewer, window(page)[1])
    return views.answer(scope, "severed.html", 200, **context, path=PATH)


@get(f"{PATH}/{{id_:str}}/{{name:str}}", opt=access_page("search", signed_in=True))
async def take(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    name: FromPath[str],
) -> Response[bytes]:
    """Whom they lost, in the form in which others are brought in. Raises NotFound."""
    if name not in FILES:
        raise NotFound
    event, lost = await db.read(sever.lost, viewer, id_of(id_), FILES[name], slow=True)
    what = sever.name_of(db.instance, event).replace("@", "-")
    file = f"{name.removesuffix('.csv')}-{what}-{iso(event.id >> 16)[:10]}.csv"
    headers = {
        **views.headers(app, private=True),
        "content-disposition": f'attachment; filename="{file}"',
    }
    body = _sheet(db.instance, lost, FILES[name])
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _sheet(instance: Instance, lost: Iterable[Lost], outgoing: bool) -> bytes:
    if outgoing:
        wishes = [carry.follow_row(instance, each.account, each.wish) for each in lost]
        return sheets.write("follows", wishes)
    rows = [(carry.address(instance, each.account),) for each in lost]
    return sheets.table(("Account address",), rows)


ROUTES: list[Any] = [show, take]
