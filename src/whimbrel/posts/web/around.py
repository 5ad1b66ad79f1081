"""Who boosted a post, who liked it, and what quotes it."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import relationships, views
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx

from .. import serialize
from ..queries import acts, quotes
from ..rules import Mark
from ..views import statuses

LENGTH = 40
QUOTES = 20  # of a page
KINDS = {"reblogs": Mark.BOOST, "favourites": Mark.FAVOURITE}

Context = dict[str, Any]


def _person(tx: Tx, account: Account) -> Context:
    return account_for_page(msgspec.json.decode(faces.account(tx.instance, account)))


def _people(tx: Tx, app: App, viewer: Viewer, post: int, kind: Mark, below: Params) -> Context:
    """Raises NotFound: the post is not the viewer's to see."""
    subject = acts.subject(tx, viewer, post)
    _, high, _ = window(page_of({"max_id": below.get("max_id")}, LENGTH, LENGTH))
    rows = acts.who_known(tx, viewer, subject.id, kind, high, LENGTH)
    standing = [relationships.relationship(tx, stands) for _, _, stands in rows]
    return {
        **views.reader(tx, app, viewer),
        "people": [_person(tx, account) for _, account, _ in rows],
        "standing": {each.id: msgspec.to_builtins(each) for each in standing},
        "last": rows[-1][0] if len(rows) == LENGTH else None,
    }


@get([f"/{{handle:str}}/{{id_:str}}/{kind}" for kind in KINDS], opt=access_page(signed_in=True))
async def people(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """Who boosted it, or who liked it, the latest first. Raises NotFound."""
    _check(handle)
    tab = scope["path"].rpartition("/")[2]
    return _answer(scope, await db.read(_people, app, viewer, id_of(id_), KINDS[tab], params), tab)


def _quotes(tx: Tx, app: App, viewer: Viewer, post: int, below: Params) -> Context:
    """Raises NotFound: the post is not the viewer's to see."""
    subject = acts.subject(tx, viewer, post)
    low, high, ascending = window(page_of({"max_id": below.get("max_id")}, QUOTES, QUOTES))
    rows = quotes.page(tx, viewer.id, subject.id, low, high, QUOTES, ascending)
    return {
        **views.reader(tx, app, viewer),
        "statuses": statuses(serialize.page(tx, viewer, rows)),
        "last": rows[-1][0] if len(rows) == QUOTES else None,
    }


@get("/{handle:str}/{id_:str}/quotes", opt=access_page(signed_in=True))
async def quoting(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """The posts that quote it, the latest first. Raises NotFound."""
    _check(handle)
    context = await db.read(_quotes, app, viewer, id_of(id_), params)
    return _answer(scope, context, "quotes")


def _answer(scope: Scope, context: Context, tab: str) -> Html:
    path: str = scope["path"]
    last = context.pop("last")
    older = f"{path}?max_id={last}" if last else ""
    post = path.removesuffix(f"/{tab}")
    return views.answer(scope, "post_people.html", **context, tab=tab, post=post, older=older)


def _check(handle: str) -> None:
    if not handle.startswith("@"):
        raise NotFound


ROUTES: list[Any] = [people, quoting]
