"""Who quotes a status, and on what terms."""

from typing import Any

import msgspec
from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import reading
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, link, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import quote, serialize
from ..queries import acts, quotes
from .statuses import ONE, policy_of


class PolicyWanted(msgspec.Struct, kw_only=True):
    """Who may quote: public, followers or nobody."""

    quote_approval_policy: str | None = None


@get(f"{ONE}/quotes", opt=access("read:statuses"))
async def quoting(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
    id_: FromPath[str],
) -> Json:
    """The statuses that quote it, the latest first."""
    page = page_of(params)
    low, high, ascending = window(page)

    def found(tx: Tx) -> tuple[list[Any], bytes]:
        subject = acts.subject(tx, viewer, id_of(id_))
        rows = quotes.page(tx, viewer.id, subject.id, low, high, page.limit, ascending)
        return rows, serialize.page(tx, viewer, rows)

    rows, body = await db.read(found)
    await reading.tell(request.scope, viewer, rows, len(body))
    ids = serialize.ids(rows)
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        ids[0] if ids else None,
        ids[-1] if ids else None,
        more=len(ids) == page.limit,
    )
    return Json(body, headers={"link": at} if at else None)


@post(f"{ONE}/quotes/{{quoting_id:str}}/revoke", status_code=200, opt=access("write:statuses"))
async def revoke(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    quoting_id: FromPath[str],
) -> Json:
    """Take it out of a status that quotes it; the answer is that status."""

    def revoked(tx: Tx) -> bytes:
        return serialize.one(tx, viewer, quote.revoke(tx, viewer, id_of(id_), id_of(quoting_id)))

    return Json(await db.write(revoked))


@put(f"{ONE}/interaction_policy", opt=access("write:statuses"))
async def interaction_policy(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Say who may quote it."""
    wanted = policy_of(params.to(PolicyWanted).quote_approval_policy)

    def changed(tx: Tx) -> bytes:
        return serialize.one(tx, viewer, quote.set_policy(tx, viewer, id_of(id_), wanted))

    return Json(await db.write(changed))


ROUTES: list[Any] = [quoting, revoke, interaction_policy]
