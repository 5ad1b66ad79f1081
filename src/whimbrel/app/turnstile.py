"""Before the sign-in form: whoever would be refused anyway is, before their words are read.

Somebody who tries passwords by the thousand then costs a third of what the form itself costs, and
people who read do not wait behind them. Nothing is counted here, and who might be let in is let
through: who may try how often is decided by the route's budget and by `signin`."""

from whimbrel.accounts import passwords, views
from whimbrel.accounts.auth import address_of, device_of
from whimbrel.core.app import App
from whimbrel.core.errors import TooMany, Unavailable, WhimbrelError
from whimbrel.core.http import Scope, Send, prefers_html, request_id, send_bytes, send_error
from whimbrel.privacy.budgets import network_of

from . import errors, metrics

_PAGE = b"text/html; charset=utf-8"


def refusal(app: App, scope: Scope) -> WhimbrelError | None:
    """Why this request need not go on, or None: it goes on."""
    if scope["path"] != views.SIGN_IN or scope["method"] != "POST" or not app.budgets.enabled:
        return None
    network = network_of(address_of(scope))
    try:
        app.budgets.check("sign_in", network)
        if not device_of(scope):
            app.budgets.sign_ins.check([("network", network)])
            passwords.check_room()
    except (TooMany, Unavailable) as error:
        return error
    return None


async def refuse(app: App, scope: Scope, send: Send, error: WhimbrelError) -> None:
    """Answer as the form would have: with a page, or with JSON for a program."""
    send = metrics.Counted().wrap(send)
    if not prefers_html(scope):
        await send_error(scope, send, error)
        return
    page = errors.page(app, error, request_id(scope), views.reads(scope))
    headers = [(name.encode(), value.encode()) for name, value in page.headers.items()]
    await send_bytes(send, page.status_code or 429, page.content, headers, _PAGE)
