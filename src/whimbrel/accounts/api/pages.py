"""Pages of people as answers: arrays of accounts and the Link header."""

from collections.abc import Iterable, Sequence
from typing import Any

from litestar import Request

from whimbrel.core.app import App
from whimbrel.core.http import Json, Page, Params, link, page_of, window
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance

from .. import serialize
from ..circles import Window
from ..queries.lists import Row
from ..rules import Account

Asked = Request[Any, Any, Any]


def array(instance: Instance, accounts: Iterable[Account]) -> bytes:
    """Accounts as a JSON array."""
    return b"[%b]" % b",".join([serialize.account(instance, account) for account in accounts])


def page_and_window(params: Params) -> tuple[Page, Window]:
    """The page of people that is asked for."""
    page = page_of(params, default=40, most=80)
    return page, Window(*window(page), most=page.limit)


def answer(app: App, request: Asked, page: Page, rows: Sequence[Row]) -> Json:
    """A page of people with its Link."""
    return linked(app, request, page, rows, array(app.instance, [row.account for row in rows]))


def muted(instance: Instance, row: Row) -> bytes:
    """Somebody muted, with the end of it (Mastodon's MutedAccount)."""
    until = b"null" if row.until is None else b'"%b"' % iso(row.until).encode()
    return serialize.account(instance, row.account)[:-1] + b',"mute_expires_at":%b}' % until


def linked(app: App, request: Asked, page: Page, rows: Sequence[Row], body: bytes) -> Json:
    """`body`, with the Link to the pages around these rows."""
    return Json(body, headers=paged(app, request, page, [row.cursor for row in rows]))


def paged(app: App, request: Asked, page: Page, cursors: Sequence[int]) -> dict[str, str] | None:
    """The Link to the pages around rows with these cursors, as headers."""
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        cursors[0] if cursors else None,
        cursors[-1] if cursors else None,
        more=len(cursors) == page.limit,
    )
    return {"link": at} if at else None
