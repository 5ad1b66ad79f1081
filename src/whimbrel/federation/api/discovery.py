"""How others find our people: WebFinger and host-meta. Nobody has to sign for it."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Account
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Malformed, NotFound
from whimbrel.core.http import Params
from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance

from .. import show
from ..handles import SUBSCRIBE
from .answers import JRD

_XRD = "application/xrd+xml; charset=utf-8"
_ACTIVITY = "application/activity+json"


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
    """Who `acct:name@domain` is, or who has the page or the id that is asked about.

    Raises:
        Malformed: no resource named.
        NotFound: nobody of ours, or suspended.
        Gone: somebody who left a moment ago.
    Source: RFC 7033
    """
    here, resource = app.instance, params.text("resource")
    if not resource:
        raise Malformed("Name whom you look for: ?resource=acct:name@domain.")
    if resource == f"{here.origin}/actor" or _is_server(here, resource):
        return _said(here, here.domain, f"{here.origin}/about", f"{here.origin}/actor")
    person = f"{here.origin}/ap/users/"
    if resource.startswith(person):
        account, _ = await db.recall(show.somebody, id_of(resource.removeprefix(person)))
    else:
        account, _ = await db.recall(show.named, _local_name(here, resource))
    if account.suspended_at:
        raise NotFound
    return _about(here, account)


def _about(here: Instance, account: Account) -> Response[bytes]:
    page, id_ = faces.account_url(here, account), faces.actor_uri(here, account)
    picture = [] if account.avatar is None else [faces.avatar_of(here, account)]
    return _said(here, account.username, page, id_, *picture)


def _said(here: Instance, name: str, page: str, id_: str, *pictures: str) -> Response[bytes]:
    links: list[dict[str, str]] = [
        {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
        {"rel": "self", "type": _ACTIVITY, "href": id_},
        {"rel": SUBSCRIBE, "template": f"{here.origin}/authorize_interaction?uri={{uri}}"},
        *({"rel": "http://webfinger.net/rel/avatar", "href": each} for each in pictures),
    ]
    said = {"subject": f"acct:{name}@{here.domain}", "aliases": [page, id_], "links": links}
    return Response(msgspec.json.encode(said), media_type=JRD)


def _is_server(here: Instance, resource: str) -> bool:
    """Whether the server itself is meant, which is called by its own name."""
    name, _, domain = resource.removeprefix("acct:").lower().partition("@")
    return here.is_own(name) and here.is_own(domain)


def _local_name(instance: Instance, resource: str) -> str:
    """The name in `acct:name@domain` or `https://domain/@name`, if the domain is ours: that of the
    handles, or the one we answer at."""
    for page in (f"{instance.origin}/@", f"{instance.origin}/users/"):
        if resource.startswith(page):
            return resource.removeprefix(page)
    name, _, domain = resource.removeprefix("acct:").removeprefix("@").rpartition("@")
    if not name or not instance.is_own(domain.lower()):
        raise NotFound
    return name


ROUTES: list[Any] = [host_meta, webfinger]
