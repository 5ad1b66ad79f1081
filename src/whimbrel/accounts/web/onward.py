"""Reading on without being signed in, after a pause: see `privacy.waiting`."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency

from whimbrel.core.app import App
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.privacy import waiting
from whimbrel.privacy.budgets import network_of
from whimbrel.privacy.readings import Paused

from .. import views
from ..auth import access_page, address_of


@post(views.READ_ON, status_code=200, opt=access_page())
async def read_on(
    app: NamedDependency[App], params: NamedDependency[Params], scope: Scope
) -> Redirect:
    """Back to where they were, if they waited. Raises Forbidden, Paused, TooMany."""
    back, shown = views.next_of(params, views.FRONT), params.text("ticket")
    if app.readings is not None:
        network = network_of(address_of(scope))
        try:
            waiting.read_on(app.db.keyring, app.budgets, app.readings, network, shown)
        except Paused as early:
            early.ticket, early.back = shown, back
            raise
    return Redirect(back)


ROUTES: list[Any] = [read_on]
