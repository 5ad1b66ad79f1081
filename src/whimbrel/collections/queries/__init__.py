"""Every statement about collections. What stands between a viewer and its owner, or somebody in it,
is asked in the same statement: what is hidden is absent."""

from collections.abc import Collection as Some
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, func, or_, select, update

from whimbrel.accounts.queries import PENDING, graph
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert, insert_ignore
from whimbrel.core.tx import Tx

from ..rules import Collection, Item, Part, State
from ..tables import collection_items, collections

_FIELDS = Collection._fields[:-1]
_COLUMNS = tuple(collections.c[name] for name in _FIELDS)
_ITEM = tuple(collection_items.c[name] for name in Item._fields)


def _number(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=BigInteger, required=True)


_VIEWER = _number("viewer")
_MINE = collections.c.account == _VIEWER


def _there(who: ColumnElement[Any]) -> ColumnElement[bool]:
    """The account joined is there for the viewer."""
    return and_(accounts.c.suspended_at.is_(None), ~PENDING, ~graph.blocks(who, "viewer"))


# Collections, with their owner joined.
_owned = select(*_COLUMNS).join(accounts, accounts.c.id == collections.c.account)
_SEEN = _there(collections.c.account)
_ONE = Query(_owned.where(collections.c.id == _number("id"), _SEEN))
_OF = Query(
    _owned.where(
        collections.c.account == _number("account"),
        _SEEN,
        or_(_MINE, collections.c.discoverable),
    )
    .order_by(collections.c.id.desc())
    .limit(_number("most"))
    .offset(_number("passed"))
)
_WITH = Query(
    select(*_COLUMNS)
    .select_from(
        collection_items.join(collections, collections.c.id == collection_items.c.collection).join(
            accounts, accounts.c.id == collections.c.account
        )
    )
    .where(
        collection_items.c.account == _VIEWER,
        collection_items.c.state == int(State.ACCEPTED),
        _SEEN,
    )
    .order_by(collection_items.c.id.desc())
    .limit(_number("most"))
    .offset(_number("passed"))
)
_REPORTABLE = Query(
    select(collections.c.id)
    .join(accounts, accounts.c.id == collections.c.account)
    .where(in_list(collections.c.id, "ids"), collections.c.account == _number("target"), _SEEN)
)
# Who is in them: who agreed and still wants to be found, but for whom the viewer blocks.
_ITEMS = Query(
    select(*_ITEM)
    .join(accounts, accounts.c.id == collection_items.c.account)
    .where(
        in_list(collection_items.c.collection, "ids"),
        collection_items.c.state == int(State.ACCEPTED),
        accounts.c.discoverable,
        _there(collection_items.c.account),
        ~graph.blocks("viewer", collection_items.c.account),
    )
    .order_by(collection_items.c.id)
)
_COUNT = Query(select(func.count()).where(_MINE))
_COUNT_ITEMS = Query(
    select(func.count()).where(
        collection_items.c.collection == _number("id"),
        collection_items.c.state == int(State.ACCEPTED),
    )
)
_WANTS = Query(
    select(accounts.c.id).where(
        accounts.c.id == _number("id"),
        accounts.c.discoverable,
        _there(accounts.c.id),
        ~graph.blocks("viewer", accounts.c.id),
    )
)
_ADD = Query(insert(collections, _FIELDS))
_CHANGED = ("name", "description", "language", "tag", "sensitive", "discoverable", "updated_at")
_CHANGE = Query(
    update(collections)
    .where(collections.c.id == bindparam("which"))
    .values({name: bindparam(name) for name in _CHANGED})
)
_REMOVE = Query(delete(collections).where(collections.c.id == bindparam("which")))
_PUT = Query(insert_ignore(collection_items))
_TOUCH = Query(
    update(collections)
    .where(collections.c.id == bindparam("which"))
    .values(updated_at=bindparam("now"))
)
_DROP = Query(
    delete(collection_items).where(
        collection_items.c.id == bindparam("which"),
        collection_items.c.collection == bindparam("in"),
        collection_items.c.state == int(State.ACCEPTED),
    )
)
_REVOKE = Query(
    update(collection_items)
    .where(
        collection_items.c.id == bindparam("which"),
        collection_items.c.collection == bindparam("in"),
        collection_items.c.account == bindparam("by"),
        collection_items.c.state == int(State.ACCEPTED),
    )
    .values(state=int(State.REVOKED))
)


_SEVERAL = Query(_owned.where(in_list(collections.c.id, "ids"), _SEEN))
_MEMBERS = Query(
    select(collection_items.c.account).where(
        collection_items.c.collection == _number("id"),
        collection_items.c.state == int(State.ACCEPTED),
    )
)
_LEAVE = Query(
    update(collection_items)
    .where(
        collection_items.c.collection == bindparam("in"),
        collection_items.c.account == bindparam("by"),
        collection_items.c.state == int(State.ACCEPTED),
    )
    .values(state=int(State.REVOKED))
)


def _collections(tx: Tx, viewer: int, rows: Iterable[Any]) -> list[Collection]:
    found = [Collection(*row) for row in rows]
    found = [
        each._replace(sensitive=bool(each.sensitive), discoverable=bool(each.discoverable))
        for each in found
    ]
    items: dict[int, list[Item]] = {}
    ids = [each.id for each in found]
    for id_, of, account, state, at in tx.rows(_ITEMS, list_ids=ids, viewer=viewer) if ids else ():
        items.setdefault(of, []).append(Item(id_, of, account, State(state), at))
    return [each._replace(items=tuple(items.get(each.id, ()))) for each in found]


def one(tx: Tx, viewer: int, id_: int) -> Collection | None:
    """A collection as the viewer (0 = a stranger) may see it."""
    found = _collections(tx, viewer, tx.rows(_ONE, id=id_, viewer=viewer))
    return found[0] if found else None


def several(tx: Tx, viewer: int, ids: Some[int]) -> list[Collection]:
    """Those of `ids` that the viewer may see."""
    return _collections(tx, viewer, tx.rows(_SEVERAL, list_ids=list(ids), viewer=viewer))


def members(tx: Tx, id_: int) -> list[int]:
    """Who is in a collection, seen or not."""
    return [row[0] for row in tx.rows(_MEMBERS, id=id_)]


def of(tx: Tx, viewer: int, account: int, part: Part) -> list[Collection]:
    """Somebody's collections, newest first; those not to be found only for themselves."""
    rows = tx.rows(_OF, viewer=viewer, account=account, most=part.most, passed=part.offset)
    return _collections(tx, viewer, rows)


def containing(tx: Tx, viewer: int, part: Part) -> list[Collection]:
    """The collections that the viewer is in, last put into first."""
    rows = tx.rows(_WITH, viewer=viewer, most=part.most, passed=part.offset)
    return _collections(tx, viewer, rows)


def reportable(tx: Tx, viewer: int, target: int, ids: Some[int]) -> list[int]:
    """Which of `ids` are collections of `target` that the viewer may see, in their order."""
    rows = tx.rows(_REPORTABLE, viewer=viewer, target=target, list_ids=list(ids)) if ids else ()
    found = {row[0] for row in rows}
    return [id_ for id_ in dict.fromkeys(ids) if id_ in found]


def count(tx: Tx, viewer: int) -> int:
    """How many the viewer has."""
    return int(tx.value(_COUNT, viewer=viewer))


def count_items(tx: Tx, id_: int) -> int:
    """How many are in one, seen or not."""
    return int(tx.value(_COUNT_ITEMS, id=id_))


def may_put(tx: Tx, viewer: int, account: int) -> bool:
    """Whether somebody is there for the viewer, and agrees to be put into collections."""
    return tx.row(_WANTS, id=account, viewer=viewer) is not None


def add(tx: Tx, made: Collection) -> None:
    """Keep a new one, without its items."""
    tx.run(_ADD, **{name: getattr(made, name) for name in _FIELDS})


def change(tx: Tx, made: Collection) -> None:
    """What it says now."""
    tx.run(_CHANGE, which=made.id, **{name: getattr(made, name) for name in _CHANGED})


def remove(tx: Tx, id_: int) -> None:
    """It goes, with its items."""
    tx.run(_REMOVE, which=id_)


def put(tx: Tx, id_: int, collection: int, account: int) -> Item | None:
    """Put somebody in; None where they were, or were and took it back."""
    made = Item(id_, collection, account, State.ACCEPTED, tx.ms)
    done = tx.run(_PUT, **(made._asdict() | {"state": int(made.state)}))
    tx.run(_TOUCH, which=collection, now=tx.ms)
    return made if done else None


def take(tx: Tx, collection: int, item: int) -> bool:
    """Take somebody out; whether they were in."""
    tx.run(_TOUCH, which=collection, now=tx.ms)
    return tx.run(_DROP, **{"which": item, "in": collection}) == 1


def leave(tx: Tx, viewer: int, collection: int) -> bool:
    """As `revoke`, by the collection alone."""
    return tx.run(_LEAVE, **{"in": collection, "by": viewer}) == 1


def revoke(tx: Tx, viewer: int, collection: int, item: int) -> bool:
    """The viewer does not want to be in it; whether they were."""
    return tx.run(_REVOKE, **{"which": item, "in": collection, "by": viewer}) == 1
