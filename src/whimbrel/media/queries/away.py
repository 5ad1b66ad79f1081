"""Files of other servers: where they are, and what copies of them are here."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update

from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from ..rules import File, MediaRow
from ..tables import files, media
from . import BLURHASH, sealed_alt

SOURCE = "media.source"  # the place of its seal


class Referred(NamedTuple):
    """A file of another server, as it is written down here. `source` is None where it can be read
    no more."""

    id: int
    purpose: str
    token: str  # of its first file
    source: str | None


_ADD = Query(
    insert(
        media,
        (
            *("id", "account", "post", "position", "kind", "state", "meta", "blurhash"),
            *("focus_x", "focus_y", "alt", "slot", "author_slot", "purpose", "shielded", "at"),
            "source",
        ),
    )
)
_ADD_FILE = Query(insert(files))
_REFERRED = (
    select(
        *(media.c.id, media.c.purpose, media.c.source, media.c.slot, media.c.author_slot),
        *(files.c.token, files.c.variant),
    )
    .join(files, files.c.media == media.c.id)
    .where(media.c.source.is_not(None))
)
_OF_PERSON = Query(
    _REFERRED.where(media.c.account == bindparam("owner"), media.c.post.is_(None)).order_by(
        media.c.id, files.c.variant
    )
)
_OF_POST = Query(
    _REFERRED.where(media.c.post == bindparam("on_post"), media.c.purpose == "post").order_by(
        media.c.position, media.c.id, files.c.variant
    )
)
_ONE = Query(_REFERRED.where(media.c.id == bindparam("media_id")))
_PLACE = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"))
    .values(
        position=bindparam("at_position"),
        alt=bindparam("new_alt"),
        focus_x=bindparam("new_x"),
        focus_y=bindparam("new_y"),
    )
)
_COPIED = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"), media.c.copied_at.is_(None))
    .values(copied_at=bindparam("now"), copied_bytes=bindparam("size"))
)
_FILL = Query(
    update(files)
    .where(files.c.media == bindparam("media_id"), files.c.variant == bindparam("which"))
    .values(mime=bindparam("new_mime"), size=bindparam("new_size"), object=bindparam("key"))
)
_CORRECT = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"))
    .values(kind=bindparam("new_kind"), meta=bindparam("new_meta"))
)
_HERE = Query(
    select(media.c.id).where(
        media.c.id == bindparam("media_id"), media.c.copied_at == bindparam("since")
    )
)
_OBJECTS = Query(select(files.c.object).where(in_list(files.c.media, "ids"), files.c.object != ""))
_EMPTY = Query(
    update(files).where(in_list(files.c.media, "ids")).values(mime="", size=0, object="")
)
_UNCOPIED = Query(
    update(media).where(in_list(media.c.id, "ids")).values(copied_at=None, copied_bytes=0)
)
_COPIED_OF = Query(
    select(media.c.id).where(media.c.account == bindparam("owner"), media.c.copied_at.is_not(None))
)
_present = media.c.copied_at.is_not(None)
_TOTAL = Query(select(func.coalesce(func.sum(media.c.copied_bytes), 0)).where(_present))
_OLDEST = Query(
    select(media.c.id, media.c.copied_bytes)
    .where(_present)
    .order_by(media.c.copied_at, media.c.id)
    .limit(bindparam("most"))
)


def add(tx: Tx, row: MediaRow, source: str, position: int, shielded: bool) -> None:
    """Write down where a file is, and by which tokens it is asked for here."""
    at = (row.slot, row.author_slot, row.id)
    blurred = None
    if row.blurhash is not None:
        blurred = tx.seal(Slot(*at, BLURHASH), row.blurhash.encode())
    tx.run(
        _ADD,
        id=row.id,
        account=row.account,
        post=row.post,
        position=position,
        kind=row.kind,
        state=row.state,
        meta=row.meta,
        blurhash=blurred,
        focus_x=row.focus[0],
        focus_y=row.focus[1],
        alt=sealed_alt(tx, row.id, row.slot, row.author_slot, row.alt),
        slot=row.slot,
        author_slot=row.author_slot,
        purpose=row.purpose,
        shielded=shielded,
        at=tx.ms,
        source=tx.seal(Slot(*at, SOURCE), source.encode()),
    )
    values = ({"media": row.id, **_values(file)} for file in row.files)
    tx.many(_ADD_FILE, values)


def _values(file: File) -> dict[str, object]:
    names = ("token", "variant", "name", "mime", "size", "object")
    return {name: getattr(file, name) for name in names}


def place(tx: Tx, row: MediaRow, position: int) -> None:
    """Where it stands on its post now, and what is said of it."""
    alt = sealed_alt(tx, row.id, row.slot, row.author_slot, row.alt)
    x, y = row.focus
    tx.run(_PLACE, media_id=row.id, at_position=position, new_alt=alt, new_x=x, new_y=y)


def of_person(tx: Tx, account: int) -> list[Referred]:
    """The pictures of somebody elsewhere, and the little ones that their words use."""
    return _each(tx, tx.rows(_OF_PERSON, owner=account))


def of_post(tx: Tx, post: int) -> list[Referred]:
    """What is attached to a post, in order."""
    return _each(tx, tx.rows(_OF_POST, on_post=post))


def one(tx: Tx, id_: int) -> Referred | None:
    """One of them."""
    return next(iter(_each(tx, tx.rows(_ONE, media_id=id_))), None)


def _each(tx: Tx, rows: Iterable[Any]) -> list[Referred]:
    found: dict[int, Referred] = {}
    for id_, purpose, sealed, slot, author_slot, token, _ in rows:
        if id_ in found:
            continue
        try:
            source = tx.unseal(Slot(slot, author_slot, id_, SOURCE), bytes(sealed)).decode()
        except Shredded:
            source = None
        found[id_] = Referred(id_, purpose, token, source)
    return list(found.values())


def fill(tx: Tx, id_: int, made: Sequence[File]) -> bool:
    """A copy of it is here; False where there was one already, or it was erased."""
    size = sum(file.size for file in made)
    if not tx.run(_COPIED, media_id=id_, now=tx.ms, size=size):
        return False
    for file in made:
        values = {"which": file.variant, "new_mime": file.mime, "new_size": file.size}
        tx.run(_FILL, media_id=id_, key=file.object, **values)
    return True


def correct(tx: Tx, id_: int, kind: str, meta: str) -> None:
    """What it really is."""
    tx.run(_CORRECT, media_id=id_, new_kind=kind, new_meta=meta)


def is_copied(tx: Tx, id_: int, since: int) -> bool:
    """Whether the copy that was made then (ms) is here."""
    return tx.row(_HERE, media_id=id_, since=since) is not None


def empty(tx: Tx, ids: Sequence[int]) -> list[str]:
    """Their copies are here no more. The objects of those."""
    found = [row[0] for row in tx.rows(_OBJECTS, list_ids=list(ids))]
    tx.run(_EMPTY, list_ids=list(ids))
    tx.run(_UNCOPIED, list_ids=list(ids))
    return found


def copied(tx: Tx, account: int) -> list[int]:
    """The files of somebody of which copies are here."""
    return [row[0] for row in tx.rows(_COPIED_OF, owner=account)]


def surplus(tx: Tx, room: int, most: int = 500) -> list[int]:
    """The oldest copies that have to go for all the others to have room (bytes)."""
    over = tx.value(_TOTAL) - room
    found: list[int] = []
    if over > 0:
        for id_, size in tx.rows(_OLDEST, most=most):
            found.append(id_)
            over -= size
            if over <= 0:
                break
    return found
