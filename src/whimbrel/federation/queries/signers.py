"""Whose a key is, and how a server wants to be spoken to."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, String, bindparam, delete, exists, func, literal, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tx import Tx

from ..rules import Known, Style
from ..tables import peers, remote_keys
from .barred import barred

_KNOWN = {
    limited: Query(
        select(
            barred(limited),
            remote_keys.c.actor,
            remote_keys.c.pem,
            remote_keys.c.at,
            func.coalesce(accounts.c.id, 0),
            accounts.c.suspended_at.is_not(None),
            exists(select(literal(1)).where(follows.c.followee == accounts.c.id)),
        )
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(remote_keys, remote_keys.c.key_id == bindparam("key_id", type_=String))
        .outerjoin(accounts, accounts.c.uri == remote_keys.c.actor)
    )
    for limited in (False, True)
}
_KEEP = Query(upsert(remote_keys, ["key_id"], ["actor", "pem", "at"]))
_FORGET = Query(delete(remote_keys).where(remote_keys.c.key_id == bindparam("which", type_=String)))
_SWEEP = Query(delete(remote_keys).where(remote_keys.c.at < bindparam("before", type_=BigInteger)))
_STYLE = Query(
    select(peers.c.style).where(
        peers.c.origin == bindparam("origin", type_=String),
        peers.c.at > bindparam("since", type_=BigInteger),
    )
)
_STYLES = Query(
    select(peers.c.origin, peers.c.style).where(
        in_list(peers.c.origin, "origins"), peers.c.at > bindparam("since", type_=BigInteger)
    )
)
_SET_STYLE = Query(upsert(peers, ["origin"], ["style", "at"]))


def known(tx: Tx, key_id: str, hosts: Sequence[str]) -> tuple[bool, Known | None]:
    """Whether one of `hosts` is kept out altogether; and the key, where we have it."""
    query = _KNOWN[tx.instance.limited_federation]
    row = tx.row(query, key_id=key_id, list_hosts=list(hosts))
    out, actor, pem, at, account, suspended, followed = row
    if actor is None:
        return bool(out), None
    return bool(out), Known(actor, pem, at, account, bool(suspended), bool(followed))


def keep(tx: Tx, key_id: str, actor: str, pem: str) -> None:
    """A key as it was just fetched."""
    tx.run(_KEEP, key_id=key_id, actor=actor, pem=pem, at=tx.ms)


def forget(tx: Tx, key_id: str) -> None:
    """A key that is no more."""
    tx.run(_FORGET, which=key_id)


def sweep(tx: Tx, before: int) -> None:
    """Keys that were last fetched before then (ms): whoever still speaks to us brings theirs."""
    tx.run(_SWEEP, before=before)


def style(tx: Tx, origin: str, since: int) -> Style | None:
    """How this server took our last signature, if that was after `since` (ms)."""
    found = tx.value(_STYLE, origin=origin, since=since)
    return None if found is None else Style(found)


def styles(tx: Tx, origins: Sequence[str], since: int) -> dict[str, Style]:
    """The same of several, by origin."""
    if not origins:
        return {}
    rows = tx.rows(_STYLES, list_origins=origins, since=since)
    return {origin: Style(style) for origin, style in rows}


def set_style(tx: Tx, origin: str, taken: Style) -> None:
    """It took this one."""
    tx.run(_SET_STYLE, origin=origin, style=int(taken), at=tx.ms)
