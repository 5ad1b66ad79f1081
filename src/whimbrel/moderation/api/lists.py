"""The lists that administrators keep: servers, networks, hosts of addresses, addresses."""

from collections.abc import Callable
from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import sessions
from whimbrel.accounts.auth import access, address_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import eyes, gates, servers
from ..rules import Window
from .pages import Asked, listed, named, page_and_window

Entity = dict[str, Any]
_FEDERATION, _BLOCKS = Permission.MANAGE_FEDERATION, Permission.MANAGE_BLOCKS
_SERVERS = access("admin:write:domain_blocks", needs=_FEDERATION)
_NETWORKS = access("admin:write:ip_blocks", needs=_BLOCKS)
_HOSTS = access("admin:write:email_domain_blocks", needs=_BLOCKS)


def _kept(
    name: str,
    needs: Permission,
    page: Callable[[Tx, Viewer, Window], list[Entity]],
    one: Callable[[Tx, Viewer, int], Entity],
    remove: Callable[[Tx, Viewer, int], None],
) -> list[Any]:
    """What all of them have: a list with pages, one of it, and taking it off."""
    reading = access(f"admin:read:{name}", needs=needs)
    writing = access(f"admin:write:{name}", needs=needs)
    path = f"/api/v1/admin/{name}"

    @get(path, opt=reading)
    @named(name, "A page of them, the newest first.")
    async def listing(
        app: NamedDependency[App],
        db: NamedDependency[Db],
        viewer: NamedDependency[Viewer],
        params: NamedDependency[Params],
        request: Asked,
    ) -> Json:
        asked, window = page_and_window(params)
        return listed(app, request, asked, await db.read(page, viewer, window))

    @get(path + "/{id_:str}", opt=reading)
    @named(f"{name}_one", "One of them.")
    async def showing(
        db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
    ) -> Json:
        return Json(await db.read(one, viewer, id_of(id_)))

    @delete(path + "/{id_:str}", status_code=200, opt=writing)
    @named(f"{name}_off", "Take one off.")
    async def removing(
        db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
    ) -> Json:
        await db.write(remove, viewer, id_of(id_))
        return Json({})

    return [listing, showing, removing]


@post("/api/v1/admin/domain_blocks", status_code=200, opt=_SERVERS)
async def add_block(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Keep a server at a distance. Raises Forbidden: to break with one takes a password or a
    passkey as well, shown in a browser in the last ten minutes."""
    form = params.to(servers.BlockForm)

    def added(tx: Tx) -> eyes.Outcome:
        _prove(tx, viewer, form)
        return eyes.through(tx, viewer, eyes.Block(form))

    return Json(eyes.refuse_waiting(await db.write(added)))


def _prove(tx: Tx, viewer: Viewer, form: servers.BlockForm) -> None:
    """Follows that end with a server do not come back when it does."""
    if form.severity == "suspend":
        sessions.require_proof(tx, viewer)


@put(
    "/api/v1/admin/domain_blocks/{id_:str}",
    status_code=200,
    opt=_SERVERS,
)
async def change_block(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Keep it further away, or nearer. Raises Forbidden: as `add_block`."""
    form = params.to(servers.BlockForm)

    def changed(tx: Tx) -> eyes.Outcome:
        _prove(tx, viewer, form)
        return eyes.through(tx, viewer, eyes.Block(form, id_of(id_)))

    return Json(eyes.refuse_waiting(await db.write(changed)))


@post(
    "/api/v1/admin/domain_allows",
    status_code=200,
    opt=access("admin:write:domain_allows", needs=_FEDERATION),
)
async def add_allow(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Let a server in."""
    return Json(await db.write(servers.add_allow, viewer, params.text("domain")))


@post("/api/v1/admin/ip_blocks", status_code=200, opt=_NETWORKS)
async def add_network(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Close the doors to a network."""
    form = params.to(gates.NetworkForm)
    return Json(await db.write(gates.add_network, viewer, form, address_of(scope)))


@put("/api/v1/admin/ip_blocks/{id_:str}", status_code=200, opt=_NETWORKS)
async def change_network(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
    id_: FromPath[str],
) -> Json:
    """Close them more, or less."""
    form, address = params.to(gates.NetworkForm), address_of(scope)
    return Json(await db.write(gates.change_network, viewer, id_of(id_), form, address))


@post("/api/v1/admin/email_domain_blocks", status_code=200, opt=_HOSTS)
async def add_domain(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Take no addresses of a host."""
    domain, looked_at = params.text("domain"), params.flag("allow_with_approval")
    return Json(await db.write(gates.add_domain, viewer, domain, looked_at))


@post(
    "/api/v1/admin/canonical_email_blocks",
    status_code=200,
    opt=access("admin:write:canonical_email_blocks", needs=_BLOCKS),
)
async def add_address(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Take an address no more."""
    email, hash_ = params.text("email"), params.text("canonical_email_hash")
    return Json(await db.write(gates.add_address, viewer, email, hash_))


@post(
    "/api/v1/admin/canonical_email_blocks/test",
    status_code=200,
    opt=access("admin:read:canonical_email_blocks", needs=_BLOCKS),
)
async def test_address(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """What an address would meet."""
    return Json(await db.read(gates.test_address, viewer, params.text("email")))


ROUTES: list[Any] = [
    *_kept("domain_blocks", _FEDERATION, servers.blocks, servers.show_block, servers.remove_block),
    *(add_block, change_block),
    *_kept("domain_allows", _FEDERATION, servers.allows, servers.show_allow, servers.remove_allow),
    add_allow,
    *_kept("ip_blocks", _BLOCKS, gates.networks, gates.show_network, gates.remove_network),
    *(add_network, change_network),
    *_kept("email_domain_blocks", _BLOCKS, gates.domains, gates.show_domain, gates.remove_domain),
    add_domain,
    *_kept(
        "canonical_email_blocks", _BLOCKS, gates.addresses, gates.show_address, gates.remove_address
    ),
    *(add_address, test_address),
]
