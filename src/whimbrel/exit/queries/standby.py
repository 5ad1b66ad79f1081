"""What the database knows of the standby."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, distinct, func, or_, select

from whimbrel.core.engines import Query, Values, insert_ignore, upsert
from whimbrel.core.tables import counters, unsynced
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files, media

BEAT, TOKEN = "standby canary", "standby token"  # counters

# Copies of what others have are fetched from them again; archives are asked for again.
OURS = and_(
    files.c.object != "",
    media.c.source.is_(None),
    *(media.c.purpose != purpose for purpose in ("card", "archive", "arrival")),
)

_OURS: Select[Any] = (
    select(func.count(distinct(files.c.object)))
    .join(media, media.c.id == files.c.media)
    .where(OURS)
)
_OBJECTS = Query(_OURS)
_KEEP = Query(upsert(unsynced, ("object",), ("at", "gone")))
_ADD = Query(insert_ignore(unsynced))
_SLICE = Query(
    select(files.c.media, files.c.object)
    .join(media, media.c.id == files.c.media)
    .where(
        OURS,
        or_(
            files.c.media > bindparam("last_media"),
            and_(
                files.c.media == bindparam("last_media"), files.c.object > bindparam("last_object")
            ),
        ),
    )
    .order_by(files.c.media, files.c.object)
    .limit(bindparam("most"))
)
_WAITING = Query(
    select(unsynced.c.object, unsynced.c.gone)
    .order_by(unsynced.c.at, unsynced.c.object)
    .limit(bindparam("most"))
)
_DONE = Query(
    delete(unsynced).where(unsynced.c.object == bindparam("key"), unsynced.c.gone == bindparam("x"))
)
_HELD: tuple[ColumnElement[Any], ...] = (func.count(), func.min(unsynced.c.at))
_BACKLOG = Query(select(*_HELD))
_COUNT = Query(upsert(counters, ("name",), ("value",)))
_VALUE = Query(select(counters.c.value).where(counters.c.name == bindparam("of")))


class Backlog(NamedTuple):
    """Objects that are not at the standby yet, or still there, and since when (ms) the oldest."""

    many: int
    since: int | None


def objects(tx: Tx) -> int:
    """How many objects of the store are ours. Counts rows."""
    return int(tx.value(_OBJECTS))


def objects_sql() -> tuple[str, Values]:
    """The same as text and what it binds, for a replica of PostgreSQL."""
    return _OBJECTS.prepare("postgresql", {})


def keep(tx: Tx, keys: Iterable[str], *, gone: bool) -> None:
    """These are to be copied, or removed there."""
    tx.many(_KEEP, ({"object": key, "at": tx.ms, "gone": gone} for key in keys))


def keep_all(tx: Tx, after: tuple[int, str], most: int) -> tuple[int, str] | None:
    """A slice of all that is ours is to be copied; where to go on, None behind the last."""
    rows = tx.rows(_SLICE, last_media=after[0], last_object=after[1], most=most)
    tx.many(_ADD, ({"object": key, "at": tx.ms, "gone": False} for _, key in rows))
    return (rows[-1][0], rows[-1][1]) if len(rows) == most else None


def waiting(tx: Tx, most: int) -> list[tuple[str, bool]]:
    """(key, whether it is gone), those that wait longest first."""
    return [(key, bool(gone)) for key, gone in tx.rows(_WAITING, most=most)]


def done(tx: Tx, rows: Iterable[tuple[str, bool]]) -> None:
    """It is as these say. What was said of them meanwhile stays."""
    tx.many(_DONE, ({"key": key, "x": gone} for key, gone in rows))


def backlog(tx: Tx) -> Backlog:
    """How much waits."""
    many, since = tx.row(_BACKLOG)
    return Backlog(int(many), since)


def beat(tx: Tx, token: int) -> int:
    """The canary: `token` is known again wherever these bytes turn up. Returns its time (ms)."""
    tx.run(_COUNT, name=TOKEN, value=token)
    tx.run(_COUNT, name=BEAT, value=tx.ms)
    return tx.ms


def beaten(tx: Tx) -> int | None:
    """When the newest canary was written (ms); None = never."""
    found: int | None = tx.value(_VALUE, of=BEAT)
    return found
