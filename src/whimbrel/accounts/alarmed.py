"""Whoever runs this server hears that somebody seems to copy it."""

from whimbrel.core.tx import Tx
from whimbrel.privacy.events import AlarmRang

from .events import LetterWanted
from .queries import users


def tell(tx: Tx, event: AlarmRang) -> None:
    """Handler: a letter to each of the staff. Emits: LetterWanted"""
    for somebody in users.staff(tx):
        tx.emit(LetterWanted(account=somebody, kind="copied"))
