"""What a server says of itself: to other servers, in numbers, and of what it does not have.

The two instance entities are in `about`, the texts of the operator in the room `instance`."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel import __version__
from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Malformed, NotFound
from whimbrel.core.http import Json, Params
from whimbrel.core.settings import Instance

from . import about, queries

_SOFTWARE = {"name": "whimbrel", "version": __version__}
_JRD = "application/jrd+json; charset=utf-8"
_XRD = "application/xrd+xml; charset=utf-8"


@get("/.well-known/nodeinfo", opt=access(None))
async def nodeinfo_links(app: NamedDependency[App]) -> Json:
    """Where NodeInfo is."""
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return Json({"links": [{"rel": schema, "href": f"{app.instance.origin}/nodeinfo/2.0"}]})


@get("/nodeinfo/2.0", opt=access(None))
async def nodeinfo(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """What runs here and how many use it."""
    here, stats = app.instance, await db.read(queries.stats)
    return Json(
        {
            "version": "2.0",
            "software": _SOFTWARE,
            "protocols": [],
            "services": {"outbound": [], "inbound": []},
            "usage": {
                "users": {
                    "total": stats.users,
                    "activeMonth": stats.active,
                    "activeHalfyear": stats.active_half_year,
                },
                "localPosts": stats.statuses,
            },
            "openRegistrations": here.signups == "open",
            "metadata": {"nodeName": here.title, "nodeDescription": here.description},
        }
    )


@get("/.well-known/host-meta", opt=access(None))
async def host_meta(app: NamedDependency[App]) -> Response[str]:
    """Where WebFinger is asked; Phanpy finds the web domain by it."""
    template = f"{app.instance.origin}/.well-known/webfinger?resource={{uri}}"
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n</XRD>\n',
        media_type=_XRD,
    )


@get("/.well-known/webfinger", opt=access(None))
async def webfinger(
    app: NamedDependency[App], db: NamedDependency[Db], params: NamedDependency[Params]
) -> Response[bytes]:
    """Who `acct:name@domain` is.

    Raises:
        Malformed: no resource named.
        NotFound: nobody of ours.
    """
    resource = params.text("resource")
    if not resource:
        raise Malformed("Name whom you look for: ?resource=acct:name@domain.")
    account = await db.read(people.by_handle, _local_name(app.instance, resource))
    if account.suspended_at:
        raise NotFound
    page = faces.account_url(app.instance, account)
    links = [{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page}]
    said = {
        "subject": f"acct:{account.username}@{app.instance.domain}",
        "aliases": [page],
        "links": links,
    }
    return Response(msgspec.json.encode(said), media_type=_JRD)


def _local_name(instance: Instance, resource: str) -> str:
    """The name in `acct:name@domain` or `https://domain/@name`, if the domain is ours."""
    page = f"{instance.origin}/@"
    if resource.startswith(page):
        return resource.removeprefix(page)
    name, _, domain = resource.removeprefix("acct:").removeprefix("@").rpartition("@")
    if not name or domain.lower() != instance.domain:
        raise NotFound
    return name


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
    *(nodeinfo_links, nodeinfo, host_meta, webfinger, peers, activity, domain_blocks),
    *(translate, async_refresh, annual_reports, annual_report, annual_report_state),
    *(generate_annual_report, read_annual_report),
]
