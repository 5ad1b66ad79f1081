"""The page of one post and its conversation."""

from typing import Any, NamedTuple

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import queries, serialize, thread
from ..views import statuses


class Read(NamedTuple):
    """Everything on the page, as templates take it."""

    me: dict[str, Any] | None
    status: dict[str, Any]
    ancestors: list[dict[str, Any]]
    descendants: list[dict[str, Any]]


def read(tx: Tx, viewer: Viewer, id_: int) -> Read:
    """Raises NotFound: not the viewer's to see."""
    card = queries.card_of(tx, viewer, id_)
    above, below = thread.context(tx, viewer, id_)
    body = serialize.statuses(tx, viewer, [*above, card, *below])
    shown = {post: statuses(b"[%b]" % one)[0] for post, one in body.items()}
    if id_ not in shown:
        raise NotFound
    return Read(
        views.me(tx, viewer),
        shown[id_],
        [shown[row[1]] for row in above if row[1] in shown],
        [shown[row[1]] for row in below if row[1] in shown],
    )


@get("/{handle:str}/{id_:str}", opt=access_page())
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    handle: FromPath[str],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """One post. A boost leads on to what it repeats.

    Raises:
        NotFound: none of that person's, or not the viewer's to see.
    """
    if not handle.startswith("@"):
        raise NotFound
    found = await db.read(read, viewer, id_of(id_))
    check_author(found.status, handle)
    repeated = found.status["reblog"]
    if repeated is not None:
        return Redirect(f"/@{repeated['account']['acct']}/{repeated['id']}")
    body = views.render(scope, "post.html", **found._asdict())
    return Html(body, 200, views.headers(app, private=viewer.account is not None))


def check_author(status: dict[str, Any], handle: str) -> None:
    """Raises NotFound: it is somebody else's; one post must not be shown under many names."""
    if status["account"]["acct"].lower() != handle.removeprefix("@").lower():
        raise NotFound


ROUTES: list[Any] = [show]
