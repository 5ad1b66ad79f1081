"""The alarm, as all processes and the operator know it: it rings, and is silenced.

What it does to budgets is in `readings`."""

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from . import queries
from .events import AlarmRang
from .queries import Kept

CHANNEL = "alarm"  # said when it begins to ring, or is silenced


def ring(tx: Tx, why: str, ends_at: int) -> None:
    """It rings, unless it does already. Emits: AlarmRang"""
    if queries.current(tx) is not None:
        return
    queries.add(tx, Kept(new_id(tx.now), why, ends_at))
    tx.publish(CHANNEL, b"")
    tx.emit(AlarmRang(why=why))


def silence(tx: Tx) -> bool:
    """Take back what it does; whether it rang."""
    if not queries.silence(tx):
        return False
    tx.publish(CHANNEL, b"")
    return True


def current(tx: Tx) -> Kept | None:
    """The alarm that rings."""
    return queries.current(tx)
