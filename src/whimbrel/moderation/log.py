"""What was decided downstairs, or by a command, stands in the log of decisions as well."""

from whimbrel.accounts.events import StaffActed
from whimbrel.core.tx import Tx

from .queries import decisions


def note(tx: Tx, event: StaffActed) -> None:
    """Handler: write it down."""
    decisions.add(tx, event.by, event.action, event.kind, event.target, at=event.at)
