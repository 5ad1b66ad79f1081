"""The place that says which of two nodes may write, and the node that must not."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

import services
from server import Server, fetched, running
from whimbrel.core.errors import Unavailable
from whimbrel.core.fence import Closed
from whimbrel.core.keyring import Keyring
from whimbrel.core.objects.records import Lies, Records, open_records, probe
from whimbrel.core.objects.s3 import S3Store
from whimbrel.core.settings import Settings
from whimbrel.exit import guard
from whimbrel.exit.guard import Standing
from whimbrel.exit.witness import Epoch, Forged, Signer, Witness, take_over


@pytest.fixture(params=["folder", "s3"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Records]:
    """A place of either kind, empty."""
    if request.param == "folder":
        return lambda: open_records(str(tmp_path))
    there = request.getfixturevalue("s3")
    bucket = f"witness-{uuid4().hex[:12]}"

    async def make() -> None:
        store = S3Store(bucket, there.endpoint, "us-east-1", there.key, there.secret)
        await store.make_bucket()
        await store.close()

    asyncio.run(make())
    return lambda: open_records(f"s3://{bucket}?endpoint={there.endpoint}", there.key, there.secret)


def tell(story: Awaitable[Any]) -> Any:
    async def whole() -> Any:
        async with asyncio.timeout(60):
            return await story

    return asyncio.run(whole())


async def soon(met: Callable[[], object]) -> None:
    """Wait, on the loop, until it is so."""
    while not met():  # noqa: ASYNC110 (nobody tells)
        await asyncio.sleep(0.02)


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    opened = Keyring.open(tmp_path / "keyring.bin", ahead=8)
    yield opened
    opened.close()


def test_of_many_who_want_to_be_next_one_is(records, keyring):
    """Two nodes that both hold an epoch both write: the one thing that no later step mends."""

    async def story() -> None:
        places = [records() for _ in range(8)]
        await probe(places[0])
        nodes = [Witness(place, keyring, f"node-{at}") for at, place in enumerate(places)]
        for number in (1, 2, 3):
            made = await asyncio.gather(*(node.make(number, node.node) for node in nodes))
            assert sum(each is not None for each in made) == 1
            newest = {await node.newest() for node in nodes}
            assert newest == {next(each for each in made if each is not None)}
        for place in places:
            await place.close()

    tell(story())


def test_a_store_that_writes_over_what_is_there_is_refused(tmp_path: Path):
    """rclone answers 200 and overwrites: with it as a witness both nodes would be first."""
    port = services.free_port()
    binary = services.found(str(Path(sys.executable).with_name("rclone")), "rclone")
    (tmp_path / "there" / "witness").mkdir(parents=True)
    command = [
        binary,
        "serve",
        "s3",
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        "keyofatest,secretofatest",
    ]
    command += ["--config", "/dev/null", str(tmp_path / "there")]

    async def story() -> None:
        place = open_records(
            f"s3://witness?endpoint=http://127.0.0.1:{port}", "keyofatest", "secretofatest"
        )
        try:
            with pytest.raises(Lies):
                await probe(place)
        finally:
            await place.close()

    with services.running(command, lambda: services.answers(port), log=tmp_path / "log"):
        tell(story())


def test_what_this_server_did_not_sign_says_nothing(tmp_path: Path, keyring):
    """Whoever can write to the place could hand the server to a node of their own."""
    other = Keyring.open(tmp_path / "other.bin", ahead=8)
    epoch = Epoch(1, "theirs", "", "", "theirs")
    signed = Signer(keyring).sign("epoch-00000001", epoch)
    for forged in (
        *(Signer(other).sign("epoch-00000001", epoch), signed[:-3], b"", b"{}", b"\xff"),
        *(Signer(keyring).sign("epoch-00000002", epoch), signed.replace(b"theirs", b"others")),
    ):
        with pytest.raises(Forged):
            Signer(keyring).read("epoch-00000001", forged, Epoch)
    assert Signer(keyring).read("epoch-00000001", signed, Epoch) == epoch
    other.close()


def test_who_takes_over_waits_until_the_other_has_ended(db, tmp_path: Path, keyring):
    """A node that is cut off, or stopped for a while, goes on acknowledging what will be lost."""
    place = tmp_path / "place"
    place.mkdir()
    data = tmp_path / "a"
    data.mkdir()
    settings = Settings(data=data, witness=str(place), witness_lease=1)

    async def story() -> None:
        async with guard.keep(db, settings) as held:
            assert held.epoch == 1 and not db.fence.closed
            other = Witness(open_records(str(place)), db.keyring, "other")
            began = time.monotonic()
            await take_over(other, "http://there", 1)
            assert time.monotonic() - began >= 1
            assert db.fence.closed
            with pytest.raises(Closed):
                await db.write(lambda tx: None)
            await soon(lambda: held.leads == "http://there")
        assert guard.standing(data) == Standing(True, True, 2, "http://there")

    tell(story())


@pytest.mark.parametrize("policy", ["refuse", "go-on"])
def test_a_witness_that_is_away_is_waited_for_no_longer_than_was_said(db, tmp_path: Path, policy):
    """Silence must not be taken for leave; who would rather go on says so in the settings."""
    place = tmp_path / "place"
    place.mkdir()
    data = tmp_path / "a"
    data.mkdir()
    settings = Settings(data=data, witness=str(place), witness_lease=1, witness_when_away=policy)

    async def story() -> None:
        async with guard.keep(db, settings) as held:
            place.rename(tmp_path / "unmounted")
            await asyncio.sleep(1.3)
            assert held.red
            assert db.fence.closed == (policy == "refuse")
            (tmp_path / "unmounted").rename(place)
            await soon(lambda: not (db.fence.closed or held.red))
            await db.write(lambda tx: None)

    tell(story())


def test_who_freezes_waits_for_writes_under_way_and_refuses_what_comes(db, tmp_path: Path):
    """A write acknowledged after the last copy was taken is lost to everybody."""
    began: list[str] = []

    def slow(tx: Any) -> None:
        began.append("slow")
        time.sleep(0.3)

    async def story() -> None:
        async with guard.keep(db, Settings(data=tmp_path)):
            under_way = asyncio.create_task(db.write(slow))
            await soon(lambda: began)
            guard.stand(tmp_path, Standing(frozen=True))
            alone = guard.Writers(tmp_path)
            assert not alone.alone()
            await soon(alone.alone)
            with pytest.raises(Closed):
                await under_way  # it came too late to be promised
            with pytest.raises(Unavailable):
                await db.write(lambda tx: None)
            alone.close()
            guard.stand(tmp_path, Standing())
            await soon(lambda: not db.fence.closed)
            await db.write(lambda tx: None)

    tell(story())


def test_a_frozen_server_is_read_and_takes_nothing_even_after_a_restart(tmp_path: Path):
    """Apps keep their drafts and other servers come again; a crash must not open it."""
    with running(tmp_path) as server:
        token = server.people("ada", by_app=("bob",))["ada"]
        post = server.call(token, "POST", "/api/v1/statuses", status="before")["id"]
        guard.stand(tmp_path, Standing(frozen=True))
        until(lambda: refused(server, token))
        server.kill()
        server.start()
        assert "Read only" in server.tail()
        refusal = refused(server, token)
        assert refusal is not None and int(refusal.headers["Retry-After"]) > 0
        for path in ("/api/v1/timelines/home", f"/api/v1/statuses/{post}", "/api/v2/instance"):
            assert server.call(token, "GET", path)
        page = Request(f"{server.url}/auth/sign_in", b"a=b", {"Accept": "text/html"})
        with pytest.raises(HTTPError) as shown:
            urlopen(page)
        with shown.value as told:
            assert told.code == 503 and b"<html" in told.read()
        inbox = Request(f"{server.url}/inbox", b"{}", {"Content-Type": "application/activity+json"})
        with pytest.raises(HTTPError) as busy:
            fetched(inbox)
        assert busy.value.code == 503
        guard.stand(tmp_path, Standing())
        until(lambda: refused(server, token) is None)


def refused(server: Server, token: str) -> HTTPError | None:
    try:
        server.call(token, "POST", "/api/v1/statuses", status="more")
    except HTTPError as error:
        assert error.code == 503
        return error
    return None


def until(met: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not met():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)
