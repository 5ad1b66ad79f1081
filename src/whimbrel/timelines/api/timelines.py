"""Home, public, tags, lists; what an account posted; favourites and bookmarks."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import strangers
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Params
from whimbrel.core.ids import id_of
from whimbrel.core.text.tags import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.rules import Mark

from .. import homes, reads
from ..rules import AccountFilter, TagFilter, Window
from ..serialize import Shown, shown
from .pages import Asked, Handler, Reading, answered, hot

MOST_TAGS = 4  # in each of any, all, none
DAY = 86_400  # seconds

log = logs.get(__name__)

_HOME = access("read:statuses")
_LIST = access("read:lists")
_OPEN = access("read:statuses", token="optional", strangers="first")  # noqa: S106 (if needed)

_seen: dict[int, int] = {}  # account: the last day on which we wrote down that they were here
_visits: set[asyncio.Task[None]] = set()


# ----------------------------------------------------------------------------- home


def _home(tx: Tx, viewer: Viewer, window: Window) -> Shown | None:
    rows = homes.page(tx, viewer, *window)
    return None if rows is None else shown(tx, viewer, rows, "home")


async def home_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of the viewer's home, which is made first if there is none."""
    page = await app.db.look(_home, viewer, window)
    if page is None:
        await app.db.write(homes.rebuild, viewer)
        page = await app.db.read(_home, viewer, window)
    _note_visit(app, viewer)
    return page or Shown(b"[]", None, None, 0)


def _note_visit(app: App, viewer: Viewer) -> None:
    """Once a day for each reader, and nobody waits for it."""
    today = int(time.time() // DAY)
    if _seen.get(viewer.id) != today:
        _seen[viewer.id] = today
        task = asyncio.get_running_loop().create_task(_visit(app, viewer))
        _visits.add(task)
        task.add_done_callback(_visits.discard)


async def _visit(app: App, viewer: Viewer) -> None:
    try:
        await app.db.write(homes.visit, viewer)
    except Exception as error:  # the page is long answered; nobody else would hear of it
        log.warning("visit not written", error=type(error).__name__)


@get("/api/v1/timelines/home", opt=_HOME)
async def home(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Any:
    """What those one follows wrote."""
    return await answered(request, app, viewer, params, home_page)


# ----------------------------------------------------------------------------- public, tags


def _local(params: Params) -> bool | None:
    if params.flag("local"):
        return True
    return False if params.flag("remote") else None


async def public_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of the public timeline. Raises ForMembers: a stranger asks for more than what is
    written here, and may not."""
    local, only_media = _local(params), params.flag("only_media")
    if not local:
        strangers.admit_to_all(app, viewer)

    def read(tx: Tx) -> Shown:
        rows = reads.public(tx, viewer, window, local=local, only_media=only_media)
        return shown(tx, viewer, rows, "public")

    return await app.db.look(read)


@get("/api/v1/timelines/public", opt=_OPEN)
async def public(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Any:
    """What everybody writes to everybody."""
    return await answered(request, app, viewer, params, public_page, counted=True)


def _tags(names: list[str]) -> tuple[str, ...]:
    keys = [tag_key(name) for name in names[:MOST_TAGS]]
    return tuple(dict.fromkeys(key for key in keys if key))


def _of_tag(tag: str) -> Reading:
    async def page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
        wanted = TagFilter(
            any=_tags([tag, *params.list("any")[:MOST_TAGS]]),
            all=_tags(params.list("all")),
            none=_tags(params.list("none")),
            local=_local(params),
            only_media=params.flag("only_media"),
        )
        if not wanted.any:
            raise Invalid("That is no hashtag.")

        def read(tx: Tx) -> Shown:
            return shown(tx, viewer, reads.tag(tx, viewer, window, wanted), "public")

        return await app.db.read(read)

    return page


@get("/api/v1/timelines/tag/{tag:str}", opt=_OPEN)
async def tag(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    tag: FromPath[str],
) -> Any:
    """Public posts with a tag."""
    return await answered(request, app, viewer, params, _of_tag(tag), counted=True)


# ----------------------------------------------------------------------------- lists


def _of_list(id_: str) -> Reading:
    async def page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
        def read(tx: Tx) -> Shown:
            return shown(tx, viewer, reads.list_(tx, viewer, id_of(id_), window), "home")

        return await app.db.read(read)

    return page


@get("/api/v1/timelines/list/{id_:str}", opt=_LIST)
async def list_(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Any:
    """What the members of a list wrote."""
    return await answered(request, app, viewer, params, _of_list(id_))


# ----------------------------------------------------------------------------- one account


def _of_account(id_: str) -> Reading:
    async def page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
        tagged, pinned = params.text("tagged"), params.flag("pinned")
        wanted = AccountFilter(
            only_media=params.flag("only_media"),
            exclude_replies=params.flag("exclude_replies"),
            exclude_reblogs=params.flag("exclude_reblogs"),
            tagged=tag_key(tagged) if tagged else "",
        )

        def read(tx: Tx) -> Shown:
            if pinned:
                rows = reads.pinned(tx, viewer, id_of(id_), window)
                return shown(tx, viewer, rows, "account", reads.MARKED)
            rows = reads.account(tx, viewer, id_of(id_), window, wanted)
            return shown(tx, viewer, rows, "account")

        if wanted.tagged:  # a rare one is looked for among everything somebody ever wrote
            return await app.db.read(read, slow=True)
        return await app.db.look(read)

    return page


@get("/api/v1/accounts/{id_:str}/statuses", opt=_OPEN)
async def account(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Any:
    """What somebody wrote and boosted, or keeps at the top of the profile."""
    return await answered(request, app, viewer, params, _of_account(id_), counted=True)


# ----------------------------------------------------------------------------- what was marked


async def _marked(request: Asked, app: App, viewer: Viewer, params: Params, kind: Mark) -> Any:
    def read(tx: Tx, window: Window) -> Shown:
        rows = reads.marked(tx, viewer, kind, window)
        return shown(tx, viewer, rows, cursor=reads.MARKED)

    async def page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
        return await app.db.read(read, window)

    return await answered(request, app, viewer, params, page)


@get("/api/v1/favourites", opt=access("read:favourites"))
async def favourites(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Any:
    """What the viewer liked, last one first."""
    return await _marked(request, app, viewer, params, Mark.FAVOURITE)


@get("/api/v1/bookmarks", opt=access("read:bookmarks"))
async def bookmarks(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Any:
    """What the viewer bookmarked, last one first."""
    return await _marked(request, app, viewer, params, Mark.BOOKMARK)


ROUTES: list[Any] = [home, public, tag, list_, account, favourites, bookmarks]
HOT = {
    "/api/v1/timelines/home": hot(home_page, _HOME),
    "/api/v1/timelines/public": hot(public_page, _OPEN, counted=True),
}
HOT_AROUND: dict[tuple[str, str], Callable[[str], Handler]] = {
    ("/api/v1/timelines/tag/", ""): lambda tag: hot(_of_tag(tag), _OPEN, counted=True),
    ("/api/v1/timelines/list/", ""): lambda id_: hot(_of_list(id_), _LIST),
    ("/api/v1/accounts/", "/statuses"): lambda id_: hot(_of_account(id_), _OPEN, counted=True),
}
