"""Starting, asking and ending what is measured: Whimbrel, or the reference."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import process
from .store import Refused, Store

START = 60  # seconds until a server must be listening
END = 20  # seconds it may take to end


class Server:
    """A running server: where it listens and which processes it is."""

    def __init__(self, url: str, pids: Sequence[int], store: Store | None = None) -> None:
        self.url = url
        self.pids = tuple(pids)
        self.store = store
        self._local = threading.local()

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: object = None,
        **headers: str,
    ) -> bytes:
        """The answer to one request over this thread's own connection.

        Raises:
            Refused: any status but 200.
        """
        headers.setdefault("Accept", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._local.connection = None
            raise
        if answer.status != 200:
            raise Refused(f"{method} {path}: {answer.status} {said[:300]!r}")
        return said

    def json(self, method: str, path: str, token: str | None = None, body: object = None) -> Any:
        """`call`, decoded."""
        return json.loads(self.call(method, path, token, body))

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if found is None:
            place = urlsplit(self.url)
            found = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
            self._local.connection = found
        return found

    def settle(self) -> None:
        """Wait until its outbox is empty and its processes are quiet."""
        if self.store is not None:
            self.store.drain()
        process.settle(self.pids)

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pids)


@contextmanager
def whimbrel(store: Store, cores: Sequence[int]) -> Iterator[Server]:
    """`whimbrel serve` over what is in `store`, on these cores only."""
    command = [str(Path(sys.executable).with_name("whimbrel")), "serve"]
    command += ["--data", str(store.data), "--bind", "127.0.0.1:0"]
    with _started(command, store.data, cores, store.env) as (url, pid):
        yield Server(url, (pid, *store.pids), store)


@contextmanager
def reference(folder: Path, cores: Sequence[int]) -> Iterator[Server]:
    """The reference; `folder` is only where it leaves its log."""
    command = [sys.executable, "-m", "bench.reference", str(folder)]
    with _started(command, folder, cores, {}) as (url, pid):
        yield Server(url, (pid,))


@contextmanager
def elsewhere(folder: Path, pem: str, cores: Sequence[int]) -> Iterator[tuple[int, str]]:
    """(port, URL) of the process that is all other servers; everybody's key there is `pem`."""
    folder.mkdir(exist_ok=True)
    (folder / "key.pem").write_text(pem)
    command = [sys.executable, "-m", "bench.elsewhere", str(folder)]
    with _started(command, folder, cores, {}) as (url, _):
        yield urlsplit(url).port or 0, url


@contextmanager
def _started(
    command: list[str], folder: Path, cores: Sequence[int], env: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """(URL, pid) of a server that listens; it is ended with the block."""
    folder.mkdir(exist_ok=True)
    log = folder / "bench.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            preexec_fn=process.pinned(*cores),
        )
    try:
        yield listening(child, log), child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(END)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def listening(child: "subprocess.Popen[bytes]", log: Path) -> str:
    """The URL it says it listens on. Raises Refused: it ended, or took too long."""
    end = time.monotonic() + START
    while time.monotonic() < end and child.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("listening on "):
                return line.removeprefix("listening on ").strip()
        time.sleep(0.02)
    raise Refused(f"{child.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
