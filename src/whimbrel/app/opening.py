"""Settings to an open server: database, keys, objects, pub/sub, search; and closed again."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from whimbrel import __version__
from whimbrel.admin.queries import OPEN_REPORTS
from whimbrel.core import settings as configuration
from whimbrel.core.app import App
from whimbrel.core.db import Db, open_db
from whimbrel.core.fetch import Fetcher
from whimbrel.core.http import clear_scratch
from whimbrel.core.migrate import migrate
from whimbrel.core.objects import open_store
from whimbrel.core.pages import Pages
from whimbrel.core.pubsub import open_pubsub
from whimbrel.core.search import open_search
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import utc_now
from whimbrel.discovery import tags, trends
from whimbrel.exit import guard
from whimbrel.exit.health import health
from whimbrel.federation import abroad, polls, threads
from whimbrel.federation.looking import look
from whimbrel.media import conversions
from whimbrel.media.erase import settle
from whimbrel.media.process.sandbox import sweep
from whimbrel.moderation import audit
from whimbrel.moderation.letters import mailbox
from whimbrel.moderation.vault.keep import sealed_until
from whimbrel.posts.queries.strange import strange
from whimbrel.privacy.budgets import Budgets
from whimbrel.privacy.readings import Readings
from whimbrel.timelines.queries import told

from . import noted
from .handlers import routes
from .looking import may_look
from .sending import sends

_READER = told.readers(OPEN_REPORTS)


def prepare(settings: Settings) -> None:
    """Make the data folder, for nobody else to enter, and bring the database to today's shape."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.database, settings.data)


@asynccontextmanager
async def opened(
    settings: Settings, port: int | None = None, clock: Callable[[], datetime] = utc_now
) -> AsyncIterator[App]:
    """Everything a process needs, for as long as the block lasts.

    Args:
        port: the one this process serves on; None for a command beside a running server, which
            must leave alone what that server has in hand.
        clock: what transactions take for now.
    Raises:
        SettingsError: an extra is missing or a URL is unusable.
        KeyringBroken: the keyring is not the one that belongs to this database.
        Unavailable: Redis does not answer.
    """
    prepare(settings)
    noted.settle()
    scratch = settings.data / "scratch" / str(port or "command")  # several may share a folder
    instance = Instance.of(settings, port)
    db = open_db(settings.database, settings.data, instance, routes(), clock)
    pubsub = open_pubsub(settings.redis)
    store = open_store(settings.objects, settings.data, settings.s3_key, settings.s3_secret)
    search = open_search(settings.search_url)
    fetcher = Fetcher(
        allow_private=settings.allow_private,
        extra_ca=settings.extra_ca,
        agent=f"Whimbrel/{__version__} (+{instance.origin}/)",
    )
    stack = AsyncExitStack()
    guarded: Any = None
    try:
        await pubsub.start()
        db.publish = pubsub.publish
        if port is None:
            guarded = stack.enter_context(guard.beside(db, settings.data))
        else:
            sweep(scratch)
            clear_scratch(scratch)
            guarded = await stack.enter_async_context(guard.keep(db, settings))
        app = App(
            settings=settings,
            instance=instance,
            db=db,
            store=store,
            pubsub=pubsub,
            pages=Pages(clock=clock, origin=instance.origin),
            scratch=scratch,
            fetcher=fetcher,
            search=search,
            budgets=Budgets(enabled=settings.rate_limits),
            tags=tags.found,
            featured=tags.own,
            abroad=look,
            opened=threads.opened,
            polled=polls.seen,
            may_look=may_look,
            sends=sends,
            sealed=sealed_until,
            asks=abroad.asks,
            reader=_READER,
            leaving=health,
            guard=guarded,
            readings=_readings(settings),
            strange=strange,
        )
        if port is not None and not db.fence.closed:
            await begin(app)
        yield app
        await conversions.stop(app)
    finally:
        await stack.aclose()
        await fetcher.close()
        await pubsub.close()
        await store.close()
        search.close()
        db.close()


async def begin(app: App) -> None:
    """What a process that serves writes before it serves, or as soon as it may write."""
    await app.db.write(partial(settle, alone=app.settings.role == "all"))
    await app.db.write(trends.start)
    await app.db.write(audit.start)
    await app.db.write(mailbox.start)


def _readings(settings: Settings) -> Readings | None:
    return Readings(settings.strangers_posts, time.time) if settings.rate_limits else None


@contextmanager
def database(data: Path | None, file: Path | None) -> Iterator[Db]:
    """The database alone, for a command that works beside a running server."""
    settings = configuration.load(data, file=file)
    prepare(settings)
    db = open_db(settings.database, settings.data, Instance.of(settings), routes())
    try:
        with guard.beside(db, settings.data):
            yield db
    finally:
        db.close()
