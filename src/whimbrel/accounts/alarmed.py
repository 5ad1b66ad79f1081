"""Whoever runs this server hears that somebody seems to copy it."""

from whimbrel.core.tx import Tx
from whimbrel.privacy.events import AlarmRang

from .events import LetterWanted
from .queries import users
from .rules import Permission


def tell(tx: Tx, event: AlarmRang) -> None:
    """Handler: a letter to each of the staff who may see that it rings. Emits: LetterWanted"""
    for somebody in users.staff(tx, Permission.VIEW_DASHBOARD):
        tx.emit(LetterWanted(account=somebody, kind="copied"))
