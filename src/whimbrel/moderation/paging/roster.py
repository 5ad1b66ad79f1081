"""Who is on call: whoever is called first, then second."""

from collections.abc import Sequence

from whimbrel.accounts.queries import people
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from ..queries import decisions
from ..queries import paging as queries
from ..queries.paging import OnStaff
from ..rules import HANDLES, Class
from .ladder import Who

MOST = 50


def listed(tx: Tx) -> list[str]:
    """Their names, in order; none = everybody is called."""
    order = [one.account for one in queries.staff(tx) if one.place is not None]
    found = names(tx, order)
    return [found[account] for account in order if account in found]


def names(tx: Tx, accounts: Sequence[int | None]) -> dict[int | None, str]:
    """How these are called; who has left is not among them."""
    found = people.by_ids(tx, {each for each in accounts if each is not None})
    return {id_: account.username for id_, account in found.items()}


def able(tx: Tx, klass: Class) -> list[OnStaff]:
    """Who works on cases of this class; helpers are called to none. Whoever would rather not is
    called where there is nobody else."""
    found = [one for one in queries.staff(tx) if klass in HANDLES[one.role]]
    return [one for one in found if klass not in one.hidden] or found


def chosen(staff: Sequence[OnStaff], who: Who) -> list[OnStaff]:
    """Whom of them a rung means. Where nobody is on call, everybody is."""
    listed = [one for one in staff if one.place is not None] or list(staff)
    if who == "on call":
        return listed[:1] if any(one.place is not None for one in staff) else list(staff)
    if who in ("two", "second"):
        return listed[:2] if any(one.place is not None for one in staff) else list(staff)
    if who == "administrators":
        return [one for one in staff if one.role == "admin"]
    return list(staff)


def enlist(tx: Tx, names: Sequence[str], by: int | None = None) -> None:
    """These are on call from now on, in this order; none = nobody in particular.

    Raises:
        NotFound: nobody is called so.
        Invalid: somebody who may not decide about reports; too many.
    """
    if len(names) > MOST:
        raise Invalid(say("At most %(most)s people are on call.", most=MOST))
    staff = {one.account for one in queries.staff(tx)}
    wanted = list(dict.fromkeys(people.by_handle(tx, name).id for name in names))
    if not staff.issuperset(wanted):
        raise Invalid(say("Only moderators and administrators can be on call."))
    queries.enlist(tx, wanted)
    decisions.add(tx, by, "on_call", "list", 0, detail=f"{len(wanted)}")
