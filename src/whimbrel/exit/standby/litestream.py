"""Litestream, the program that replicates SQLite: where it is, what it is told, what it says.

It is given an environment of its own: with some variables that are meant for others
(AWS_CA_BUNDLE, for one) it ends at once. What it writes is the database as it lies on the disk, in
which all that people wrote is sealed; the keyring is never shown to it."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.settings import SettingsError

from .place import DATABASE, StandbyPlace

TESTED = "0.5.17"  # whose restarts were tried; others had bugs that broke restoring
_SAID = 400  # characters of what it says that are told


class Failed(WhimbrelError):
    """Litestream failed."""

    status, code = 502, "standby_failed"


def program() -> str:
    """Where it is: beside this Python, or on the path. Raises SettingsError."""
    beside = Path(sys.executable).with_name("litestream")
    found = str(beside) if beside.exists() else shutil.which("litestream")
    if found is None:
        raise SettingsError(
            "standby: SQLite needs Litestream there: pip install 'whimbrel[standby]'."
        )
    return found


async def version() -> str:
    """Which one it is. Raises SettingsError."""
    process = await asyncio.create_subprocess_exec(
        program(), "version", env={}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said.decode(errors="replace").strip()[:40]


def environment(place: StandbyPlace) -> dict[str, str]:
    """All that it is told by its environment."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LITESTREAM_ACCESS_KEY_ID": place.key,
        "LITESTREAM_SECRET_ACCESS_KEY": place.secret,
    }


def replica(place: StandbyPlace) -> dict[str, Any]:
    """Where the database goes, as its configuration says it."""
    return {
        "type": "s3",
        "bucket": place.bucket.name,
        "path": DATABASE,
        "endpoint": place.bucket.endpoint,
        "region": place.bucket.region,
        "force-path-style": True,
        "sync-interval": "100ms",
    }


def told(database: Path, place: StandbyPlace, socket: Path | None = None) -> dict[str, Any]:
    """Its configuration, which holds no secret.

    Args:
        socket: where it listens, when it is to run.
    """
    one: dict[str, Any] = {"path": str(database), "replica": replica(place)}
    # Every file that it makes of the log is one PUT, so it looks no more often than this.
    one["monitor-interval"] = "250ms"
    # For a checkpoint it waits for the writer's lock, and sends nothing meanwhile: for a second by
    # default, which is all that `async` may lose. What it did not get now it tries again.
    one["busy-timeout"] = "100ms"
    made: dict[str, Any] = {"dbs": [one]}
    if socket is not None:
        made |= {
            "logging": {"type": "json", "level": "warn"},
            "socket": {"enabled": True, "path": str(socket), "permissions": 0o600},
            # How long what was erased from the database can still be made out there, as rows:
            # all that people wrote is noise at once.
            "snapshot": {"interval": "4h", "retention": "4h"},
            "levels": [{"interval": "30s"}, {"interval": "5m"}, {"interval": "1h"}],
            "l0-retention": "5m",
            "l0-retention-check-interval": "1m",
            "shutdown-sync-timeout": "5s",
        }
    return made


@contextmanager
def configured(told: dict[str, Any], folder: Path | None = None) -> Iterator[Path]:
    """Its configuration in a file; JSON is YAML too."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="whimbrel-")))
        path = folder / "litestream.json"
        path.write_bytes(msgspec.json.encode(told))
        yield path


async def fetch(place: StandbyPlace, to: Path) -> None:
    """Write the newest state of the database there is to the new file `to`.

    Raises:
        Unavailable: the bucket does not answer. (Litestream itself tries that for minutes.)
        NotFound: no database was ever replicated there.
        Failed: it did not work, and what it said about that.
    """
    store = place.store()
    try:
        if not await store.holds(f"{DATABASE}/"):
            raise NotFound(f"There is no database in the bucket {place.bucket.name}.")
    finally:
        await store.close()
    with configured(told(to, place)) as config:
        words = ["restore", "-config", str(config), "-no-expand-env"]
        process = await asyncio.create_subprocess_exec(
            *(program(), *words, "-integrity-check", "quick", str(to)),
            env=environment(place),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
    if process.returncode:
        raise Failed(f"The database could not be fetched: {last_of(said)}")


def last_of(said: bytes) -> str:
    """The last thing it said, which is its reason."""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][-_SAID:] if lines else "it said nothing"
