"""Who is on call: whoever is called first, then second."""

from collections.abc import Sequence

from whimbrel.accounts.queries import people
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from ..queries import decisions
from ..queries import paging as queries

MOST = 50


def listed(tx: Tx) -> list[str]:
    """Their names, in order; none = everybody is called."""
    order = [one.account for one in queries.staff(tx) if one.place is not None]
    found = people.by_ids(tx, order)
    return [found[account].username for account in order if account in found]


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
