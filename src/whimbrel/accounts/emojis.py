"""The server's own little pictures in names and profiles.

Which of them somebody uses is written down with the profile. When the pictures change, everybody
gets a new revision, slice by slice: whatever was rendered of an account or by it is then made anew,
in every process and without anybody being told."""

from whimbrel.core.tx import Tx

from .events import EmojisChanged
from .queries import emojis as queries
from .rules import Account, Emoji, shortcodes

MOST = 60  # of one profile
SLICE = 1000  # accounts in one action


def of_profile(tx: Tx, account: Account) -> tuple[Emoji, ...]:
    """Those that a profile uses, in the order of their names."""
    words = [account.display_name, account.note]
    words += [text for field in account.fields for text in (field.name, field.value)]
    used = sorted(shortcodes("\n".join(words)))
    return tuple(queries.named(tx, used[:MOST])) if used else ()


def renew(tx: Tx, event: EmojisChanged) -> None:
    """Handler: a slice of our accounts, and the next slice while there is one.

    Emits: EmojisChanged
    """
    ids = queries.ours_after(tx, event.after, SLICE)
    if not ids:
        return
    queries.bump_all(tx, event.after, ids[-1])
    for account in queries.perhaps_using(tx, event.after, ids[-1]):
        now = of_profile(tx, account)
        if now != account.emojis:
            queries.use(tx, account.id, now)
    if len(ids) == SLICE:
        tx.emit(EmojisChanged(after=ids[-1]))
