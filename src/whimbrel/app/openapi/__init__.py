"""The API described for machines: GET /api/openapi.json, OpenAPI 3.1.

Paths, methods and scopes are the router's; what a route takes and answers stands in `routes/`, in
types of `entities/`. A test holds the table complete, and others ask every route and compare."""

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Request, get
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access
from whimbrel.core.app import App
from whimbrel.core.http import Json
from whimbrel.core.settings import Instance

from .document import document
from .routes import TABLE


@get("/api/openapi.json", opt=access(None))
async def description(request: Request[Any, Any, Any], app: NamedDependency[App]) -> Json:
    """Every route of this API."""
    return Json(_made(request.app, app.instance), headers={"cache-control": "public, max-age=3600"})


@lru_cache(maxsize=4)
def _made(site: Litestar, instance: Instance) -> bytes:
    handlers = {id(each): each for route in site.routes for each in _handlers(route)}
    return msgspec.json.encode(document(instance, handlers.values(), TABLE))


def _handlers(route: Any) -> list[Any]:
    return [each for each in getattr(route, "route_handlers", ()) if "access" in each.opt]


ROUTES: list[Any] = [description]
