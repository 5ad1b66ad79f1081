"""One-use links and invitations, as they are stored."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx

from ..tables import invites, links


class Link(NamedTuple):
    """Whose link it is (None: nobody's yet), and the sealed new address it is about."""

    account: int | None
    email: bytes | None


_FIND = Query(
    select(links.c.account, links.c.email).where(
        links.c.hash == bindparam("hash"),
        links.c.kind == bindparam("kind"),
        links.c.until > bindparam("now"),
    )
)
_TAKE = Query(delete(links).where(links.c.hash == bindparam("hash")))
_ADD = Query(insert(links))
_DROP = Query(
    delete(links).where(links.c.kind == bindparam("kind"), links.c.account == bindparam("who"))
)
_DROP_NOBODYS = Query(
    delete(links).where(links.c.kind == bindparam("kind"), links.c.account.is_(None))
)
_DROP_OLD = Query(delete(links).where(links.c.until <= bindparam("now")))


def find(tx: Tx, hash_: bytes, kind: str) -> Link | None:
    """The link of this kind with this SHA-256, if it is still good."""
    row = tx.row(_FIND, hash=hash_, kind=kind, now=tx.ms)
    return row and Link._make(row)


def take(tx: Tx, hash_: bytes) -> bool:
    """Remove it; False when somebody else was first."""
    return tx.run(_TAKE, hash=hash_) == 1


def add(
    tx: Tx, hash_: bytes, kind: str, account: int | None, email: bytes | None, until: int
) -> None:
    """Store a link; what has run out goes at the same time."""
    tx.run(_DROP_OLD, now=tx.ms)
    tx.run(_ADD, hash=hash_, kind=kind, account=account, email=email, until=until)


def drop(tx: Tx, kind: str, account: int | None) -> None:
    """Void the links of this kind that an account has (None: those of nobody)."""
    if account is None:
        tx.run(_DROP_NOBODYS, kind=kind)
    else:
        tx.run(_DROP, kind=kind, who=account)


_ADD_INVITE = Query(insert(invites))
_GOOD = or_(invites.c.until.is_(None), invites.c.until > bindparam("now"))
_FIND_INVITE = Query(
    select(invites.c.id, invites.c.role).where(
        invites.c.hash == bindparam("hash"), invites.c.uses_left > 0, _GOOD
    )
)
_USE_INVITE = Query(
    update(invites)
    .where(invites.c.id == bindparam("which"), invites.c.uses_left > 0)
    .values(uses_left=invites.c.uses_left - 1)
)

_END_INVITE = Query(update(invites).where(invites.c.id == bindparam("which")).values(uses_left=0))


def add_invite(
    tx: Tx, id_: int, hash_: bytes, account: int | None, role: str, uses: int, until: int | None
) -> None:
    """Store an invitation of `account` (None: the operator's)."""
    tx.run(_ADD_INVITE, id=id_, hash=hash_, account=account, role=role, uses_left=uses, until=until)


def find_invite(tx: Tx, hash_: bytes) -> tuple[int, str] | None:
    """Id and role of an invitation that still has uses."""
    row: tuple[int, str] | None = tx.row(_FIND_INVITE, hash=hash_, now=tx.ms)
    return row


def use_invite(tx: Tx, invite: int) -> bool:
    """Count one use; False when somebody else had the last."""
    return tx.run(_USE_INVITE, which=invite) == 1


def end_invite(tx: Tx, invite: int) -> bool:
    """Nobody more comes by it; who came by it is still known. False where there is none."""
    return tx.run(_END_INVITE, which=invite) == 1
