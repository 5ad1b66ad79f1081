"""Statements about lists of hashes, what here is like one of them, and what is like a picture in a
letter."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import LargeBinary, and_, bindparam, delete, func, select, update

from whimbrel.core.engines import Query, in_list, insert, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.media.queries.hashes import SHOWN
from whimbrel.media.tables import media
from whimbrel.posts.queries import number

from ..tables import case_posts, complaint_likes, hash_hits, hash_lists


class HashList(NamedTuple):
    """A list, without what is in it. `changed_at`: ms."""

    id: int
    name: str
    many: int
    changed_at: int


class Hit(NamedTuple):
    """A file here that is like one on a list. `list`: None = that list is no more."""

    media: int
    list: str | None
    distance: int  # bits
    released: bool


class Like(NamedTuple):
    """A file here that is like a picture in a letter. `post`: None = somebody wears it."""

    number: int
    post: int | None
    account: int
    distance: int  # bits


_l, _h, _k = hash_lists.c, hash_hits.c, complaint_likes.c
_EVERY = Query(select(_l.id, _l.name, _l.many, _l.changed_at).order_by(_l.name))
_ANY = Query(select(_l.id).where(_l.many > 0).limit(1))
_ALL = Query(select(_l.id, _l.hashes).where(_l.many > 0).order_by(_l.id))
_HASHES = Query(select(_l.hashes).where(_l.id == number("id")))
_ADD = Query(insert(hash_lists))
_CHANGE = Query(
    update(hash_lists)
    .where(_l.id == number("which"))
    .values(
        hashes=bindparam("new_hashes", type_=LargeBinary),
        many=number("new_many"),
        changed_at=number("now"),
    )
)
_DROP = Query(delete(hash_lists).where(_l.id == number("id")))
_HIT = Query(insert_ignore(hash_hits))
_KNOWN = Query(select(_h.media).where(in_list(_h.media, "ids")))
_OF_CASE = Query(
    select(_h.media, _l.name, _h.distance, _h.released_at)
    .outerjoin(hash_lists, _l.id == _h.list)
    .where(_h.case == number("case"))
    .order_by(_h.media)
)
_RELEASE = Query(
    update(hash_hits)
    .where(_h.case == number("case"), _h.released_at.is_(None))
    .values(released_at=number("now"))
    .returning(_h.media)
)
_POSTED = Query(
    select(_h.media)
    .join(media, media.c.id == _h.media)
    .outerjoin(case_posts, and_(case_posts.c.case == _h.case, case_posts.c.post == media.c.post))
    .where(media.c.post == number("post"), _h.released_at.is_(None), case_posts.c.post.is_(None))
)
_MOVE = Query(update(hash_hits).where(in_list(_h.media, "ids")).values(case=number("new_case")))
_LIKE = Query(insert_ignore(complaint_likes))
_LIKES = Query(
    select(_k.number, media.c.post, media.c.account, func.min(_k.distance))
    .join(media, media.c.id == _k.media)
    .where(_k.complaint == number("complaint"), SHOWN)
    .group_by(_k.number, media.c.post, media.c.account)
    .order_by(_k.number, func.min(_k.distance), media.c.post)
)


def every(tx: Tx) -> list[HashList]:
    """All of them, by name."""
    return [HashList(*row) for row in tx.rows(_EVERY)]


def there_are(tx: Tx) -> bool:
    """Whether anything is on any list."""
    return tx.row(_ANY) is not None


def all_hashes(tx: Tx) -> list[tuple[int, bytes]]:
    """What is on each list: megabytes. Readers say `slow=True`."""
    return [(id_, bytes(hashes)) for id_, hashes in tx.rows(_ALL)]


def hashes_of(tx: Tx, id_: int) -> bytes:
    """What is on one list."""
    return bytes(tx.value(_HASHES, id=id_) or b"")


def add(tx: Tx, made: HashList) -> None:
    """Keep a new list, with nothing on it."""
    tx.run(_ADD, **made._asdict(), hashes=b"")


def change(tx: Tx, id_: int, hashes: bytes, many: int) -> None:
    """Something else is on it."""
    tx.run(_CHANGE, which=id_, new_hashes=hashes, new_many=many, now=tx.ms)


def drop(tx: Tx, id_: int) -> None:
    """It is no more."""
    tx.run(_DROP, id=id_)


def hit(tx: Tx, media_: int, list_: int, distance: int, case: int) -> None:
    """Something here is like something on a list."""
    tx.run(_HIT, media=media_, list=list_, distance=distance, case=case, at=tx.ms, released_at=None)


def met(tx: Tx, ids: Collection[int]) -> set[int]:
    """Those of these files that were found before, whatever became of it."""
    return {row[0] for row in tx.rows(_KNOWN, list_ids=list(ids))}


def of_case(tx: Tx, case: int) -> list[Hit]:
    """What a case has of them."""
    rows = tx.rows(_OF_CASE, case=case)
    return [Hit(id_, name, distance, at is not None) for id_, name, distance, at in rows]


def release(tx: Tx, case: int) -> list[int]:
    """They are other pictures; the files that were not yet given back."""
    return [row[0] for row in tx.rows(_RELEASE, case=case, now=tx.ms)]


def posted(tx: Tx, post: int) -> list[int]:
    """The files on a post that were found, and whose case does not say so."""
    return [row[0] for row in tx.rows(_POSTED, post=post)]


def move(tx: Tx, ids: Collection[int], case: int) -> None:
    """They are of this case."""
    tx.run(_MOVE, list_ids=list(ids), new_case=case)


def add_likes(tx: Tx, complaint: int, found: Iterable[tuple[int, int, int]]) -> None:
    """Keep what is like the pictures of a letter. Args: `found`: (number, media, bits) each."""
    for number_, media_, distance in found:
        tx.run(_LIKE, complaint=complaint, number=number_, media=media_, distance=distance)


def likes(tx: Tx, complaint: int) -> list[Like]:
    """What is like its pictures, the nearest first; what is not shown any more is not
    among it."""
    return [Like(*row) for row in tx.rows(_LIKES, complaint=complaint)]
