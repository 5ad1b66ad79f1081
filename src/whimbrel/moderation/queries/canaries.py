"""Statements about canaries."""

from sqlalchemy import insert, select

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.posts.tables import posts as written

from ..tables import canaries

_ADD = Query(insert(canaries))
_POSTS = Query(select(written.c.id).join(canaries, canaries.c.account == written.c.author))


def add(tx: Tx, account: int) -> None:
    """This account is one."""
    tx.run(_ADD, account=account)


def posts(tx: Tx) -> list[int]:
    """The posts of all of them. Counts rows."""
    return [row[0] for row in tx.rows(_POSTS)]
