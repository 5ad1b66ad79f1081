"""Moving out: the town's accounts are erased like anybody's, and what it said in the server's name
is taken back. Nothing else is touched, and the names are free again."""

import asyncio
from collections.abc import Callable

from whimbrel.accounts import leave
from whimbrel.accounts.events import RowDue
from whimbrel.accounts.queries import emojis as pictographs
from whimbrel.accounts.queries import users
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.outbox import Lane
from whimbrel.core.tx import Tx
from whimbrel.core.worker import Worker, backlog
from whimbrel.discovery import trends
from whimbrel.instance import announcements, emojis, texts
from whimbrel.instance.queries import announcements as announced

from . import queries

LANES: tuple[Lane, ...] = ("timelines", "slow", "media")
LOOK = 0.1  # seconds between looks whether the work is done
NONE = "There is no demo here."


async def remove(app: App, step: Callable[[], object] = lambda: None) -> int:
    """Take the demo away, and wait until it is gone.

    Args:
        step: called for each account.
    Returns:
        How many accounts there were.
    Raises:
        NotFound: there is no demo.
    """
    made = await app.db.read(queries.remembered)
    if not made:
        raise NotFound(NONE)
    people = [id_ for name, id_ in made.items() if name.startswith("@")]
    worker = Worker(app.db, app, LANES)
    worker.start()
    try:
        for account in people:
            await app.db.write(_send_away, account)
            step()
        await app.db.write(_take_back, made)
        await _done(app)
    finally:
        await worker.stop()
    for account in people:
        await app.db.write(_leave_no_row, account)
    await app.db.write(_forget)
    return len(people)


def _send_away(tx: Tx, account: int) -> None:
    """Erase an account. One that nobody confirmed leaves its name to others: nobody real had it."""
    if users.by_account(tx, account) is not None:  # the visitor may have left by themselves
        users.change(tx, account, confirmed_at=None)
        leave.erase(tx, account)


def _leave_no_row(tx: Tx, account: int) -> None:
    leave.remove_row(tx, RowDue(account=account))
    queries.uncount(tx, account)


def _take_back(tx: Tx, made: dict[str, int]) -> None:
    for name, id_ in made.items():
        if name.startswith("rule "):
            queries.drop_rule(tx, id_)
        elif name.startswith(":"):
            if pictographs.one(tx, name.strip(":")) is not None:
                emojis.remove(tx, name.strip(":"))
        elif name == "announcement":
            if announced.one(tx, id_) is not None:
                announcements.retract(tx, id_)
        elif name == "description":
            _unwrite(tx, id_)


def _unwrite(tx: Tx, at: int) -> None:
    """The description goes, unless somebody has written another since."""
    written = texts.one(tx, "description")
    if written is not None and written.at == at:
        texts.forget(tx, "description")


async def _done(app: App) -> None:
    """Wait until the worker, ours or a running server's, has caught up."""
    while True:
        if not await app.db.read(_under_way):
            return
        await asyncio.sleep(LOOK)


def _under_way(tx: Tx) -> bool:
    """Whether anything that is due has not been done."""
    waiting = backlog(tx)
    return any(waiting[lane][1] > 0 for lane in LANES if lane in waiting)


def _forget(tx: Tx) -> None:
    """The demo was never here: another may come, and what trends is counted from the beginning."""
    queries.forget(tx)
    for name in (trends.MARK, *trends.POST.values()):
        queries.forget_count(tx, name)
