"""What a server says of itself: to other servers, in numbers, and of what it does not have.

The two instance entities are in `about`, the texts of the operator in the room `instance`."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel import __version__
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Json
from whimbrel.core.settings import Instance

from . import about, queries

_SOFTWARE = {"name": "whimbrel", "version": __version__}


@get("/.well-known/nodeinfo", opt=access(None))
async def nodeinfo_links(app: NamedDependency[App]) -> Json:
    """Where NodeInfo is."""
    links = [
        {
            "rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}",
            "href": f"{app.instance.origin}/nodeinfo/{version}",
        }
        for version in ("2.1", "2.0")
    ]
    return Json({"links": links})


@get("/nodeinfo/2.0", opt=access(None))
async def nodeinfo(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """What runs here and how many use it."""
    return Json(_nodeinfo(app.instance, await db.read(queries.stats)))


@get("/nodeinfo/2.1", opt=access(None))
async def nodeinfo_21(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """The same in the newer version."""
    return Json({**_nodeinfo(app.instance, await db.read(queries.stats)), "version": "2.1"})


def _nodeinfo(here: Instance, stats: queries.Stats) -> dict[str, Any]:
    """Source: NodeInfo 2.0. Few people are told as about how many: a number that goes up by one
    tells who has come."""
    return {
        "version": "2.0",
        "software": _SOFTWARE,
        "protocols": ["activitypub"],
        "services": {"outbound": [], "inbound": []},
        "usage": {
            "users": {
                "total": _about(stats.users),
                "activeMonth": _about(stats.active),
                "activeHalfyear": _about(stats.active_half_year),
            },
            "localPosts": _about(stats.statuses),
        },
        "openRegistrations": here.signups == "open",
        "metadata": {"nodeName": here.title, "nodeDescription": here.description},
    }


def _about(count: int) -> int:
    """Below a hundred to the next ten."""
    return count if count >= 100 else -(-count // 10) * 10


@get("/api/v1/instance/peers", opt=access(None))
async def peers(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """The servers that this one knows. Raises NotFound where the operator does not say."""
    if not app.instance.show_peers:
        raise NotFound
    return Json(await db.read(queries.peers, slow=True))


@get("/api/v1/instance/activity", opt=access(None))
async def activity(db: NamedDependency[Db]) -> Json:
    """What went on in each of the last twelve weeks."""
    weeks = await db.read(queries.activity, slow=True)
    return Json([{name: str(value) for name, value in week._asdict().items()} for week in weeks])


@get("/api/v1/instance/domain_blocks", opt=access(None))
async def domain_blocks(
    app: NamedDependency[App], db: NamedDependency[Db], viewer: NamedDependency[Viewer]
) -> Json:
    """The servers that are blocked here, as far as the operator says.

    Raises:
        NotFound: the operator does not say, or not to whoever asks.
    """
    shown = app.instance.show_domain_blocks
    if shown == "nobody" or (shown == "users" and viewer.account is None):
        raise NotFound
    return Json(await db.read(queries.blocked_servers, slow=True))


@post("/api/v1/statuses/{id_:str}/translate", status_code=200, opt=access("read:statuses"))
async def translate(id_: FromPath[str]) -> Json:
    """Nobody translates here, which is answered as Mastodon does. Raises NotFound, always."""
    raise NotFound


@get("/api/v1_alpha/async_refreshes/{id_:str}", opt=access("read"))
async def async_refresh(id_: FromPath[str]) -> Json:
    """Nothing is fetched behind a reader's back here. Raises NotFound, always."""
    raise NotFound


@get("/api/v1/annual_reports", opt=access("read:accounts"))
async def annual_reports() -> Json:
    """Nobody's year is summed up here."""
    return Json({"annual_reports": [], "accounts": [], "statuses": []})


@get("/api/v1/annual_reports/{year:str}", opt=access("read:accounts"))
async def annual_report(year: FromPath[str]) -> Json:
    """None of any year. Raises NotFound, always."""
    raise NotFound


@get("/api/v1/annual_reports/{year:str}/state", opt=access("read:accounts"))
async def annual_report_state(year: FromPath[str]) -> Json:
    """None can be had."""
    return Json({"state": "ineligible"})


@post("/api/v1/annual_reports/{year:str}/generate", status_code=200, opt=access("write:accounts"))
async def generate_annual_report(year: FromPath[str]) -> Json:
    """Nothing is begun, as Mastodon answers for a year that it will not sum up."""
    return Json({})


@post("/api/v1/annual_reports/{year:str}/read", status_code=200, opt=access("write:accounts"))
async def read_annual_report(year: FromPath[str]) -> Json:
    """There was none to read. Raises NotFound, always."""
    raise NotFound


ROUTES: list[Any] = [
    *about.ROUTES,
    *(nodeinfo_links, nodeinfo, nodeinfo_21, peers, activity, domain_blocks),
    *(translate, async_refresh, annual_reports, annual_report, annual_report_state),
    *(generate_annual_report, read_annual_report),
]
