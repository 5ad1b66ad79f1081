"""`whimbrel doctor`: looks at an installation as a careful administrator would, and how to mend it.

It changes nothing. Each check is a function that yields what is wrong, with the mending command."""

import asyncio
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from rich.console import Console

from whimbrel.core.db import Db, open_db, sqlite_path
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.fetch import Fetcher, Unreachable
from whimbrel.core.mail import parse_url
from whimbrel.core.migrate import missing
from whimbrel.core.objects import open_store
from whimbrel.core.pubsub import open_pubsub
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.settings.checks import is_local
from whimbrel.core.worker import backlog, dead_letters
from whimbrel.exit.standby import status as standby
from whimbrel.federation.queries import servers
from whimbrel.media.process.strength import sandbox_strength
from whimbrel.moderation.paging import practice

from . import queries
from .handlers import routes

ROOM = 1 << 30  # free bytes below which a disk is nearly full
AWAY = 24  # hours
LATE = 15 * 60 * 1000  # milliseconds a job may be overdue


def examine(settings: Settings) -> bool:
    """Print every finding. True: nothing is wrong."""
    console = Console(highlight=False)
    well = True
    for title, check in CHECKS.items():
        try:
            found = list(check(settings))
        except (WhimbrelError, OSError) as error:
            found = [str(error)]
        well = well and not found
        console.print(f"[red]look[/] {title}" if found else f"[green]ok[/]   {title}")
        for line in found:
            console.print(f"     {line}", markup=False, soft_wrap=True)
    return well


def _folder(settings: Settings) -> Iterator[str]:
    data = settings.data
    if not data.is_dir():
        yield f"{data} is not there yet: `whimbrel serve --data {data}` makes it."
        return
    if stat.S_IMODE(data.stat().st_mode) & 0o077:
        yield f"Others may enter {data}. Mend: chmod 700 {data}"
    if not os.access(data, os.W_OK):
        yield f"This user may not write in {data}. Run the server and its commands as one user."
    free = shutil.disk_usage(data).free
    if free < ROOM:
        yield f"Only {free // 2**20} MB are free where {data} lies. Make room before it is full."


def _database(settings: Settings) -> Iterator[str]:
    if not settings.database and not sqlite_path("", settings.data).exists():
        yield "There is no database yet: the first `whimbrel serve` makes it."
        return
    if missing(settings.database, settings.data):
        yield "The database has an older shape than this release: starting the server mends that."
        return
    with _opened(settings) as db:
        if not db.write_sync(queries.has_administrator):
            yield "Nobody is administrator: whimbrel account create NAME --email E --role admin"
        waiting = db.write_sync(backlog)
        for lane, (count, overdue) in waiting.items():
            if overdue > LATE:
                yield (
                    f"{count} jobs wait in the lane {lane}, the oldest {overdue // 60_000} minutes "
                    "too late: is a server with role all or worker running?"
                )
        for job, lane, task, error in db.write_sync(dead_letters, 5):
            yield f"Job {job} ({task}, lane {lane}) was given up after 8 tries: {error}"


def _federation(settings: Settings) -> Iterator[str]:
    if (not settings.database and not sqlite_path("", settings.data).exists()) or missing(
        settings.database, settings.data
    ):
        return
    with _opened(settings) as db:
        late = db.write_sync(servers.numbers).late
        if late > LATE:
            yield (
                f"Servers wait {late // 60_000} minutes to be called on: is a server with role all "
                "or worker running?"
            )
        for origin, failures, since in db.write_sync(servers.away, 5):
            hours = (int(time.time() * 1000) - since) // 3_600_000
            if hours >= AWAY:
                domain = origin.partition("://")[2]
                yield (
                    f"{domain} has not answered for {hours} hours ({failures} calls). "
                    f"Once it is back: whimbrel federation retry {domain}"
                )


@contextmanager
def _opened(settings: Settings) -> Iterator[Db]:
    db = open_db(settings.database, settings.data, Instance.of(settings), routes())
    try:
        yield db
    finally:
        db.close()


def _standby(settings: Settings) -> Iterator[str]:
    if not settings.standby or missing(settings.database, settings.data):
        return
    with _opened(settings) as db:
        for line in asyncio.run(standby.lines(db, settings)):
            if line.red:
                yield f"{line.title}: {line.says}"


def _calls(settings: Settings) -> Iterator[str]:
    there = settings.database or sqlite_path("", settings.data).exists()
    if is_local(Instance.of(settings).domain) or not there:
        return
    if not missing(settings.database, settings.data):
        with _opened(settings) as db:
            yield from db.write_sync(practice.faults)


def _keyring(settings: Settings) -> Iterator[str]:
    path = settings.data / "keyring.bin"
    if not path.exists():
        if sqlite_path("", settings.data).exists():
            yield f"{path} is gone. Without it nothing stored can be read: put it back."
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"{path} can be read by others. Mend: chmod 600 {path}"


def _media(settings: Settings) -> Iterator[str]:
    async def look() -> None:
        store = open_store(settings.objects, settings.data, settings.s3_key, settings.s3_secret)
        try:
            async for _ in store.list():
                break
        finally:
            await store.close()

    asyncio.run(look())
    yield from ()


def _handles(settings: Settings) -> Iterator[str]:
    here = Instance.of(settings)
    if not settings.domain or here.host == here.domain:
        return
    asked = f"/.well-known/webfinger?resource={quote(f'acct:{here.domain}@{here.domain}', safe='')}"

    async def leads_here() -> bool:
        fetcher = Fetcher(allow_private=settings.allow_private, extra_ca=settings.extra_ca)
        try:
            answer = await fetcher.get(f"https://{here.domain}{asked}")
        except Unreachable:
            return False
        finally:
            await fetcher.close()
        return answer.status == 200 and f'"{here.origin}/actor"'.encode() in answer.body

    if not asyncio.run(leads_here()):
        yield (
            f"Nobody elsewhere can find @name@{here.domain}: let https://{here.domain} send "
            f"/.well-known/webfinger on to {here.origin}, with the query (docs/administration.md)."
        )


def _files(settings: Settings) -> Iterator[str]:
    here = Instance.of(settings)
    if not settings.domain or is_local(here.host):
        return
    if not here.media_apart:
        yield (
            "media_domain is not set: what strangers upload lies under the name where people are "
            "signed in. Give files a name of their own that leads here (docs/administration.md)."
        )
        return

    async def is_ours() -> bool:
        fetcher = Fetcher(allow_private=settings.allow_private, extra_ca=settings.extra_ca)
        try:
            answer = await fetcher.get(f"{here.media_apart}/about", redirects=0)
        except Unreachable:
            return False
        finally:
            await fetcher.close()
        return answer.status == 404 and b"Record not found" in answer.body

    if not asyncio.run(is_ours()):
        yield (
            f"{here.media_apart} does not lead here as it should: it needs a certificate, and the "
            "proxy has to pass the name on as Host (docs/administration.md)."
        )


def _walls(settings: Settings) -> Iterator[str]:
    found = sandbox_strength()
    if found.startswith("weak"):
        yield f"Uploads are decoded behind walls that are {found}. A newer kernel has better ones."


def _redis(settings: Settings) -> Iterator[str]:
    async def look() -> None:
        pubsub = open_pubsub(settings.redis)
        await pubsub.start()
        await pubsub.close()

    asyncio.run(look())
    yield from ()


def _mail(settings: Settings) -> Iterator[str]:
    if not settings.smtp:
        if not is_local(Instance.of(settings).domain):
            yield "smtp is not set: people cannot confirm their address or reset a password."
        return
    server = parse_url(settings.smtp)

    async def look() -> None:
        _, writer = await asyncio.wait_for(asyncio.open_connection(server.host, server.port), 10)
        writer.close()

    try:
        asyncio.run(look())
    except (OSError, TimeoutError):
        yield f"The mail server {server.host}:{server.port} does not answer."


def _place(settings: Settings) -> Iterator[str]:
    here = Instance.of(settings)
    if not settings.domain:
        yield "domain is not set: fine for trying out, but it can never be changed later."
    elif (
        here.origin.startswith("https://")
        and not settings.tls_cert
        and not settings.trusted_proxies
    ):
        yield (
            "Neither tls_cert nor trusted_proxies is set: if a proxy does TLS, list its address, "
            "or all its visitors share one rate limit."
        )
    if not settings.rate_limits:
        yield "rate_limits is off: anybody can read everything public as fast as the wire allows."
    if time.gmtime().tm_year < 2026:
        yield "The clock of this machine is wrong: ids and deadlines are made from it."


CHECKS: dict[str, Callable[[Settings], Iterator[str]]] = {
    "The data folder": _folder,
    "The keyring": _keyring,
    "The database and its jobs": _database,
    "Other servers": _federation,
    "Handles": _handles,
    "The media store": _media,
    "The standby and keepers": _standby,
    "Where files are served": _files,
    "The walls around uploads": _walls,
    "Redis": _redis,
    "Mail": _mail,
    "Calls to the staff": _calls,
    "Name and network": _place,
}
