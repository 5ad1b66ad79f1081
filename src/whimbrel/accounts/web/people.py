"""What one does with somebody from their page: each goes back to where the button was."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx

from .. import block, endorse, follow, mute, note, paced, queries, relationships, views
from .. import serialize as faces
from ..auth import access_page
from ..queries import graph
from ..rules import Viewer

DAY = 86_400  # seconds
MUTE_DAYS = (0, 1, 7, 30, 90)  # 0 = until one ends it


def _wish(
    *, notify: bool | None = None, reblogs: bool | None = None
) -> Callable[[Tx, Viewer, int], None]:
    """Change what is wanted of somebody who is followed; nobody begins to be followed so."""

    def change(tx: Tx, viewer: Viewer, target: int) -> None:
        if graph.standing(tx, viewer.id, target).follow is None:
            raise NotFound
        follow.follow(tx, viewer, target, notify=notify, reblogs=reblogs)

    return change


ACTIONS: dict[str, Callable[[Tx, Viewer, int], None]] = {
    "follow": follow.follow,
    "unfollow": follow.unfollow,
    "block": block.block,
    "unblock": block.unblock,
    "unmute": mute.unmute,
    "notify": _wish(notify=True),
    "hush": _wish(notify=False),
    "boosts": _wish(reblogs=True),
    "no_boosts": _wish(reblogs=False),
    "endorse": endorse.endorse,
    "unendorse": endorse.unendorse,
    "drop": follow.remove_follower,
    "accept": follow.authorize,
    "refuse": follow.reject,
}


def _do(tx: Tx, viewer: Viewer, handle: str, verb: str) -> None:
    ACTIONS[verb](tx, viewer, queries.by_handle(tx, handle).id)


def _stood(tx: Tx, viewer: Viewer, handle: str) -> dict[str, Any]:
    found = queries.by_handle(tx, handle)
    told = msgspec.json.decode(faces.account(tx.instance, found))
    [relation] = relationships.of(tx, viewer, [found.id])
    return {"account": account_for_page(told), "relation": msgspec.to_builtins(relation)}


async def _press(
    app: App, viewer: Viewer, params: Params, scope: Scope, handle: str
) -> Html | Redirect:
    """Raises NotFound: nobody is called so; TooMany: too many followed in a day."""
    if not handle.startswith("@"):
        raise NotFound
    db, verb = app.db, scope["path"].rpartition("/")[2]
    if verb == "follow":
        await paced.following(app, viewer, lambda tx: _do(tx, viewer, handle, verb))
    else:
        await db.write(_do, viewer, handle, verb)
    if views.swaps(scope) and params.text("as") == "row":
        stood, back = await db.read(_stood, viewer, handle), views.next_of(params)
        return views.answer(scope, "_stood.html", **stood, me={"id": str(viewer.id)}, path=back)
    return views.back(params, f"/{handle}")


@post(
    [f"/{{handle:str}}/{verb}" for verb in ACTIONS],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def press(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Html | Redirect:
    """One of `ACTIONS`; the last part of the path says which. A script that asks from a list is
    answered with how one stands to them now."""
    return await _press(app, viewer, params, scope, handle)


# ----------------------------------------------------------------------------- mute, note


def _named(tx: Tx, app: App, viewer: Viewer, handle: str) -> dict[str, Any]:
    """Raises NotFound: nobody is called so."""
    if not handle.startswith("@"):
        raise NotFound
    found = queries.by_handle(tx, handle)
    told = msgspec.json.decode(faces.account(tx.instance, found))
    return {**views.reader(tx, app, viewer), "account": account_for_page(told)}


@get("/{handle:str}/mute", opt=access_page(signed_in=True))
async def ask_mute(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    handle: FromPath[str],
    scope: Scope,
) -> Html:
    """For how long, and of what. Raises NotFound."""
    context = await db.read(_named, app, viewer, handle)
    return views.answer(scope, "mute.html", **context, choices=MUTE_DAYS)


@post("/{handle:str}/mute", status_code=200, opt=access_page(signed_in=True))
async def do_mute(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
) -> Redirect:
    """Mute somebody: for `days` of `MUTE_DAYS`, and what they do unless `told`. Raises NotFound."""
    days = params.number("days") or 0
    if not handle.startswith("@") or days not in MUTE_DAYS:
        raise NotFound

    def muted(tx: Tx) -> None:
        target = queries.by_handle(tx, handle).id
        told = params.flag("told")
        mute.mute(tx, viewer, target, notifications=not told, duration=days * DAY)

    await db.write(muted)
    return views.back(params, f"/{handle}")


@post("/{handle:str}/note", status_code=200, opt=access_page(signed_in=True))
async def write_note(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
) -> Redirect:
    """What only the viewer reads about somebody. Raises NotFound; Invalid: too long."""
    if not handle.startswith("@"):
        raise NotFound

    def written(tx: Tx) -> None:
        note.write(tx, viewer, queries.by_handle(tx, handle).id, params.text("comment"))

    await db.write(written)
    return views.back(params, f"/{handle}")


ROUTES: list[Any] = [press, ask_mute, do_mute, write_note]
