"""Notifications as pages: in groups, those that name the reader, and those held back. Opening all
of them is reading them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.pages import account_for_page, status_for_page
from whimbrel.core.tx import Tx

from .. import group, markers, notify, policy, requests
from ..queries import groups as queries
from ..rules import Policy, Wanted, Window
from ..serialize import Shown
from .pages import older, page, window_for

PATH = "/notifications"
REQUESTS = f"{PATH}/requests"
_EVERYTHING, _MENTIONS = Wanted(), Wanted(kinds=("mention",))


class Read(NamedTuple):
    """A page of groups, who reads it, and how far they had read."""

    shown: Shown
    reader: dict[str, Any]
    last: int


def _read(tx: Tx, app: App, viewer: Viewer, window: Window, wanted: Wanted) -> Read:
    who = views.reader(tx, app, viewer)
    last = queries.last_read(tx, viewer.id) if who["unread"] else MAX_ID
    return Read(group.page(tx, viewer, window, wanted, partial=False), who, last)


def groups(body: bytes, last: int = MAX_ID) -> list[dict[str, Any]]:
    """Groups for the page: people, newest first, how many there are, and the post they are about.

    Args:
        body: of `group.page`.
        last: the last notification that was read; newer ones are marked.
    """
    told = msgspec.json.decode(body)
    people = {each["id"]: account_for_page(each) for each in told["accounts"]}
    statuses = {each["id"]: status_for_page(each) for each in told["statuses"]}
    return [_group(each, people, statuses, last) for each in told["notification_groups"]]


def _group(
    told: dict[str, Any], people: Mapping[str, Any], statuses: Mapping[str, Any], last: int
) -> dict[str, Any]:
    newest = told["most_recent_notification_id"]
    return {
        "id": str(newest),
        "kind": told["type"],
        "people": [people[id_] for id_ in told["sample_account_ids"] if id_ in people],
        "many": told["notifications_count"],
        "at": told["latest_page_notification_at"],
        "status": statuses.get(told.get("status_id", "")),
        "warning": told.get("moderation_warning"),
        "lost": told.get("event"),
        "collection": told.get("collection"),
        "new": newest > last,
    }


@get(PATH, opt=access_page(signed_in=True))
async def everything(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the viewer was told, newest first."""
    read = await db.read(_read, app, viewer, window_for(viewer, params), _EVERYTHING)
    newest = read.shown.newest
    if read.reader["unread"] and newest is not None and newest > read.last:
        with suppress(Conflict):  # another device read them at the same moment
            await db.write(markers.move, viewer, {"notifications": newest})
        read = read._replace(reader={**read.reader, "unread": 0})
    return _page(scope, viewer, read, "all")


@get(f"{PATH}/mentions", opt=access_page(signed_in=True))
async def mentions(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Only what names the viewer. The others stay unread."""
    read = await db.read(_read, app, viewer, window_for(viewer, params), _MENTIONS)
    return _page(scope, viewer, read, "mentions")


def _page(scope: Scope, viewer: Viewer, read: Read, tab: str) -> Html:
    return page(
        scope,
        viewer,
        "notifications.html",
        read.reader,
        path=scope["path"],
        tab=tab,
        groups=groups(read.shown.body, read.last),
        older=older(scope, viewer, read.shown),
    )


@post(f"{PATH}/clear", status_code=200, opt=access_page(signed_in=True))
async def clear(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Remove all of them, those held back too."""
    await db.write(notify.clear, viewer)
    return Redirect(PATH)


# ----------------------------------------------------------------------------- held back


def _waiting(tx: Tx, app: App, viewer: Viewer, window: Window) -> tuple[Shown, dict[str, Any]]:
    return requests.page(tx, viewer, window), views.reader(tx, app, viewer)


@get(REQUESTS, opt=access_page(signed_in=True))
async def waiting(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Whose notifications are held back."""
    found, who = await db.read(_waiting, app, viewer, window_for(viewer, params))
    return page(
        scope,
        viewer,
        "notification_requests.html",
        who,
        path=scope["path"],
        requests=[_request(each) for each in msgspec.json.decode(found.body)],
        older=older(scope, viewer, found),
    )


def _request(told: dict[str, Any]) -> dict[str, Any]:
    last = told["last_status"]
    return {
        **told,
        "account": account_for_page(told["account"]),
        "last_status": status_for_page(last) if last else None,
        "many": int(told["notifications_count"]),
    }


def _held(
    tx: Tx, app: App, viewer: Viewer, window: Window, id_: int
) -> tuple[dict[str, Any], Shown, dict[str, Any]]:
    told = _request(msgspec.json.decode(requests.show(tx, viewer, id_)))
    wanted = Wanted(actor=int(told["account"]["id"]), held=True)
    found = group.page(tx, viewer, window, wanted, partial=False)
    return told, found, views.reader(tx, app, viewer)


@get(f"{REQUESTS}/{{id_:str}}", opt=access_page(signed_in=True))
async def held(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """What one of them did. Raises NotFound."""
    told, found, who = await db.read(_held, app, viewer, window_for(viewer, params), id_of(id_))
    return page(
        scope,
        viewer,
        "notification_request.html",
        who,
        path=scope["path"],
        request=told,
        groups=groups(found.body),
        older=older(scope, viewer, found),
    )


@post(
    [f"{REQUESTS}/{{id_:str}}/accept", f"{REQUESTS}/{{id_:str}}/dismiss"],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def answer(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope
) -> Redirect:
    """Let one in, or forget what they did. Raises NotFound."""
    accepts = scope["path"].endswith("/accept")
    act = requests.accept_one if accepts else requests.dismiss_one
    await db.write(act, viewer, id_of(id_))
    return Redirect(REQUESTS)


# ----------------------------------------------------------------------------- policy


def _policy(tx: Tx, app: App, viewer: Viewer) -> tuple[dict[str, Any], dict[str, Any]]:
    return policy.show(tx, viewer), views.reader(tx, app, viewer)


async def _policy_page(
    app: App, viewer: Viewer, scope: Scope, notice: str = "", error: Invalid | None = None
) -> Html:
    chosen, who = await app.db.read(_policy, app, viewer)
    return views.answer(
        scope,
        "notification_policy.html",
        200 if error is None else 422,
        **who,
        path=scope["path"],
        form=chosen,
        notice=notice,
        errors={} if error is None else views.faults(error),
    )


@get(f"{PATH}/policy", opt=access_page(signed_in=True))
async def show_policy(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Whose notifications the viewer wants."""
    return await _policy_page(app, viewer, scope, "Saved." if params.flag("saved") else "")


@post(f"{PATH}/policy", status_code=200, opt=access_page(signed_in=True))
async def change_policy(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """Want others."""
    names = Policy.__struct_fields__
    chosen = {name: params.text(name) for name in names if params.get(name) is not None}
    try:
        await db.write(policy.change, viewer, chosen)
    except Invalid as error:
        return await _policy_page(app, viewer, scope, error=error)
    return Redirect(f"{PATH}/policy?saved=1")


ROUTES: list[Any] = [
    *(everything, mentions, clear),
    *(waiting, held, answer),
    *(show_policy, change_policy),
]
