"""What one does with a post from a page: each goes back to where the button was, or answers with
the button as it stands now where a script asks."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import boost, delete, marks, poll, queries, serialize
from ..rules import VISIBILITY, Mark

Act = Callable[[Tx, Viewer, int], Any]
BESIDE = "w"  # before the id of a post that stands beside a list
KEY = re.compile(rf"{BESIDE}?\d{{1,20}}")  # what stands where a button was pressed
ACTIONS: dict[str, Act] = {
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


def _answered(tx: Tx, viewer: Viewer, act: Act, post_id: int) -> dict[str, Any]:
    """Do it; the post as it stands then, as pages take it."""
    act(tx, viewer, post_id)
    return status_for_page(msgspec.json.decode(serialize.one(tx, viewer, post_id)))


async def _done(
    db: Db, viewer: Viewer, params: Params, scope: Scope, act: Act, post_id: int
) -> Html | Redirect:
    """Raises NotFound, and what `act` does."""
    if not views.swaps(scope):
        await db.write(act, viewer, post_id)
        return views.back(params)
    status = await db.write(_answered, viewer, act, post_id)
    verb = scope["path"].rpartition("/")[2].removeprefix("un")
    status, me = status["reblog"] or status, {"id": str(viewer.id)}
    key = params.text("key")
    if not KEY.fullmatch(key):
        key = status["id"]
    pressed = {"verb": verb, "status": status, "key": key, "undone": params.flag("undone")}
    return views.answer(scope, "_pressed.html", **pressed, me=me, path="")


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
) -> Html | Redirect:
    """One of `ACTIONS`; the last part of the path says which. Raises NotFound, Forbidden."""
    act = ACTIONS[scope["path"].rpartition("/")[2]]
    return await _done(db, viewer, params, scope, act, id_of(id_))


@post("/posts/{id_:str}/reblog", status_code=200, opt=access_page(signed_in=True))
async def repeat(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html | Redirect:
    """Boost, with the `visibility` that was chosen. Raises NotFound, Forbidden, Invalid."""
    act = partial(boost.boost, visibility=VISIBILITY.get(params.text("visibility")))
    return await _done(db, viewer, params, scope, act, id_of(id_))


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
) -> Redirect:
    """Vote. Raises NotFound; Invalid: nothing chosen, over, or voted already."""
    choices = params.ids("choices")
    if not choices:
        raise Invalid(say("Choose an answer first, then vote."))
    await db.write(_vote, viewer, id_of(id_), choices)
    return views.back(params)


@post("/posts/{id_:str}/delete", status_code=200, opt=access_page("delete", signed_in=True))
async def erase(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Redirect:
    """Erase one's own post, its files with it. Raises NotFound."""
    await db.write(delete.delete, viewer, id_of(id_), True)
    wanted = views.next_of(params, views.HOME)
    gone = wanted.partition("?")[0].partition("#")[0].endswith(f"/{id_}")
    return Redirect(views.HOME if gone else wanted)


ROUTES: list[Any] = [press, repeat, vote, erase]
