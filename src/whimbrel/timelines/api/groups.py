"""Notifications in groups (v2), the policy that says whose are told, and requests of those whose
are not."""

from typing import Any

from litestar import get, post, put, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, page_of
from whimbrel.core.ids import id_of

from .. import fallback, group, policy, requests
from ..rules import GROUPED, Policy, Wanted, Window, group_of
from ..serialize import Shown
from .pages import Asked, Size, answered, hot

GROUPS, REQUESTS = Size(40, 80), Size(40, 80)
_READ, _WRITE = access("read:notifications"), access("write:notifications")
_V2 = "/api/v2/notifications"
_REQUESTS = "/api/v1/notifications/requests"
_PLAIN = Wanted()
SUPPORTED = "supported_types"
_NARROWING = ("types", "exclude_types", "grouped_types", "account_id", "include_filtered")


def wanted_of(params: Params) -> Wanted:
    """Which notifications are asked for."""
    if params.keys().isdisjoint(_NARROWING):
        return _PLAIN
    account = params.text("account_id")
    actor = id_of(account) if account else None
    grouped = params.list("grouped_types") if "grouped_types" in params else GROUPED
    return Wanted(
        kinds=tuple(params.list("types")),
        not_kinds=tuple(params.list("exclude_types")),
        actor=actor,
        held=actor is not None or params.flag("include_filtered"),
        grouped=tuple(kind for kind in GROUPED if kind in grouped),
    )


async def groups_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of groups."""
    partial = params.text("expand_accounts") == "partial_avatars"
    shown = await app.db.look(group.page, viewer, window, wanted_of(params), partial)
    if SUPPORTED not in params:
        return shown
    body = fallback.in_groups(shown.body, params.list(SUPPORTED), app.instance.origin)
    return shown._replace(body=body)


@get(_V2, opt=_READ)
async def page(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """What the viewer was told, in groups, newest first."""
    return await answered(request, app, viewer, params, groups_page, GROUPS)


@get(f"{_V2}/unread_count", opt=_READ)
async def unread_count(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """How many groups are newer than the marker."""
    most = page_of(params, 100, 1000).limit
    return Json({"count": await db.read(group.unread, viewer, most, wanted_of(params))})


@get(f"{_V2}/{{key:str}}", opt=_READ)
async def one(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    key: FromPath[str],
) -> Json:
    """One group."""
    body = await db.read(group.one, viewer, group_of(key))
    if SUPPORTED in params:
        body = fallback.in_groups(body, params.list(SUPPORTED), db.instance.origin)
    return Json(body)


@get(f"{_V2}/{{key:str}}/accounts", opt=_READ)
async def people(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], key: FromPath[str]
) -> Json:
    """Everybody of one group."""
    return Json(await db.read(group.people, viewer, group_of(key)))


@post(f"{_V2}/{{key:str}}/dismiss", status_code=200, opt=_WRITE)
async def dismiss(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], key: FromPath[str]
) -> Json:
    """Remove one group."""
    await db.write(group.dismiss, viewer, group_of(key))
    return Json({})


# ----------------------------------------------------------------------------- policy


@get(f"{_V2}/policy", opt=_READ)
async def show_policy(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Whose notifications the viewer wants."""
    return Json(await db.read(policy.show, viewer))


# masto.js puts all that it updates
@route(f"{_V2}/policy", http_method=["PATCH", "PUT"], status_code=200, opt=_WRITE)
async def change_policy(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Want others."""
    names = Policy.__struct_fields__
    chosen = {name: params.text(name) for name in names if params.get(name) is not None}
    return Json(await db.write(policy.change, viewer, chosen))


@get("/api/v1/notifications/policy", opt=_READ)
async def show_old_policy(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The same, for apps from before version 2."""
    return Json(await db.read(policy.show_old, viewer))


@put("/api/v1/notifications/policy", opt=_WRITE)
async def change_old_policy(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Want others, for apps from before version 2."""
    chosen = {name: params.flag(name) for name in policy.OLD if params.get(name) is not None}
    return Json(await db.write(policy.change_old, viewer, chosen))


# ----------------------------------------------------------------------------- requests


async def requests_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of requests."""
    return await app.db.read(requests.page, viewer, window)


@get(_REQUESTS, opt=_READ)
async def waiting(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Whose notifications are held back."""
    return await answered(request, app, viewer, params, requests_page, REQUESTS)


@get(f"{_REQUESTS}/merged", opt=_READ)
async def merged(viewer: NamedDependency[Viewer]) -> Json:
    """Whether those that were let in are among the others: they are when that is answered."""
    return Json({"merged": True})


@get(f"{_REQUESTS}/{{id_:str}}", opt=_READ)
async def show_request(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One request."""
    return Json(await db.read(requests.show, viewer, id_of(id_)))


@post(f"{_REQUESTS}/accept", status_code=200, opt=_WRITE)
async def accept_many(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Let several in; those that are none of the viewer's are passed over."""
    await db.write(requests.accept, viewer, params.ids("id"))
    return Json({})


@post(f"{_REQUESTS}/dismiss", status_code=200, opt=_WRITE)
async def dismiss_many(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Send several away; those that are none of the viewer's are passed over."""
    await db.write(requests.dismiss, viewer, params.ids("id"))
    return Json({})


@post(f"{_REQUESTS}/{{id_:str}}/accept", status_code=200, opt=_WRITE)
async def accept(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Let one in."""
    await db.write(requests.accept_one, viewer, id_of(id_))
    return Json({})


@post(f"{_REQUESTS}/{{id_:str}}/dismiss", status_code=200, opt=_WRITE)
async def dismiss_request(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Send one away."""
    await db.write(requests.dismiss_one, viewer, id_of(id_))
    return Json({})


ROUTES: list[Any] = [
    *(page, unread_count, show_policy, change_policy, one, people, dismiss),
    *(show_old_policy, change_old_policy),
    *(waiting, merged, show_request, accept_many, dismiss_many, accept, dismiss_request),
]
HOT = {_V2: hot(groups_page, _READ, GROUPS)}
