"""Relays: which ones we asked, and which said yes."""

from typing import NamedTuple

from sqlalchemy import String, bindparam, delete, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import relays


class Relay(NamedTuple):
    """One that was asked."""

    id: int
    inbox: str
    actor: str | None  # who said yes; None = nobody yet


_ADD = Query(insert_ignore(relays))
_ALL = Query(select(relays.c.id, relays.c.inbox, relays.c.actor).order_by(relays.c.id))
_SETTLE = Query(
    update(relays)
    .where(relays.c.id == number("which"))
    .values(actor=bindparam("who", type_=String))
)
_REMOVE = Query(delete(relays).where(relays.c.id == number("which")))


def add(tx: Tx, id_: int, inbox: str) -> bool:
    """It is asked; False where it was asked before."""
    return bool(tx.run(_ADD, id=id_, inbox=inbox, actor=None))


def every(tx: Tx) -> list[Relay]:
    """All that were asked."""
    return [Relay(*row) for row in tx.rows(_ALL)]


def settle(tx: Tx, relay: int, actor: str) -> None:
    """It said yes, by this actor of its server."""
    tx.run(_SETTLE, which=relay, who=actor)


def remove(tx: Tx, relay: int) -> None:
    """It is asked no more, or said no."""
    tx.run(_REMOVE, which=relay)


def actors(tx: Tx) -> frozenset[str]:
    """Who passes on to us what others write."""
    return frozenset(each.actor for each in every(tx) if each.actor is not None)


def inboxes(tx: Tx) -> set[str]:
    """Where what is written here for everybody is passed on."""
    return {each.inbox for each in every(tx) if each.actor is not None}
