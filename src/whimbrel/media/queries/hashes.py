"""By what pictures are known again, and which of them nobody is given because somebody knew one."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, select, update

from whimbrel.core.engines import Query, in_list
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from ..tables import media

PDQ = "media.pdq"  # the place of its seal
SIZE = 32  # bytes of one

_m = media.c
_KEEP = Query(update(media).where(_m.id == bindparam("media_id")).values(pdq=bindparam("hashed")))
_FIELDS = (_m.id, _m.account, _m.post, _m.slot, _m.author_slot, _m.pdq)
_SOME = Query(
    select(*_FIELDS)
    .where(_m.pdq.is_not(None), _m.id > bindparam("after"))
    .order_by(_m.id)
    .limit(bindparam("most"))
)
# On a post for everybody, or worn: what else is here is between its owner and us.
SHOWN = and_(
    _m.kept_until.is_(None),
    _m.shielded.is_(False),
    or_(_m.post.is_not(None), _m.purpose == "avatar", _m.purpose == "header"),
)
_SOME_SHOWN = Query(
    select(*_FIELDS)
    .where(_m.pdq.is_not(None), SHOWN, _m.id > bindparam("after"))
    .order_by(_m.id)
    .limit(bindparam("most"))
)
_OF = Query(select(*_FIELDS).where(_m.pdq.is_not(None), in_list(_m.id, "ids")))
_QUARANTINE = Query(
    update(media)
    .where(in_list(_m.id, "ids"), _m.quarantined != bindparam("is_so"))
    .values(quarantined=bindparam("is_so"))
)
_QUARANTINED = Query(select(_m.id).where(in_list(_m.id, "ids"), _m.quarantined.is_(True)))


class Hashed(NamedTuple):
    """A file, and 32 bytes for each picture that it can be known again by."""

    id: int
    account: int
    post: int | None
    pdq: bytes


def keep(tx: Tx, id_: int, place: tuple[int, int], pdq: bytes) -> None:
    """Keep by what a file is known again. Args: `place`: its slot and its author's."""
    tx.run(_KEEP, media_id=id_, hashed=tx.seal(Slot(*place, id_, PDQ), pdq))


def some(tx: Tx, after: int, most: int, *, shown: bool = False) -> tuple[list[Hashed], int]:
    """The next files by their ids, and the last id that was looked at; 0 = there are no more.

    Args:
        shown: those alone that everybody may see.
    """
    rows = tx.rows(_SOME_SHOWN if shown else _SOME, after=after, most=most)
    return _opened(tx, rows), rows[-1][0] if rows else 0


def of(tx: Tx, ids: Collection[int]) -> list[Hashed]:
    """Those of these files that can be known again."""
    return _opened(tx, tx.rows(_OF, list_ids=list(ids)))


def _opened(tx: Tx, rows: Collection[tuple[int, int, int | None, int, int, bytes]]) -> list[Hashed]:
    found = []
    for id_, account, post, slot, author_slot, sealed in rows:
        try:
            pdq = tx.unseal(Slot(slot, author_slot, id_, PDQ), bytes(sealed))
        except Shredded:  # of somebody who is going
            continue
        found.append(Hashed(id_, account, post, pdq))
    return found


def quarantine(tx: Tx, ids: Collection[int], on: bool) -> int:
    """Give nobody these files, or give them again; how many that changed."""
    return tx.run(_QUARANTINE, list_ids=list(ids), is_so=on)


def quarantined(tx: Tx, ids: Collection[int]) -> set[int]:
    """Those of these that nobody is given."""
    return {row[0] for row in tx.rows(_QUARANTINED, list_ids=list(ids))}
