"""What all pages of the staff have in common: who may see them, the way around, forms and what is
said after them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.app import of
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Page, Params, Redirect, Scope, link, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said
from whimbrel.moderation.eyes import Outcome
from whimbrel.moderation.rules import Window

from ..rules import areas

PAGE = 40  # rows
# What a part of a page is for, where its role may more than see the page.
RIGHTS = {"decides": Permission.MANAGE_REPORTS, "orders": Permission.MANAGE_ORDERS}
WAITING = "/admin/reports/waiting"

Context = dict[str, Any]
Again = Callable[..., Awaitable[Html]]


def staff(needs: Permission, rate: str = "page") -> dict[str, Any]:
    """The `opt` of a page of the staff's, for whose role has this. Strangers are not asked to sign
    in: to whoever is not of the staff, it is not there."""
    return access_page(rate, needs=needs)


async def page(
    scope: Scope,
    viewer: Viewer,
    template: str,
    read: Callable[[Tx], Context],
    status: int = 200,
    *,
    slow: bool = False,
    **more: Any,
) -> Html:
    """A page of the staff's, and the way to the others.

    Args:
        read: what it takes, from the database.
        slow: it counts rows; see `Db.read`.
        more: as well, and before what `read` found.
    """

    def found(tx: Tx) -> Context:
        return {**views.reader(tx, of(scope), viewer), **read(tx)}

    given = {"path": here(scope), **await of(scope).db.read(found, slow=slow), **more}
    rights = {name: permitted(viewer.role, needs) for name, needs in RIGHTS.items()}
    return views.answer(scope, template, status, areas=areas(viewer.role), rights=rights, **given)


async def act(
    scope: Scope,
    viewer: Viewer,
    params: Params,
    do: Callable[[Tx], Any],
    to: str,
    again: Again | None = None,
    *,
    grave: str = "",
) -> Response[bytes]:
    """Do what a form asks for, and go on to `to`.

    Args:
        do: what it gives is an `Outcome` where it may have to wait for a second person, an address
            where it goes on elsewhere.
        again: shows the form anew with what is wrong; None = the page of errors tells it.
        grave: the page to come back to from where who has not shown a password or a passkey in the
            last ten minutes does so first; "" = that is not asked.
    Raises:
        Forbidden: the form is not one of ours.
    """
    if grave and (first := await views.proof_first(of(scope).db, viewer, grave)):
        return first
    try:
        done = await of(scope).db.write(do)
    except Invalid as error:
        if again is None:
            raise
        return await again(**wrong(params, error))
    if isinstance(done, Outcome) and done.proposal is not None:
        return Redirect(f"{WAITING}?done=waits")
    return Redirect(done if isinstance(done, str) else to)


def form(
    paths: str | list[str],
    needs: Permission,
    to: str,
    do: Callable[[Tx, Viewer, Params], Any],
    again: Callable[..., Awaitable[Html]],
    *,
    grave: str = "",
) -> Any:
    """A route to which a form is sent.

    Args:
        to: where it goes on.
        again: the page with the form, from (scope, viewer, params) and what is wrong.
        grave: as for `act`.
    """

    @post(paths, status_code=200, opt=staff(needs))
    async def sent(
        viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
    ) -> Response[bytes]:
        """What a form says. Raises: as `act`."""

        def done(tx: Tx) -> Any:
            return do(tx, viewer, params)

        shown = partial(again, scope, viewer, params)
        return await act(scope, viewer, params, done, to, shown, grave=grave)

    return sent


def button(
    paths: str | list[str], needs: Permission, to: str, do: Callable[[Tx, Viewer, int], Any]
) -> Any:
    """A route for a button about the row in `id_`; `to`: where it goes on."""

    @post(paths, status_code=200, opt=staff(needs))
    async def pressed(
        viewer: NamedDependency[Viewer],
        params: NamedDependency[Params],
        id_: FromPath[str],
        scope: Scope,
    ) -> Response[bytes]:
        """Done at once. Raises: as `act`; NotFound: no such row."""

        def done(tx: Tx) -> None:
            do(tx, viewer, id_of(id_))

        return await act(scope, viewer, params, done, to)

    return pressed


def deed(
    path: str,
    verb: str,
    needs: Permission,
    do: Callable[[Tx, Viewer, int, Params], Any],
    one: Again,
) -> Any:
    """A route for a form about the row in `id_` that stays on its page.

    Args:
        path: of the list; the row is below it, and `verb` below that.
        one: the page of a row, from (scope, viewer, id) and what is wrong.
    """

    @post(f"{path}/{{id_:str}}/{verb}", status_code=200, opt=staff(needs))
    async def sent(
        viewer: NamedDependency[Viewer],
        params: NamedDependency[Params],
        id_: FromPath[str],
        scope: Scope,
    ) -> Response[bytes]:
        """What a form says. Raises: as `act`; as what is done."""

        def done(tx: Tx) -> Any:
            return do(tx, viewer, id_of(id_), params)

        to = f"{path}/{id_}?done={verb}"
        return await act(scope, viewer, params, done, to, partial(one, scope, viewer, id_))

    return sent


def listed(
    scope: Scope,
    viewer: Viewer,
    params: Params,
    name: str,
    read: Callable[[Tx, Viewer, Window], list[Context]],
) -> Callable[[Tx], Context]:
    """What `page` reads where it shows a list: a page of it under `name`, and the way to older."""
    asked = page_of(params, PAGE, PAGE)

    def found(tx: Tx) -> Context:
        low, high, up = window(asked)
        rows = read(tx, viewer, Window(low, high, asked.limit, up))
        return {name: rows, "older": older(scope, asked, [int(row["id"]) for row in rows])}

    return found


def wrong(params: Params, error: Invalid) -> Context:
    """What a page takes to show a form again: what was typed, and what of it cannot be."""
    typed = {name: value for name, value in params.items() if isinstance(value, str)}
    errors = views.faults(error)
    return {"status": 422, "form": typed, "errors": errors, "error": "" if errors else str(error)}


def here(scope: Scope) -> str:
    """This page, without what it said last."""
    return _without_word(views.here(scope))


def said(params: Params, words: Mapping[str, Said]) -> Said | str:
    """What is to be said of the form that was sent before."""
    return words.get(params.text("done"), "")


def back(params: Params, otherwise: str, done: str) -> str:
    """Where a form came from, which says `done` now."""
    path, _, query = _without_word(views.next_of(params, otherwise)).partition("?")
    return f"{path}?{query}&done={done}" if query else f"{path}?done={done}"


def _without_word(path: str) -> str:
    start, mark, query = path.partition("?")
    kept = urlencode([pair for pair in parse_qsl(query) if pair[0] != "done"]) if mark else ""
    return f"{start}?{kept}" if kept else start


def older(scope: Scope, wanted: Page, ids: list[int]) -> str:
    """The address of the next page, or "" where there is none."""
    if len(ids) < wanted.limit:
        return ""
    kept = here(scope).partition("?")[2].encode()
    told = link("", scope["path"], kept, wanted, ids[0], ids[-1]) or ""
    return told[1 : told.index(">")]
