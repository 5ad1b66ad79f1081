"""What one does with a post from a page: each goes back to where the button was."""

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, check_csrf
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import boost, delete, marks, poll, queries
from ..rules import VISIBILITY, Mark

ACTIONS: dict[str, Callable[[Tx, Viewer, int], Any]] = {
    "favourite": partial(marks.mark, kind=Mark.FAVOURITE),
    "unfavourite": partial(marks.unmark, kind=Mark.FAVOURITE),
    "bookmark": partial(marks.mark, kind=Mark.BOOKMARK),
    "unbookmark": partial(marks.unmark, kind=Mark.BOOKMARK),
    "unreblog": boost.unboost,
    "pin": marks.pin,
    "unpin": marks.unpin,
    "mute": marks.mute_thread,
    "unmute": marks.unmute_thread,
}


@post(
    [f"/posts/{{id_:str}}/{verb}" for verb in ACTIONS],
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
    """One of `ACTIONS`; the last part of the path says which. Raises NotFound, Forbidden."""
    check_csrf(scope, params)
    await db.write(ACTIONS[scope["path"].rpartition("/")[2]], viewer, id_of(id_))
    return views.back(params)


@post("/posts/{id_:str}/reblog", status_code=200, opt=access_page(signed_in=True))
async def repeat(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Boost, with the `visibility` that was chosen. Raises NotFound, Forbidden, Invalid."""
    check_csrf(scope, params)
    chosen = VISIBILITY.get(params.text("visibility"))
    await db.write(boost.boost, viewer, id_of(id_), chosen)
    return views.back(params)


def _vote(tx: Tx, viewer: Viewer, post_id: int, choices: list[int]) -> None:
    asked = queries.visible_post(tx, viewer, post_id)
    if asked.poll is None:
        raise NotFound
    poll.vote(tx, viewer, asked.poll, choices)


@post("/posts/{id_:str}/vote", status_code=200, opt=access_page(signed_in=True))
async def vote(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Vote. Raises NotFound; Invalid: nothing chosen, over, or voted already."""
    check_csrf(scope, params)
    choices = params.ids("choices")
    if not choices:
        raise Invalid("Choose an answer first, then vote.")
    await db.write(_vote, viewer, id_of(id_), choices)
    return views.back(params)


@post("/posts/{id_:str}/delete", status_code=200, opt=access_page("delete", signed_in=True))
async def erase(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Erase one's own post, its files with it. Raises NotFound."""
    check_csrf(scope, params)
    await db.write(delete.delete, viewer, id_of(id_), True)
    wanted = views.next_of(params, views.HOME)
    gone = wanted.partition("?")[0].partition("#")[0].endswith(f"/{id_}")
    return Redirect(views.HOME if gone else wanted)


ROUTES: list[Any] = [press, repeat, vote, erase]
