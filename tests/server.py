"""A real server in a process of its own, with its own end, and its accounts."""

import contextlib
import csv
import io
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psycopg

import services
import shape
import warm

SCOPES = "read write follow push"
PATIENCE = 60  # seconds


class Server:
    """`whimbrel serve` on a free port, over one data folder, as often as it is started."""

    command: Sequence[str] = (sys.executable, "-m", "whimbrel")
    program = "whimbrel"  # or the path of a script that runs it

    def __init__(self, data: Path, database: str = "", **env: str) -> None:
        self.data = data
        self.port = services.free_port()
        self.url = f"http://localhost:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WHIM")},
            "WHIMBREL_DATABASE": database,
            "WHIMBREL_RATE_LIMITS": "off",
            "WHIMBREL_SIGNUPS": "open",
            **env,
        }
        # Whether it is started by the command people type, which reads all modules first.
        self.typed = "PYTHONPATH" in env
        self.log = data / "server.log"
        self._process: warm.Fork | subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that serves."""
        assert self._process is not None
        return self._process.pid

    def start(self, *options: str) -> "Server":
        """Return once it says that it listens."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.typed:
            shape.furnish(self.data, self.env["WHIMBREL_DATABASE"])
        at = self.log.stat().st_size if self.log.exists() else 0
        words = ["serve", "--data", str(self.data), "--bind", f"localhost:{self.port}", *options]
        with self.log.open("ab") as log, Path(os.devnull).open() as nothing:
            files = (nothing.fileno(), log.fileno(), log.fileno())
            if self.typed:
                command = ["setpriv", "--pdeathsig", "KILL", *self.command, *words]
                self._process = subprocess.Popen(command, -1, None, *files, env=self.env)
            else:
                self._process = warm.start([self.program, *words], self.env, *files)
        until = time.monotonic() + PATIENCE
        while b"listening on" not in self.log.read_bytes()[at:]:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.tail()}")
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """The power goes."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """As systemd does it; the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def tail(self, size: int = 4000) -> str:
        """The end of what it printed."""
        return self.log.read_text(errors="replace")[-size:]

    def cli(self, *words: str | Path) -> str:
        """What a command prints on standard output."""
        done = warm.run(["whimbrel", *words, "--data", self.data], self.env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def people(self, *names: str, by_app: Sequence[str] = ()) -> dict[str, str]:
        """Make these accounts, with a password of `NAME + " has a password"`; name to token.

        Args:
            by_app: more, who have no password: it is made to take long.
        """
        path = self.data / "people.csv"
        rows = "".join(f"{n},{n}@example.org,{password(n)},user\n" for n in names)
        rows += "".join(f"{n},{n}@example.org,,user\n" for n in by_app)
        path.write_text(f"name,email,password,role\n{rows}")
        made = self.cli("account", "import", path, "--tokens", SCOPES)
        return dict(row for row in csv.reader(io.StringIO(made)) if len(row) == 2)

    def second_factor(self, *names: str) -> None:
        """As if they had set up an authenticator app, without which nobody of the staff may act,
        and had just signed in with it by a browser, without which their apps do nothing grave."""
        url, now = self.env["WHIMBREL_DATABASE"], int(time.time() * 1000)
        factors = [(now, name) for name in names]
        browsers = [(secrets.randbits(62), secrets.token_bytes(32), *[now] * 3, n) for n in names]
        if url:
            with psycopg.connect(url) as there:
                there.cursor().executemany(_FACTOR.format("'\\x00'", "%s", "%s").encode(), factors)
                there.cursor().executemany(_BROWSER.replace("?", "%s").encode(), browsers)
            return
        path = self.data / "whimbrel.db"
        with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as here, here:
            here.executemany(_FACTOR.format("x'00'", "?", "?"), factors)
            here.executemany(_BROWSER, browsers)

    def call(self, token: str, method: str, path: str, **values: Any) -> Any:
        """One API call; the decoded answer. Raises HTTPError unless it is a 2xx."""
        url, body = self.url + path, None
        if method == "GET" and values:
            url += "?" + urlencode(values, doseq=True)
        elif method != "GET":
            body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return json.loads(fetched(Request(url, body, headers, method=method)) or b"null")


_FACTOR = """
INSERT INTO authenticators (account, secret, step, at)
SELECT id, {}, 0, {} FROM accounts WHERE handle = {}
"""
_BROWSER = """
INSERT INTO sessions (id, hash, agent, at, seen_at, proved_at, account)
SELECT ?, ?, '', ?, ?, ?, id FROM accounts WHERE handle = ?
"""


def fetched(request: Request | str, **more: Any) -> bytes:
    """The body of an answer. Raises HTTPError unless it is a 2xx, and leaves no socket open."""
    try:
        with urlopen(request, timeout=PATIENCE, **more) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as error:
        error.close()
        raise


def password(name: str) -> str:
    """The password of an account that `Server.people` made."""
    return f"{name} has a password"


@contextlib.contextmanager
def running(data: Path, database: str = "", **env: str) -> Iterator[Server]:
    """A server for the length of the block. It must end cleanly."""
    server = Server(data, database, **env)
    server.start()
    try:
        yield server
    except BaseException as error:
        error.add_note(server.tail())
        server.kill()
        raise
    assert server.stop() == 0, server.tail()
