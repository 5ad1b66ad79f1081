"""What the commands say and do about lists of servers that others keep: as whoever runs the
machine, who may do all."""

from whimbrel.core.tx import Tx
from whimbrel.moderation.lists import book, collect, drafts
from whimbrel.moderation.lists.drafts import Done, Draft

from .console import RUNS, when


def lists(tx: Tx) -> list[str]:
    """The lists, a line each, the one that wins first; then what can be undone."""
    lines = []
    for each in book.every(tx, RUNS):
        state = str(collect.ERRORS[each.error]) if each.error else f"{each.many} servers"
        lines.append(f"{each.id}  {each.name}  {each.url}  read {when(each.fetched_at)}  {state}")
    return lines + [
        f"{use.id}  {use.many} servers changed {when(use.last)}, can be undone"
        for use in drafts.undoable(tx, RUNS)
    ]


def subscribe(tx: Tx, name: str, url: str) -> str:
    """Read a list from now on. Raises Invalid. Emits as `book.subscribe`."""
    return f"{book.subscribe(tx, RUNS, name, url).id}"


def unsubscribe(tx: Tx, id_: int) -> None:
    """Read it no more. Raises NotFound."""
    book.unsubscribe(tx, RUNS, id_)


def changes(tx: Tx) -> list[str]:
    """What the lists would change, a line for each server."""
    return [_line(each) for each in drafts.drafts(tx, RUNS)]


def _line(draft: Draft) -> str:
    now = draft.now.severity if draft.now else "none"
    new = draft.row.severity if draft.row else "none"
    waits = ", waits for a second person" if draft.waits else ""
    return (
        f"{draft.kind:<6}  {draft.domain}  {now} > {new}  {draft.people} known, "
        f"{draft.following} followed, {draft.followers} following, {draft.cut} follows end{waits}"
    )


def apply(tx: Tx, domains: list[str]) -> str:
    """Do it for these servers, or for all. Emits as `drafts.apply`."""
    return _said(drafts.apply(tx, RUNS, {each.lower() for each in domains} or None))


def undo(tx: Tx, use: int) -> str:
    """Make it as it was. Raises NotFound. Emits as `drafts.undo`."""
    return _said(drafts.undo(tx, RUNS, use))


def _said(done: Done) -> str:
    waits = f", {done.waiting} wait for a second person" if done.waiting else ""
    undone = f" (undo with {done.use})" if done.use else ""
    return f"{done.done} servers changed{waits}{undone}"


def exclude(tx: Tx, domains: list[str]) -> None:
    """No list decides about these any more. Raises Invalid."""
    book.exclude(tx, RUNS, domains)


def include(tx: Tx, domain: str) -> None:
    """The lists decide about it again. Raises NotFound."""
    book.include(tx, RUNS, domain.lower())
