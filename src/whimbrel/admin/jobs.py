"""Jobs that failed: tried again now, or let go; an alarm that is silenced. Each is written down."""

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core import worker
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.rules import require
from whimbrel.privacy import alarms


def retry(tx: Tx, viewer: Viewer, job: int) -> None:
    """Try one again, now. Raises Forbidden; NotFound: it is done, or runs."""
    require(viewer, Permission.VIEW_DEVOPS)
    if not (worker.revive(tx, job) or worker.hurry(tx, job)):
        raise NotFound
    decisions.add(tx, viewer.id, "retry", "job", job)


def drop(tx: Tx, viewer: Viewer, job: int) -> None:
    """Let one that was given up go for good. Raises Forbidden, NotFound."""
    require(viewer, Permission.VIEW_DEVOPS)
    if not worker.bury(tx, job):
        raise NotFound
    decisions.add(tx, viewer.id, "drop", "job", job)


def silence(tx: Tx, viewer: Viewer) -> None:
    """Silence the alarm about copying, if it rings. Raises Forbidden"""
    require(viewer, Permission.VIEW_DEVOPS)
    alarm = alarms.current(tx)
    if alarm is not None and alarms.silence(tx):
        decisions.add(tx, viewer.id, "silence", "alarm", alarm.id)
