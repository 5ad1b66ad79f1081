"""Litestream beside a running server: started, watched, started again, asked over its socket."""

import asyncio
import http.client
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from whimbrel.core import logs
from whimbrel.core.errors import Unavailable

from . import litestream
from .place import StandbyPlace

LATEST = 30  # seconds until it is started again
WELL = 60  # seconds after which a start counts as a good one
GRACE = 8  # seconds for the last things to go there when the server stops
_LINE = 1 << 16  # bytes of a line of its log

log = logs.get(__name__)


class _Line(msgspec.Struct):
    """A line of its log."""

    level: str = ""
    msg: str = ""
    error: str = ""


class Litestream:
    """One that runs for as long as `run` does."""

    def __init__(self, database: Path, place: StandbyPlace) -> None:
        self._database, self._place = database.absolute(), place
        self._folder = TemporaryDirectory(prefix="whimbrel-")  # a socket's path must be short
        self._socket = Path(self._folder.name) / "socket"
        self._process: asyncio.subprocess.Process | None = None
        self.wrong = ""  # what it last complained of

    async def run(self) -> None:
        """Until cancelled; then what is committed goes there, if that takes no time."""
        delay = 1.0
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                status = await self._once()
                delay = 1.0 if loop.time() - began > WELL else min(delay * 2, LATEST)
                log.error("litestream ended", status=status, why=self.wrong)
                await asyncio.sleep(delay)
        finally:
            await self._end()
            self._folder.cleanup()

    async def _once(self) -> int:
        """Start it and wait for its end; the exit status."""
        told = litestream.told(self._database, self._place, self._socket)
        with litestream.configured(told, Path(self._folder.name)) as config:
            self._process = await asyncio.create_subprocess_exec(
                *bound(),
                *(litestream.program(), "replicate", "-config", str(config), "-no-expand-env"),
                env=litestream.environment(self._place),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=_LINE,
            )
            await self._listen(self._process)
            return await self._process.wait()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Read its log until it ends."""
        assert process.stdout is not None  # noqa: S101 (it is a pipe)
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than any it should write
                continue
            if not line:
                return
            said = _said(line)
            if said and said != self.wrong:
                log.warning("litestream complains", why=said)
            self.wrong = said or self.wrong

    def restart(self) -> None:
        """End it, to be started again a moment later."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
            try:
                async with asyncio.timeout(GRACE):
                    # It ends by itself; somebody has to read what it says on its way out.
                    await process.communicate()
            except TimeoutError:
                process.kill()
                await process.wait()

    def sync(self, seconds: int, *, wait: bool) -> tuple[int, int]:
        """Look at what was committed. Blocking; for a thread.

        Args:
            seconds: that may pass, at most.
            wait: until the standby has it.
        Returns:
            Up to which of its transactions it came here, and there.
        Raises:
            Unavailable: it did not work out in time, or does not run.
        """
        asked = {"path": str(self._database), "wait": wait, "timeout": seconds}
        connection = _Unix(self._socket, seconds + 1)
        try:
            connection.request("POST", "/sync", msgspec.json.encode(asked))
            answer = connection.getresponse()
            said: dict[str, Any] = msgspec.json.decode(answer.read(_LINE))
            if answer.status != 200:
                raise Unavailable(str(said.get("error", answer.status)))
            return int(said["txid"]), int(said["replicated_txid"])
        except (OSError, http.client.HTTPException, msgspec.DecodeError, KeyError) as error:
            raise Unavailable(self.wrong or f"Litestream: {type(error).__name__}.") from error
        finally:
            connection.close()


class _Unix(http.client.HTTPConnection):
    """HTTP over a socket that is a file."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("litestream", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """See HTTPConnection."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def bound() -> list[str]:
    """What makes a program end with us, however we end: two of them on one database spoil both."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "KILL"] if found else []


def _said(line: bytes) -> str:
    """What a line of its log complains of; empty: nothing."""
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError:
        return line.decode(errors="replace").strip()[:400]  # it dies, in plain words
    if found.level not in ("WARN", "ERROR"):
        return ""
    return f"{found.msg}: {found.error}"[:400] if found.error else found.msg[:400]
