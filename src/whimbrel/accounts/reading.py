"""What somebody is about to read, told to whoever counts (`privacy.readings`): one look where they
had the same page before, as most have who look again."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from whimbrel.core.app import of
from whimbrel.core.http import Scope
from whimbrel.core.tx import Tx
from whimbrel.privacy.budgets import network_of
from whimbrel.privacy.meters import Key

from .auth import address_of
from .rules import Viewer

MOST = 40  # posts of an answer that are counted

# (tx, account, posts): those by somebody whom they do not follow, and not by themselves.
Strange = Callable[[Tx, int, Iterable[int]], set[int]]


def is_new(scope: Scope, viewer: Viewer, rows: Sequence[Any]) -> bool:
    """Whether `count` has to be asked.

    Args:
        rows: begin with the id of a post.
    """
    readings = scope["whimbrel"].readings
    if readings is None or not rows:
        return False
    # Every page of posts comes through here, so the rest is what `readings.known` and `_page` say,
    # without calling them.
    reader = readings.readers.get(viewer.account or network_of(address_of(scope)))
    if reader is None:
        return True
    page = scope["path"], scope["query_string"], rows[0][0], rows[-1][0]
    return page not in reader.pages


async def tell(scope: Scope, viewer: Viewer, rows: Sequence[Any], size: int) -> None:
    """`count`, where it has to be asked. Raises TooMany."""
    if is_new(scope, viewer, rows):
        await count(scope, viewer, rows, size)


async def count(scope: Scope, viewer: Viewer, rows: Sequence[Any], size: int) -> None:
    """Somebody is about to be shown posts in an answer of `size` bytes. A long conversation counts
    as a page, for it cannot be read in parts.

    Raises:
        TooMany: they read more by strangers than there is for them.
    """
    app = of(scope)
    readings, network = app.readings, network_of(address_of(scope))
    posts, page = [row[0] for row in rows[:MOST]], _page(scope, rows)
    if viewer.account is None:
        readings.visited(network, page, posts, size)
        return
    fresh, keys = readings.fresh(viewer.id, posts), _keys(viewer, network)
    if not readings.asked(viewer.id, keys, page, fresh, size):
        return
    waiting = readings.take(viewer.id)
    unsure = {*fresh, *(post for _, posts in waiting for post in posts)}
    strange = await app.db.read(app.strange, viewer.id, unsure)
    readings.settle(viewer.id, network, waiting, strange)
    readings.check(viewer.id, keys, page, [post for post in fresh if post in strange])


def serve(scope: Scope, server: str, posts: Sequence[int], size: int) -> None:
    """Another server is about to be given posts. Raises TooMany: more than there is for it."""
    readings = of(scope).readings
    if readings is None or not posts:
        return
    page = _page(scope, [(post,) for post in posts])
    if not readings.known(server, page):
        readings.served(server, network_of(address_of(scope)), page, posts, size)


def _keys(viewer: Viewer, network: str) -> tuple[Key, ...]:
    keys: tuple[Key, ...] = ("account", viewer.id), ("day", viewer.id), ("network", network)
    return keys if viewer.token is None else (("token", viewer.token), *keys)


def _page(scope: Scope, rows: Sequence[Any]) -> Hashable:
    """The same question with the same ends is the same page."""
    return scope["path"], scope["query_string"], rows[0][0], rows[-1][0]
