"""All ordinary routes as one Litestar application: what every handler is given, and what every
answer carries. The hot routes stand in front of it, in `hot.py`."""

from functools import cache
from typing import Any, cast

from litestar import Litestar, Request, Router
from litestar.di import NamedDependency, Provide
from litestar.types import Message, Scope

from whimbrel.accounts import auth
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.http import Params, request_id
from whimbrel.core.received import received

from . import public, rooms
from .errors import answer

_FORM = "whimbrel.form"  # key of a scope


# Each asks for the one before, though only for the order: Litestar resolves what is independent
# side by side in a task group, which costs more than all four together.
async def provide_app(request: Request[Any, Any, Any]) -> App:
    """The app that serves this connection."""
    return of(cast("dict[str, Any]", request.scope))


async def provide_db(app: NamedDependency[App]) -> Db:
    """Its database."""
    return app.db


async def provide_viewer(db: NamedDependency[Db], request: Request[Any, Any, Any]) -> Viewer:
    """Who asks, as the guard found."""
    return auth.viewer_of(request.scope)


async def provide_params(
    viewer: NamedDependency[Viewer], request: Request[Any, Any, Any]
) -> Params:
    """What is asked, read once it is known who does."""
    scope = cast("dict[str, Any]", request.scope)
    read: Params | None = scope.get(_FORM)
    return await received(scope, request.receive) if read is None else read


async def check_form(request: Request[Any, Any, Any]) -> None:
    """Refuse forms that other sites send in somebody's name, whatever page takes them.

    Raises:
        Forbidden: it is one.
    """
    scope = cast("dict[str, Any]", request.scope)
    if scope["method"] == "POST" and request.route_handler.opt["access"].page:
        params = scope[_FORM] = await received(scope, request.receive)
        auth.check_csrf(scope, params)


@cache
def site() -> Litestar:
    """The application with every room's routes; one of a process, for it takes a second to make.

    Raises:
        RuntimeError: a route does not say who may use it.
    """
    made = Litestar(
        # All in one: after each that it is given Litestar goes through all it has.
        route_handlers=[Router("/", route_handlers=rooms.ROUTES)],
        dependencies={
            "app": Provide(provide_app),
            "db": Provide(provide_db),
            "viewer": Provide(provide_viewer),
            "params": Provide(provide_params),
        },
        guards=[auth.guard],
        before_request=check_form,
        exception_handlers={Exception: answer},
        before_send=[stamp],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # `read_params` has limits of its own
        signature_types=[App, Db, Params, Viewer],
    )
    auth.check_routes(made.routes)
    return made


async def stamp(message: Message, scope: Scope) -> None:
    """What every answer carries: its request's id, how much of a budget is left, and whether its
    route is an old one."""
    if message["type"] == "http.response.start":
        # A failure names it already, for the page to show.
        before = [pair for pair in message.get("headers", ()) if pair[0] != b"x-request-id"]
        message["headers"] = [
            *before,
            (b"x-request-id", request_id(scope).encode()),
            *auth.rate_headers(scope),
            *public.of_old(scope),
        ]
