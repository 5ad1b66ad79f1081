"""Statements about how each of the staff works."""

import msgspec
from sqlalchemy import select

from whimbrel.core.engines import Query, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import HOUR, Class
from ..tables import desk_habits

REST = 4 * HOUR  # without anything heavy
_h = desk_habits.c
_OF = Query(
    select(_h.text_only, _h.hidden, _h.most, _h.heavy, _h.heavy_at).where(
        _h.account == number("who")
    )
)
_KEEP = Query(
    upsert(desk_habits, ("account",), ("text_only", "hidden", "most", "heavy", "heavy_at"))
)


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How one of the staff works; see `moderation.habits`."""

    text_only: bool = False  # no picture, not even a blur of it
    hidden: tuple[Class, ...] = ()
    most: int = 20
    heavy: int = 0
    heavy_at: int | None = None  # ms

    def since_rest(self, now: int) -> int:
        """How many heavy things there were since they last had a rest."""
        rested = self.heavy_at is None or now - self.heavy_at > REST
        return 0 if rested else self.heavy

    def tired(self, now: int) -> bool:
        """Whether a break is due."""
        return self.since_rest(now) >= self.most


def of(tx: Tx, account: int) -> Habits:
    """Those of one of the staff; the usual ones where they said nothing."""
    row = tx.row(_OF, who=account)
    if row is None:
        return Habits()
    text_only, hidden, most, heavy, heavy_at = row
    classes: list[Class] = hidden.split()
    return Habits(
        text_only=bool(text_only), hidden=tuple(classes), most=most, heavy=heavy, heavy_at=heavy_at
    )


def keep(tx: Tx, account: int, habits: Habits) -> None:
    """In place of those before."""
    tx.run(
        _KEEP,
        account=account,
        text_only=habits.text_only,
        hidden=" ".join(habits.hidden),
        most=habits.most,
        heavy=habits.heavy,
        heavy_at=habits.heavy_at,
    )
