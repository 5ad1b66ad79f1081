"""Closed doors: networks, hosts of e-mail addresses, single addresses.

The lists are those of `moderation.gates`; one list is as another here but for its form."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.auth import address_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import gates
from whimbrel.moderation.rules import Window

from ..told import of_field
from .around import Context, act, button, listed, page, said, staff

PATH = "/admin/doors"
NEEDS = Permission.MANAGE_BLOCKS
DAY = 86_400  # seconds
SAID = {"added": say("The door is closed."), "removed": say("The door is open again.")}


class Kind(NamedTuple):
    """A list of closed doors: how it is read, added to and taken from."""

    path: str
    listed: Callable[[Tx, Viewer, Window], list[dict[str, Any]]]
    add: Callable[[Tx, Viewer, Params, str], Any]
    remove: Callable[[Tx, Viewer, int], None]


def _network(tx: Tx, viewer: Viewer, params: Params, address: str) -> None:
    form = gates.NetworkForm(
        ip=params.text("ip"),
        severity=params.text("severity"),
        comment=params.text("comment"),
        expires_in=(params.number("days") or 0) * DAY,
    )
    try:
        gates.add_network(tx, viewer, form, address)
    except Invalid as error:
        raise of_field("ip", error) from None


def _host(tx: Tx, viewer: Viewer, params: Params, _: str) -> None:
    gates.add_domain(tx, viewer, params.text("domain"), params.flag("with_approval"))


def _address(tx: Tx, viewer: Viewer, params: Params, _: str) -> None:
    gates.add_address(tx, viewer, params.text("email").strip() or "-", "")


KINDS = (
    Kind(PATH, gates.networks, _network, gates.remove_network),
    Kind(f"{PATH}/hosts", gates.domains, _host, gates.remove_domain),
    Kind(f"{PATH}/addresses", gates.addresses, _address, gates.remove_address),
)
_OF = {kind.path: kind for kind in KINDS}
BLANK: Context = {"severity": "sign_up_requires_approval", "days": "", "with_approval": ""}


async def _page(
    scope: Scope, viewer: Viewer, params: Params, kind: Kind, status: int = 200, **more: Any
) -> Html:
    read = listed(scope, viewer, params, "doors", kind.listed)
    form = {**BLANK, **more.pop("form", {})}
    given = {"path": kind.path, "form": form, **more}
    return await page(scope, viewer, "admin_doors.html", read, status, **given)


@get([kind.path for kind in KINDS], opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """One of the lists, the last one first."""
    kind = _OF[scope["path"].rstrip("/")]
    return await _page(scope, viewer, params, kind, notice=said(params, SAID))


@post([kind.path for kind in KINDS], status_code=200, opt=staff(NEEDS))
async def add(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Close a door."""
    kind = _OF[scope["path"].rstrip("/")]

    def added(tx: Tx) -> None:
        kind.add(tx, viewer, params, address_of(scope))

    again = partial(_page, scope, viewer, params, kind)
    return await act(scope, viewer, params, added, f"{kind.path}?done=added", again)


def _opens(kind: Kind) -> Any:
    to = f"{kind.path}?done=removed"
    return button(f"{kind.path}/{{id_:str}}/remove", NEEDS, to, kind.remove)


ROUTES: list[Any] = [show, add, *map(_opens, KINDS)]
