"""What all pages of posts have in common: which part is asked for, and the answer with its Link.

A page can be answered by a raw ASGI handler or by Litestar; both call the same function."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from litestar import Request

from whimbrel.accounts import reading
from whimbrel.accounts.auth import answer_lines, enter
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.http import (
    Json,
    Page,
    Params,
    Receive,
    Scope,
    Send,
    link,
    page_of,
    query_params,
    send_whole,
    window,
)

from ..rules import Window
from ..serialize import Shown

Asked: TypeAlias = Request[Any, Any, Any]
Reading: TypeAlias = Callable[[App, Viewer, Params, Window], Awaitable[Shown]]
Handler: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

STRANGERS = 20  # posts of a page for who is not signed in


class Size(NamedTuple):
    """Entries of a page: when nothing is said, and at most."""

    default: int = 20
    most: int = 40


STATUSES = Size()


def page_for(viewer: Viewer, params: Params, size: Size = STATUSES) -> Page:
    """The page that is asked for, as long as this viewer may have it."""
    most = size.most if viewer.account else min(size.most, STRANGERS)
    return page_of(params, size.default, most)


@lru_cache(maxsize=1024)
def _question(query: bytes, stranger: bool, size: Size) -> tuple[Params, Page, Window]:
    """What a query string asks for: most readers ask for the first page, in the same words."""
    params = query_params({"query_string": query})
    page = page_of(params, size.default, min(size.most, STRANGERS) if stranger else size.most)
    return params, page, window_of(page)


def window_of(page: Page) -> Window:
    """The same, as the queries want it."""
    low, high, ascending = window(page)
    return Window(low, high, page.limit, ascending)


def link_of(app: App, scope: Scope, page: Page, shown: Shown) -> str | None:
    """The Link header of a page."""
    query = scope["query_string"]
    origin = app.instance.origin
    return link(origin, scope["path"], query, page, shown.newest, shown.oldest)


async def answered(
    request: Asked,
    app: App,
    viewer: Viewer,
    params: Params,
    pages: Reading,
    size: Size = STATUSES,
    *,
    counted: bool = False,
) -> Json:
    """A page, by Litestar. Args: as for `hot`."""
    page = page_for(viewer, params, size)
    shown = await pages(app, viewer, params, window_of(page))
    if counted and reading.is_new(request.scope, viewer, shown.rows):
        await reading.count(request.scope, viewer, shown.rows, len(shown.body))
    at = link_of(app, request.scope, page, shown)
    return Json(shown.body, headers={"link": at} if at else None)


def hot(
    pages: Reading, opt: dict[str, Any], size: Size = STATUSES, *, counted: bool = False
) -> Handler:
    """A page, by a raw ASGI handler: a third of the price.

    Args:
        opt: of `accounts.auth.access`.
        counted: whether posts of strangers may be in it, of which nobody is to read too many.
    """
    wanted = opt["access"]

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        viewer = await enter(scope, wanted)
        app = of(scope)
        params, page, asked = _question(scope["query_string"], viewer.account is None, size)
        shown = await pages(app, viewer, params, asked)
        if counted and reading.is_new(scope, viewer, shown.rows):
            await reading.count(scope, viewer, shown.rows, len(shown.body))
        lines = answer_lines(scope)
        at = link_of(app, scope, page, shown)
        if at:
            lines += b"link: %b\r\n" % at.encode()
        await send_whole(send, shown.body, lines)

    return handler
