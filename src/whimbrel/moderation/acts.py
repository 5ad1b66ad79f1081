"""Measures: each done, and each that can be taken back taken back. Why is said in `verdicts`."""

from collections.abc import Callable, Sequence

from whimbrel.accounts import credentials, standing
from whimbrel.accounts.rules import Account
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import delete, withhold
from whimbrel.posts import queries as posts

from .queries.people import Person
from .rules import OF_POSTS, Act, Deed


def perform(tx: Tx, act: Act, person: Person, about: Sequence[int]) -> list[Deed]:
    """Do it.

    Args:
        about: the posts it is done to, where it is done to posts.
    Returns:
        What it holds for now, and whether it did before.
    """
    if act in OF_POSTS:
        return [Deed(act, post, not _to_post(tx, act, post)) for post in about]
    if act in ("none", "warn"):
        return []
    account = person.account
    before = {
        "cover": person.sensitized_at is not None,
        "limit": account.silenced_at is not None,
        "freeze": person.disabled_at is not None,
        "suspend": account.suspended_at is not None,
    }[act]
    if not before:
        _ON[act](tx, account)
    return [Deed(act, account.id, before)]


def _to_post(tx: Tx, act: Act, post: int) -> bool:
    if act == "hide":
        return withhold.withhold(tx, post)
    if act == "sensitive":
        return withhold.cover(tx, post)
    delete.remove(tx, post)
    return True


def undo(tx: Tx, deed: Deed, person: Person | None) -> bool:
    """Take one back. False where that cannot be done: it is erased, or they are."""
    if deed.act in OF_POSTS:
        try:
            if deed.act == "hide":
                withhold.restore(tx, deed.target)
            elif deed.act == "sensitive":
                withhold.cover(tx, deed.target, False)
            else:
                return False
        except NotFound:  # its author erased it meanwhile
            return False
        return True
    if person is None:
        return False
    _OFF[deed.act](tx, person.account)
    return True


def unsuspend(tx: Tx, account: Account) -> None:
    """Let them come in and be seen again; what of theirs is hidden stays so, files and all."""
    standing.suspend(tx, account, False)
    withhold.again(tx, account.id)


_ON: dict[str, Callable[[Tx, Account], None]] = {
    "cover": standing.sensitize,
    "limit": standing.silence,
    "freeze": lambda tx, account: credentials.disable(tx, account.id),
    "suspend": standing.suspend,
}
_OFF: dict[str, Callable[[Tx, Account], None]] = {
    "cover": lambda tx, account: standing.sensitize(tx, account, False),
    "limit": lambda tx, account: standing.silence(tx, account, False),
    "freeze": lambda tx, account: credentials.disable(tx, account.id, False),
    "suspend": unsuspend,
}
