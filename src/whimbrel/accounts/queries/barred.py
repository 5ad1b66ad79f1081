"""Whom the doors are closed to: networks, hosts of e-mail addresses, addresses by keyed hash."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, String, bindparam, delete, or_, select, update

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..tables import barred_email_domains, barred_emails, barred_networks

MOST = 100_000  # networks kept in memory


class Network(NamedTuple):
    """A range of IP addresses, and how far whoever comes from it gets."""

    id: int
    network: str
    severity: str
    comment: str
    until: int | None


class EmailDomain(NamedTuple):
    """A host whose addresses, and those of all hosts below it, are not taken."""

    id: int
    domain: str
    with_approval: bool  # taken, but a moderator looks first


class Email(NamedTuple):
    """An address that is not taken, as a keyed hash."""

    id: int
    hash: bytes


def _number(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=BigInteger, required=True)


def _text(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=String, required=True)


Part: TypeAlias = tuple[int, int, int, bool]  # ids between low and high, how many, upwards


def _paged(table: Any, *columns: Any) -> dict[bool, Query]:
    return {
        ascending: Query(
            select(*columns)
            .where(table.c.id > _number("low"), table.c.id < _number("high"))
            .order_by(table.c.id.asc() if ascending else table.c.id.desc())
            .limit(_number("most"))
        )
        for ascending in (False, True)
    }


def _page(tx: Tx, queries: dict[bool, Query], part: Part) -> list[Any]:
    low, high, most, ascending = part
    rows = tx.rows(queries[ascending], low=low, high=high, most=most)
    return rows[::-1] if ascending else rows


# --- networks ---------------------------------------------------------------------------------

_n = barred_networks.c
_NETWORK = (_n.id, _n.network, _n.severity, _n.comment, _n.slot, _n.until)
_NETWORKS = _paged(barred_networks, *_NETWORK)
_ONE_NETWORK = Query(select(*_NETWORK).where(_n.id == _number("id")))
_ADD_NETWORK = Query(insert_ignore(barred_networks))
_SET_NETWORK = Query(
    update(barred_networks)
    .where(_n.id == _number("which"))
    .values(
        network=_text("new_network"),
        severity=_text("new_severity"),
        comment=bindparam("new_comment", type_=barred_networks.c.comment.type),
        slot=_number("new_slot"),
        until=_number("new_until"),
    )
)
_TAKEN = Query(select(_n.id).where(_n.network == _text("network")))
_REMOVE_NETWORK = Query(delete(barred_networks).where(_n.id == _number("id")))
_SLOT = Query(select(_n.slot).where(_n.id == _number("id")))
_OVER = or_(_n.until.is_(None), _n.until > _number("now"))
_AROUND = Query(select(_n.severity).where(in_list(_n.network, "around"), _OVER))
_SHUT_OUT = Query(
    select(_n.network).where(_n.severity == "no_access", _OVER).order_by(_n.id).limit(MOST)
)


def _comment(network: int, slot: int) -> Slot:
    return Slot(slot, slot, network, "barred_networks.comment")


def _network(tx: Tx, row: Any) -> Network:
    id_, network, severity, comment, slot, until = row
    said = "" if comment is None else tx.unseal(_comment(id_, slot), bytes(comment)).decode()
    return Network(id_, network, severity, said, until)


def networks(tx: Tx, part: Part) -> list[Network]:
    """A page of them."""
    return [_network(tx, row) for row in _page(tx, _NETWORKS, part)]


def network(tx: Tx, id_: int) -> Network | None:
    """One of them."""
    row = tx.row(_ONE_NETWORK, id=id_)
    return row and _network(tx, row)


def network_id(tx: Tx, network: str) -> int | None:
    """The row of exactly this network."""
    found: int | None = tx.value(_TAKEN, network=network)
    return found


def _sealed(tx: Tx, made: Network, slot: int) -> bytes | None:
    if not made.comment:
        return None
    return tx.seal(_comment(made.id, slot), made.comment.encode())


def add_network(tx: Tx, made: Network) -> bool:
    """Close the doors to one; False where it is there already."""
    slot = tx.slot()
    sealed = _sealed(tx, made, slot)
    row = {**made._asdict(), "comment": sealed, "slot": slot}
    return tx.run(_ADD_NETWORK, **row) == 1


def change_network(tx: Tx, made: Network) -> None:
    """Write one as it is now; what was said about it before cannot be read any more."""
    old, slot = tx.value(_SLOT, id=made.id), tx.slot()
    tx.run(
        _SET_NETWORK,
        which=made.id,
        new_network=made.network,
        new_severity=made.severity,
        new_comment=_sealed(tx, made, slot),
        new_slot=slot,
        new_until=made.until,
    )
    tx.shred([old])


def remove_network(tx: Tx, id_: int) -> None:
    """Open the doors to one."""
    tx.shred([tx.value(_SLOT, id=id_)])
    tx.run(_REMOVE_NETWORK, id=id_)


def severities(tx: Tx, around: Sequence[str]) -> set[str]:
    """What holds today for any of the networks `around` an address."""
    return {row[0] for row in tx.rows(_AROUND, list_around=list(around), now=tx.ms)}


def shut_out(tx: Tx) -> list[str]:
    """The networks that get no answer at all."""
    return [row[0] for row in tx.rows(_SHUT_OUT, now=tx.ms)]


# --- hosts of addresses -----------------------------------------------------------------------

_d = barred_email_domains.c
_DOMAINS = _paged(barred_email_domains, _d.id, _d.domain, _d.with_approval)
_ONE_DOMAIN = Query(select(_d.id, _d.domain, _d.with_approval).where(_d.id == _number("id")))
_ADD_DOMAIN = Query(insert_ignore(barred_email_domains))
_REMOVE_DOMAIN = Query(delete(barred_email_domains).where(_d.id == _number("id")))
_ABOVE = Query(select(_d.id, _d.domain, _d.with_approval).where(in_list(_d.domain, "domains")))


def _domain(row: Any) -> EmailDomain:
    return EmailDomain(row[0], row[1], bool(row[2]))


def email_domains(tx: Tx, part: Part) -> list[EmailDomain]:
    """A page of them."""
    return [_domain(row) for row in _page(tx, _DOMAINS, part)]


def email_domain(tx: Tx, id_: int) -> EmailDomain | None:
    """One of them."""
    row = tx.row(_ONE_DOMAIN, id=id_)
    return row and _domain(row)


def add_email_domain(tx: Tx, made: EmailDomain) -> bool:
    """Take no addresses of a host; False where it is there already."""
    return tx.run(_ADD_DOMAIN, **made._asdict()) == 1


def remove_email_domain(tx: Tx, id_: int) -> None:
    """Take them again."""
    tx.run(_REMOVE_DOMAIN, id=id_)


def email_domains_among(tx: Tx, domains: Iterable[str]) -> list[EmailDomain]:
    """Those of `domains` that stand here."""
    return [_domain(row) for row in tx.rows(_ABOVE, list_domains=list(domains))]


# --- addresses --------------------------------------------------------------------------------

_e = barred_emails.c
_EMAILS = _paged(barred_emails, _e.id, _e.hash)
_ONE_EMAIL = Query(select(_e.id, _e.hash).where(_e.id == _number("id")))
_BY_HASH = Query(select(_e.id, _e.hash).where(_e.hash == bindparam("hash")))
_ADD_EMAIL = Query(insert_ignore(barred_emails))
_REMOVE_EMAIL = Query(delete(barred_emails).where(_e.id == _number("id")))
_REMOVE_OF = Query(delete(barred_emails).where(_e.account == _number("account")))


def _email(row: Any) -> Email:
    return Email(row[0], bytes(row[1]))


def emails(tx: Tx, part: Part) -> list[Email]:
    """A page of them."""
    return [_email(row) for row in _page(tx, _EMAILS, part)]


def email(tx: Tx, id_: int) -> Email | None:
    """One of them."""
    row = tx.row(_ONE_EMAIL, id=id_)
    return row and _email(row)


def email_by_hash(tx: Tx, hash_: bytes) -> Email | None:
    """The one with this hash."""
    row = tx.row(_BY_HASH, hash=hash_)
    return row and _email(row)


def add_email(tx: Tx, made: Email, account: int | None) -> bool:
    """Take an address no more; False where it is there already."""
    return tx.run(_ADD_EMAIL, id=made.id, hash=made.hash, account=account) == 1


def remove_email(tx: Tx, id_: int) -> None:
    """Take it again."""
    tx.run(_REMOVE_EMAIL, id=id_)


def unbar_emails_of(tx: Tx, account: int) -> None:
    """Take again what was refused since an account was suspended."""
    tx.run(_REMOVE_OF, account=account)
