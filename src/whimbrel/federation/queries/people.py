"""People elsewhere: whom we met, and where they are reached."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import String, bindparam, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tx import Tx
from whimbrel.moderation.tables import blocked_servers
from whimbrel.posts.queries import number

from ..rules import Actor, Others, hosts_of
from ..tables import remote_actors

_SAID = (
    *("kind", "url", "inbox", "shared_inbox", "outbox", "followers", "featured", "icon", "image"),
    *("moved_to", "also_known_as", "emojis"),
)
_KEEP = Query(upsert(remote_actors, ["account"], [*_SAID, "at"]))
_MET = select(
    accounts.c.id,
    accounts.c.uri,
    accounts.c.username,
    accounts.c.domain,
    accounts.c.suspended_at.is_not(None),
    remote_actors.c.followers,
    remote_actors.c.at,
).outerjoin(remote_actors, remote_actors.c.account == accounts.c.id)
_BY_URI = Query(_MET.where(accounts.c.uri == bindparam("uri", type_=String)))
_BY_HANDLE = Query(
    _MET.where(
        accounts.c.handle == bindparam("handle", type_=String), accounts.c.domain.is_not(None)
    )
)
_BY_ID = Query(_MET.where(accounts.c.id == number("id"), accounts.c.domain.is_not(None)))
_FEATURED = Query(
    select(remote_actors.c.featured).where(remote_actors.c.account == number("account"))
)
_SAYS = Query(
    select(remote_actors.c.also_known_as, remote_actors.c.moved_to).where(
        remote_actors.c.account == number("account")
    )
)
_severity = blocked_servers.c.severity
_DISTANCE = Query(
    select(blocked_servers.c.id)
    .where(in_list(blocked_servers.c.domain, "hosts"), _severity == "silence")
    .limit(1)
)


_REJECTS = Query(
    select(blocked_servers.c.id)
    .where(in_list(blocked_servers.c.domain, "hosts"), blocked_servers.c.reject_media.is_(True))
    .limit(1)
)


class Met(NamedTuple):
    """Somebody elsewhere whom we know."""

    id: int
    uri: str
    username: str
    domain: str
    suspended: bool
    followers: str | None  # the address of the list
    at: int  # ms: when they were last fetched; 0 = never


def by_uri(tx: Tx, uri: str) -> Met | None:
    """By their id."""
    return _met(tx.row(_BY_URI, uri=uri))


def by_handle(tx: Tx, handle: str) -> Met | None:
    """By `name@domain`, lower case."""
    return _met(tx.row(_BY_HANDLE, handle=handle))


def by_id(tx: Tx, id_: int) -> Met | None:
    """By their id here."""
    return _met(tx.row(_BY_ID, id=id_))


def featured(tx: Tx, account: int) -> str | None:
    """Where the list of posts is that stand on top of somebody's profile."""
    found: str | None = tx.value(_FEATURED, account=account)
    return found


def says(tx: Tx, account: int) -> Others:
    """What somebody elsewhere says of their other accounts, as it was last read."""
    row = tx.row(_SAYS, account=account)
    if row is None:
        return Others()
    return Others(msgspec.json.decode(row[0], type=tuple[str, ...]), row[1])


def _met(row: Any) -> Met | None:
    if row is None:
        return None
    id_, uri, username, domain, suspended, followers, at = row
    return Met(id_, uri, username, domain, bool(suspended), followers, at or 0)


def keep(tx: Tx, account: int, actor: Actor) -> None:
    """How somebody is reached, as it was just read."""
    values = {name: getattr(actor, name) for name in _SAID}
    for name in ("also_known_as", "emojis"):
        values[name] = msgspec.json.encode(values[name]).decode()
    tx.run(_KEEP, account=account, at=tx.ms, **values)


def distance(tx: Tx, hosts: Sequence[str]) -> int | None:
    """Since when (ms) the staff limits a server, or one that it belongs to."""
    row = tx.row(_DISTANCE, list_hosts=list(hosts))
    return None if row is None else row[0] >> 16


def rejects_media(tx: Tx, uri: str) -> bool:
    """Whether the staff wants no files of the server of this id, or of one that it belongs to."""
    hosts = hosts_of(urlsplit(uri).hostname or "")
    return tx.row(_REJECTS, list_hosts=list(hosts)) is not None
