"""How somebody stands here: sensitized, demoted, silenced, suspended, or as everybody else.

What each means is said where it is asked: who is suspended is in no statement that shows people or
posts, who is silenced in none that shows them to strangers. Who may decide is not known here."""

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media

from . import barred, emails, sessions
from .events import FollowsRefused
from .queries import barred as doors
from .queries import strikes, users
from .rules import Account


def sensitize(tx: Tx, account: Account, on: bool = True) -> None:
    """From now on the media of all their new posts are covered, or no more."""
    strikes.stand(tx, account.id, "sensitized_at", tx.ms if on else None)


def silence(tx: Tx, account: Account, on: bool = True) -> None:
    """Only who follows them hears of them, or everybody again."""
    strikes.stand(tx, account.id, "silenced_at", tx.ms if on else None)


def demote(tx: Tx, account: Account, on: bool = True) -> None:
    """They and what they write are recommended to nobody, or again."""
    strikes.stand(tx, account.id, "demoted_at", tx.ms if on else None)


def suspend(tx: Tx, account: Account, on: bool = True) -> None:
    """Nobody sees them or gets their files, and they cannot come in, under this address in no
    spelling; or all of it again.

    Emits: AccessRevoked, where they are suspended; FollowsRefused, where they are not ours
    """
    strikes.stand(tx, account.id, "suspended_at", tx.ms if on else None)
    media.withhold(tx, account.id, on)
    user = users.by_account(tx, account.id)
    if user is None:
        if on and account.domain is not None:
            tx.emit(FollowsRefused(account=account.id, cause=new_id(tx.now)))
        return
    if not on:
        doors.unbar_emails_of(tx, account.id)
        return
    sessions.revoke_access(tx, account.id)
    email = emails.of(tx, user)
    if email:
        barred.bar_email(tx, email, account=account.id)
