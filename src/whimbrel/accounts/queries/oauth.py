"""Apps and the codes that become tokens, as they are stored."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, exists, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx

from ..tables import apps, codes, tokens

DAY = 86_400_000  # ms


class App(NamedTuple):
    """A registered app. `redirects` has a newline between; `secret` is a SHA-256."""

    id: int
    name: str
    website: str | None
    redirects: str
    scopes: str
    client_id: str
    secret: bytes


class Code(NamedTuple):
    """A code somebody granted. `token` is set once it was used."""

    app: int
    account: int
    redirect: str
    scopes: str
    challenge: str | None
    until: int
    token: int | None


_APP_COLUMNS = tuple(apps.c[name] for name in App._fields)
_ADD_APP = Query(insert(apps))
_BY_CLIENT_ID = Query(select(*_APP_COLUMNS).where(apps.c.client_id == bindparam("client_id")))
_BY_ID = Query(select(*_APP_COLUMNS).where(apps.c.id == bindparam("which")))
_DROP_UNUSED = Query(
    delete(apps).where(
        apps.c.id == bindparam("which"),
        ~exists().where(tokens.c.app == apps.c.id),
        ~exists().where(codes.c.app == apps.c.id),
    )
)
_ADD_CODE = Query(insert(codes, ("hash", *Code._fields)))
_DROP_OLD_CODES = Query(
    delete(codes).where(codes.c.account == bindparam("who"), codes.c.until < bindparam("before"))
)
_CODE = Query(
    select(*(codes.c[name] for name in Code._fields)).where(codes.c.hash == bindparam("hash"))
)
_USE_CODE = Query(
    update(codes)
    .where(codes.c.hash == bindparam("hash"), codes.c.token.is_(None))
    .values(token=bindparam("gave"))
)


def add_app(tx: Tx, app: App) -> None:
    """Store an app."""
    tx.run(_ADD_APP, **app._asdict(), at=tx.ms)


def app_by_client_id(tx: Tx, client_id: str) -> App | None:
    """The app that calls itself so."""
    row = tx.row(_BY_CLIENT_ID, client_id=client_id)
    return row and App._make(row)


def app_by_id(tx: Tx, app: int) -> App | None:
    """The app of a token."""
    row = tx.row(_BY_ID, which=app)
    return row and App._make(row)


def drop_unused_app(tx: Tx, app: int) -> None:
    """Remove an app that holds neither token nor code."""
    tx.run(_DROP_UNUSED, which=app)


def add_code(tx: Tx, hash_: bytes, code: Code) -> None:
    """Store a code; those of the account that ran out a day ago go at the same time. Until then a
    second use is still known for one."""
    tx.run(_DROP_OLD_CODES, who=code.account, before=tx.ms - DAY)
    tx.run(_ADD_CODE, hash=hash_, **code._asdict())


def code_by_hash(tx: Tx, hash_: bytes) -> Code | None:
    """The code with this SHA-256, used and old ones too."""
    row = tx.row(_CODE, hash=hash_)
    return row and Code._make(row)


def use_code(tx: Tx, hash_: bytes, token: int) -> bool:
    """Note the token that a code gave; False when somebody else was first."""
    return tx.run(_USE_CODE, hash=hash_, gave=token) == 1
