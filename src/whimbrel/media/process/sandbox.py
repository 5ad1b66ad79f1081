"""The way in: a stranger's file goes to a locked-down child process, clean files come back.

The parent reads four kilobytes to choose the decoder and otherwise never looks inside the file."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.media.process.result import Answer, Job, Limits, Processed
from whimbrel.media.process.sniff import Format, sniff_file
from whimbrel.media.refusals import heard

_PREFIX = "media-"
_MOST_ANSWER = 2**16  # bytes
# Wall time against processor time: the child is nice, and the machine may be busy.
_PATIENCE = 3


@asynccontextmanager
async def process(
    path: Path, scratch: Path, limits: Limits | None = None
) -> AsyncIterator[Processed]:
    """Make clean files of an upload.

    The new files lie in a private folder under `scratch` that is removed when the block ends,
    however it ends: move or seal them inside it.

    Args:
        path: the upload, absolute; it is only read, and its name is not looked at.
        scratch: a folder of ours, best on tmpfs; made if absent.
    Raises:
        Invalid: too big, not a format we take, damaged, disguised, or too much work.
        RuntimeError: the worker itself failed.
    """
    limits = limits or Limits()
    form = admit(path, limits)
    with room(scratch) as mine:
        job = Job(str(path), str(mine), form.name, os.getpid(), limits)
        cpu = limits.image_cpu if form.family == "image" else limits.av_cpu
        yield _judge(*await run("worker", msgspec.json.encode(job), mine, cpu * _PATIENCE), mine)


def admit(path: Path, limits: Limits) -> Format:
    """What can be refused without a child: size and kind.

    Returns:
        What the file begins like.
    Raises:
        Invalid: too big, or not a format we take.
    """
    try:
        form = sniff_file(path)
    except Invalid as refusal:
        raise Invalid(heard(str(refusal))) from None
    most = limits.image_bytes if form.family == "image" else limits.av_bytes
    size = path.stat().st_size
    if size > most:
        said = f"This file has {size / 2**20:.0f} MB; {most // 2**20} MB are the most."
        raise Invalid(heard(said))
    return form


async def run(module: str, order: bytes, mine: Path, seconds: float) -> tuple[int, bytes]:
    """Run a module of this package as a child with nothing of ours: no environment, no open files.

    Args:
        order: for its standard input.
        mine: its folder. What it says goes to files there, where it is bounded, not to pipes.
        seconds: of wall time, then it and all its kin are killed.
    Returns:
        (exit status, the beginning of its standard output), the status as `subprocess` counts:
        negative = the signal that ended it.
    """
    with (mine / "answer").open("wb") as answer, (mine / "log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            f"whimbrel.media.process.{module}",
            stdin=asyncio.subprocess.PIPE,
            stdout=answer,
            stderr=log,
            env={},
            cwd=mine,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(seconds):
            await child.communicate(order)
    except TimeoutError:
        return -signal.SIGXCPU, b""
    finally:
        # Also when the caller was cancelled. The group outlives its leader if it left kin.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        status = await child.wait()
    return status, (mine / "answer").read_bytes()[:_MOST_ANSWER]


def _judge(status: int, said: bytes, mine: Path) -> Processed:
    """Turn what the child left behind into a result, or a reason."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Invalid(
            heard("This file takes too long to convert. A shorter or smaller one may do.")
        )
    if status in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL):
        raise Invalid(heard("This file could not be read: its decoder gave up on it."))
    try:
        answer = msgspec.json.decode(said, type=Answer)
    except msgspec.DecodeError as error:
        log = (mine / "log").read_bytes()[-2000:].decode(errors="replace")
        raise RuntimeError(f"the media worker ended with {status}: {log}") from error
    if answer.refused:
        raise Invalid(heard(answer.refused))
    if answer.processed is None:
        raise RuntimeError(f"the media worker failed: {answer.fault}")
    # The child has read a stranger's bytes: its word on where its files lie is not taken.
    for variant in answer.processed.variants:
        made = Path(variant.path)
        if made.parent != mine or made.is_symlink() or not made.is_file():
            raise RuntimeError("the media worker named a file outside its folder")
    return answer.processed


@contextmanager
def room(scratch: Path) -> Iterator[Path]:
    """A private folder, locked while we live, gone afterwards."""
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(scratch, fcntl.LOCK_SH):  # no sweep between making and locking
        mine = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch)).resolve()
        held = os.open(mine, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)
        os.close(held)


def sweep(scratch: Path) -> int:
    """Remove what a crash left behind; to be called when the server starts.

    Folders of other live processes are locked and stay.

    Returns:
        How many folders were removed.
    """
    if not scratch.is_dir():
        return 0
    removed = 0
    with _locked(scratch, fcntl.LOCK_EX):
        for left in scratch.glob(f"{_PREFIX}*"):
            with contextlib.suppress(BlockingIOError), _locked(left, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(left)
                removed += 1
    return removed


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)
