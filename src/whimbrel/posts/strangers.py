"""People of other servers whom a text names and nobody here met yet: asked of their servers before
it is written down, or they would be no more than a word in it."""

import asyncio
import contextlib

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import TooMany
from whimbrel.core.text import parse
from whimbrel.core.tx import Tx

MOST = 5  # strangers of one text
SECONDS = 6.0  # for all of them; who is not there by then stays a word


async def meet(app: App, viewer: Viewer, text: str) -> None:
    """Ask who is named; whom nobody finds stays plain text."""
    if app.abroad is None or text.count("@") < 2:
        return
    named = [(name, domain) for name, domain in parse(text).mentions if domain]
    if not named:
        return
    unknown = (await app.db.read(_unknown, named))[:MOST]
    if not unknown:
        return
    with contextlib.suppress(TooMany, TimeoutError):
        app.budgets.spend("search", -viewer.id, len(unknown))
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(app.abroad(app, f"@{n}@{d}") for n, d in unknown))


def _unknown(tx: Tx, named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    known = people.handles(tx, named)
    return [each for each in named if each not in known and not tx.instance.is_own(each[1])]
