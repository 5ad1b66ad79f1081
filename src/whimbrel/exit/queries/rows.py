"""Rows of any table: read in the order of their keys, put back under the same keys, removed."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)

from whimbrel.accounts.tables import accounts, users
from whimbrel.core.cascade import shred_below
from whimbrel.core.engines import Query, in_list, insert, upsert
from whimbrel.core.tables import counters, metadata
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files, media
from whimbrel.posts.tables import post_links, post_tags, posts

from ..tables import kits

Values = dict[str, Any]
RowKey = tuple[int | str, ...]

_BEGIN = text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
_END = text("ROLLBACK")
_OWN = (kits,)  # whoever reads tables by name knows ours as well


@contextmanager
def snapshot(tx: Tx) -> Iterator[None]:
    """All that is read inside is of one moment. A slow read on SQLite is so anyhow."""
    if tx.engine != "postgresql":
        yield
        return
    tx.run(_BEGIN)
    try:
        yield
    finally:
        tx.run(_END)


# ----------------------------------------------------------------------------- what tables are


@cache
def table(name: str) -> Table:
    return metadata.tables[name]


@cache
def keys(name: str) -> tuple[str, ...]:
    """The columns of the primary key."""
    return tuple(column.name for column in table(name).primary_key.columns)


@cache
def columns(name: str) -> tuple[str, ...]:
    return tuple(column.name for column in table(name).columns)


@cache
def refers(name: str) -> dict[str, tuple[str, bool]]:
    """By column: the table that it refers to, and whether it may be null."""
    return {
        column.name: (key.column.table.name, bool(column.nullable))
        for column in table(name).columns
        for key in column.foreign_keys
    }


@cache
def secret(name: str) -> frozenset[str]:
    """Columns that never leave but for the recipient."""
    return frozenset(c.name for c in table(name).columns if c.info["whose"] == "secret")


@cache
def hidden(name: str) -> frozenset[str]:
    """Columns that are for the recipient alone, though the row may be for everybody: what the staff
    noted, where it noted anything."""
    found = (c for c in table(name).columns if c.info["whose"] == "system" and c.nullable)
    return frozenset(c.name for c in found)


def shown(name: str, column: str, value: Any) -> Any:
    """A value as JSON has it."""
    kind = table(name).c[column].type
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return b64encode(bytes(value)).decode()
    return bool(value) if isinstance(kind, Boolean) else value


def stored(name: str, column: str, value: Any) -> Any:
    """The reverse of `shown`."""
    kind = table(name).c[column].type
    return b64decode(value) if isinstance(kind, LargeBinary) and isinstance(value, str) else value


# ----------------------------------------------------------------------------- reading


@cache
def _page(name: str, first: bool) -> Query:
    here = table(name)
    key = [here.c[each] for each in keys(name)]
    found = select(*here.columns).order_by(*key).limit(bindparam("most"))
    if not first:
        after = [bindparam(f"after_{each}", type_=here.c[each].type) for each in keys(name)]
        found = found.where(tuple_(*key) > tuple_(*after) if len(key) > 1 else key[0] > after[0])
    return Query(found)


def bare_pages(tx: Tx, name: str, most: int) -> Iterator[list[Any]]:
    """All rows of a table as tuples in the order of their keys, `most` at a time."""
    places = [(f"after_{each}", columns(name).index(each)) for each in keys(name)]
    rows = tx.rows(_page(name, first=True), most=most)
    while rows:
        yield rows
        if len(rows) < most:
            return
        after = {bound: rows[-1][at] for bound, at in places}
        rows = tx.rows(_page(name, first=False), most=most, **after)


def pages(tx: Tx, name: str, most: int) -> Iterator[list[Values]]:
    """The same as dicts by column."""
    names = columns(name)
    for page in bare_pages(tx, name, most):
        yield [dict(zip(names, row, strict=True)) for row in page]


def count(tx: Tx, name: str) -> int:
    """How many rows there are."""
    return int(tx.value(_counted(name)))


@cache
def _counted(name: str) -> Query:
    return Query(select(func.count()).select_from(table(name)))


_SLOTS = Query(select(accounts.c.id, accounts.c.slot).where(in_list(accounts.c.id, "ids")))
_SLOTS_OF_AUTHORS = Query(
    select(posts.c.id, accounts.c.slot)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(in_list(posts.c.id, "ids"))
)
_HIDING = Query(
    select(accounts.c.id).where(in_list(accounts.c.id, "ids"), accounts.c.hide_collections)
)
_WAITING = Query(
    select(users.c.account).where(
        in_list(users.c.account, "ids"),
        or_(users.c.confirmed_at.is_(None), users.c.approved_at.is_(None)),
    )
)
_READABLE: ColumnElement[int] = literal_column("1")  # the highest visibility that is for everybody
_OPEN_TAGS = Query(
    select(post_tags.c.tag)
    .join(posts, posts.c.id == post_tags.c.post)
    .where(in_list(post_tags.c.tag, "ids"), posts.c.visibility <= _READABLE)
    .union(
        select(post_links.c.link)
        .join(posts, posts.c.id == post_links.c.post)
        .where(in_list(post_links.c.link, "ids"), posts.c.visibility <= _READABLE)
    )
)
_MEDIA = Query(
    select(media.c.id, media.c.slot, media.c.author_slot, media.c.source.is_not(None)).where(
        in_list(media.c.id, "ids")
    )
)


def slots(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """The slots of these accounts."""
    return dict(tx.rows(_SLOTS, list_ids=list(ids)))


def slots_of_authors(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """The slots of whoever wrote these posts."""
    return dict(tx.rows(_SLOTS_OF_AUTHORS, list_ids=list(ids)))


def hiding(tx: Tx, ids: Iterable[int]) -> set[int]:
    """Those of these accounts that do not show whom they follow."""
    return {row[0] for row in tx.rows(_HIDING, list_ids=list(ids))}


def waiting(tx: Tx, ids: Iterable[int]) -> set[int]:
    """Those of these accounts that are not let in yet."""
    return {row[0] for row in tx.rows(_WAITING, list_ids=list(ids))}


def open_tags(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Those of these tags that something carries that everybody may read."""
    return {row[0] for row in tx.rows(_OPEN_TAGS, list_ids=list(ids))} | {
        row[0] for row in tx.rows(_featured(), list_ids=list(ids))
    }


def media_keys(tx: Tx, ids: Iterable[int]) -> dict[int, tuple[int, int, bool]]:
    """Slot and author's slot of these uploads, and whether they are another server's."""
    return {row[0]: (row[1], row[2], bool(row[3])) for row in tx.rows(_MEDIA, list_ids=list(ids))}


@cache
def _featured() -> Query:
    featured = table("featured_tags")  # of a room beside ours
    return Query(select(featured.c.tag).where(in_list(featured.c.tag, "ids")))


_BARE_POSTS = Query(
    select(posts.c.id, posts.c.author, posts.c.visibility, posts.c.slot, accounts.c.slot)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.boost_of.is_(None), posts.c.id > bindparam("after", type_=posts.c.id.type))
    .order_by(posts.c.id)
    .limit(bindparam("most"))
)


def bare_posts(tx: Tx, most: int) -> Iterator[list[Any]]:
    """(id, author, visibility, slot, author's slot) of all posts that repeat no other."""
    after = 0
    while rows := tx.rows(_BARE_POSTS, after=after, most=most):
        yield rows
        after = rows[-1][0]


_FILES = Query(
    select(
        *(files.c.token, files.c.variant, files.c.size, files.c.object),
        *(media.c.id, media.c.slot, media.c.author_slot),
    )
    .join(media, media.c.id == files.c.media)
    .where(
        files.c.object != "",
        media.c.source.is_(None),
        media.c.purpose.not_in((literal_column("'archive'"), literal_column("'arrival'"))),
        files.c.token > bindparam("after", type_=files.c.token.type),
    )
    .order_by(files.c.token)
    .limit(bindparam("most"))
)


def kept_files(tx: Tx, after: str, most: int) -> list[Any]:
    """(token, variant, size, object, media, slot, author's slot) of files of ours, by token."""
    return tx.rows(_FILES, after=after, most=most)


# ----------------------------------------------------------------------------- writing


@cache
def _there(name: str) -> Query:
    here = table(name)
    asked = [here.c[each] == bindparam(f"k_{each}", type_=here.c[each].type) for each in keys(name)]
    wanted: list[Column[Any]] = [here.c[each] for each in columns(name)]
    return Query(select(*wanted).where(*asked))


def there(tx: Tx, name: str, key: RowKey) -> Values | None:
    """The row of this key."""
    row = tx.row(_there(name), **_bound(name, key))
    return None if row is None else dict(zip(columns(name), row, strict=True))


def _bound(name: str, key: RowKey) -> Values:
    return {f"k_{each}": value for each, value in zip(keys(name), key, strict=True)}


@cache
def _put(name: str, given: tuple[str, ...]) -> Query:
    here, key = table(name), keys(name)
    changed = tuple(each for each in given if each not in key)
    if not changed:
        return Query(insert(here, given).on_conflict_do_nothing())
    return Query(upsert(here, key, changed, given))


def put(tx: Tx, name: str, values: Values) -> None:
    """Add a row, or set these columns where its key is there already."""
    tx.run(_put(name, tuple(values)), **values)


@cache
def _set(name: str, given: tuple[str, ...]) -> Query:
    here = table(name)
    asked = [here.c[each] == bindparam(f"k_{each}", type_=here.c[each].type) for each in keys(name)]
    new = {each: bindparam(f"new_{each}", type_=here.c[each].type) for each in given}
    return Query(update(here).where(*asked).values(new))


def change(tx: Tx, name: str, key: RowKey, values: Values) -> None:
    """Set these columns of one row."""
    if values:
        new = {f"new_{each}": value for each, value in values.items()}
        tx.run(_set(name, tuple(values)), **_bound(name, key), **new)


@cache
def _remove(name: str) -> Query:
    here = table(name)
    asked = [here.c[each] == bindparam(f"k_{each}", type_=here.c[each].type) for each in keys(name)]
    return Query(delete(here).where(*asked))


def remove(tx: Tx, name: str, key: RowKey) -> None:
    """A row goes, with all below it and every key of those. None is there: no error."""
    row = there(tx, name, key)
    if row is None:
        return
    if keys(name) == ("id",):
        shred_below(tx, table(name), [int(key[0])])
    if row.get("slot"):
        tx.shred([row["slot"]])
    tx.run(_remove(name), **_bound(name, key))


_OBJECTS = Query(
    select(files.c.object)
    .join(media, media.c.id == files.c.media)
    .where(media.c.id == bindparam("media", type_=media.c.id.type), files.c.object != "")
)


def objects(tx: Tx, media_id: int) -> list[str]:
    """What lies in the store for an upload."""
    return [row[0] for row in tx.rows(_OBJECTS, media=media_id)]


_IS_EMPTY = Query(select(~exists(select(accounts.c.id))))


def is_empty(tx: Tx) -> bool:
    """Nobody was ever here."""
    return bool(tx.value(_IS_EMPTY))


_COUNTER = Query(select(counters.c.value).where(counters.c.name == bindparam("name")))
_DROP_COUNTER = Query(delete(counters).where(counters.c.name == bindparam("name")))
_SET_COUNTER = Query(upsert(counters, ("name",), ("value",), ("name", "value")))


def noted(tx: Tx, name: str) -> int:
    """A number that is kept; 0 = never noted."""
    return int(tx.value(_COUNTER, name=name) or 0)


def note(tx: Tx, name: str, value: int | None) -> None:
    """Keep a number; None = keep none."""
    if value is None:
        tx.run(_DROP_COUNTER, name=name)
    else:
        tx.run(_SET_COUNTER, name=name, value=value)


def go_on_counting(tx: Tx, names: Iterable[str]) -> None:
    """Rows that the engine numbers itself are numbered on from the highest. SQLite does so."""
    if tx.engine != "postgresql":
        return
    for name in names:
        column = table(name).c.get("id")
        if column is not None and column.autoincrement is True:
            tx.rows(
                select(
                    func.setval(
                        func.pg_get_serial_sequence(name, "id"),
                        func.coalesce(select(func.max(column)).scalar_subquery(), 0) + 1,
                        False,
                    )
                )
            )
