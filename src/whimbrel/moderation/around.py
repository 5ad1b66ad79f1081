"""Measures of a decision that go beyond an account: against its server, the network it comes from,
or the host of its mail. Each is a rule as the staff also makes it by hand (`gates`, `servers`)."""

from whimbrel.accounts import addresses
from whimbrel.accounts.queries import barred as doors
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import gates, servers
from .queries import servers as known
from .queries.people import Person
from .rules import OF_SERVER, Act, Deed, ServerBlock, needs, require

_SEVERITIES = {"server_media": "noop", "server_limit": "silence", "server_block": "suspend"}
_RANKING = ("noop", "silence", "suspend")
_NOWHERE = "127.0.0.1"  # whoever decides does not come from the network of whom it is about


def perform(tx: Tx, viewer: Viewer, act: Act, person: Person) -> Deed:
    """Make the rule, or a stricter one of it; what was there before is remembered.

    Raises:
        Forbidden: the viewer's role may not.
        Invalid: nothing is known of where they come from.
    Emits: as `gates` and `servers`
    """
    require(viewer, needs(act))
    if act in OF_SERVER:
        return _server(tx, viewer, act, person)
    return _mail(tx, viewer, person) if act == "mail" else _network(tx, viewer, person)


def domain_of(person: Person) -> str:
    """The server of somebody elsewhere. Raises Invalid: they are ours."""
    if person.account.domain is None:
        raise Invalid(say("This account is one of ours: there is no other server."))
    return person.account.domain


def _server(tx: Tx, viewer: Viewer, act: Act, person: Person) -> Deed:
    domain, media = domain_of(person), act == "server_media"
    old = known.block_of(tx, domain)
    severity = _SEVERITIES[act]
    if old is None:
        form = servers.BlockForm(domain=domain, severity=severity, reject_media=media)
        made = servers.add_block(tx, viewer, form)
        return Deed(act, int(made["id"]))
    if media:
        before, form = old.reject_media, servers.BlockForm(reject_media=True)
    else:
        before = _RANKING.index(old.severity) >= _RANKING.index(severity)
        form = servers.BlockForm(severity=severity)
    if not before:
        servers.change_block(tx, viewer, old.id, form)
    return Deed(act, old.id, before, old.severity)


def _mail(tx: Tx, viewer: Viewer, person: Person) -> Deed:
    host = (person.email or "").rpartition("@")[2]
    if not host:
        raise Invalid(say("No e-mail address of theirs is known."))
    there = doors.email_domains_among(tx, [host])
    if there:
        return Deed("mail", there[0].id, True)
    return Deed("mail", int(gates.add_domain(tx, viewer, host, with_approval=False)["id"]))


def _network(tx: Tx, viewer: Viewer, person: Person) -> Deed:
    came = addresses.of(tx, [person.id])[person.id]
    if not came:
        raise Invalid(say("It is not known where they come from."))
    form = gates.NetworkForm(ip=came[0].ip, severity="sign_up_block")
    there = doors.network_id(tx, gates.network_of(came[0].ip))
    if there is not None:
        return Deed("network", there, True)
    return Deed("network", int(gates.add_network(tx, viewer, form, _NOWHERE)["id"]))


def undo(tx: Tx, viewer: Viewer, deed: Deed) -> bool:
    """Take the rule back, or make it as it was. False where it is gone.

    Raises:
        Forbidden: the viewer's role may not.
    """
    require(viewer, needs(deed.act))
    if deed.act == "mail":
        if doors.email_domain(tx, deed.target) is None:
            return False
        gates.remove_domain(tx, viewer, deed.target)
    elif deed.act == "network":
        if doors.network(tx, deed.target) is None:
            return False
        gates.remove_network(tx, viewer, deed.target)
    else:
        return _undo_server(tx, viewer, deed)
    return True


def _undo_server(tx: Tx, viewer: Viewer, deed: Deed) -> bool:
    block: ServerBlock | None = known.block(tx, deed.target)
    if block is None:
        return False
    if not deed.was:
        servers.remove_block(tx, viewer, deed.target)
    elif deed.act == "server_media":
        servers.change_block(tx, viewer, deed.target, servers.BlockForm(reject_media=False))
    else:
        servers.change_block(tx, viewer, deed.target, servers.BlockForm(severity=deed.was))
    return True
