"""Leaving: everything of an account goes, for good, and its words at once.

The author's slot is half of every key of what somebody wrote or uploaded: destroying it here makes
all of that noise, wherever a copy is. Rows of other rooms are removed by their handlers."""

from datetime import timedelta

from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.media.erase import forget_all_of
from whimbrel.privacy import erasure, receipts

from . import sessions
from .events import AccountErased, RowDue, SignUpLapses, TiesLeft, UploadsLeft
from .follow import part
from .queries import graph, leave, users
from .rules import Viewer

ROW_STAYS = timedelta(hours=1)
PAGE = "/auth/farewell"
TIES = 200  # people to part from in one action


def erase_account(tx: Tx, viewer: Viewer, sealed_until: int | None = None) -> str:
    """Erase the viewer's own account. The password was asked at the edge (`signin`).

    Args: as of `erase`
    Returns:
        By what its receipt can be read (`receipts.by_code`).
    Raises:
        NotFound: erased already.
    Emits: as `erase`
    """
    return erase(tx, viewer.id, sealed_until)


def erase(tx: Tx, account: int, sealed_until: int | None = None) -> str:
    """Erase an account of ours: keys, address, password, profile, access; nobody gets its name.

    Args:
        sealed_until: until when (ms) evidence of theirs is kept sealed, as the receipt tells them.
    Returns:
        By what its receipt can be read; "" for one that was never confirmed: it has none.
    Raises:
        NotFound: erased already, or not one of ours.
    Emits: AccountErased, AccessRevoked, RowDue; ErasureDue, ReceiptLapses, later
    """
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    if user.confirmed_at is not None:  # nobody can have met the others
        users.retire(tx, user.username)
    tx.shred([user.slot])
    sessions.revoke_access(tx, account)
    users.empty(tx, account)
    erasure.tell(tx, account)
    uri = f"{tx.instance.origin}/ap/users/{account}"
    tx.emit(AccountErased(account=account, uri=uri))
    tx.emit(RowDue(account=account), due=tx.now + ROW_STAYS)
    if user.confirmed_at is None:
        return ""
    receipt = receipts.write(
        tx, "account", account, account=None, slots=[user.slot], kept_until=sealed_until
    )
    return receipts.code(tx, receipt)


def clear_graph(tx: Tx, event: AccountErased) -> None:
    """Handler: nobody blocks, mutes or keeps a note about the erased any more; and the first of
    those who follow or are followed part from them.

    Emits: Unfollowed for each, and TiesLeft while there are more
    """
    leave.clear(tx, event.account)
    _part(tx, event.account)


def clear_more(tx: Tx, event: TiesLeft) -> None:
    """Handler: the next of them."""
    _part(tx, event.account)


def _part(tx: Tx, account: int) -> None:
    others = leave.tied(tx, account, TIES)
    for other in others:  # every lock before the first change: nobody waits for us crosswise
        graph.lock(tx, account, other)
    for other in others:
        part(tx, account, other)
    if len(others) == TIES:
        tx.emit(TiesLeft(account=account))


def clear_uploads(tx: Tx, event: AccountErased) -> None:
    """Handler: files that are on no post, and pictures of the profile, some at a time.

    Emits: UploadsLeft while there are more
    """
    _clear_uploads(tx, event.account)


def clear_more_uploads(tx: Tx, event: UploadsLeft) -> None:
    """Handler: the next of them."""
    _clear_uploads(tx, event.account)


def _clear_uploads(tx: Tx, account: int) -> None:
    if forget_all_of(tx, account):
        tx.emit(UploadsLeft(account=account))


def remove_row(tx: Tx, event: RowDue) -> None:
    """Handler: the empty row goes, and what others should have removed by now goes with it."""
    if users.by_account(tx, event.account) is None:
        users.remove(tx, event.account)


def drop_unconfirmed(tx: Tx, event: SignUpLapses) -> None:
    """Handler: whoever did not confirm the address in time was never here."""
    user = users.by_account(tx, event.account)
    if user is not None and user.confirmed_at is None:
        erase(tx, event.account)
