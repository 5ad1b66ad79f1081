"""The page of one post and its conversation."""

from typing import Any, NamedTuple

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import reading, views
from whimbrel.accounts.auth import access_page, answer_lines, enter, viewer_of
from whimbrel.accounts.rules import STRANGER, Viewer
from whimbrel.core.app import App, of
from whimbrel.core.errors import NotFound, Unauthorized
from whimbrel.core.http import (
    Html,
    Receive,
    Redirect,
    Scope,
    Send,
    header,
    html_lines,
    query_params,
    send_whole,
)
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import fold, queries, serialize, thread
from ..queries.open_thread import revisions
from ..views import statuses
from .actions import BESIDE
from .kept import Kept, Shelf

ABOVE = 50  # posts above the one that is opened; further up, each has a page of its own
MINUTE = 60_000  # ms

_WHOSE = (b"authorization", b"cookie")
_ACCESS = access_page(strangers="post")
_shelf = Shelf()


class Read(NamedTuple):
    """Everything on the page, as templates take it."""

    reader: dict[str, Any]  # `me` and `unread`
    status: dict[str, Any]
    ancestors: list[dict[str, Any]]
    descendants: list[dict[str, Any]]
    folded: dict[str, int]  # id: how many answers below it are on its own page only
    more: str  # the address of the answers to come, "" = that is all

    def lasts(self) -> bool:
        """Whether it changes only with the revisions of these posts: none shows another one."""
        return not any(each["quote"] for each in (self.status, *self.ancestors, *self.descendants))

    def rows(self) -> list[tuple[int]]:
        """The posts on it."""
        shown = (*self.ancestors, self.status, *self.descendants)
        return [(int(each["id"]),) for each in shown]

    def context(self) -> dict[str, Any]:
        """The values by the names that the template has for them."""
        return {
            **self.reader,
            "status": self.status,
            "ancestors": self.ancestors,
            "descendants": self.descendants,
            "folded": self.folded,
            "more": self.more,
        }


def read(tx: Tx, app: App, viewer: Viewer, id_: int, after: int | None = None) -> Read:
    """A post and a piece of its conversation.

    Args:
        after: the last answer of the piece before.
    Raises:
        NotFound: not the viewer's to see.
    """
    card, above, below, _ = thread.conversation(tx, viewer, id_)
    if card[0] != id_:  # a boost: the page of what it repeats
        card = queries.card_of(tx, viewer, id_)
    part = fold.piece(id_, below, after)
    above = [] if after is not None else above[-ABOVE:]
    body = serialize.statuses(tx, viewer, [*above, card, *part.rows])
    shown = {post: statuses(b"[%b]" % one)[0] for post, one in body.items()}
    if id_ not in shown:
        raise NotFound
    return Read(
        views.reader(tx, app, viewer),
        shown[id_],
        [shown[row[0]] for row in above if row[0] in shown],
        [shown[row[0]] for row in part.rows if row[0] in shown],
        {str(post): count for post, count in part.folded.items()},
        "" if part.after is None else f"?after={part.after}#replies",
    )


@get("/{handle:str}/{id_:str}", opt=_ACCESS)
async def show(handle: FromPath[str], id_: FromPath[str], scope: Scope) -> Response[bytes]:
    """One post. A boost leads on to what it repeats.

    Raises:
        NotFound: none of that person's, or not the viewer's to see.
    """
    if not handle.startswith("@"):
        raise NotFound
    app, viewer = of(scope), viewer_of(scope)  # not injected: each would cost a task
    given = query_params(scope).get("after")
    after = id_of(given) if isinstance(given, str) and given else None
    if viewer.account is None and after is None:
        body = await _for_all(app, handle, id_of(id_), scope)
        if body is not None:
            return Html(body, 200, views.headers(app, private=False))
    found = await app.db.read(read, app, viewer, id_of(id_), after)
    await reading.tell(scope, viewer, found.rows(), 0)
    if app.opened is not None:
        app.opened(app, viewer, id_of(id_))
    _check_author(found.status["account"]["acct"], handle)
    repeated = found.status["reblog"]
    if repeated is not None:
        return Redirect(f"/@{repeated['account']['acct']}/{repeated['id']}")
    if views.swaps(scope):
        return views.answer(scope, "_pane.html", **found.context(), beside=BESIDE)
    return views.answer(scope, "post.html", **found.context())


async def hot_show(scope: Scope, receive: Receive, send: Send) -> None:
    """The same for strangers, by a raw ASGI handler: what it cannot answer, Litestar is asked
    for."""
    if scope["query_string"] or any(header(scope, name) is not None for name in _WHOSE):
        raise Unauthorized  # nothing is spent twice
    _, handle, id_ = scope["path"].split("/")
    app = of(scope)
    await enter(scope, _ACCESS["access"])
    body = await _for_all(app, handle, id_of(id_), scope)
    if body is None:
        raise NotFound
    lines = html_lines((*views.headers(app, private=False).items(), ("vary", "Accept")))
    await send_whole(send, body, answer_lines(scope, lines))


async def _for_all(app: App, handle: str, id_: int, scope: Scope) -> bytes | None:
    """The page for strangers, who all see the same in their language: made once a minute at most,
    for its times are told as "3 min". None: it is a boost."""
    reads = views.reads(scope)
    key = await app.db.look(_key, (app.instance.origin, reads), id_)
    page = None if key is None else _shelf.get(key)
    if key is not None and page is not None:
        await reading.tell(scope, STRANGER, key[2][1:], len(page.body))
    if page is None:
        # Later than the key, perhaps: then that is nobody's key any more.
        found = await app.db.read(read, app, STRANGER, id_)
        acct = found.status["account"]["acct"]
        if found.status["reblog"] is not None:
            return None
        body = views.render(scope, "post.html", reads=reads, csrf="", path="", **found.context())
        page = Kept(acct, body)
        await reading.tell(scope, STRANGER, found.rows(), len(body))
        if key is not None and found.lasts():
            _shelf.put(key, page)
    _check_author(page.acct, handle)
    return page.body


def _key(tx: Tx, of: tuple[str, str], id_: int) -> tuple[Any, ...] | None:
    """`of`: the origin and the language of the page."""
    known = revisions(tx, id_)
    return None if known is None else (of, tx.ms // MINUTE, known)


def _check_author(acct: str, handle: str) -> None:
    """Raises NotFound: it is somebody else's; one post must not be shown under many names."""
    if acct.lower() != handle.removeprefix("@").lower():
        raise NotFound


ROUTES: list[Any] = [show]
