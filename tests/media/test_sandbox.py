"""The walls: a decoder that a stranger's file has taken over gets nowhere and leaves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import media_samples as samples
import pytest

from whimbrel.core.errors import Invalid
from whimbrel.media.process.result import Limits
from whimbrel.media.process.sandbox import process, room, sweep
from whimbrel.media.process.strength import sandbox_strength, try_walls


def test_nothing_gets_out():
    """Network, other people's files, programs, processes, signals: tried for real, all refused."""
    found = try_walls()
    assert not set(found.holes) - {"read other files", "write other files", "signal the server"}
    if any(wall.startswith("landlock") for wall in found.walls):
        assert found.holes == ()
        assert sandbox_strength().startswith("strong: ")


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


SERVER = """
import asyncio, sys
from pathlib import Path
from whimbrel.media.process.sandbox import process
async def main():
    async with process(Path(sys.argv[1]), Path(sys.argv[2])):
        pass
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def long_film(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film"
    samples.film(path, "webm", "libvpx", None, size=(1280, 720), seconds=8, rate=15)
    return path


def _wait_for(what, seconds: float = 10):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def test_a_worker_killed_mid_file_leaves_nothing(tmp_path, long_film):
    """The kernel kills the worker for memory while it holds somebody's original."""
    scratch = tmp_path / "scratch"

    async def go() -> None:
        async with process(long_film, scratch):
            pass

    async def kill_it() -> None:
        job = asyncio.create_task(go())
        await asyncio.to_thread(_wait_for, lambda: list(scratch.glob("*/original.mp4")))
        os.kill(_children(os.getpid())[-1], signal.SIGKILL)
        with pytest.raises(Invalid):
            await job

    asyncio.run(kill_it())
    assert list(scratch.iterdir()) == []


def test_a_server_killed_mid_file_leaves_nothing_after_it_starts_again(tmp_path, long_film):
    """kill -9 of the server: the worker dies with it, and the next start clears its folder."""
    scratch = tmp_path / "scratch"
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(long_film), str(scratch)])
    _wait_for(lambda: list(scratch.glob("*/original.mp4")))
    worker = _children(server.pid)[0]
    assert sweep(scratch) == 0  # another process's start must not take a live one's folder away
    server.kill()
    server.wait()
    _wait_for(lambda: not Path(f"/proc/{worker}").exists())
    assert list(scratch.iterdir())
    assert sweep(scratch) == 1
    assert list(scratch.iterdir()) == []


def test_a_cancelled_upload_stops_its_worker(tmp_path, long_film):
    """The uploader hung up: no processor time for nobody."""
    scratch = tmp_path / "scratch"
    others = _children(os.getpid())  # services that other tests stand on

    async def go() -> None:
        async with process(long_film, scratch):
            pass

    async def hang_up() -> None:
        job = asyncio.create_task(go())
        await asyncio.to_thread(_wait_for, lambda: list(scratch.glob("*/original.mp4")))
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job

    asyncio.run(hang_up())
    assert list(scratch.iterdir()) == []
    assert _children(os.getpid()) == others


def test_work_without_end_is_ended(tmp_path, long_film):
    """A file that costs a minute per kilobyte must not hold a core for ever."""

    async def go() -> None:
        async with process(long_film, tmp_path / "scratch", Limits(av_cpu=1)):
            pass

    with pytest.raises(Invalid, match="too long"):
        asyncio.run(go())


def test_a_picture_of_more_memory_than_allowed_is_refused(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(samples.jpeg(6, size=(6000, 6000)))

    async def go() -> None:
        async with process(path, tmp_path / "scratch", Limits(memory=2**27)):
            pass

    with pytest.raises(Invalid):
        asyncio.run(go())


def test_rooms_are_private_and_gone_afterwards(tmp_path):
    with room(tmp_path / "scratch") as mine:
        assert mine.stat().st_mode & 0o777 == 0o700
        (mine / "original").write_bytes(b"x")
    assert not mine.exists()
    assert sweep(tmp_path / "absent") == 0
