"""What the standby has yet to get is written down in the transaction that makes it so."""

from whimbrel.core.tx import Tx
from whimbrel.media.events import FilesForgotten, FilesKept

from ..queries import standby


def kept(tx: Tx, event: FilesKept) -> None:
    """Witness: files came to be."""
    if tx.instance.standby:
        standby.keep(tx, event.objects, gone=False)


def forgotten(tx: Tx, event: FilesForgotten) -> None:
    """Witness: nobody can open these any more; the noise goes from there too."""
    if tx.instance.standby:
        standby.keep(tx, event.objects, gone=True)
