"""Statements about pages: who is called, was called, and what the clock did by itself."""

from typing import NamedTuple

from sqlalchemy import String, bindparam, case, delete, func, literal_column, select, update

from whimbrel.accounts.rules import Permission, Role, permitted, role_of
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import Class
from ..tables import cases, desk_habits, on_call, pages, verdicts

_ADD = Query(insert(pages, ("id", "case", "class", "rung", "at", "account", "secret")))
_CALLED = Query(
    select(pages.c.rung).where(
        pages.c.case == number("case"), pages.c["class"] == bindparam("klass", type_=String)
    )
)
_ONE = Query(
    select(pages.c.id, pages.c.case, pages.c.account, pages.c.taken_at).where(
        pages.c.secret == bindparam("secret")
    )
)
_BY_ID = Query(
    select(pages.c.id, pages.c.case, pages.c.account, pages.c.taken_at).where(
        pages.c.id == number("id")
    )
)
_TAKE = Query(
    update(pages)
    .where(pages.c.id == number("which"), pages.c.taken_at.is_(None))
    .values(taken_at=number("now"))
)
_STAFF = Query(
    select(
        users.c.account,
        users.c.role,
        func.coalesce(desk_habits.c.hidden, literal_column("''")),
        on_call.c.place,
    )
    .join(accounts, accounts.c.id == users.c.account)
    .outerjoin(on_call, on_call.c.account == users.c.account)
    .outerjoin(desk_habits, desk_habits.c.account == users.c.account)
    .where(
        users.c.role != "user",
        users.c.disabled_at.is_(None),
        accounts.c.suspended_at.is_(None),
    )
    .order_by(case((on_call.c.place.is_(None), 1), else_=0), on_call.c.place, users.c.account)
)
_CLEAR = Query(delete(on_call))
_ENLIST = Query(insert(on_call, ("account", "place")))
# What the clock hid since `since` and nobody has looked at yet.
_UNSEEN = Query(
    select(verdicts.c.done)
    .join(cases, cases.c.id == verdicts.c.case)
    .where(
        verdicts.c.id > number("since"),
        verdicts.c.automated.is_(True),
        func.coalesce(cases.c.first_look, 0) < verdicts.c.id / 65536,
    )
)
_HIDDEN = Query(
    select(func.max(verdicts.c.id)).where(
        verdicts.c.case == number("case"), verdicts.c.automated.is_(True)
    )
)


class Page(NamedTuple):
    """A page as stored."""

    id: int
    case: int
    account: int | None
    taken_at: int | None


class OnStaff(NamedTuple):
    """Somebody of the staff."""

    account: int
    role: Role
    hidden: str  # classes they would rather not see
    place: int | None  # on the list of who is on call; None = not on it


def add(
    tx: Tx,
    id_: int,
    case_: int,
    klass: Class,
    rung: str,
    account: int | None = None,
    secret: bytes | None = None,
) -> None:
    """Somebody is called, or a rung was reached."""
    values = {"id": id_, "case": case_, "class": klass, "rung": rung, "at": tx.ms}
    tx.run(_ADD, **values, account=account, secret=secret)


def called(tx: Tx, case_: int, klass: Class) -> set[str]:
    """The rungs of this case that were reached in this class."""
    return {row[0] for row in tx.rows(_CALLED, case=case_, klass=klass)}


def by_secret(tx: Tx, secret: bytes) -> Page | None:
    """The page that a link belongs to, by its hash."""
    row = tx.row(_ONE, secret=secret)
    return None if row is None else Page(*row)


def by_id(tx: Tx, id_: int) -> Page | None:
    """A page."""
    row = tx.row(_BY_ID, id=id_)
    return None if row is None else Page(*row)


def take(tx: Tx, page: int) -> bool:
    """Use its link up; False where that was done."""
    return tx.run(_TAKE, which=page, now=tx.ms) > 0


def staff(tx: Tx, needs: Permission = Permission.MANAGE_REPORTS) -> list[OnStaff]:
    """Whose role has this: first those on call, in their order."""
    found = (
        OnStaff(account, role_of(role), hidden, place)
        for account, role, hidden, place in tx.rows(_STAFF)
    )
    return [one for one in found if permitted(one.role, needs)]


def enlist(tx: Tx, accounts_: list[int]) -> None:
    """These are on call from now on, in this order."""
    tx.run(_CLEAR)
    for place, account in enumerate(accounts_):
        tx.run(_ENLIST, account=account, place=place)


def unseen(tx: Tx, since: int) -> list[str]:
    """What each decision of the clock since this id did, as JSON, as long as nobody has looked."""
    return [row[0] for row in tx.rows(_UNSEEN, since=since)]


def hidden_at(tx: Tx, case_: int) -> int | None:
    """When (ms) the clock decided this case for now; None = it did not."""
    found = tx.value(_HIDDEN, case=case_)
    return None if found is None else int(found) >> 16
