"""Which servers are spoken with: none that is kept out, and where only some are let in, those."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, exists, literal, not_, or_, select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.moderation.tables import allowed_servers, blocked_servers

_suspended = exists(
    select(literal(1)).where(
        in_list(blocked_servers.c.domain, "hosts"), blocked_servers.c.severity == "suspend"
    )
)
_let_in = exists(
    select(literal(1))
    .select_from(allowed_servers)
    .where(in_list(allowed_servers.c.domain, "hosts"))
)


def barred(limited: bool) -> ColumnElement[bool]:
    """Whether a server is kept out; `list_hosts` are the domains it is in.

    Args:
        limited: only those on the list are let in.
    """
    return or_(_suspended, not_(_let_in)) if limited else _suspended


_BARRED = {limited: Query(select(barred(limited))) for limited in (False, True)}
_SUSPENDED = Query(
    select(blocked_servers.c.domain).where(
        in_list(blocked_servers.c.domain, "hosts"), blocked_servers.c.severity == "suspend"
    )
)
_LET_IN = Query(select(allowed_servers.c.domain).where(in_list(allowed_servers.c.domain, "hosts")))


def is_barred(tx: Tx, hosts: Sequence[str]) -> bool:
    """Whether nothing is taken from a server, asked of it or told to it."""
    return bool(tx.value(_BARRED[tx.instance.limited_federation], list_hosts=list(hosts)))


def barred_among(tx: Tx, hosts: Mapping[str, Sequence[str]]) -> set[str]:
    """Which of several servers (key: whatever; value: the domains it is in) are kept out."""
    every: Collection[str] = sorted({host for each in hosts.values() for host in each})
    if not every:
        return set()
    out = {row[0] for row in tx.rows(_SUSPENDED, list_hosts=every)}
    found = {name for name, each in hosts.items() if not out.isdisjoint(each)}
    if tx.instance.limited_federation:
        into = {row[0] for row in tx.rows(_LET_IN, list_hosts=every)}
        found |= {name for name, each in hosts.items() if into.isdisjoint(each)}
    return found
