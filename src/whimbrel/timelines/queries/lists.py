"""Statements about lists and who is in them."""

from typing import Any

from sqlalchemy import Boolean, String, bindparam, delete, func, select, update

from whimbrel.accounts.queries import account_of, people
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import UserList, Window
from ..tables import list_members, lists

COLUMNS = (lists.c.id, lists.c.title, lists.c.replies_policy, lists.c.exclusive)
_ALL = Query(select(*COLUMNS).where(lists.c.account == number("account")).order_by(lists.c.id))
_OWN = Query(
    select(*COLUMNS).where(lists.c.id == number("id"), lists.c.account == number("account"))
)
_COUNT = Query(select(func.count()).where(lists.c.account == number("account")))
_WITH = Query(
    select(*COLUMNS)
    .join(list_members, list_members.c.list == lists.c.id)
    .where(lists.c.account == number("account"), list_members.c.account == number("member"))
    .order_by(lists.c.id)
)
_ADD = Query(insert(lists))
_CHANGE = Query(
    update(lists)
    .where(lists.c.id == number("which"))
    .values(
        title=bindparam("new_title", type_=String),
        replies_policy=bindparam("new_policy", type_=String),
        exclusive=bindparam("new_exclusive", type_=Boolean),
    )
)
_DELETE = Query(
    delete(lists).where(lists.c.id == number("id"), lists.c.account == number("account"))
)
_FOLLOWED = Query(
    select(follows.c.followee).where(
        follows.c.follower == number("account"), in_list(follows.c.followee, "targets")
    )
)
_ADD_MEMBER = Query(insert_ignore(list_members))
_REMOVE_MEMBERS = Query(
    delete(list_members).where(
        list_members.c.list == number("list"), in_list(list_members.c.account, "targets")
    )
)
_REMOVE_EVERYWHERE = Query(
    delete(list_members).where(
        list_members.c.account == number("member"),
        list_members.c.list.in_(select(lists.c.id).where(lists.c.account == number("account"))),
    )
)


def list_of(row: Any) -> UserList:
    """The list in a row of `COLUMNS`."""
    id_, title, policy, exclusive = row
    return UserList(id=str(id_), title=title, replies_policy=policy, exclusive=bool(exclusive))


def all_of(tx: Tx, account: int) -> list[UserList]:
    """The lists of an account, oldest first."""
    return [list_of(row) for row in tx.rows(_ALL, account=account)]


def own(tx: Tx, account: int, list_id: int) -> UserList:
    """One of them. Raises NotFound: somebody else's, or none."""
    row = tx.row(_OWN, account=account, id=list_id)
    if row is None:
        raise NotFound
    return list_of(row)


def count(tx: Tx, account: int) -> int:
    """How many lists an account has."""
    return int(tx.value(_COUNT, account=account))


def holding(tx: Tx, account: int, member: int) -> list[UserList]:
    """The lists of `account` that `member` is in."""
    return [list_of(row) for row in tx.rows(_WITH, account=account, member=member)]


def add(tx: Tx, account: int, made: UserList) -> None:
    """A new list."""
    tx.run(
        _ADD,
        id=int(made.id),
        account=account,
        title=made.title,
        replies_policy=made.replies_policy,
        exclusive=made.exclusive,
    )


def change(tx: Tx, changed: UserList) -> None:
    """Write a list as it is now."""
    tx.run(
        _CHANGE,
        which=int(changed.id),
        new_title=changed.title,
        new_policy=changed.replies_policy,
        new_exclusive=changed.exclusive,
    )


def remove(tx: Tx, account: int, list_id: int) -> bool:
    """A list is no more; whether there was one."""
    return bool(tx.run(_DELETE, account=account, id=list_id))


def _members(*, ascending: bool) -> Query:
    who = list_members.c.account
    return Query(
        select(*people.COLUMNS)
        .join(list_members, who == accounts.c.id)
        .where(
            list_members.c.list == number("list"),
            who > number("low"),
            who < number("high"),
            accounts.c.suspended_at.is_(None),
        )
        .order_by(who.asc() if ascending else who.desc())
        .limit(number("most"))
    )


_MEMBERS = {ascending: _members(ascending=ascending) for ascending in (False, True)}


def members(tx: Tx, list_id: int, window: Window) -> list[Account]:
    """Who is in a list; the account's id is the cursor."""
    low, high, most, ascending = window
    rows = tx.rows(_MEMBERS[ascending], list=list_id, low=low, high=high, most=most)
    found = [account_of(row) for row in rows]
    return found[::-1] if ascending else found


def followed(tx: Tx, account: int, targets: list[int]) -> set[int]:
    """Which of `targets` an account follows."""
    return {row[0] for row in tx.rows(_FOLLOWED, account=account, list_targets=targets)}


def add_members(tx: Tx, list_id: int, targets: list[int]) -> None:
    """Put these into a list; who is in it stays."""
    tx.many(_ADD_MEMBER, [{"list": list_id, "account": target} for target in targets])


def remove_members(tx: Tx, list_id: int, targets: list[int]) -> None:
    """Take these out of a list."""
    tx.run(_REMOVE_MEMBERS, list=list_id, list_targets=targets)


def remove_everywhere(tx: Tx, account: int, member: int) -> None:
    """Take somebody out of every list of an account."""
    tx.run(_REMOVE_EVERYWHERE, account=account, member=member)
