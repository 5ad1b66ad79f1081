"""Lists as pages: some of those one follows, read apart; who is in them and how they are read."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries import lists as circles
from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts.views import entries

from .. import lists, reads
from ..lists import ListForm
from ..queries import lists as queries
from ..rules import Window
from ..serialize import Shown, shown
from .pages import older, page, window_for

PATH = "/lists"
MEMBERS = 200  # of a list that are shown; the rest is found by name
CANDIDATES = 20
LONGEST = 100  # characters looked for

Context = dict[str, Any]


def _form(params: Params) -> ListForm:
    return ListForm(
        title=params.text("title"),
        replies_policy=params.text("replies_policy") or "list",
        exclusive=params.flag("exclusive"),
    )


def _sent(form: ListForm) -> Context:
    return msgspec.to_builtins(form)  # type: ignore[no-any-return]


def _faults(error: Invalid) -> dict[str, str]:
    """By field; what belongs to none stands at the title."""
    return views.faults(error) or {"title": str(error)}


# ----------------------------------------------------------------------------- all of them


def _all(tx: Tx, app: App, viewer: Viewer) -> Context:
    return {**views.reader(tx, app, viewer), "lists": lists.mine(tx, viewer)}


@get(PATH, opt=access_page(signed_in=True))
async def show_all(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """The viewer's lists, and a form for a new one."""
    return views.answer(scope, "lists.html", **await db.read(_all, app, viewer))


@post(PATH, status_code=200, opt=access_page(signed_in=True))
async def create(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """A new one; who shall be in it is asked next."""
    form = _form(params)
    try:
        made = await db.write(lists.create, viewer, form)
    except Invalid as error:
        context = await db.read(_all, app, viewer)
        context |= {"form": _sent(form), "errors": _faults(error)}
        return views.answer(scope, "lists.html", 422, **context)
    return Redirect(f"{PATH}/{made.id}/edit")


# ----------------------------------------------------------------------------- one to read


def _read(tx: Tx, app: App, viewer: Viewer, window: Window, list_id: int) -> tuple[Shown, Context]:
    rows, own = reads.list_named(tx, viewer, list_id, window)
    return shown(tx, viewer, rows, "home"), {**views.reader(tx, app, viewer), "list": own}


@get(f"{PATH}/{{id_:str}}", opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """What its members wrote. Raises NotFound."""
    window = window_for(viewer, params)
    found, context = await db.read(_read, app, viewer, window, id_of(id_))
    return page(
        scope,
        viewer,
        "list.html",
        context,
        statuses=entries(found.parts),
        older=older(scope, viewer, found),
    )


# ----------------------------------------------------------------------------- one to change


def _edited(tx: Tx, app: App, viewer: Viewer, list_id: int, q: str) -> Context:
    own = lists.show(tx, viewer, list_id)
    members = queries.members(tx, list_id, Window(most=MEMBERS))
    inside = {each.id for each in members}
    outside = [each for each in _candidates(tx, viewer, q) if each.id not in inside]
    return {
        **views.reader(tx, app, viewer),
        "list": own,
        "form": msgspec.to_builtins(own),
        "q": q,
        "members": [_person(tx, each) for each in members],
        "candidates": [_person(tx, each) for each in outside[:CANDIDATES]],
    }


def _candidates(tx: Tx, viewer: Viewer, q: str) -> list[Account]:
    """Whom the viewer follows: those called so, else those followed last."""
    most = MEMBERS + CANDIDATES
    if q:
        return people.find(tx, viewer.id, q, most=most, following=True)
    window = {"low": 0, "high": MAX_ID, "most": most, "ascending": False}
    rows = circles.page(tx, "following", viewer.id, spared=0, **window)  # type: ignore[arg-type]
    return [row.account for row in rows]


def _person(tx: Tx, account: Account) -> dict[str, Any]:
    return account_for_page(msgspec.json.decode(faces.account(tx.instance, account)))


async def _edit_page(
    app: App, viewer: Viewer, params: Params, scope: Scope, id_: str, error: Invalid | None = None
) -> Html:
    q = params.text("q").strip()[:LONGEST]
    context = await app.db.read(_edited, app, viewer, id_of(id_), q, slow=bool(q))
    if error is not None:
        context |= {"form": _sent(_form(params)), "errors": _faults(error)}
    elif params.flag("saved"):
        context["notice"] = "Saved."
    return views.answer(scope, "list_edit.html", 200 if error is None else 422, **context)


@get(f"{PATH}/{{id_:str}}/edit", opt=access_page(signed_in=True))
async def edit(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """Its name, how it is read, who is in it. Raises NotFound."""
    return await _edit_page(app, viewer, params, scope, id_)


@post(f"{PATH}/{{id_:str}}/edit", status_code=200, opt=access_page(signed_in=True))
async def change(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html | Redirect:
    """Change its name or how it is read. Raises NotFound."""
    try:
        await db.write(lists.update, viewer, id_of(id_), _form(params))
    except Invalid as error:
        return await _edit_page(app, viewer, params, scope, id_, error)
    return Redirect(f"{PATH}/{id_}/edit?saved=1")


MEMBERSHIP: dict[str, Callable[[Tx, Viewer, int, list[int]], None]] = {
    "add": lists.add,
    "remove": lists.take_out,
}


@post(
    [f"{PATH}/{{id_:str}}/{verb}" for verb in MEMBERSHIP],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def press(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Put `account` into it, or take them out. Raises NotFound: no such list, or not followed."""
    act = MEMBERSHIP[scope["path"].rpartition("/")[2]]
    await db.write(act, viewer, id_of(id_), [id_of(params.text("account"))])
    return views.back(params, f"{PATH}/{id_}/edit")


@post(f"{PATH}/{{id_:str}}/delete", status_code=200, opt=access_page(signed_in=True))
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Remove it; nobody is unfollowed. Raises NotFound."""
    await db.write(lists.delete, viewer, id_of(id_))
    return Redirect(PATH)


ROUTES: list[Any] = [show_all, create, show, edit, change, press, remove]
