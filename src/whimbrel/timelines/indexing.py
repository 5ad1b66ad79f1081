"""Keeping the search index: what is published, edited or deleted is looked up and put there, many
posts at a time. What may be found is decided when somebody searches, in `search`."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import lru_cache

from whimbrel.accounts.events import AccountErased, IndexableChanged
from whimbrel.core.app import App
from whimbrel.core.keyring import Keyring
from whimbrel.core.search import Words
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts import links
from whimbrel.posts import queries as posts
from whimbrel.posts.events import (
    Favourited,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostTouched,
    Unfavourited,
)
from whimbrel.posts.queries import Body
from whimbrel.posts.render import words_of
from whimbrel.posts.rules import Content, Visibility

from .queries import search as queries

GATHER = 0.02  # seconds that a post waits for others to come along
LONGEST_BEGINNING = 20  # letters of a tag that it is found by before it is written to its end
SLICE = 200  # posts that are put there anew at a time, where many have to be
_MEDIA = {"image": "image", "video": "video", "gifv": "video", "audio": "audio"}


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
            stored, readers = await self._app.db.read(_stored, left, slow=True)
            known = words(self._app.db.keyring)
            await self._app.search.put(
                {
                    body.post.id: _tokens(known, body, readers.get(body.post.id, ()))
                    for body in stored
                }
            )
            gone = left - {body.post.id for body in stored}
            if gone:
                await self._app.search.forget(sorted(gone))
            # Some may have been edited or deleted while we wrote.
            now = await self._app.db.read(queries.revisions, left)
            left = {body.post.id for body in stored if now.get(body.post.id) != body.post.rev}


def indexer(app: App) -> Indexer:
    """That of this process."""
    if app.indexer is None:
        app.indexer = Indexer(app)
    found: Indexer = app.indexer
    return found


async def index_post(app: App, post: int) -> None:
    """Put a post into the index as it is now, or out of it when it is gone."""
    await indexer(app).index(post)


def _stored(tx: Tx, ids: Iterable[int]) -> tuple[list[Body], dict[int, set[int]]]:
    """These posts, and for each the people who did something with it."""
    among = list(ids)
    return posts.bodies(tx, among, lambda _: False)[0], queries.readers(tx, among)


def _tokens(known: Words, body: Body, readers: Iterable[int]) -> set[str]:
    post = body.post
    if post.content is None:
        return set()
    near = {post.author, *(mention.id for mention in post.content.mentions), *readers}
    tokens = known.of(words_of(post.content))
    tokens |= {known.facet("reader", reader) for reader in near}
    tokens |= {known.facet("has", what) for what in _has(post.content, post.poll)}
    tokens.add(known.facet("author", post.author))
    if post.reply_to_author is not None:
        tokens.add(known.facet("is", "reply"))
    if post.sensitive:
        tokens.add(known.facet("is", "sensitive"))
    if post.language:
        tokens |= {known.facet("language", each) for each in languages(post.language)}
    if post.visibility is Visibility.PUBLIC:
        if body.author.indexable:
            tokens.add(known.facet("open", ""))
        tokens.add(known.facet("public", ""))
        tokens |= {known.facet("tag", begin) for begin in _beginnings(post.content.tags)}
    return tokens


def _has(content: Content, poll: int | None) -> Iterator[str]:
    """As `operators.HAS` calls it."""
    if content.media:
        yield "media"
        yield from {_MEDIA[each.type] for each in content.media if each.type in _MEDIA}
    if poll is not None:
        yield "poll"
    if links.first(content.text) is not None:
        yield "link"
    if content.card is not None and content.card.kind != "link":
        yield "embed"


def languages(code: str) -> set[str]:
    """What a language is asked for by: `pt-br` is `pt`, too."""
    whole = code.lower()
    return {whole, whole.partition("-")[0]}


def _beginnings(tags: Iterable[str]) -> Iterator[str]:
    for key in map(tag_key, tags):
        for end in range(min(len(key), LONGEST_BEGINNING)):
            yield key[: end + 1]


async def on_published(app: App, event: PostPublished) -> None:
    """Effect: it can be found; and what it boosts or answers, by who did that."""
    if event.boost_of is None:
        await index_post(app, event.post)
        subject = await app.db.look(queries.answered, event.post)
    else:
        subject = event.boost_of
    if subject is not None:
        await index_post(app, subject)


async def on_edited(app: App, event: PostEdited) -> None:
    """Effect: it is found by its new words."""
    await index_post(app, event.post)


async def on_deleted(app: App, event: PostDeleted) -> None:
    """Effect: it is found no more, nor what it was about by who wrote it. Who deletes it waits for
    the same; this is for a crash."""
    await app.search.forget([event.post])
    subject = event.reply_to if event.boost_of is None else event.boost_of
    if subject is not None:
        await index_post(app, subject)


async def on_touched(app: App, event: Favourited | Unfavourited | PostTouched) -> None:
    """Effect: it is found by who did something with it, for as long as they do."""
    await index_post(app, event.post)


async def on_indexable(app: App, event: IndexableChanged) -> None:
    """Effect: somebody lets their public posts be found, or no longer; some posts at a time."""
    ids = await app.db.read(queries.public_after, event.account, event.after, SLICE, slow=True)
    await asyncio.gather(*(index_post(app, post) for post in ids))
    if len(ids) == SLICE:
        rest = IndexableChanged(account=event.account, after=ids[-1])
        await app.db.write(lambda tx: tx.emit(rest))


async def on_erased(app: App, event: AccountErased) -> None:
    """Effect: nothing in the index says what an erased account did with the posts of others."""
    asked = [words(app.db.keyring).facet("reader", event.account)]
    below = None
    while True:
        ids = await app.search.find(asked, below=below, most=SLICE)
        await asyncio.gather(*(index_post(app, post) for post in ids))
        if len(ids) < SLICE:
            break
        below = ids[-1]
