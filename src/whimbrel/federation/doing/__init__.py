"""What is done when somebody elsewhere does something: one file for each family.

Each is asked first what it needs from elsewhere (and may wait for it), and gives back what is then
done in one transaction."""

from collections.abc import Awaitable, Callable, Mapping

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound

from ..rules import Activity
from . import (
    blocks,
    featured,
    flags,
    follows,
    groups,
    moves,
    notes,
    quotes,
    reactions,
    requests,
    undo,
)
from .apply import Apply
from .notes import is_nobodys

__all__ = ["Apply", "is_known", "is_nobodys", "prepare"]

Prepare = Callable[[App, Activity], Awaitable[Apply | None]]

TABLE: Mapping[str, Prepare] = {
    "Create": notes.create,
    "Update": notes.update,
    "Delete": notes.delete,
    "Announce": groups.announce,
    "Like": reactions.like,
    "Follow": follows.follow,
    "Accept": follows.accept,
    "Reject": follows.reject,
    "Block": blocks.block,
    "Undo": undo.undo,
    "Move": moves.move,
    "QuoteRequest": quotes.request,
    **requests.TABLE,
    "Flag": flags.flag,
    "Add": featured.add,
    "Remove": featured.remove,
}


def is_known(type_: str) -> bool:
    """Whether anything is done about it at all."""
    return type_ in TABLE


async def prepare(app: App, activity: Activity) -> Apply | None:
    """What is to be done; None = nothing.

    Raises:
        NotFound, Refused, Malformed: it is about nothing that is here, or not what it says.
        Unreachable: whom it is about cannot be asked just now.
    """
    found = TABLE.get(activity.type)
    if found is None:
        raise NotFound
    return await found(app, activity)
