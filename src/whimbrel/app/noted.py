"""What notifications carry of rooms that stand beside theirs and that they know nothing of."""

from collections.abc import Collection

from whimbrel.accounts import queries as people
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.moderation import serialize
from whimbrel.moderation.queries import reports
from whimbrel.timelines import extra


def of_reports(tx: Tx, ids: Collection[int], _account: int) -> dict[int, bytes]:
    """What the staff is shown with the news that there is a report; nothing when it is gone."""
    made = {}
    for id_ in ids:
        try:
            found = reports.one(tx, id_)
            target = people.by_id(tx, found.target)
        except NotFound:  # or its key is destroyed
            continue
        made[id_] = b'"report":' + serialize.report(tx.instance, found, target)
    return made


def settle() -> None:
    """Let notifications know of it."""
    extra.MAKERS["admin.report"] = of_reports
