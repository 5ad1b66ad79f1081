"""Whether something erased is gone altogether, for its receipt.

Nothing of what others did is taken on trust: every step is done once more here, and each may be
done twice. So it ends the same way wherever a crash came between."""

from whimbrel.core.app import App
from whimbrel.core.tx import Tx
from whimbrel.media import erase
from whimbrel.media import queries as media
from whimbrel.posts import queries as posts
from whimbrel.privacy import receipts
from whimbrel.privacy.events import ErasureDue

from .indexing import words

AGAIN = 10_000  # ms until it is looked again whether the rows of an erased account are gone


async def confirm(app: App, event: ErasureDue) -> None:
    """Effect: say on the receipt that no copy can be read, or look again later."""
    db = app.db
    db.keyring.shred(event.slots)
    if event.kind == "account":
        later = await _later_of_account(app, event.subject)
        again = 0
    else:
        if event.kind != "media":
            await app.search.forget([event.subject])
        await erase.let_go(app, event.objects)
        later, again = await db.read(_kept, event)
    if later is None:
        files = len(event.objects) + len(event.media) - again
        await db.write(receipts.finish, event.receipt, files)
    else:
        await db.write(receipts.postpone, event, later)


def _kept(tx: Tx, event: ErasureDue) -> tuple[int | None, int]:
    """Until when a file can still be attached again; and how many are on another post by now."""
    rows = media.by_ids(tx, event.media).values()
    waiting = [row.kept_until or tx.ms for row in rows if row.post is None]
    return max([tx.ms, *waiting]) + 1000 if waiting else None, len(rows) - len(waiting)


async def _later_of_account(app: App, account: int) -> int | None:
    """When to look again whether anything of an erased account is left; None: nothing is."""
    author = words(app.db.keyring).facet("author", account)
    found = await app.search.find([author], most=1)
    return await app.db.read(_later, account, bool(found))


def _later(tx: Tx, account: int, found: bool) -> int | None:
    there = found or posts.bare_posts(tx, account, 1) or media.of_account(tx, account, 1)
    return tx.ms + AGAIN if there else None
