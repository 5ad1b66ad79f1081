"""All ordinary routes as one Litestar application: what every handler is given, and what every
answer carries. The hot routes stand in front of it, in `hot.py`."""

from typing import Any

from litestar import Litestar, Request
from litestar.di import NamedDependency, Provide
from litestar.types import Message, Scope

from whimbrel.accounts import auth
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Params, read_params, request_id

from . import public, rooms
from .errors import answer

FORM_BYTES = 1 << 20  # room for the other fields of an upload, bytes


def site(app: App) -> Litestar:
    """The application with every room's routes.

    Raises:
        RuntimeError: a route does not say who may use it.
    """

    # Each asks for the one before, though only for the order: Litestar resolves what is independent
    # side by side in a task group, which costs more than all four together.
    async def provide_app() -> App:
        return app

    async def provide_db(app: NamedDependency[App]) -> Db:
        return app.db

    async def provide_viewer(db: NamedDependency[Db], request: Request[Any, Any, Any]) -> Viewer:
        return auth.viewer_of(request.scope)

    async def provide_params(
        viewer: NamedDependency[Viewer], request: Request[Any, Any, Any]
    ) -> Params:
        most = max(app.instance.image_bytes, app.instance.video_bytes)
        return await read_params(
            request.scope,
            request.receive,
            scratch=app.scratch,
            file_bytes=most + FORM_BYTES,
            form_bytes=FORM_BYTES,
        )

    made = Litestar(
        route_handlers=rooms.ROUTES,
        dependencies={
            "app": Provide(provide_app),
            "db": Provide(provide_db),
            "viewer": Provide(provide_viewer),
            "params": Provide(provide_params),
        },
        guards=[auth.guard],
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
