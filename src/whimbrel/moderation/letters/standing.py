"""How we stand with each host: what of theirs is open, and how long they wait for an answer."""

from collections import defaultdict
from statistics import median
from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.tx import Tx

from ..queries import complaints as queries
from ..queries.complaints import Past
from ..rules import require


class Standing(NamedTuple):
    """One host. `reply`: half of their letters were answered within (ms); None = none was yet."""

    host: str
    open: int
    letters: int
    reply: int | None
    last: int  # when (ms) something went between us last


def of_hosts(tx: Tx, viewer: Viewer) -> list[Standing]:
    """Each host that wrote lately, whoever waits first. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    by: dict[str, list[Past]] = defaultdict(list)
    for past in queries.latest(tx):
        by[past.host].append(past)
    found = [_standing(host, theirs) for host, theirs in by.items()]
    return sorted(found, key=lambda each: (-each.open, -each.last))


def _standing(host: str, theirs: list[Past]) -> Standing:
    spans = [each.answered_at - each.received for each in theirs if each.answered_at is not None]
    last = max(max(each.received, each.answered_at or 0) for each in theirs)
    reply = int(median(spans)) if spans else None
    return Standing(host, sum(each.open for each in theirs), len(theirs), reply, last)
