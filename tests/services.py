"""Real services for tests: PostgreSQL, Redis, S3, an SMTP sink. Started when first asked for, one
set per test process, and gone with it even when that is killed. Nothing here is a fake."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

PATIENCE = 60  # seconds until a service that does not answer fails the test


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def found(*names: str) -> str:
    """The first of these commands or glob patterns that exists."""
    for name in names:
        hits = sorted(Path("/").glob(name[1:])) if name.startswith("/") else []
        path = str(hits[-1]) if hits else shutil.which(name)
        if path:
            return path
    raise LookupError(f"{names[0]} is not installed; script/test installs what tests need")


@contextmanager
def running(
    command: list[str],
    ready: Callable[[], bool],
    *,
    log: Path,
    user: str = "",
    patience: float = 10,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, from when it is `ready` to the end of the block. It dies with us (pdeathsig).

    Args:
        patience: seconds it may take to stop by itself before it is killed.
        stop: what asks it to.
    """
    guard = ["setpriv", "--pdeathsig", "KILL"]
    if user:
        guard += ["--reuid", user, "--regid", user, "--clear-groups"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*guard, *command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/tmp"
        )
    try:
        until = time.monotonic() + PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.03)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def room(owner: str = "") -> Iterator[Path]:
    """A short-named folder (sockets have 107 characters) that is gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="whimbrel-"))
    if owner:
        shutil.chown(path, owner, owner)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


# What a database is: no table, column or index more or less, nothing counted by ANALYZE, and no
# other revision.
_SHAPE = """SELECT count(*), sum(c.oid::bigint), sum(relfilenode::bigint), sum(reltuples),
  (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_trigger),
  (SELECT min(version_num) FROM alembic_version)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE n.nspname <> 'pg_toast'"""
_TOUCHED = """SELECT quote_ident(relname), pg_relation_size(oid) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
  AND pg_relation_size(oid) > 0"""
_COUNT_ANEW = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
_LARGE = 1 << 19  # bytes of one table from which a fresh copy is quicker than to empty it


class Postgres(NamedTuple):
    """A cluster of our own. Its files are in `folder`, for tests that read them byte by byte."""

    folder: Path
    port: int
    free: list[tuple[str, object]]  # databases that may be lent again, and their shape

    def url(self, name: str) -> str:
        """The URL of a database of this cluster."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template0") -> str:
        """A fresh copy of `template` (which nobody may be connected to), as a URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop the database, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """The URL of an empty database with the shape of `template`, emptied afterwards for the
        next: a copy takes ten times as long. One that was altered or grew is dropped."""
        name, shape = self.free.pop() if self.free else (f"test_{uuid4().hex[:12]}", None)
        if shape is None:
            self.create(name, template)
            with psycopg.connect(self.url(name)) as connection:
                shape = connection.execute(_SHAPE).fetchone()
        yield self.url(name)
        self._run(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            f" WHERE datname = '{name}'"
        )
        with psycopg.connect(self.url(name)) as connection:
            connection.execute("DROP SCHEMA IF EXISTS whimbrel_search CASCADE")  # open_db makes it
            touched = connection.execute(_TOUCHED).fetchall()
            same = connection.execute(_SHAPE).fetchone() == shape
            if same and all(size < _LARGE for _table, size in touched):
                connection.execute("SET LOCAL session_replication_role = replica")  # no triggers
                for table, _size in touched:
                    connection.execute(f"DELETE FROM {table}".encode())
                connection.execute(_COUNT_ANEW)
                self.free.append((name, shape))
                return
        self.drop(name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster without fsync: crash tests that count on it start their own."""
    initdb = found("/usr/lib/postgresql/*/bin/initdb", "initdb")
    user = "postgres" if os.getuid() == 0 else ""
    guard = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user else []
    with room(user) as folder:
        data = folder / "data"
        make = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*guard, *make, "--no-sync"], check=True, capture_output=True, cwd="/tmp")
        port = free_port()
        # Autovacuum would count an empty table in the midst of a test whose rows nobody else sees.
        slow = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
        quick = [f"-c{setting}=off" for setting in slow]
        command = [str(Path(initdb).with_name("postgres")), "-D", str(data), "-k", str(folder)]
        command += ["-p", str(port), "-h", "127.0.0.1", "-cmax_connections=200", *quick]

        def ready() -> bool:
            try:
                with psycopg.connect(here.url("postgres"), connect_timeout=2):
                    return True
            except psycopg.OperationalError:
                return False

        here = Postgres(data, port, [])
        log, stop = folder.with_suffix(".log"), signal.SIGQUIT  # nothing of it is kept
        with running(command, ready, user=user, log=log, stop=stop):
            yield here
        log.unlink()


def database(request: Any, engine: str) -> str:
    """The URL of an empty database of the newest shape for whoever `request`s it ("" = SQLite, in
    the data folder)."""
    if engine == "sqlite":
        return ""
    cluster: Postgres = request.getfixturevalue("postgres")
    lent = cluster.lent(request.getfixturevalue("postgres_template"))
    request.addfinalizer(lambda: lent.__exit__(None, None, None))
    return lent.__enter__()


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server that keeps nothing on disk, as a URL."""
    port = free_port()
    with room() as folder:
        command = [found("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with running(command, lambda: answers(port), log=folder / "log"):
            yield f"redis://127.0.0.1:{port}/0"


class S3(NamedTuple):
    """An S3 endpoint; buckets are made by whoever asks for one."""

    endpoint: str  # http://127.0.0.1:PORT
    key: str
    secret: str
    region: str
    folder: Path  # every byte it stores


@contextmanager
def s3() -> Iterator[S3]:
    """SeaweedFS with one key that may do everything."""
    with room() as folder:
        identity: dict[str, Any] = {
            "name": "tests",
            "credentials": [{"accessKey": "tests", "secretKey": "tests-secret"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        (folder / "data").mkdir()
        ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        # It listens a second time on each port + 10,000 unless told where.
        options = [f"-{name}.port={port}" for name, port in ports.items()]
        options += [f"-{name}.port.grpc={free_port()}" for name in ports]
        command = [found(str(Path(sys.executable).with_name("weed")), "weed"), "server"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}", "-s3"]
        command += [f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64"]
        # Two more listeners on fixed ports would keep a second server of this kind from starting.
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += ["-volume.max=2000", *options]
        with running(command, lambda: answers(ports["s3"]), log=folder / "log", patience=0.1):
            yield S3(
                f"http://127.0.0.1:{ports['s3']}",
                "tests",
                "tests-secret",
                "us-east-1",
                folder / "data",
            )


class Mailbox(MessageHandler):
    """What was sent through the SMTP sink at `url`, oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.url = ""

    def handle_message(self, message: Message) -> None:
        """Called by the sink in its own thread; appending is safe."""
        self.messages.append(message)

    def wait(self, count: int = 1, seconds: float = 10) -> list[Message]:
        """At least `count` messages, or an AssertionError after `seconds`."""
        until = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < until, f"{len(self.messages)} of {count} mails arrived"
            time.sleep(0.02)
        return list(self.messages)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that delivers to this object."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}?tls=none"
    try:
        yield box
    finally:
        controller.stop()


WHOLE = ("chromium", "chromium-browser", "google-chrome")


def chromium(*, whole: bool = False) -> str:
    """The path of a Chromium: the one without windows, which takes a third less of the processor,
    or the `whole` one, which alone shows notifications and fetches as people's do."""
    return found(*WHOLE) if whole else found("chromium-headless-shell", *WHOLE)
