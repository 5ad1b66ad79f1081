"""Keeping the search index: what is published, edited or deleted is looked up and put there, many
posts at a time. What may be found is decided when somebody searches, in `search`."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from whimbrel.core.app import App
from whimbrel.core.keyring import Keyring
from whimbrel.core.search import Words
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts.events import PostDeleted, PostEdited, PostPublished
from whimbrel.posts.render import words_of
from whimbrel.posts.rules import Post, Visibility

from .queries import search as queries

GATHER = 0.02  # seconds that a post waits for others to come along
LONGEST_BEGINNING = 20  # letters of a tag that it is found by before it is written to its end


@lru_cache(maxsize=4)
def words(keyring: Keyring) -> Words:
    """The tokens of this server."""
    return Words(keyring)


class Indexer:
    """The posts that wait to be put into the index. One per process, on `App.indexer`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def index(self, post: int) -> None:
        """Return when `post` is in the index as it is now, or out of it where it is gone."""
        if post not in self._waiting:
            self._waiting[post] = asyncio.get_running_loop().create_future()
        future = self._waiting[post]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await asyncio.shield(future)  # others may be waiting for the same

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER)
            batch, self._waiting = self._waiting, {}
            try:
                await self._index(batch)
            except Exception as error:  # each effect that waits is tried again by the outbox
                for future in batch.values():
                    future.set_exception(error)
            else:
                for future in batch.values():
                    future.set_result(None)

    async def _index(self, ids: Iterable[int]) -> None:
        left = set(ids)
        while left:
            stored = await self._app.db.read(_stored, left, slow=True)
            await self._app.search.put(
                {post.id: _tokens(words(self._app.db.keyring), post) for post in stored}
            )
            gone = left - {post.id for post in stored}
            if gone:
                await self._app.search.forget(sorted(gone))
            # Some may have been edited or deleted while we wrote.
            now = await self._app.db.read(queries.revisions, left)
            left = {post.id for post in stored if now.get(post.id) != post.rev}


def indexer(app: App) -> Indexer:
    """That of this process."""
    if app.indexer is None:
        app.indexer = Indexer(app)
    found: Indexer = app.indexer
    return found


async def index_post(app: App, post: int) -> None:
    """Put a post into the index as it is now, or out of it when it is gone."""
    await indexer(app).index(post)


def _stored(tx: Tx, ids: Iterable[int]) -> list[Post]:
    return [body.post for body in posts.bodies(tx, ids, lambda _: False)[0]]


def _tokens(known: Words, post: Post) -> set[str]:
    if post.content is None:
        return set()
    readers: set[Any] = {post.author, *(mention.id for mention in post.content.mentions)}
    tokens = known.of(words_of(post.content))
    tokens |= {known.facet("reader", reader) for reader in readers}
    tokens.add(known.facet("author", post.author))
    if post.visibility is Visibility.PUBLIC:
        tokens.add(known.facet("public", ""))
        tokens |= {known.facet("tag", begin) for begin in _beginnings(post.content.tags)}
    return tokens


def _beginnings(tags: Iterable[str]) -> Iterator[str]:
    for key in map(tag_key, tags):
        for end in range(min(len(key), LONGEST_BEGINNING)):
            yield key[: end + 1]


async def on_published(app: App, event: PostPublished) -> None:
    """Effect: it can be found."""
    if event.boost_of is None:
        await index_post(app, event.post)


async def on_edited(app: App, event: PostEdited) -> None:
    """Effect: it is found by its new words."""
    await index_post(app, event.post)


async def on_deleted(app: App, event: PostDeleted) -> None:
    """Effect: it is found no more. Who deletes it waits for the same; this is for a crash."""
    await app.search.forget([event.post])
