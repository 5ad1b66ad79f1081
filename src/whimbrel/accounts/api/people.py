"""Accounts to read: one, many, found by name, their followers, how the viewer stands to them."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from .. import circles, queries, relationships, serialize
from ..auth import access
from ..queries import lists, search
from ..rules import Account, Viewer
from .pages import Asked, answer, array, page_and_window

MANY = 80  # ids in one question: a page of people


@get("/api/v1/accounts/{id_:str}", opt=access(None, strangers="post"))
async def show(db: NamedDependency[Db], id_: FromPath[str]) -> Json:
    """Anybody's account."""
    return Json(await db.read(_whole, id_of(id_)))


def _whole(tx: Tx, id_: int) -> bytes:
    return serialize.whole(tx, queries.by_id(tx, id_))


@get("/api/v1/accounts", opt=access(None, strangers="none"))
async def many(
    app: NamedDependency[App], db: NamedDependency[Db], params: NamedDependency[Params]
) -> Json:
    """Several at once; unknown ones are left out."""
    ids = params.ids("id")[:MANY]
    found = await db.read(queries.by_ids, ids)
    asked = dict.fromkeys(ids)
    return Json(array(app.instance, [found[id_] for id_ in asked if id_ in found]))


@get("/api/v1/accounts/lookup", opt=access(None, strangers="post"))
async def lookup(
    app: NamedDependency[App], db: NamedDependency[Db], params: NamedDependency[Params]
) -> Json:
    """Who is called exactly so here; nobody is asked elsewhere."""
    account = await db.read(queries.by_handle, params.text("acct"))
    return Json(serialize.account(app.instance, account))


@get("/api/v1/accounts/search", opt=access("read:accounts", rate="search"))
async def find(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Whom the viewer may mean while writing a name."""
    offset, limit = offset_of(params, default=40, most=80)
    words, following = params.text("q"), params.flag("following")

    def found(tx: Tx) -> list[Account]:
        return search.find(tx, viewer.id, words, most=limit, offset=offset, following=following)

    return Json(array(app.instance, await db.read(found, slow=True)))


@get("/api/v1/accounts/relationships", opt=access("read:follows"))
async def relations(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """How the viewer stands to each, in the order asked."""
    return Json(await db.read(relationships.of, viewer, params.ids("id")[:MANY]))


@get("/api/v1/accounts/familiar_followers", opt=access("read:follows"))
async def familiar(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Whom the viewer follows among the followers of each."""
    ids = [id_ for id_ in params.ids("id")[:MANY] if id_ > 0]
    return Json(_familiar(app.instance, await db.read(lists.familiar, viewer.id, ids)))


def _familiar(instance: Instance, found: dict[int, list[Account]]) -> bytes:
    parts = [
        b'{"id":"%d","accounts":%b}' % (id_, array(instance, known)) for id_, known in found.items()
    ]
    return b"[%b]" % b",".join(parts)


@get("/api/v1/accounts/{id_:str}/followers", opt=access("read:accounts"))
async def followers(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
    id_: FromPath[str],
) -> Json:
    """Who follows somebody. Not for strangers: such lists are what a scraper walks along."""
    page, window = page_and_window(params)
    rows = await db.read(circles.around, viewer, "followers", id_of(id_), window)
    return answer(app, request, page, rows)


@get("/api/v1/accounts/{id_:str}/following", opt=access("read:accounts"))
async def following(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
    id_: FromPath[str],
) -> Json:
    """Whom somebody follows; not for strangers either."""
    page, window = page_and_window(params)
    rows = await db.read(circles.around, viewer, "following", id_of(id_), window)
    return answer(app, request, page, rows)


ROUTES = [show, many, lookup, find, relations, familiar, followers, following]
