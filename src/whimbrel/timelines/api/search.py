"""GET /api/v2/search."""

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Unauthorized
from whimbrel.core.http import Json, Params, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize
from whimbrel.posts.render import tag_url

from .. import search

MOST, DEFAULT = 40, 20


@get("/api/v2/search", opt=access("read:search", rate="search", token="optional"))  # noqa: S106
async def find(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """People, posts and tags that fit `q`.

    Raises:
        Unauthorized: a stranger asks for what costs more (`resolve`, `offset`).
    """
    offset, most = offset_of(params, DEFAULT, MOST)
    if viewer.account is None and (offset or params.flag("resolve")):
        raise Unauthorized("Search queries that resolve or page need a signed-in user")
    q, kind = params.text("q").strip(), params.text("type")
    found = {"accounts": b"[]", "statuses": b"[]", "hashtags": b"[]"}
    if not q:
        return _answer(found)
    if kind in ("", "accounts") and not q.startswith("#"):
        following = params.flag("following") and viewer.account is not None
        args = (viewer, q, most, offset, following)
        found["accounts"] = await db.read(_people, *args, slow=True)
    if kind in ("", "hashtags") and not q.startswith("@"):
        found["hashtags"] = _tags(app, await search.find_tags(app, q, most, offset))
    if kind in ("", "statuses") and not q.startswith(("@", "#")):
        author = id_of(params.text("account_id")) if params.text("account_id") else None
        address = await db.read(search.post_at, q)
        if address is not None:
            ids = [address]
        elif viewer.account is None:
            ids = []
        else:
            ids = await search.find_posts(app, viewer, q, most=most, offset=offset, author=author)
        found["statuses"] = await db.read(_posts, viewer, ids)
    return _answer(found)


def _answer(found: dict[str, bytes]) -> Json:
    return Json(b"{%b}" % b",".join(b'"%b":%b' % (k.encode(), v) for k, v in found.items()))


def _people(tx: Tx, viewer: Viewer, text: str, most: int, offset: int, following: bool) -> bytes:
    people = search.find_people(tx, viewer, text, most, offset, following)
    return b"[%b]" % b",".join(faces.account(tx.instance, person) for person in people)


def _tags(app: App, names: list[str]) -> bytes:
    instance = app.db.env.instance
    return msgspec.json.encode(
        [
            {"id": name, "name": name, "url": tag_url(instance, name), "history": []}
            for name in names
        ]
    )


def _posts(tx: Tx, viewer: Viewer, ids: list[int]) -> bytes:
    return serialize.page(tx, viewer, posts.cards_of(tx, viewer, ids))


ROUTES = [find]
