"""What notifications carry of rooms that stand beside theirs and that they know nothing of."""

from whimbrel.accounts import queries as people
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.moderation import serialize
from whimbrel.moderation.queries import reports
from whimbrel.timelines import extra


def of_report(tx: Tx, report: int, _account: int) -> bytes:
    """What the staff is shown with the news that there is a report; nothing when it is gone."""
    try:
        found = reports.one(tx, report)
        target = people.by_id(tx, found.target)
    except NotFound:  # or its key is destroyed
        return b""
    return b'"report":' + serialize.report(tx.instance, found, target)


def settle() -> None:
    """Let notifications know of it."""
    extra.MAKERS["admin.report"] = of_report
