"""PostgreSQL's replica, copied into a cluster of its own: the replica itself would be promoted.

It listens on a socket in a folder of its own and on no port, and knows neither primary nor archive:
it is started with settings of ours, for those that came along name both. No key is in it."""

import asyncio
import os
import pwd
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from whimbrel.core.errors import Unavailable
from whimbrel.core.settings import SettingsError

from ..standby.litestream import last_of
from ..standby.running import bound

PORT = 5432  # of no consequence: it is a part of the socket's name
PATIENCE = 600.0  # seconds until it has replayed what it has to
LOOKS = 0.1  # seconds between looks
_OURS = {  # in the place of what came along
    "postgresql.conf": "listen_addresses = ''\n",
    "postgresql.auto.conf": "",
    "pg_hba.conf": "local all all trust\n",
    "pg_ident.conf": "",
}


@asynccontextmanager
async def copied(replica: str, live: str, folder: Path) -> AsyncIterator[str]:
    """A copy of a replica that takes writes, for the length of the block; its URL.

    Args:
        replica: its URL; its user has to be one who may replicate.
        live: the URL of the server's database, which says as whom the copy is opened.
        folder: where it is made. Root makes and runs it as the user postgres, who has to reach it.
    Raises:
        SettingsError: programs of PostgreSQL are missing.
        Unavailable: it could not be copied, or did not start, and what was said of that.
    """
    with TemporaryDirectory(prefix="whimbrel-") as socket:
        who = await asyncio.to_thread(_make, folder, Path(socket))
        try:
            await _fetch(replica, folder, who)
            async with _running(folder, socket, who):
                url = _url(live, socket)
                await _awake(url)
                yield url
        finally:
            shutil.rmtree(folder)


def _make(folder: Path, socket: Path) -> dict[str, Any]:
    """Make the folder, in the place of what one that was killed left there. As whom programs run:
    PostgreSQL refuses root."""
    shutil.rmtree(folder, ignore_errors=not folder.exists())
    folder.mkdir(mode=0o700)
    if os.geteuid():
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise SettingsError("PostgreSQL does not run as root: drill as another user.") from None
    for each in (folder, socket):
        os.chown(each, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _program(name: str, version: str = "*") -> str:
    """Where it is: of this version, or the newest. Raises SettingsError."""
    there = Path("/usr/lib/postgresql").glob(f"{version}/bin/{name}")
    newest = max(there, key=lambda path: int(path.parts[4]), default=None)
    found = shutil.which(name) if newest is None else str(newest)
    if found is None:
        raise SettingsError(f"{name} is missing: install PostgreSQL's server here.")
    return found


async def _fetch(replica: str, folder: Path, who: dict[str, Any]) -> None:
    """A base backup. Raises Unavailable."""
    said: dict[str, Any] = conninfo_to_dict(replica)
    password = str(said.pop("password", ""))  # no word of a command line is a secret
    where = make_conninfo(**said)
    process = await asyncio.create_subprocess_exec(
        *(_program("pg_basebackup"), "-d", where, "-D", str(folder)),
        *("-X", "stream", "-c", "fast", "--no-password"),
        env={"PATH": os.defpath, "PGPASSWORD": password},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        **who,
    )
    try:
        told, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise Unavailable(f"The replica could not be copied: {_why(told)}")
    for name in ("standby.signal", "recovery.signal"):
        (folder / name).unlink(missing_ok=True)
    for name, content in _OURS.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text(content)
        if who:
            os.chown(folder / name, who["user"], who["group"])


@asynccontextmanager
async def _running(folder: Path, socket: str, who: dict[str, Any]) -> AsyncIterator[None]:
    """It runs for the length of the block."""
    version = (folder / "PG_VERSION").read_text().strip()
    with (folder / "drill.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *bound(),
            *(_program("postgres", version), "-D", str(folder), "-k", socket, "-p", str(PORT)),
            env={"PATH": os.defpath},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            **who,
        )
    try:
        yield
    except Unavailable as error:
        raise Unavailable(f"{error} {_why((folder / 'drill.log').read_bytes())}") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()  # nothing of it is kept
        await process.wait()


def _why(said: bytes) -> str:
    """What went wrong first; the last lines tell of cleaning up."""
    wrong = [line for line in said.splitlines() if b"error" in line or b"FATAL" in line]
    return last_of(b"\n".join(wrong[:1]) or said)


def _url(live: str, socket: str) -> str:
    said = conninfo_to_dict(live)
    user = quote(str(said.get("user") or pwd.getpwuid(os.geteuid()).pw_name), safe="")
    name = quote(str(said.get("dbname") or user), safe="")
    return f"postgresql://{user}@/{name}?host={quote(socket, safe='')}&port={PORT}"


async def _awake(url: str) -> None:
    """It has replayed what it has to. Raises Unavailable."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as there:
                row = await (await there.execute("SELECT pg_is_in_recovery()")).fetchone()
                if row == (False,):
                    return
        except psycopg.OperationalError as error:
            if asyncio.get_running_loop().time() > end or "does not exist" in str(error):
                raise Unavailable("The copy of the replica does not answer.") from error
        await asyncio.sleep(LOOKS)
