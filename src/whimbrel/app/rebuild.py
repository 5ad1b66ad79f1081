"""Making anew what is derived: the search index and the home timelines. Beside a running server."""

import asyncio
from collections.abc import Callable
from typing import Any

from rich.progress import Progress

from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.settings import Settings
from whimbrel.timelines import homes, indexing
from whimbrel.timelines import search as finding

from .opening import opened

STEP = 200  # things read at a time


async def search(settings: Settings) -> None:
    """Empty the search index and put every post into it again; and the words of people's names."""
    async with opened(settings) as app:
        last: int | None = 0
        while last is not None:
            last = await app.db.write(people.keep_after, last, STEP)
        await app.search.clear()
        await _over(app, "Posts", finding.posts_after, indexing.index_post)


async def timelines(settings: Settings) -> None:
    """Make every stored home anew; who has none gets one on the next visit anyhow."""

    async def fill(app: App, reader: int) -> None:
        await app.db.write(homes.remake, Viewer(account=reader))

    async with opened(settings) as app:
        await _over(app, "Homes", homes.readers_after, fill)


async def _over(
    app: App, title: str, after: Callable[..., tuple[list[int], int]], do: Callable[..., Any]
) -> None:
    """Call `do(app, id)` for every id that `after(tx, last, most)` gives, with a progress bar.

    Args:
        after: gives the next ids in order, and how many are left beside them.
    """
    with Progress() as bar:
        task = bar.add_task(title, total=None)
        last, done = 0, 0
        while True:
            ids, left = await app.db.read(after, last, STEP, slow=True)
            if not ids:
                break
            await asyncio.gather(*(do(app, number) for number in ids))
            last, done = ids[-1], done + len(ids)
            bar.update(task, completed=done, total=done + left)
        bar.update(task, completed=done, total=done)
