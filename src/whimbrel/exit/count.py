"""What this server has to take along, by class, and what it need not."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from whimbrel.core.app import App
from whimbrel.core.ids import millis
from whimbrel.core.tx import Tx

from .plan import Amount, Kind
from .queries import amounts

RECENT = timedelta(days=30)


class Counted(NamedTuple):
    """`leaves`: in the order it leaves in. `derived`: smaller pictures, posters, archives: made
    anew. `copied`: what is other servers': never taken along. None: nobody counted."""

    leaves: tuple[tuple[Kind, Amount], ...]
    derived: Amount | None
    copied: Amount | None


async def count(app: App) -> Counted:
    """Count it. Files by the size of what is in them; sealed they are a little larger."""
    data = app.settings.data

    def read(tx: Tx) -> Counted:
        kinds = amounts.of_files(tx, millis(tx.now - RECENT))
        found = {name: Amount(each.many, each.bytes) for name, each in kinds.items()}
        keyring = _folder(data / "keyring.bin")
        evidence = _folder(data / "vault")
        return Counted(
            (
                (
                    Kind.KEYS,
                    Amount(keyring.objects, keyring.bytes + amounts.of_actor_keys(tx)),
                ),
                (
                    Kind.DATABASE,
                    Amount(1 + evidence.objects, amounts.of_database(tx) + evidence.bytes),
                ),
                (Kind.RECENT, found.get("recent", Amount())),
                (Kind.WORN, found.get("worn", Amount())),
                (Kind.OLDER, found.get("older", Amount())),
            ),
            found.get("derived", Amount()),
            found.get("copied", Amount()),
        )

    counted: Counted = await app.db.read(read, slow=True)
    return counted


def _folder(path: Path) -> Amount:
    """The files in a folder, or a file; none where there is neither."""
    some = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return Amount(len(some), sum(each.stat().st_size for each in some))
