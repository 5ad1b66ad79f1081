"""Hiding in place: what the clock does by itself where nobody acts in time. It hides the posts of a
case, never an account; it can be taken back whole; a person looks at it within a day; and it stops
where much is hidden that nobody has looked at, for false reports must not become a weapon."""

from collections.abc import Sequence

import msgspec

from whimbrel.core import logs
from whimbrel.core.tx import Tx

from .. import verdicts
from ..queries import cases as stored
from ..queries import complaints as letters
from ..queries import paging as queries
from ..rules import DAY, HOUR, Case, Deed
from .ladder import Rung

MOST_UNSEEN = 50  # posts hidden within an hour that nobody has looked at
REVIEW = DAY  # a person has to look until then

log = logs.get(__name__)


def may(tx: Tx, case: Case) -> bool:
    """Whether the clock may act in a case of this class, as the operator chose. What a host asks
    for waits until a person has looked at the letter: anybody can write one."""
    if case.klass not in tx.instance.hide_in_place or case.appeal is not None:
        return False
    return case.klass != "H1" or letters.confirmed(tx, case.id)


def in_place(tx: Tx, case: Case) -> bool:
    """Hide the posts of this case. False where there are none left, or too many wait for a look."""
    posts = stored.posts_of(tx, [case.id])[case.id]
    if not posts:
        return False
    since = (tx.ms - HOUR) << 16
    waiting = sum(len(_deeds(done)) for done in queries.unseen(tx, since))
    if waiting + len(posts) > MOST_UNSEEN:
        log.error("nothing more is hidden by itself: nobody looks", case=case.id, waiting=waiting)
        verdicts.stopped(tx, case, waiting)
        return False
    verdicts.hide_by_clock(tx, case)
    return True


def reviews(tx: Tx, case: Case) -> list[Rung]:
    """When people are called to look at what the clock did."""
    at = queries.hidden_at(tx, case.id)
    if at is None:
        return []
    return [Rung(at + REVIEW // 2, "review"), Rung(at + REVIEW * 3 // 4, "last review")]


def _deeds(done: str) -> Sequence[Deed]:
    return msgspec.json.decode(done, type=tuple[Deed, ...])
