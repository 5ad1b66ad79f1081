"""Pictures that are known again: what is kept of each for that. What it is like is for others."""

from whimbrel.core.tx import Tx

from .events import PictureHashed
from .queries import hashes
from .rules import MediaRow


def keep(tx: Tx, row: MediaRow, pdq: bytes) -> None:
    """Keep by what a file is known again.

    Args:
        pdq: 32 bytes for each of its pictures; none where it has none to know it by.
    Emits: PictureHashed
    """
    if pdq:
        hashes.keep(tx, row.id, (row.slot, row.author_slot), pdq)
        tx.emit(PictureHashed(media=row.id))
