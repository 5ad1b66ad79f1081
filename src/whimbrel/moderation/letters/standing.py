"""How we stand with each host: what of theirs is open, and how long they wait for an answer."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.settings import host_hours
from whimbrel.core.tx import Tx

from ..queries import complaints as queries
from ..queries.complaints import Past
from ..rules import require


class Standing(NamedTuple):
    """One host. `reply`: half of their letters were answered within (ms); None = none was yet.
    `notice`: how long (hours) before an end they have to say so, as the operator wrote it down."""

    host: str
    open: int
    letters: int
    reply: int | None
    last: int  # when (ms) something went between us last
    notice: int | None = None


def of_hosts(tx: Tx, viewer: Viewer, notices: Sequence[str] = ()) -> list[Standing]:
    """Each host that wrote lately, whoever waits first; and those with a notice period.

    Args:
        notices: the setting `host_notice`.
    Raises:
        Forbidden.
    """
    require(viewer, Permission.MANAGE_REPORTS)
    by: dict[str, list[Past]] = defaultdict(list)
    for past in queries.latest(tx):
        by[past.host].append(past)
    hours = dict(filter(None, map(host_hours, notices)))
    found = [_standing(host, theirs, hours.get(host)) for host, theirs in by.items()]
    found += [Standing(host, 0, 0, None, 0, hours[host]) for host in hours if host not in by]
    return sorted(found, key=lambda each: (-each.open, -each.last))


def _standing(host: str, theirs: list[Past], notice: int | None) -> Standing:
    spans = [each.answered_at - each.received for each in theirs if each.answered_at is not None]
    last = max(max(each.received, each.answered_at or 0) for each in theirs)
    reply = int(median(spans)) if spans else None
    return Standing(host, sum(each.open for each in theirs), len(theirs), reply, last, notice)
