"""What one does with somebody from their page: each goes back to where the button was."""

from collections.abc import Callable
from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.tx import Tx

from .. import block, follow, mute, queries, views
from ..auth import access_page, check_csrf
from ..rules import Viewer

ACTIONS: dict[str, Callable[[Tx, Viewer, int], None]] = {
    "follow": follow.follow,
    "unfollow": follow.unfollow,
    "block": block.block,
    "unblock": block.unblock,
    "mute": mute.mute,
    "unmute": mute.unmute,
    "accept": follow.authorize,
    "refuse": follow.reject,
}


def _do(tx: Tx, viewer: Viewer, handle: str, verb: str) -> None:
    ACTIONS[verb](tx, viewer, queries.by_handle(tx, handle).id)


async def _press(db: Db, viewer: Viewer, params: Params, scope: Scope, handle: str) -> Redirect:
    """Raises NotFound: nobody is called so."""
    check_csrf(scope, params)
    if not handle.startswith("@"):
        raise NotFound
    await db.write(_do, viewer, handle, scope["path"].rpartition("/")[2])
    return views.back(params, f"/{handle}")


@post(
    [f"/{{handle:str}}/{verb}" for verb in ACTIONS],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def press(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Redirect:
    """One of `ACTIONS`; the last part of the path says which."""
    return await _press(db, viewer, params, scope, handle)


ROUTES: list[Any] = [press]
