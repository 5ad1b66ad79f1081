"""What lies around a status: who liked and boosted it, its poll."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.accounts.serialize import account
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Json, Page, Params, link, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import poll as polls
from .. import serialize
from ..queries import acts
from ..rules import Mark
from .statuses import ONE, PUBLIC

_PEOPLE = access("read:statuses", token="optional", strangers="none")  # noqa: S106 (no password)

Asked = Request[Any, Any, Any]


@get(f"{ONE}/favourited_by", opt=_PEOPLE)
async def favourited_by(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
    id_: FromPath[str],
) -> Json:
    """Who likes it, the latest first."""
    return await _people(app, db, viewer, params, request, id_, Mark.FAVOURITE)


@get(f"{ONE}/reblogged_by", opt=_PEOPLE)
async def reblogged_by(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
    id_: FromPath[str],
) -> Json:
    """Who boosted it, the latest first."""
    return await _people(app, db, viewer, params, request, id_, Mark.BOOST)


async def _people(
    app: App, db: Db, viewer: Viewer, params: Params, request: Asked, id_: str, kind: Mark
) -> Json:
    page = page_of(params, default=40, most=80)
    if viewer.account is None:  # one page, and no way to the next: for readers, not for scrapers
        page = Page(limit=min(page.limit, 40))
    low, high, ascending = window(page)

    def found(tx: Tx) -> list[tuple[int, Account]]:
        subject = acts.subject(tx, viewer, id_of(id_))
        return acts.who(tx, viewer, subject.id, kind, low, high, page.limit, ascending)

    rows = await db.read(found)
    body = b"[%b]" % b",".join([account(app.instance, one) for _, one in rows])
    if viewer.account is None or not rows:
        return Json(body)
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        rows[0][0],
        rows[-1][0],
        more=len(rows) == page.limit,
    )
    return Json(body, headers={"link": at} if at else None)


@get("/api/v1/polls/{id_:str}", opt=PUBLIC)
async def show_poll(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
) -> Json:
    """A poll as its reader may see it. The numbers of one elsewhere are asked for anew, for the
    next time."""

    def shown(tx: Tx) -> tuple[int, bytes]:
        found, _ = acts.visible_poll(tx, viewer, id_of(id_))
        return found.post, serialize.poll(tx, viewer, found.post)

    post, body = await db.read(shown)
    if app.polled is not None:
        app.polled(app, viewer, post)
    return Json(body)


@post("/api/v1/polls/{id_:str}/votes", status_code=200, opt=access("write:statuses"))
async def vote(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Vote."""
    choices = [_choice(text) for text in params.list("choices")]

    def voted(tx: Tx) -> bytes:
        return serialize.poll(tx, viewer, polls.vote(tx, viewer, id_of(id_), choices))

    return Json(await db.write(voted))


def _choice(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid("Validation failed: The chosen vote option does not exist")
    return int(text)


ROUTES: list[Any] = [
    *(favourited_by, reblogged_by, show_poll, vote),
]
