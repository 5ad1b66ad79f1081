"""Who is at the door: tokens, sessions, sign-up, one-use links, OAuth apps and codes."""

from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, case, false, select, update

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import accounts, sessions, tokens, users
from . import days
from .factors import any_factor

_STANDING = (
    users.c.role,
    users.c.confirmed_at,
    users.c.approved_at,
    users.c.disabled_at,
    accounts.c.suspended_at,
    # asked of the staff alone: whether there is a second factor
    case((users.c.role != "user", any_factor(users.c.account)), else_=false()),
)


DAY = 86_400_000  # ms


class Held(NamedTuple):
    """A token or session as it is found at the door, with the standing of its account."""

    id: int
    account: int | None  # None: the app itself
    app: int | None
    scopes: str
    used_at: int | None
    role: str | None
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    suspended_at: int | None
    factor: bool  # of the staff: whether signing in takes a second step
    now: int
    locale: str | None = None  # of a session: what they read the pages in


_TOKEN = Query(
    select(
        tokens.c.id, tokens.c.account, tokens.c.app, tokens.c.scopes, tokens.c.used_at, *_STANDING
    )
    .outerjoin(accounts, accounts.c.id == tokens.c.account)
    .outerjoin(users, users.c.account == tokens.c.account)
    .where(tokens.c.hash == bindparam("hash"))
)


def session_of() -> Select[Any]:
    """The session with the SHA-256 `hash`, over sessions, accounts and users, in columns for
    `held_by`. It binds `session_values`."""
    return (
        select(
            sessions.c.id,
            sessions.c.account,
            sessions.c.at,
            sessions.c.seen_at,
            *_STANDING,
            users.c.locale,
        )
        .join(accounts, accounts.c.id == sessions.c.account)
        .join(users, users.c.account == sessions.c.account)
        .where(
            sessions.c.hash == bindparam("hash"),
            sessions.c.at > bindparam("begun_after"),
            sessions.c.seen_at > bindparam("seen_after"),
        )
    )


_SESSION = Query(session_of())


def token(tx: Tx, hash_: bytes) -> Held | None:
    """The token with this SHA-256; one indexed read."""
    row = tx.row(_TOKEN, hash=hash_)
    return row and Held._make((*row, tx.ms, None))


def session(tx: Tx, hash_: bytes, absolute: int, idle: int) -> Held | None:
    """The session with this SHA-256, unless it is older than `absolute` ms or was not seen for
    `idle` ms."""
    row = tx.row(_SESSION, **session_values(tx, hash_, absolute, idle))
    return row and held_by(tx, row)


def session_values(tx: Tx, hash_: bytes, absolute: int, idle: int) -> dict[str, Any]:
    """What `session_of` binds."""
    return {"hash": hash_, "begun_after": tx.ms - absolute, "seen_after": tx.ms - idle}


def held_by(tx: Tx, row: Any) -> Held:
    """A row of `session_of`."""
    return Held._make((row[0], row[1], None, "", *row[3:-1], tx.ms, row[-1]))


_USE_OF_TOKEN = Query(
    update(tokens).where(tokens.c.id == bindparam("which")).values(used_at=bindparam("now"))
)
_USE_OF_SESSION = Query(
    update(sessions).where(sessions.c.id == bindparam("which")).values(seen_at=bindparam("now"))
)
_USE_OF_ACCOUNT = Query(
    update(users)
    .where(users.c.account == bindparam("who"), users.c.active_at < bindparam("now"))
    .values(active_at=bindparam("now"))
)


def write_use(tx: Tx, account: int | None, token: int | None, session: int | None) -> None:
    """Note the day on which a token or session, and so its account, was last used."""
    day = tx.ms - tx.ms % DAY
    if token is not None:
        tx.run(_USE_OF_TOKEN, which=token, now=day)
    if session is not None:
        tx.run(_USE_OF_SESSION, which=session, now=day)
    if account is not None and tx.run(_USE_OF_ACCOUNT, who=account, now=day):
        days.count(tx)
