"""PostgreSQL at two providers: a primary, and a replica that streams from it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

import services


class Cluster:
    """A cluster of our own that can be killed. Its processes die with us."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder, self.user, self.port = folder, user, services.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, *words: str | Path) -> None:
        """A program of PostgreSQL, as the user it runs as."""
        program = services.found(f"/usr/lib/postgresql/*/bin/{words[0]}", str(words[0]))
        command = [*_as(self.user), program, *map(str, words[1:])]
        subprocess.run(command, check=True, capture_output=True, cwd="/tmp")

    def start(self) -> None:
        program = services.found("/usr/lib/postgresql/*/bin/postgres", "postgres")
        command = ["setpriv", "--pdeathsig", "KILL", *_as(self.user)[1:], program]
        command += ["-D", str(self.folder / "data"), "-k", str(self.folder), "-h", "127.0.0.1"]
        command += ["-p", str(self.port), "-cfsync=off"]
        command += ["-cwal_retrieve_retry_interval=200ms"]  # as docs/exit.md says: usually 5 s
        end = time.monotonic() + services.PATIENCE
        while True:
            if self._process is None or self._process.poll() is not None:
                # What a killed one leaves is let go of when its last child has noticed.
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/tmp"
                    )
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            assert time.monotonic() < end, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """The power goes."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _as(user: str) -> list[str]:
    return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user else []


@contextmanager
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and its replica, both running."""
    user = "postgres" if os.getuid() == 0 else ""
    with ExitStack() as stack:
        near, far = (Cluster(stack.enter_context(services.room(user)), user) for _ in range(2))
        near.run(
            *("initdb", "-D", near.folder / "data", "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        )
        for each in (near, far):
            stack.callback(each.kill)
        near.start()
        source = f"host=127.0.0.1 port={near.port} user=postgres"
        far.run(
            *("pg_basebackup", "-d", source, "-D", far.folder / "data", "-R", "-c", "fast"),
            *("-X", "stream", "--no-sync"),
        )
        far.start()
        yield near, far
