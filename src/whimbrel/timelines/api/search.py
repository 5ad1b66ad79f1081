"""GET /api/v2/search. What it costs is mostly the index, so a raw handler answers it; Litestar's
calls the same function."""

from functools import lru_cache

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import reading
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access, answer_lines, enter
from whimbrel.accounts.queries import by_ids
from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Unauthorized
from whimbrel.core.http import (
    Json,
    Params,
    Receive,
    Scope,
    Send,
    offset_of,
    query_params,
    send_whole,
)
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import search
from ..queries import single
from ..search import Part
from ..serialize import shown

PATH = "/api/v2/search"
MOST, DEFAULT = 40, 20
OPEN = access(
    "read:search",
    rate="search",
    token="optional",  # noqa: S106 (a kind of token)
    strangers="none",
)


@get(PATH, opt=OPEN)
async def find(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Json:
    """People, posts and tags that fit `q`."""
    return Json(await _found(scope, viewer, params))


async def _hot_find(scope: Scope, receive: Receive, send: Send) -> None:
    """The same, by a raw ASGI handler."""
    viewer = await enter(scope, OPEN["access"])
    body = await _found(scope, viewer, _asked(scope["query_string"]))
    await send_whole(send, body, answer_lines(scope))


@lru_cache(maxsize=256)
def _asked(query: bytes) -> Params:
    """Apps ask the same again: for every letter, for the next page, when somebody comes back."""
    return query_params({"query_string": query})


async def _found(scope: Scope, viewer: Viewer, params: Params) -> bytes:
    """Raises Unauthorized: a stranger asks for what costs more (`resolve`, `offset`)."""
    app = of(scope)
    offset, most = offset_of(params, DEFAULT, MOST)
    if viewer.account is None and (offset or params.flag("resolve")):
        raise Unauthorized("Search queries that resolve or page need a signed-in user")
    q, kind = params.text("q").strip(), params.text("type")
    accounts = hashtags = statuses = b"[]"
    far = search.Abroad()
    if params.flag("resolve") and not offset:
        far = await search.abroad(app, q)
    if far.account and "/" in q and kind in ("", "accounts"):
        accounts = await app.db.look(_person, far.account)
    elif q and kind in ("", "accounts") and not q.startswith("#"):
        following = params.flag("following") and viewer.account is not None
        args = (viewer, q, most, offset, following)
        accounts = await app.db.read(_people, *args, slow=True)
    if q and kind in ("", "hashtags") and not q.startswith("@"):
        tags = await search.find_tags(app, q, most, offset)
        if tags:
            names, reviewed = [tag.name for tag in tags], params.flag("exclude_unreviewed")
            hashtags = await app.db.read(app.tags, viewer, names, reviewed)
    if far.post and kind in ("", "statuses"):
        statuses = await app.db.look(_post, viewer, far.post)
    elif q and kind in ("", "statuses") and not q.startswith(("@", "#")):
        statuses = await _statuses(scope, viewer, q, params, Part(most, offset))
    found = (accounts, b',"statuses":', statuses, b',"hashtags":', hashtags)
    return b"".join((b'{"accounts":', *found, b"}"))


async def _statuses(scope: Scope, viewer: Viewer, q: str, params: Params, part: Part) -> bytes:
    app = of(scope)
    address = search.post_at(app.instance, q)
    if address is not None:
        return await app.db.look(_post, viewer, address)
    if viewer.account is None:
        return b"[]"
    author, low, high = (params.text(key) for key in ("account_id", "min_id", "max_id"))
    if author:
        part = part._replace(author=id_of(author))
    if low:
        part = part._replace(low=id_of(low))
    if high:
        part = part._replace(high=id_of(high))
    found = await search.find_posts(app, viewer, q, part)
    await reading.tell(scope, viewer, found.rows, len(found.body))
    return found.body


def _post(tx: Tx, viewer: Viewer, post: int) -> bytes:
    return shown(tx, viewer, single.cards_of(tx, viewer, [post])).body


def _person(tx: Tx, id_: int) -> bytes:
    found = by_ids(tx, [id_]).values()
    stand = [each for each in found if each.suspended_at is None]
    return b"[%b]" % b",".join(faces.account(tx.instance, each) for each in stand)


def _people(tx: Tx, viewer: Viewer, text: str, most: int, offset: int, following: bool) -> bytes:
    found = people.find(tx, viewer.id, text, most=most, offset=offset, following=following)
    return b"[%b]" % b",".join(faces.account(tx.instance, person) for person in found)


ROUTES = [find]
HOT = {PATH: _hot_find}
