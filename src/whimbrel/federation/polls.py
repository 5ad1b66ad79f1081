"""Polls elsewhere that somebody here looks at, or that are over: their numbers are asked for again.
Servers tell of them when they like, and to whom they like.

Nobody waits for it. Within what each server may be asked in an hour for nobody in particular, and
each poll once in some minutes."""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PollEnds

from . import notes
from .doing.notes import revised
from .events import PollSeen
from .queries import threads
from .state import meanwhile, state_of


def seen(app: App, viewer: Viewer, post: int) -> None:
    """Somebody looks at a post that may ask something.

    Emits: PollSeen, afterwards, where it is from elsewhere and not over
    """
    meanwhile(app, viewer, state_of(app).polls, post, _seen)


async def _seen(app: App, post: int) -> None:
    if await app.db.read(threads.asks_elsewhere, post):
        await app.db.write(_ask, post)


def _ask(tx: Tx, post: int) -> None:
    tx.emit(PollSeen(post=post))


async def look(app: App, event: PollSeen | PollEnds) -> None:
    """Effect: put the numbers right. Twice is once.

    Raises:
        Unreachable: a poll is over, and its server does not answer just now; it is tried again.
    """
    uri = await app.db.read(threads.poll_elsewhere, event.post)
    if uri is None:
        return
    budget = notes.Budget(2)
    try:
        note = await notes.read(app, uri, budget, spare_=True)
        if note.poll is not None:
            await app.db.write(revised(await notes.proven(app, note, budget)))
    except (WhimbrelError, ValueError) as error:
        away = isinstance(error, Unreachable) and not isinstance(error, Refused)
        if away and isinstance(event, PollEnds):
            raise
