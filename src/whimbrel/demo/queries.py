"""What of this server belongs to the demo: remembered by name among the counters, so that exactly
that can be taken away again."""

from sqlalchemy import bindparam, delete, select, update

from whimbrel.accounts.queries.days import DAY
from whimbrel.accounts.tables import days
from whimbrel.core.engines import Query, upsert
from whimbrel.core.tables import counters
from whimbrel.core.tx import Tx
from whimbrel.instance.tables import rules

_MINE = "demo "
_KEEP = Query(upsert(counters, ("name",), ("value",)))
_KEPT = Query(
    select(counters.c.name, counters.c.value)
    .where(counters.c.name.startswith(_MINE))
    .order_by(counters.c.name)
)
_FORGET = Query(delete(counters).where(counters.c.name.startswith(_MINE)))
_FORGET_ONE = Query(delete(counters).where(counters.c.name == bindparam("name")))
_RULE = Query(delete(rules).where(rules.c.id == bindparam("rule")))
_UNCOUNT = Query(
    update(days)
    .where(days.c.day == bindparam("which"), days.c.active > 0)
    .values(active=days.c.active - 1)
)
_DROP_DAY = Query(delete(days).where(days.c.day == bindparam("which"), days.c.active == 0))


def remember(tx: Tx, name: str, id_: int) -> None:
    """The demo made this. `name`: its kind and what it is called, up to 35 characters."""
    tx.run(_KEEP, name=_MINE + name, value=id_)


def remembered(tx: Tx) -> dict[str, int]:
    """Everything that the demo made here: name to id."""
    return {name.removeprefix(_MINE): id_ for name, id_ in tx.rows(_KEPT)}


def forget(tx: Tx) -> None:
    """It made nothing."""
    tx.run(_FORGET)


def forget_count(tx: Tx, name: str) -> None:
    """Forget how far somebody counted: they begin anew."""
    tx.run(_FORGET_ONE, name=name)


def drop_rule(tx: Tx, rule: int) -> None:
    """Remove a rule and all its past: nobody real was ever held to it."""
    tx.run(_RULE, rule=rule)


def uncount(tx: Tx, account: int) -> None:
    """Nobody came on the day on which this account was made."""
    day = (account >> 16) // DAY
    tx.run(_UNCOUNT, which=day)
    tx.run(_DROP_DAY, which=day)
