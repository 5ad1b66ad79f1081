"""Somebody's page: who they are and what they wrote, with replies, as pictures, as a feed."""

from typing import Any, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import queries as people
from whimbrel.accounts import relationships, views
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import STRANGER, Account, Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Gone, NotFound
from whimbrel.core.http import Params, Scope
from whimbrel.core.ids import MAX_ID
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts.feeds import atom
from whimbrel.posts.views import entries

from .. import reads
from ..queries.profile import Profile, profile
from ..rules import AccountFilter, Window
from ..serialize import EMPTY, Shown, shown
from .pages import LENGTH, older, page, tell, window_for

FEED = ".atom"
TABS = {
    "posts": AccountFilter(exclude_replies=True),
    "replies": AccountFilter(),
    "media": AccountFilter(only_media=True, exclude_reblogs=True),
}
_FEED = AccountFilter(exclude_replies=True, exclude_reblogs=True)


class Read(NamedTuple):
    """Everything on the page, as templates take it."""

    account: dict[str, Any]
    statuses: list[Any]  # for `feed`
    relationship: dict[str, Any] | None
    shown: Shown
    reader: dict[str, Any]
    familiar: list[dict[str, Any]]  # whom the reader follows of those who follow them
    familiar_more: int  # beside these


def _somebody(tx: Tx, handle: str) -> Account:
    """Raises NotFound: nobody is called so; Gone: suspended."""
    if not handle.startswith("@"):
        raise NotFound
    account = people.by_handle(tx, handle)
    if account.suspended_at is not None:
        raise Gone
    return account


def _found(tx: Tx, viewer: Viewer, handle: str, tab: str, window: Window) -> Profile:
    """Raises as `_somebody`."""
    if not handle.startswith("@"):
        raise NotFound
    pins = tab == "posts" and window.high == MAX_ID
    found = profile(tx, viewer.id, handle, window, TABS[tab], pins=pins)
    if found.met.account.suspended_at is not None:
        raise Gone
    if found.met.account.id == viewer.id:
        return found._replace(met=found.met._replace(familiar=[], familiar_many=0))
    return found


def _read(tx: Tx, app: App, viewer: Viewer, handle: str, tab: str, window: Window) -> Read:
    met, pinned, rows, moved = _found(tx, viewer, handle, tab, window)
    account = met.account
    ids = {row[0] for row in pinned}
    page = shown(tx, viewer, [*pinned, *(row for row in rows if row[0] not in ids)], "account")
    kept = tuple(b'{"id":"%d"' % id_ for id_ in ids)
    posts = [
        {**each.read, "pinned": True} if each.told.startswith(kept) else each
        for each in entries(page.parts)
    ]
    found = page._replace(newest=rows[0][0], oldest=rows[-1][0], size=len(rows)) if rows else EMPTY
    signed_in = viewer.account is not None
    face = _face(tx, account)
    for target in people.by_ids(tx, [moved]).values() if moved is not None else ():
        face["moved"] = _face(tx, target)
    return Read(
        face,
        posts,
        msgspec.to_builtins(relationships.relationship(tx, met.stands)) if signed_in else None,
        found,
        views.reader(tx, app, viewer),
        [_face(tx, each) for each in met.familiar],
        met.familiar_many - len(met.familiar),
    )


def _face(tx: Tx, account: Account) -> dict[str, Any]:
    return account_for_page(msgspec.json.decode(faces.account(tx.instance, account)))


async def _page(
    db: Db, viewer: Viewer, params: Params, scope: Scope, handle: str, tab: str
) -> Response[bytes]:
    read = await db.read(_read, of(scope), viewer, handle, tab, window_for(viewer, params))
    await tell(scope, viewer, read.shown)
    return page(
        scope,
        viewer,
        "profile.html",
        read.reader,
        account=read.account,
        statuses=read.statuses,
        tab=tab,
        older=older(scope, viewer, read.shown),
        relationship=read.relationship,
        familiar=read.familiar,
        familiar_more=read.familiar_more,
    )


@get("/{handle:str}", opt=access_page(strangers="first"))
async def posts(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """What somebody wrote and boosted, answers to others left out. Raises NotFound, Gone."""
    if handle.endswith(FEED):
        return await _feed(app, scope, handle.removesuffix(FEED))
    return await _page(db, viewer, params, scope, handle, "posts")


@get("/{handle:str}/with_replies", opt=access_page(strangers="first"))
async def replies(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """All of it. Raises NotFound, Gone."""
    return await _page(db, viewer, params, scope, handle, "replies")


@get("/{handle:str}/media", opt=access_page(strangers="first"))
async def media(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """What has pictures, films or sounds. Raises NotFound, Gone."""
    return await _page(db, viewer, params, scope, handle, "media")


def _read_feed(tx: Tx, handle: str) -> tuple[Any, Shown]:
    account = _somebody(tx, handle)
    if account.domain is not None:
        raise NotFound  # their own server has it
    rows = reads.account(tx, STRANGER, account.id, Window(most=LENGTH), _FEED)
    return msgspec.json.decode(faces.account(tx.instance, account)), shown(tx, STRANGER, rows)


async def _feed(app: App, scope: Scope, handle: str) -> Response[bytes]:
    account, found = await app.db.read(_read_feed, handle)
    await tell(scope, STRANGER, found)
    told = msgspec.json.decode(found.body)
    public = [each for each in told if each["visibility"] == "public"]
    kept = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    if account.get("noindex"):
        kept["x-robots-tag"] = "noindex, noarchive"
    body = atom(app.instance, account, public)
    return Response(body, media_type="application/atom+xml; charset=utf-8", headers=kept)


ROUTES: list[Any] = [posts, replies, media]
