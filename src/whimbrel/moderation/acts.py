"""Measures: each done, and each that can be taken back taken back. Why is said in `verdicts`."""

from collections.abc import Callable, Sequence

from whimbrel.accounts import credentials, farewell, sessions, standing
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx
from whimbrel.posts import delete, withhold
from whimbrel.posts.rules import Label

from . import around
from .events import PurgeDue
from .queries import decisions
from .queries import verdicts as decided
from .queries.people import Person
from .rules import AROUND, LASTING, OF_POSTS, PURGE_AFTER, Act, Deed


def perform(
    tx: Tx,
    act: Act,
    person: Person,
    about: Sequence[int],
    *,
    viewer: Viewer | None = None,
    label: Label | None = None,
) -> list[Deed]:
    """Do it.

    Args:
        about: the posts it is done to, where it is done to posts.
        viewer: who does it; None = the clock, which only hides.
        label: what is said of the posts.
    Returns:
        What it holds for now, and whether it did before.
    Raises:
        Forbidden, Invalid: as `around.perform`.
    Emits: PurgeDue, and as what it does
    """
    if act in OF_POSTS:
        return [Deed(act, post, not _to_post(tx, act, post, label)) for post in about]
    if act in ("none", "warn"):
        return []
    if act in AROUND and viewer is not None:
        return [around.perform(tx, viewer, act, person)]
    account = person.account
    if act == "logout":
        sessions.revoke_access(tx, account.id)
        return [Deed(act, account.id)]
    if act == "purge":
        tx.emit(PurgeDue(account=account.id, at=tx.ms), due=moment(tx.ms + PURGE_AFTER))
        return [*_stand(tx, "suspend", person), Deed(act, account.id)]
    return _stand(tx, act, person)


def _stand(tx: Tx, act: Act, person: Person) -> list[Deed]:
    account = person.account
    before = {
        "cover": person.sensitized_at is not None,
        "demote": person.demoted_at is not None,
        "limit": account.silenced_at is not None,
        "freeze": person.disabled_at is not None,
        "suspend": account.suspended_at is not None,
    }[act]
    if not before:
        _ON[act](tx, account)
    return [Deed(act, account.id, before)]


def _to_post(tx: Tx, act: Act, post: int, label: Label | None) -> bool:
    if act == "hide":
        return withhold.withhold(tx, post)
    if act == "sensitive":
        return withhold.cover(tx, post)
    if act == "label":
        return withhold.label(tx, post, label)
    if act == "strip":
        return withhold.strip(tx, post)
    delete.remove(tx, post)
    return True


def undo(tx: Tx, deed: Deed, person: Person | None, viewer: Viewer | None = None) -> bool:
    """Take one back. False where that cannot be done: it is erased, or they are.

    Raises:
        Forbidden: as `around.undo`.
    """
    if deed.act in LASTING:
        return False
    if deed.act in OF_POSTS:
        try:
            _from_post(tx, deed)
        except NotFound:  # its author erased it meanwhile
            return False
        return True
    if deed.act in AROUND:
        return viewer is not None and around.undo(tx, viewer, deed)
    if person is None:
        return False
    if deed.act != "purge":  # that is not done, since no decision holds it any more
        _OFF[deed.act](tx, person.account)
    return True


def _from_post(tx: Tx, deed: Deed) -> None:
    if deed.act == "hide":
        withhold.restore(tx, deed.target)
    elif deed.act == "sensitive":
        withhold.cover(tx, deed.target, False)
    else:
        withhold.label(tx, deed.target, None)


def unsuspend(tx: Tx, account: Account) -> None:
    """Let them come in and be seen again; what of theirs is hidden stays so, files and all."""
    standing.suspend(tx, account, False)
    withhold.again(tx, account.id)


def purge(tx: Tx, event: PurgeDue) -> None:
    """Handler: erase an account as it was decided, unless that was taken back.

    Emits: as `farewell.erase`
    """
    tx.lock("standing", event.account)
    wanted = Deed("purge", event.account)
    all_ = decided.about(tx, event.account)
    undone = {each.undoes for each in all_}
    holds = any(
        each.id >> 16 == event.at and wanted in each.done for each in all_ if each.id not in undone
    )
    if not holds:
        return
    try:
        left = farewell.erase(tx, event.account)
    except NotFound:  # they erased it themselves
        return
    decisions.add(tx, None, "destroy", "account", event.account, detail=left.detail)


_ON: dict[str, Callable[[Tx, Account], None]] = {
    "cover": standing.sensitize,
    "demote": standing.demote,
    "limit": standing.silence,
    "freeze": lambda tx, account: credentials.disable(tx, account.id),
    "suspend": standing.suspend,
}
_OFF: dict[str, Callable[[Tx, Account], None]] = {
    "cover": lambda tx, account: standing.sensitize(tx, account, False),
    "demote": lambda tx, account: standing.demote(tx, account, False),
    "limit": lambda tx, account: standing.silence(tx, account, False),
    "freeze": lambda tx, account: credentials.disable(tx, account.id, False),
    "suspend": unsuspend,
}
