"""Drafts as a page: what somebody began, to go on with or to throw away."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import drafts
from ..queries.drafts import Kept

PATH = "/drafts"


def _told(kept: Kept) -> dict[str, Any]:
    said = kept.unfinished.thread[0]
    return {
        "id": str(kept.id),
        "at": kept.at,
        "text": said.text,
        "spoiler": said.spoiler,
        "posts": len(kept.unfinished.thread),
        "files": len(kept.unfinished.files),
        "options": len([each for each in said.options if each.strip()]),
        "visibility": said.visibility,
        "edits": said.edits is not None,
        "scheduled_at": said.scheduled_at,
        "reply": said.reply_to is not None,
    }


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """All of them; there are few."""

    def found(tx: Tx) -> dict[str, Any]:
        kept = drafts.mine(tx, viewer, drafts.MOST)
        return {**views.reader(tx, app, viewer), "drafts": [_told(each) for each in kept]}

    return views.answer(scope, "drafts.html", **await db.read(found))


@post(f"{PATH}/{{id_:str}}/discard", status_code=200, opt=access_page(signed_in=True))
async def discard(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Throw one away. Raises NotFound: none of the viewer's."""
    await db.write(drafts.discard, viewer, id_of(id_))
    return Redirect(PATH)


ROUTES: list[Any] = [show, discard]
