"""Passkeys, authenticator apps, recovery codes and challenges, as they are stored."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, or_, select, update

from whimbrel.core.engines import Query, insert, upsert
from whimbrel.core.tx import Tx

from ..tables import authenticators, challenges, passkeys, recovery_codes


class Passkey(NamedTuple):
    """One of somebody's passkeys. `name` is sealed; `uses` is the device's own count."""

    id: int
    account: int
    credential: bytes
    public_key: bytes
    uses: int
    name: bytes
    at: int
    used_at: int | None


class Authenticator(NamedTuple):
    """An app that makes codes. `secret` is sealed; `at` is None until a code was right."""

    secret: bytes
    step: int
    at: int | None


_PASSKEY = select(*(passkeys.c[name] for name in Passkey._fields))
_PASSKEYS = Query(
    _PASSKEY.where(passkeys.c.account == bindparam("who")).order_by(passkeys.c.id).limit(50)
)
_BY_CREDENTIAL = Query(_PASSKEY.where(passkeys.c.credential == bindparam("credential")))
_ADD_PASSKEY = Query(insert(passkeys))
_USED = Query(
    update(passkeys)
    .where(passkeys.c.id == bindparam("which"), passkeys.c.uses == bindparam("before"))
    .values(uses=bindparam("now_used"), used_at=bindparam("now"))
)
_MINE = (passkeys.c.id == bindparam("which"), passkeys.c.account == bindparam("who"))
_RENAME = Query(update(passkeys).where(*_MINE).values(name=bindparam("new_name")))
_DROP_PASSKEY = Query(delete(passkeys).where(*_MINE))


def passkeys_of(tx: Tx, account: int) -> list[Passkey]:
    """The passkeys of an account, oldest first, 50 at most."""
    return [Passkey._make(row) for row in tx.rows(_PASSKEYS, who=account)]


def passkey(tx: Tx, credential: bytes) -> Passkey | None:
    """The passkey that a browser calls so."""
    row = tx.row(_BY_CREDENTIAL, credential=credential)
    return row and Passkey._make(row)


def add_passkey(tx: Tx, new: Passkey) -> None:
    """Store one."""
    tx.run(_ADD_PASSKEY, **new._asdict())


def use_passkey(tx: Tx, id_: int, before: int, uses: int) -> bool:
    """Note a use; False when another was noted meanwhile, or it is gone."""
    return tx.run(_USED, which=id_, before=before, now_used=uses, now=tx.ms) == 1


def rename_passkey(tx: Tx, account: int, id_: int, name: bytes) -> bool:
    """Give it another name; whether there is one."""
    return tx.run(_RENAME, which=id_, who=account, new_name=name) == 1


def drop_passkey(tx: Tx, account: int, id_: int) -> bool:
    """Remove it; whether there was one."""
    return tx.run(_DROP_PASSKEY, which=id_, who=account) == 1


_AUTHENTICATOR = Query(
    select(authenticators.c.secret, authenticators.c.step, authenticators.c.at).where(
        authenticators.c.account == bindparam("who")
    )
)
_SET_AUTHENTICATOR = Query(upsert(authenticators, ("account",), ("secret", "step", "at")))
_TAKE_STEP = Query(
    update(authenticators)
    .where(authenticators.c.account == bindparam("who"), authenticators.c.step < bindparam("new"))
    .values(step=bindparam("new"), at=func.coalesce(authenticators.c.at, bindparam("now")))
)
_DROP_AUTHENTICATOR = Query(
    delete(authenticators).where(authenticators.c.account == bindparam("who"))
)


def authenticator(tx: Tx, account: int) -> Authenticator | None:
    """The authenticator app of an account, whether it was shown to work or not."""
    row = tx.row(_AUTHENTICATOR, who=account)
    return row and Authenticator._make(row)


def set_authenticator(tx: Tx, account: int, secret: bytes) -> None:
    """Store the secret of one that has to show a code yet."""
    tx.run(_SET_AUTHENTICATOR, account=account, secret=secret, step=0, at=None)


def take_step(tx: Tx, account: int, step: int) -> bool:
    """Note that the code of this half minute was right; False when it, or a later one, was used."""
    return tx.run(_TAKE_STEP, who=account, new=step, now=tx.ms) == 1


def drop_authenticator(tx: Tx, account: int) -> bool:
    """Remove it; whether there was one."""
    return tx.run(_DROP_AUTHENTICATOR, who=account) == 1


def any_factor(who: ColumnElement[int]) -> ColumnElement[bool]:
    """There is one that works; for statements over accounts."""
    return or_(
        exists().where(passkeys.c.account == who),
        exists().where(authenticators.c.account == who, authenticators.c.at.is_not(None)),
    )


_ANY = Query(select(any_factor(bindparam("who"))))
_ADD_CODE = Query(insert(recovery_codes))
_TAKE_CODE = Query(
    delete(recovery_codes).where(
        recovery_codes.c.hash == bindparam("hash"), recovery_codes.c.account == bindparam("who")
    )
)
_DROP_CODES = Query(delete(recovery_codes).where(recovery_codes.c.account == bindparam("who")))
_CODES_LEFT = Query(
    select(func.count())
    .select_from(recovery_codes)
    .where(recovery_codes.c.account == bindparam("who"))
)


def any_of(tx: Tx, account: int) -> bool:
    """Whether an account has a passkey, or an authenticator app that was shown to work."""
    return bool(tx.value(_ANY, who=account))


def set_codes(tx: Tx, account: int, hashes: Iterable[bytes]) -> None:
    """Store recovery codes in place of those before."""
    tx.run(_DROP_CODES, who=account)
    tx.many(_ADD_CODE, [{"hash": hash_, "account": account} for hash_ in hashes])


def take_code(tx: Tx, account: int, hash_: bytes) -> bool:
    """Use a recovery code up; whether there was one."""
    return tx.run(_TAKE_CODE, hash=hash_, who=account) == 1


def codes_left(tx: Tx, account: int) -> int:
    """How many recovery codes are unused."""
    return int(tx.value(_CODES_LEFT, who=account))


_ADD_CHALLENGE = Query(insert(challenges))
_FIND_CHALLENGE = Query(
    select(challenges.c.account).where(
        challenges.c.hash == bindparam("hash"),
        challenges.c.kind == bindparam("kind"),
        challenges.c.until > bindparam("now"),
    )
)
_TAKE_CHALLENGE = Query(delete(challenges).where(challenges.c.hash == bindparam("hash")))
_DROP_OLD = Query(delete(challenges).where(challenges.c.until <= bindparam("now")))
_DROP_CHALLENGES = Query(delete(challenges).where(challenges.c.account == bindparam("who")))


def add_challenge(tx: Tx, hash_: bytes, account: int | None, kind: str, until: int) -> None:
    """Store a challenge; what has run out goes at the same time."""
    tx.run(_DROP_OLD, now=tx.ms)
    tx.run(_ADD_CHALLENGE, hash=hash_, account=account, kind=kind, until=until)


def find_challenge(tx: Tx, hash_: bytes, kind: str) -> tuple[int | None] | None:
    """Whose challenge it is, in a tuple, if it is still good."""
    row: tuple[int | None] | None = tx.row(_FIND_CHALLENGE, hash=hash_, kind=kind, now=tx.ms)
    return row


def take_challenge(tx: Tx, hash_: bytes) -> bool:
    """Remove it; False when somebody else was first."""
    return tx.run(_TAKE_CHALLENGE, hash=hash_) == 1


def clear(tx: Tx, account: int) -> None:
    """Remove everything of an account that is here. Twice is once."""
    for passkey in passkeys_of(tx, account):
        drop_passkey(tx, account, passkey.id)
    for statement in (_DROP_AUTHENTICATOR, _DROP_CODES, _DROP_CHALLENGES):
        tx.run(statement, who=account)
