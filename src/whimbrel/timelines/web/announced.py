"""What one does with an announcement on top of home: put it away, put an emoji under it."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import announcement_for_page
from whimbrel.core.tx import Tx
from whimbrel.instance import announcements, board, serialize

PATH = "/announcements/{id_:str}"
OFFERED = ("👍", "❤️", "🎉", "👀", "🙏")


def shown(tx: Tx, viewer: Viewer) -> list[dict[str, Any]]:
    """The announcements for the viewer's home, each with the emojis that may still be put there."""
    told = [serialize.announcement(tx.instance, each) for each in board.to_read(tx, viewer)]
    return [
        {**announcement_for_page(each), "offered": _offered(each["reactions"])} for each in told
    ]


def _offered(reactions: list[dict[str, Any]]) -> list[str]:
    there = {each["name"] for each in reactions}
    return [each for each in OFFERED if each not in there]


@post(f"{PATH}/dismiss", status_code=200, opt=access_page(signed_in=True))
async def dismiss(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Redirect:
    """The viewer has read it. Raises NotFound."""
    await db.write(announcements.dismiss, viewer, id_of(id_))
    return views.back(params)


@post([f"{PATH}/react", f"{PATH}/unreact"], status_code=200, opt=access_page(signed_in=True))
async def react(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Put the emoji `name` under it, or take it away. Raises NotFound; Invalid: no emoji."""
    undo = scope["path"].endswith("/unreact")
    verb = announcements.unreact if undo else announcements.react
    await db.write(verb, viewer, id_of(id_), params.text("name"))
    return views.back(params)


ROUTES: list[Any] = [dismiss, react]
