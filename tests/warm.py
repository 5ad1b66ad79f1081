"""Programs in Python, started in a tenth of the time: as forks of a process that has imported them.

What runs is the program itself, `python -m MODULE`, in a process of its own, with its own
environment, files and end. Only that it reads its modules anew each time is saved, and a test run
starts hundreds. This file is also run as that process, which imports what it is told to."""

import atexit
import contextlib
import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

PATIENCE = 60  # seconds until what does not answer fails the test
READY = {  # what a program has imported, or (module:function) made, when it begins
    "whimbrel": (
        *("whimbrel.app.cli", "whimbrel.app.serve", "whimbrel.app.site:site"),
        *("whimbrel.core.migrate", "uvloop", "psycopg", "psycopg_pool", "typer._adapters"),
        *("uvicorn.lifespan.off", "uvicorn.protocols.http.httptools_impl"),
        "uvicorn.protocols.websockets.websockets_sansio_impl",
    ),
    "toot": ("toot.cli",),
}
_PR_SET_PDEATHSIG = 1
_LARGEST = 1 << 17  # bytes of a request: environment and words


# ------------------------------------------------------------------------------ who asks


class Fork:
    """A program that runs, with what `subprocess.Popen` says of one."""

    def __init__(self, told: socket.socket, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._told = told

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        return self._status(0)

    def wait(self, seconds: float = PATIENCE) -> int:
        """The exit status once it has ended. Raises TimeoutExpired."""
        status = self._status(seconds)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), seconds)
        return status

    def _status(self, seconds: float) -> int | None:
        if self.returncode is None:
            self._told.settimeout(seconds)
            with contextlib.suppress(BlockingIOError, TimeoutError):
                self.returncode = json.loads(self._told.recv(100))
                self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)


def start(
    words: Sequence[str | Path], env: Mapping[str, str], stdin: int, stdout: int, stderr: int
) -> Fork:
    """`python -m WORDS` with these open files. It dies with the test process."""
    said = json.dumps([[str(word) for word in words], dict(env), str(Path.cwd())]).encode()
    told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        files = [stdin, stdout, stderr, theirs.fileno()]
        script = str(words[0]).endswith(".py")  # one that runs ours
        socket.send_fds(_warm("whimbrel" if script else str(words[0]), env), [said], files)
    told.settimeout(PATIENCE)
    return Fork(told, json.loads(told.recv(100)))


def run(words: Sequence[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What it printed, and how it ended; nothing is typed."""
    with (
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        fork = start(words, env, nothing.fileno(), out.fileno(), err.fileno())
        try:
            status = fork.wait()
        except BaseException:
            fork.kill()
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(words), status, out.read(), err.read())


_warmed: dict[str, socket.socket] = {}


def _warm(program: str, env: Mapping[str, str]) -> socket.socket:
    """To the process that has imported this program; one for each test process."""
    if program not in _warmed:
        _warmed[program], theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = ["setpriv", "--pdeathsig", "KILL", sys.executable, __file__, program]
            process = subprocess.Popen(command, stdin=theirs.fileno(), env=env)
        atexit.register(_cool, process, _warmed[program])
    return _warmed[program]


def _cool(process: subprocess.Popen[bytes], ours: socket.socket) -> None:
    ours.close()
    process.wait(PATIENCE)


# ------------------------------------------------------------------------------ who is asked


class _Wish(NamedTuple):
    words: list[str]
    env: dict[str, str]
    folder: str


def _serve(asked: socket.socket) -> _Wish:
    """Fork when asked to. Returns in a fork: with what it is to be; ends when nobody asks."""
    running: dict[int, socket.socket] = {}

    def reap(*_: object) -> None:
        """Tell who has ended, and how."""
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with running.pop(pid) as told, contextlib.suppress(BrokenPipeError):
                told.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())

    signal.signal(signal.SIGCHLD, reap)
    while True:
        said, files, _, _ = socket.recv_fds(asked, _LARGEST, 4)
        if not said:
            sys.exit()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if not pid:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            for told in running.values():
                told.close()
            for at, file in enumerate(files[:3]):
                os.dup2(file, at)
            for file in files:
                os.close(file)
            return _Wish(*json.loads(said))
        running[pid] = socket.socket(fileno=files[3])
        for file in files[:3]:
            os.close(file)
        running[pid].send(json.dumps(pid).encode())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _be(wish: _Wish) -> None:
    """The program itself, as `python` or `python -m` runs it."""
    os.environ.clear()
    os.environ.update(wish.env)
    os.chdir(wish.folder)
    sys.path[0:0] = [wish.folder]
    sys.argv = wish.words
    if wish.words[0].endswith(".py"):
        runpy.run_path(wish.words[0], run_name="__main__")
    else:
        runpy.run_module(wish.words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    del sys.path[0]  # the tests' own folder
    for ready in READY[sys.argv[1]]:
        module, _, function = ready.partition(":")
        imported = import_module(module)
        if function:
            getattr(imported, function)()
    gc.collect()
    gc.freeze()  # no fork goes through all of this
    with socket.socket(fileno=os.dup(0)) as control:
        wanted = _serve(control)
    _be(wanted)
