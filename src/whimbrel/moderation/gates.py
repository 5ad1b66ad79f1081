"""Closing the doors: to networks, to hosts of e-mail addresses, to single addresses. That they hold
is the doors' own business (`accounts.barred`)."""

from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any, get_args

import msgspec

from whimbrel.accounts import barred, emails
from whimbrel.accounts.queries import barred as queries
from whimbrel.accounts.queries.barred import Email, EmailDomain, Network
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import iso, millis, new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import decisions
from .rules import NetworkSeverity, Window, require

COMMENT_CHARS = 1000
WIDEST = {4: 8, 6: 16}  # bits: a slip of the finger must not close the doors to the world
LONGEST = 10 * 365 * 86_400  # seconds


class NetworkForm(msgspec.Struct, kw_only=True):
    """What an app sends; what is left out stays as it is."""

    ip: str | None = None
    severity: str | None = None
    comment: str | None = None
    expires_in: int | None = None


def network_entity(network: Network) -> dict[str, Any]:
    """Source: Mastodon REST API, entity Admin::IpBlock"""
    return {
        "id": str(network.id),
        "ip": network.network,
        "severity": network.severity,
        "comment": network.comment,
        "created_at": iso(network.id >> 16),
        "expires_at": None if network.until is None else iso(network.until),
    }


def networks(tx: Tx, viewer: Viewer, window: Window) -> list[dict[str, Any]]:
    """A page of networks. Raises Forbidden."""
    require(viewer, Permission.MANAGE_BLOCKS)
    return [network_entity(each) for each in queries.networks(tx, window)]


def _network(tx: Tx, viewer: Viewer, id_: int) -> Network:
    require(viewer, Permission.MANAGE_BLOCKS)
    found = queries.network(tx, id_)
    if found is None:
        raise NotFound
    return found


def show_network(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """One of them. Raises Forbidden, NotFound."""
    return network_entity(_network(tx, viewer, id_))


def add_network(tx: Tx, viewer: Viewer, form: NetworkForm, address: str) -> dict[str, Any]:
    """Close the doors to a network.

    Args:
        address: the IP address this comes from: nobody shuts themselves out.
    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no network, too wide a one, one that is there already; an unknown severity.
    Source: Mastodon REST API, POST /api/v1/admin/ip_blocks
    """
    require(viewer, Permission.MANAGE_BLOCKS)
    if not form.ip or not form.severity:
        raise Invalid(say("Validation failed: IP can't be blank, Severity can't be blank"))
    made = _changed(tx, Network(new_id(tx.now), "", "", "", None), form, address)
    if not queries.add_network(tx, made):
        raise _taken("Ip", "ip")
    return _closed(tx, viewer, "create", made)


def change_network(
    tx: Tx, viewer: Viewer, id_: int, form: NetworkForm, address: str
) -> dict[str, Any]:
    """Close them more, less, or to another one. Raises: as `add_network`, and NotFound."""
    made = _changed(tx, _network(tx, viewer, id_), form, address)
    if queries.network_id(tx, made.network) not in (None, id_):
        raise _taken("Ip", "ip")
    queries.change_network(tx, made)
    return _closed(tx, viewer, "update", made)


def remove_network(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Open them again. Raises Forbidden, NotFound."""
    old = _network(tx, viewer, id_)
    queries.remove_network(tx, id_)
    _closed(tx, viewer, "destroy", old)


def _closed(tx: Tx, viewer: Viewer, action: str, network: Network) -> dict[str, Any]:
    decisions.add(tx, viewer.id, action, "network", network.id, detail=network.severity)
    tx.publish(barred.CHANNEL, b"")
    return network_entity(network)


def _changed(tx: Tx, old: Network, form: NetworkForm, address: str) -> Network:
    severity = form.severity or old.severity
    if severity not in get_args(NetworkSeverity):
        raise Invalid(say("'%(severity)s' is not a valid severity", severity=severity[:40]))
    network = old.network if form.ip is None else network_of(form.ip)
    if severity == "no_access" and ip_address(address) in ip_network(network):
        raise Invalid(say("You come from this network yourself and would be shut out."))
    comment = old.comment if form.comment is None else tidy(form.comment)
    if len(comment) > COMMENT_CHARS:
        raise Invalid(say("A comment has at most %(most)s characters.", most=COMMENT_CHARS))
    return Network(old.id, network, severity, comment, _until(tx, old.until, form.expires_in))


def _until(tx: Tx, old: int | None, seconds: int | None) -> int | None:
    """Nothing said: as before; 0 or less: for good."""
    if seconds is None:
        return old
    return millis(tx.now + timedelta(seconds=min(seconds, LONGEST))) if seconds > 0 else None


def network_of(text: str) -> str:
    """A network as it is kept. Raises Invalid: none, or too wide a one."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        said = say("is invalid")
        raise Invalid(f"Validation failed: Ip {said}", {"ip": [("ERR_INVALID", said)]}) from None
    if network.prefixlen < WIDEST[network.version]:
        raise Invalid(say("A network has at least /%(length)s.", length=WIDEST[network.version]))
    return str(network)


def _taken(shown: str, field: str) -> Invalid:
    said = say("has already been taken")
    return Invalid(f"Validation failed: {shown} {said}", {field: [("ERR_TAKEN", said)]})


# --- hosts of e-mail addresses ------------------------------------------------------------------


def domain_entity(domain: EmailDomain) -> dict[str, Any]:
    """How often somebody tried is not counted, so the history is empty.

    Source: Mastodon REST API, entity Admin::EmailDomainBlock
    """
    return {
        "id": str(domain.id),
        "domain": domain.domain,
        "created_at": iso(domain.id >> 16),
        "history": [],
        "allow_with_approval": domain.with_approval,
    }


def domains(tx: Tx, viewer: Viewer, window: Window) -> list[dict[str, Any]]:
    """A page of hosts. Raises Forbidden."""
    require(viewer, Permission.MANAGE_BLOCKS)
    return [domain_entity(each) for each in queries.email_domains(tx, window)]


def show_domain(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """One of them. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_BLOCKS)
    found = queries.email_domain(tx, id_)
    if found is None:
        raise NotFound
    return domain_entity(found)


def add_domain(tx: Tx, viewer: Viewer, text: str, with_approval: bool) -> dict[str, Any]:
    """Take no addresses of a host and of all below it, or only after a look.

    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no host, or one that is there already.
    Source: Mastodon REST API, POST /api/v1/admin/email_domain_blocks
    """
    require(viewer, Permission.MANAGE_BLOCKS)
    domain = barred.domain_of(text)
    if domain is None:
        said = say("is invalid")
        raise Invalid(f"Validation failed: Domain {said}", {"domain": [("ERR_INVALID", said)]})
    made = EmailDomain(new_id(tx.now), domain, with_approval)
    if not queries.add_email_domain(tx, made):
        raise _taken("Domain", "domain")
    decisions.add(tx, viewer.id, "create", "email_domain", made.id, detail=domain)
    return domain_entity(made)


def remove_domain(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Take them again. Raises Forbidden, NotFound."""
    old = show_domain(tx, viewer, id_)
    queries.remove_email_domain(tx, id_)
    decisions.add(tx, viewer.id, "destroy", "email_domain", id_, detail=old["domain"])


# --- single addresses ---------------------------------------------------------------------------


def email_entity(email: Email) -> dict[str, Any]:
    """The hash is keyed: another server's list cannot be compared with ours, nor guessed from it.

    Source: Mastodon REST API, entity Admin::CanonicalEmailBlock
    """
    return {"id": str(email.id), "canonical_email_hash": email.hash.hex()}


def addresses(tx: Tx, viewer: Viewer, window: Window) -> list[dict[str, Any]]:
    """A page of addresses. Raises Forbidden."""
    require(viewer, Permission.MANAGE_BLOCKS)
    return [email_entity(each) for each in queries.emails(tx, window)]


def show_address(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """One of them. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_BLOCKS)
    found = queries.email(tx, id_)
    if found is None:
        raise NotFound
    return email_entity(found)


def test_address(tx: Tx, viewer: Viewer, text: str) -> list[dict[str, Any]]:
    """What an address would meet. Raises Forbidden, Invalid: it is none."""
    require(viewer, Permission.MANAGE_BLOCKS)
    found = queries.email_by_hash(tx, barred.email_mac(tx, _folded(text)))
    return [] if found is None else [email_entity(found)]


def add_address(tx: Tx, viewer: Viewer, text: str, hash_: str) -> dict[str, Any]:
    """Take an address no more, in any spelling.

    Args:
        hash_: instead of the address: one that this server showed.
    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no address and no hash of ours, or one that is there already.
    Source: Mastodon REST API, POST /api/v1/admin/canonical_email_blocks
    """
    require(viewer, Permission.MANAGE_BLOCKS)
    mac = barred.email_mac(tx, _folded(text)) if text else _hash(hash_)
    made = Email(new_id(tx.now), mac)
    if not queries.add_email(tx, made, None):
        raise _taken("Canonical email hash", "canonical_email_hash")
    decisions.add(tx, viewer.id, "create", "email", made.id)
    return email_entity(made)


def remove_address(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Take it again. Raises Forbidden, NotFound."""
    show_address(tx, viewer, id_)
    queries.remove_email(tx, id_)
    decisions.add(tx, viewer.id, "destroy", "email", id_)


def _folded(text: str) -> str:
    folded = emails.fold(text)
    if folded is None:
        said = say("is invalid")
        raise Invalid(f"Validation failed: Email {said}", {"email": [("ERR_INVALID", said)]})
    return folded


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        said = say("is invalid")
        field = "canonical_email_hash"
        raise Invalid(f"Validation failed: Canonical email hash {said}", {field: [("ERR", said)]})
    return found
