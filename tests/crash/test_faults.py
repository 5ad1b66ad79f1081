"""The disk is full, or breaks: what fails is said so, what was acknowledged stays, and the server
is there again when the disk is."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from uuid import uuid4

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import yard`: importmode=importlib adds none

from ledger import Ledger
from yard import leave, picture, upload

import services
from server import Server

PATIENCE = 60  # seconds until a server that must end has ended
FULL = 12 << 20  # bytes of a disk that is soon full: the keyring alone has two MiB


class Faulty(Server):
    """`whimbrel serve` on a disk that fails as it is told; see `shim.c`."""

    def __init__(self, data: Path, shim: Path, url: str) -> None:
        self.fault = data.parent / "fault"
        super().__init__(data, url, LD_PRELOAD=str(shim), FAULT=str(self.fault))
        self.typed = True  # a fork of a process that runs already preloads nothing

    def cli(self, *words: str | Path) -> str:
        """What a command prints; its disk is fine."""
        return _sound(self).cli(*words)

    def fails(self, call: str, path: str, error: int) -> None:
        """From now on: the call on files whose path has this in it."""
        self.fault.with_suffix(".new").write_text(f"{call} {path} {error}")
        self.fault.with_suffix(".new").rename(self.fault)

    def heals(self) -> None:
        self.fault.unlink(missing_ok=True)

    def ended(self) -> int:
        """The exit status, once it has ended by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE)


def _sound(server: Server) -> Server:
    env = {k: v for k, v in server.env.items() if k not in ("LD_PRELOAD", "FAULT")}
    other = Server(server.data, server.env["WHIMBREL_DATABASE"])
    other.env = env
    return other


class Place(NamedTuple):
    """A server, what its files say, and ada's token."""

    server: Any
    ledger: Ledger
    token: str
    posts: dict[str, str]  # acknowledged

    def post(self, text: str) -> None:
        """Raises HTTPError."""
        made = self.server.call(self.token, "POST", "/api/v1/statuses", status=text)
        self.posts[made["id"]] = text

    def delete(self, post: str) -> None:
        self.server.call(self.token, "DELETE", f"/api/v1/statuses/{post}")
        del self.posts[post]

    def shows(self) -> None:
        """Every post that was acknowledged is there."""
        for post, text in self.posts.items():
            found = self.server.call(self.token, "GET", f"/api/v1/statuses/{post}")
            assert text in found["content"]

    def holds(self) -> None:
        """And what follows of them is done."""
        self.shows()
        self.ledger.settle()
        self.ledger.audit()


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed, which makes the library that breaks the disk")
    made = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    command = ["gcc", "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return made


LONG = bool(os.environ.get("WHIMBREL_LONG"))


@pytest.fixture(params=("sqlite", "postgresql") if LONG else ("sqlite",))
def broken(request: pytest.FixtureRequest, shim: Path, tmp_path: Path) -> Iterator[Place]:
    url = ""
    if request.param == "postgresql":
        cluster: services.Postgres = request.getfixturevalue("postgres")
        name = f"fault_{uuid4().hex[:12]}"
        url = cluster.create(name)
        request.addfinalizer(lambda: cluster.drop(name))
    server = Faulty(tmp_path / "data", shim, url)
    server.start()
    token = server.people("ada")["ada"]
    yield Place(server, Ledger(server, url), token, {})
    server.heals()
    server.kill()


def refused(act: Any, *words: Any) -> None:
    """What is asked for now is answered 503 or 507, with a sentence and when to come back."""
    with pytest.raises(HTTPError) as told:
        act(*words)
    assert told.value.code in (503, 507)
    assert int(told.value.headers["retry-after"]) > 0


def test_what_a_broken_disk_did_not_take_is_not_acknowledged(broken: Place) -> None:
    """After a failed fsync nobody knows what is on the disk: to try again would be to lie. Rows of
    threat-model section 6."""
    server, sqlite = broken.server, not broken.ledger.url
    broken.post("before")
    broken.post("and one more")
    media = picture(1)
    # the folder of objects: an upload fails, all else goes on
    for call, error in (("fsync", errno.EIO), ("write", errno.ENOSPC)):
        server.fails(call, "objects/arriving", error)
        with pytest.raises(httpx.HTTPStatusError) as told:
            upload(server, broken.token, media)
        assert told.value.response.status_code in (503, 507)
        assert json.loads(told.value.response.content)["error"]
        broken.post(f"while {call} fails for files")
        server.heals()
        assert upload(server, broken.token, media)
    # the database takes nothing for a while
    if sqlite:
        server.fails("pwrite", "whimbrel.db-wal", errno.ENOSPC)
        refused(broken.post, "lost")
        server.heals()
        broken.post("there is room again")
        server.fails("fdatasync", "whimbrel.db-wal", errno.EIO)
        try:
            refused(broken.post, "perhaps")
        except URLError as error:  # some job met that disk before, and the server is gone already
            assert not isinstance(error, HTTPError)
        server.heals()
        assert server.ended() == 1, "it must not go on with a disk it does not know"
        assert "look at the disk" in server.tail()
        server.start()
        broken.holds()
    # the keys of what is deleted cannot be destroyed
    gone = next(iter(broken.posts))
    server.fails("fdatasync", "keyring.bin", errno.EIO)
    refused(broken.delete, gone)
    server.heals()
    assert server.ended() == 1
    server.start()
    del broken.posts[gone]
    with pytest.raises(HTTPError) as told:
        server.call(broken.token, "GET", f"/api/v1/statuses/{gone}")
    assert told.value.code == 404, "it was recorded, so the start finished it"
    broken.post("after")
    broken.holds()


@contextmanager
def small(data: Path) -> Iterator[Place]:
    """A server whose data have a small disk of their own."""
    data.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={FULL},mode=700", "tmpfs", str(data)]
    if os.getuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root where mounting is allowed")
    server = Server(data)
    try:
        server.start()
        yield Place(server, Ledger(server, ""), server.people("ada", "bob")["ada"], {})
        assert server.stop() == 0
    except BaseException as error:
        error.add_note(server.tail())
        raise
    finally:
        server.kill()
        subprocess.run(["umount", "-l", str(data)], check=True)


def test_a_full_disk_takes_nothing_with_it(tmp_path: Path) -> None:
    """Who runs a small server meets this first: everybody can read, nobody is told of what did
    not happen, and it goes on by itself once there is room."""
    with small(tmp_path / "data") as place:
        server = place.server
        place.post("before")
        ballast = server.data / "ballast"
        _fill(ballast)
        failures = _until_refused(place)
        assert failures
        me = server.call(place.token, "GET", "/api/v1/accounts/verify_credentials")["id"]
        assert server.call(place.token, "GET", f"/api/v1/accounts/{me}/statuses")
        with pytest.raises(httpx.HTTPStatusError) as told:
            upload(server, place.token, picture(2))
        assert told.value.response.status_code in (503, 507)
        ballast.unlink()
        until = time.monotonic() + PATIENCE
        while True:
            try:
                place.post("there is room again")
                break
            except HTTPError:
                assert time.monotonic() < until
                time.sleep(0.2)
        assert upload(server, place.token, picture(2))
        leave(server, "bob")
        place.holds()


def test_at_the_edge_of_a_full_disk_everybody_is_answered(tmp_path: Path) -> None:
    """Some writes still fit, and the log none too: a line of it that failed once took the thread
    with it that writes to the database, and a good picture was called damaged."""
    with small(tmp_path / "data") as place:
        ballast = place.server.data / "ballast"
        large = picture(3, 500)
        for pages in (0, 1, 3, 7, 12, 21, 32, 50, 90):
            _fill(ballast)
            os.truncate(ballast, max(0, ballast.stat().st_size - pages * 4096))
            for _ in range(3):
                with suppress(HTTPError):
                    place.post("at the edge")
            for file in (picture(2), large):
                try:
                    upload(place.server, place.token, file)
                except httpx.HTTPStatusError as error:
                    assert error.response.status_code in (503, 507), error.response.text
            ballast.unlink()
        place.post("there is room again")
        place.shows()
        # What failed is tried again later; what was done waits for no lease to run out.
        until = time.monotonic() + PATIENCE
        while left := place.ledger.rows("SELECT task FROM jobs WHERE error = 'under way'"):
            assert time.monotonic() < until, left
            time.sleep(0.1)


def _fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


def _until_refused(place: Place) -> int:
    """Write until nothing is taken any more; how often that was said, and said properly."""
    failures = 0
    for number in range(2000):
        try:
            place.post(f"{number} " + "x" * 400)
        except HTTPError as error:
            assert error.code in (503, 507), error
            failures += 1
            if failures == 5:
                break
    return failures
