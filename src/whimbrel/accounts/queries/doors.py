"""Sessions and tokens as they are stored: begun, listed, ended."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update

from whimbrel.core.cascade import shred_below
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.tx import Tx

from ..tables import apps, codes, links, sessions, tokens


class Session(NamedTuple):
    """A signed-in browser."""

    id: int
    agent: str
    at: int
    seen_at: int


class Token(NamedTuple):
    """What an app holds. `name` is None for one made on the command line."""

    id: int
    app: int | None
    name: str | None
    website: str | None
    scopes: str
    at: int
    used_at: int | None


_ADD_SESSION = Query(insert(sessions))
_SESSIONS = Query(
    select(sessions.c.id, sessions.c.agent, sessions.c.at, sessions.c.seen_at)
    .where(sessions.c.account == bindparam("who"), sessions.c.at > bindparam("begun_after"))
    .order_by(sessions.c.id.desc())
    .limit(100)
)
_SESSION_OF = Query(
    select(sessions.c.id).where(
        sessions.c.id == bindparam("which"), sessions.c.account == bindparam("who")
    )
)
_OTHER_SESSIONS = Query(
    select(sessions.c.id).where(
        sessions.c.account == bindparam("who"), sessions.c.id != bindparam("but")
    )
)
_OLD_SESSIONS = Query(
    select(sessions.c.id).where(
        sessions.c.account == bindparam("who"), sessions.c.at <= bindparam("begun_after")
    )
)
_END_SESSIONS = Query(delete(sessions).where(in_list(sessions.c.id, "ids")))
_PROVED_AT = Query(select(sessions.c.proved_at).where(sessions.c.id == bindparam("which")))
_PROVED_OF = Query(
    select(func.max(sessions.c.proved_at)).where(sessions.c.account == bindparam("who"))
)
_PROVE = Query(
    update(sessions)
    .where(sessions.c.id == bindparam("which"), sessions.c.account == bindparam("who"))
    .values(proved_at=bindparam("now"), hash=bindparam("new_hash"))
)


def add_session(tx: Tx, id_: int, hash_: bytes, account: int, agent: str, begun_after: int) -> None:
    """Store a session; those of the account that have run out go at the same time."""
    _end_sessions(tx, tx.rows(_OLD_SESSIONS, who=account, begun_after=begun_after))
    times = {"at": tx.ms, "seen_at": tx.ms, "proved_at": tx.ms}
    tx.run(_ADD_SESSION, id=id_, hash=hash_, account=account, agent=agent, **times)


def sessions_of(tx: Tx, account: int, begun_after: int) -> list[Session]:
    """The sessions of an account, newest first, 100 at most."""
    rows = tx.rows(_SESSIONS, who=account, begun_after=begun_after)
    return [Session._make(row) for row in rows]


def proved_at(tx: Tx, session: int) -> int:
    """When whoever has this session last showed that they are who they say; 0 = never."""
    return tx.value(_PROVED_AT, which=session) or 0


def proved_of(tx: Tx, account: int) -> int:
    """When somebody last did so, in any browser; 0 = never."""
    return tx.value(_PROVED_OF, who=account) or 0


def prove(tx: Tx, account: int, session: int, hash_: bytes) -> bool:
    """Note that they just did; the session goes by another cookie from now on."""
    return tx.run(_PROVE, which=session, who=account, now=tx.ms, new_hash=hash_) == 1


def end_session(tx: Tx, account: int, session: int) -> bool:
    """Remove one session of an account; whether there was one."""
    return _end_sessions(tx, tx.rows(_SESSION_OF, which=session, who=account)) == 1


def end_sessions(tx: Tx, account: int, but: int) -> None:
    """Remove the sessions of an account, except one (0 = none)."""
    _end_sessions(tx, tx.rows(_OTHER_SESSIONS, who=account, but=but))


def _end_sessions(tx: Tx, rows: list[tuple[int]]) -> int:
    """Remove sessions, and the keys of the push subscriptions on them; how many there were."""
    ids = [row[0] for row in rows]
    if not ids:
        return 0
    shred_below(tx, sessions, ids)
    return tx.run(_END_SESSIONS, list_ids=ids)


_ADD_TOKEN = Query(insert(tokens, ("id", "hash", "app", "account", "scopes", "at")))
_TOKENS = Query(
    select(
        tokens.c.id,
        tokens.c.app,
        apps.c.name,
        apps.c.website,
        tokens.c.scopes,
        tokens.c.at,
        tokens.c.used_at,
    )
    .outerjoin(apps, apps.c.id == tokens.c.app)
    .where(tokens.c.account == bindparam("who"))
    .order_by(tokens.c.id.desc())
    .limit(200)
)
_BY_HASH = Query(
    select(tokens.c.id, tokens.c.app, tokens.c.account).where(tokens.c.hash == bindparam("hash"))
)
_TOKEN_OF = Query(
    select(tokens.c.id).where(
        tokens.c.id == bindparam("which"), tokens.c.account == bindparam("who")
    )
)
_ALL_TOKENS = Query(select(tokens.c.id).where(tokens.c.account == bindparam("who")))
_END_TOKENS = Query(delete(tokens).where(in_list(tokens.c.id, "ids")))
_END_CODES = Query(delete(codes).where(codes.c.account == bindparam("who")))
_END_LINKS = Query(
    delete(links).where(
        links.c.account == bindparam("who"), or_(links.c.kind == "reset", links.c.kind == "change")
    )
)


def add_token(
    tx: Tx, id_: int, hash_: bytes, app: int | None, account: int | None, scopes: str
) -> None:
    """Store a token."""
    tx.run(_ADD_TOKEN, id=id_, hash=hash_, app=app, account=account, scopes=scopes, at=tx.ms)


def add_tokens(tx: Tx, rows: Iterable[tuple[int, bytes, int]], scopes: str) -> None:
    """Store tokens of no app: (id, SHA-256, account) of each."""
    same = {"app": None, "scopes": scopes, "at": tx.ms}
    tx.many(_ADD_TOKEN, [{"id": id_, "hash": h, "account": a, **same} for id_, h, a in rows])


def tokens_of(tx: Tx, account: int) -> list[Token]:
    """The tokens of an account, newest first, 200 at most."""
    return [Token._make(row) for row in tx.rows(_TOKENS, who=account)]


def token_by_hash(tx: Tx, hash_: bytes) -> tuple[int, int | None, int | None] | None:
    """Id, app and account of the token with this SHA-256."""
    row: tuple[int, int | None, int | None] | None = tx.row(_BY_HASH, hash=hash_)
    return row


def end_token(tx: Tx, token: int) -> None:
    """Remove a token and the push subscription that hangs on it."""
    _end_tokens(tx, [token])


def end_token_of(tx: Tx, account: int, token: int) -> bool:
    """Remove one token of an account; whether there was one."""
    return _end_tokens(tx, [row[0] for row in tx.rows(_TOKEN_OF, which=token, who=account)]) == 1


def end_all_tokens(tx: Tx, account: int) -> None:
    """Remove all tokens of an account, codes that could become one, and links that could change
    the password."""
    _end_tokens(tx, [row[0] for row in tx.rows(_ALL_TOKENS, who=account)])
    tx.run(_END_CODES, who=account)
    end_links(tx, account)


def end_links(tx: Tx, account: int) -> None:
    """Remove links with which the password or the address could be changed."""
    tx.run(_END_LINKS, who=account)


def _end_tokens(tx: Tx, ids: list[int]) -> int:
    """Remove tokens, and the keys of what hangs on them; how many there were."""
    shred_below(tx, tokens, ids)
    return tx.run(_END_TOKENS, list_ids=ids)
