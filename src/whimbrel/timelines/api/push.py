"""Push subscriptions: one for each token."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Json, Params, bearer

from .. import push

PATH = "/api/v1/push/subscription"


@get(PATH, opt=access("push"))
async def show(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """What this app asked for; 404 when nothing."""
    return Json(await db.read(push.show, viewer))


@post(PATH, status_code=200, opt=access("push"))
async def subscribe(
    request: Request[Any, Any, Any],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Ask for it, in place of what was asked for before."""
    given = _inside(params, "subscription")
    keys = _inside(given, "keys")
    data = Params(_inside(params, "data"))
    wanted = push.Wanted(
        endpoint=Params(given).text("endpoint"),
        p256dh=Params(keys).text("p256dh"),
        auth=Params(keys).text("auth"),
        token=bearer(request.scope) or "",
        standard=Params(given).flag("standard"),
        alerts=_alerts(data),
        policy=data.text("policy", "all"),
    )
    return Json(await db.write(push.subscribe, viewer, wanted))


@put(PATH, opt=access("push"))
async def update(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Ask for other alerts."""
    data = Params(_inside(params, "data"))
    policy = data.text("policy") or params.text("policy", "all")
    return Json(await db.write(push.update, viewer, _alerts(data), policy))


@delete(PATH, status_code=200, opt=access("push"))
async def forget(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Ask for nothing any more."""
    await db.write(push.forget, viewer)
    return Json({})


def _inside(params: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The map `name` of `params`; empty when absent. Raises Invalid."""
    value = params.get(name)
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise Invalid(f"{name} is no object.")
    return value


def _alerts(data: Params) -> dict[str, bool]:
    given = Params(_inside(data, "alerts"))
    return {kind: given.flag(kind) for kind in push.KINDS}


ROUTES: list[Any] = [show, subscribe, update, forget]
