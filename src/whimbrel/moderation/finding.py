"""Finding people as the staff does: what an app asks for, in either of Mastodon's two ways."""

from typing import Any

import msgspec

from whimbrel.accounts import addresses, emails
from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import ROLE_IDS, ROLES, Permission, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .queries import people
from .queries.people import Person
from .rules import Window, require

STATUSES = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")
_STAFF: list[str] = [role for role in ROLES if role != "user"]


class Wanted(msgspec.Struct, kw_only=True):
    """Whom to find (v2). v1 says the same with flags: `flags_of`."""

    origin: str = ""
    status: str = ""
    permissions: str = ""
    role_ids: list[str] = msgspec.field(default_factory=list)
    invited_by: str = ""
    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""


class Flags(msgspec.Struct, kw_only=True):
    """What v1 has instead of origin, status and permissions."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False


def from_flags(wanted: Wanted, flags: Flags) -> Wanted:
    """The same question in the newer words."""
    said = [name for name in STATUSES if getattr(flags, name)]
    return msgspec.structs.replace(
        wanted,
        origin="remote" if flags.remote else "local" if flags.local else "",
        status=said[0] if said else "",
        permissions="staff" if flags.staff else "",
    )


def find(tx: Tx, viewer: Viewer, wanted: Wanted, window: Window) -> list[Person]:
    """A page of the people who fit all that is asked.

    An e-mail address is found by its keyed hash, so only as a whole. An IP address may be a
    network, see `addresses.who_used`.

    Raises:
        Forbidden: the viewer's role may not.
        Invalid: an unknown origin or status, too wide a network.
    Source: Mastodon REST API, GET /api/v2/admin/accounts
    """
    require(viewer, Permission.MANAGE_USERS)
    return people.page(tx, window, _filters(tx, wanted))


def _filters(tx: Tx, wanted: Wanted) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    if wanted.origin not in ("", "local", "remote"):
        raise Invalid(f"Unknown origin: {wanted.origin[:40]}")
    if wanted.status not in ("", *STATUSES):
        raise Invalid(f"Unknown status: {wanted.status[:40]}")
    for name in (wanted.origin, wanted.status):
        if name:
            filters[name] = True
    roles = _roles(wanted)
    if roles is not None:
        filters["roles"] = roles
    if wanted.invited_by:
        filters["invited_by"] = id_of(wanted.invited_by)
    if wanted.username.strip("@ "):
        filters["username"] = wanted.username.strip("@ ")
    if wanted.display_name.strip():
        filters["display_name"] = wanted.display_name.strip()
    if wanted.by_domain:
        filters["domain"] = domain_of(wanted.by_domain) or ""
    if wanted.email:
        folded = emails.fold(wanted.email)
        filters["email"] = emails.mac(tx, folded) if folded else b""
    if wanted.ip:
        filters["among"] = addresses.who_used(tx, wanted.ip)
    return filters


def _roles(wanted: Wanted) -> list[str] | None:
    """The roles that are asked for; None = any."""
    if not wanted.role_ids and wanted.permissions != "staff":
        return None
    asked: list[str] = [role for role in ROLES if ROLE_IDS[role] in wanted.role_ids]
    if wanted.permissions == "staff":
        return [role for role in _STAFF if role in asked or not wanted.role_ids]
    return asked
