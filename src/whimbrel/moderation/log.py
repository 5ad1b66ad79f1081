"""What was decided downstairs, or by a command, stands in the log of decisions as well."""

from whimbrel.accounts import queries as people
from whimbrel.accounts.events import StaffActed
from whimbrel.core.tx import Tx

from .queries import decisions


def note(tx: Tx, event: StaffActed) -> None:
    """Handler: write it down; of who has left meanwhile it is not said that they did it."""
    by = event.by if event.by is not None and people.by_ids(tx, [event.by]) else None
    decisions.add(tx, by, event.action, event.kind, event.target, at=event.at)
