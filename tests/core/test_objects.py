"""Object stores: what was put is there, whole, under a name that proves it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from whimbrel.core.errors import NotFound, Unavailable
from whimbrel.core.objects import ObjectStore, Stored, open_store
from whimbrel.core.objects import s3 as s3_module
from whimbrel.core.objects.s3 import S3Store
from whimbrel.core.objects.sigv4 import Credentials, query_string, sign
from whimbrel.core.settings import SettingsError

Story = Callable[[ObjectStore], Awaitable[None]]
ABSENT = "ab/cd/abcd" + "0" * 60


@pytest.fixture(params=["folder", "s3"])
def tell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Story], None]]:
    """Run a story with an empty store of each kind."""
    bucket = f"test-{uuid4().hex[:12]}"
    if request.param == "s3":
        server = request.getfixturevalue("s3")
        opening = (f"s3://{bucket}?endpoint={server.endpoint}", tmp_path, server.key, server.secret)
    else:
        opening = ("", tmp_path)

    def run(story: Story) -> None:
        async def whole() -> None:
            store = open_store(*opening)
            if isinstance(store, S3Store):
                await store.make_bucket()
            try:
                async with asyncio.timeout(60):
                    await story(store)
            finally:
                await store.close()

        asyncio.run(whole())

    yield run


async def put(store: ObjectStore, folder: Path, content: bytes) -> Stored:
    path = folder / f"source-{uuid4().hex}"
    path.write_bytes(content)
    return await store.put(path)


async def read(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    async with aclosing(store.open(key, start, end)) as blocks:
        return b"".join([block async for block in blocks])


def test_what_is_put_comes_back_under_the_name_of_its_bytes(tell, tmp_path: Path):
    """A picture that is lost, cut or mixed up with another one."""

    async def story(store: ObjectStore) -> None:
        for size in (0, 1, 100_000, 3_000_000):
            content = os.urandom(size)
            digest = sha256(content).hexdigest()
            stored = await put(store, tmp_path, content)
            assert stored == (f"{digest[:2]}/{digest[2:4]}/{digest}", size)
            assert await read(store, stored.key) == content

    tell(story)


def test_putting_twice_is_harmless(tell, tmp_path: Path):
    """An effect may run twice; an interrupted evacuation starts again."""

    async def story(store: ObjectStore) -> None:
        first, second = await asyncio.gather(
            put(store, tmp_path, b"same"), put(store, tmp_path, b"same")
        )
        assert first == second == await put(store, tmp_path, b"same")
        assert await read(store, first.key) == b"same"
        assert [stored async for stored in store.list()] == [first]

    tell(story)


def test_ranges(tell, tmp_path: Path):
    """Sealed files are read by their chunks."""

    async def story(store: ObjectStore) -> None:
        content = os.urandom(700_000)
        key = (await put(store, tmp_path, content)).key
        for start, end in ((0, 1), (0, 700_000), (5, 5), (9, 3), (1, 600_001), (699_999, None)):
            assert await read(store, key, start, end) == content[start:end]
        assert await read(store, key, 699_990, 800_000) == content[-10:]
        assert await read(store, key, 700_000, 700_010) == b""

    tell(story)


def test_leaving_early_leaves_nothing_open(tell, tmp_path: Path):
    """People scroll on while a film loads; each would cost a connection or a file."""

    async def story(store: ObjectStore) -> None:
        key = (await put(store, tmp_path, os.urandom(5_000_000))).key
        for _ in range(5):
            async with aclosing(store.open(key)) as blocks:
                assert await anext(blocks)

    tell(story)


def test_absent_is_not_found_and_deleting_it_is_no_error(tell, tmp_path: Path):
    """An erasure that runs again after a crash must come to an end."""

    async def story(store: ObjectStore) -> None:
        with pytest.raises(NotFound):
            await read(store, ABSENT)
        with pytest.raises(NotFound):
            await read(store, ABSENT, 5, 10)
        kept, gone = await put(store, tmp_path, b"kept"), await put(store, tmp_path, b"gone")
        await store.delete([gone.key, ABSENT, gone.key])
        await store.delete([gone.key])
        await store.delete([])
        with pytest.raises(NotFound):
            await read(store, gone.key)
        assert await read(store, kept.key) == b"kept"

    tell(story)


def test_the_list_has_every_object_once(tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An evacuation copies what is listed: what is left out is lost."""

    async def story(store: ObjectStore) -> None:
        assert [stored async for stored in store.list()] == []
        made = sorted([await put(store, tmp_path, b"%d" % number) for number in range(40)])
        assert [stored async for stored in store.list()] == made
        first = made[0].key
        for prefix in (first[:1], first[:2], first[:3], first[:5], first[:20], first, "zz"):
            found = [stored async for stored in store.list(prefix)]
            assert found == [stored for stored in made if stored.key.startswith(prefix)]

    tell(story)


@pytest.mark.parametrize(
    "key",
    ["", "..", "../x", "ab/cd/../../etc", "/etc/passwd", ABSENT + "/", ABSENT.upper(), "ab/cd"],
)
def test_names_that_are_none_are_refused(tell, key: str):
    """A name made up by somebody else must not lead out of the store."""

    async def story(store: ObjectStore) -> None:
        with pytest.raises(ValueError, match="not an object key"):
            await read(store, key)
        with pytest.raises(ValueError, match="not an object key"):
            await store.delete([key])

    tell(story)


def test_a_folder_is_private_and_keeps_no_half_files(tmp_path: Path):
    """Other users of the machine look in; a crash leaves half a file under a good name."""

    async def story() -> None:
        store = open_store("", tmp_path)
        stored = await put(store, tmp_path, b"x" * 1000)
        path = tmp_path / "objects" / stored.key
        assert path.stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "objects").stat().st_mode & 0o077 == 0
        path.write_bytes(b"half")
        (path.parent / "stranger").write_bytes(b"?")
        (tmp_path / "objects" / "zz").write_bytes(b"?")
        assert await put(store, tmp_path, b"x" * 1000) == stored
        assert await read(store, stored.key) == b"x" * 1000
        assert [found async for found in store.list()] == [stored]
        assert list((tmp_path / "objects" / "arriving").iterdir()) == []

    asyncio.run(story())


def test_a_folder_that_cannot_be_read_says_which_kind_of_trouble_it_is(tmp_path: Path):
    """Somebody's file would be reported as lost for good while only a disk is away, or the other
    way round; and a bare OSError would be a 500 that names the path."""

    async def story() -> None:
        store = open_store("", tmp_path)
        place = tmp_path / "objects" / ABSENT
        place.parent.mkdir(parents=True)
        place.mkdir()
        with pytest.raises(NotFound):
            await read(store, ABSENT)
        place.rmdir()
        for elsewhere in (place, Path("/proc/self/mem")):  # never ends; opens, and fails when read
            place.symlink_to(elsewhere)
            with pytest.raises(Unavailable):
                await read(store, ABSENT)
            place.unlink()
        place.write_bytes(b"x")
        place.chmod(0)
        with nobody(), pytest.raises(Unavailable):
            await read(store, ABSENT)
        place.unlink()
        place.parent.rmdir()
        place.parent.write_bytes(b"?")
        with pytest.raises(NotFound):
            await read(store, ABSENT)

    asyncio.run(story())


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's right to read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_list_longer_than_a_page(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """S3 gives 1,000 keys at a time; the rest would never be copied."""
    real = query_string
    monkeypatch.setattr(
        s3_module,
        "query_string",
        lambda query: real({**query, "max-keys": "3"} if "list-type" in query else query),
    )

    async def story() -> None:
        url = f"s3://test-{uuid4().hex[:12]}?endpoint={s3.endpoint}"
        store = open_store(url, tmp_path, s3.key, s3.secret)
        assert isinstance(store, S3Store)
        await store.make_bucket()
        made = sorted([await put(store, tmp_path, b"%d" % number) for number in range(10)])
        assert [stored async for stored in store.list()] == made
        await store.close()

    asyncio.run(story())


def test_a_wrong_secret_says_so_to_the_operator_only(s3: Any, tmp_path: Path):
    """A stranger sees that it does not work; the log says why."""

    async def story() -> None:
        url = f"s3://test-{uuid4().hex[:12]}?endpoint={s3.endpoint}"
        store = open_store(url, tmp_path, s3.key, "wrong")
        with pytest.raises(Unavailable) as refused:
            await put(store, tmp_path, b"x")
        await store.close()
        assert "403" in str(refused.value.__cause__)
        assert "403" not in str(refused.value) and "wrong" not in str(refused.value.__cause__)

    asyncio.run(story())


def test_a_store_that_is_away_is_tried_again_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A blip must not lose an upload; a long outage must not hang the worker."""
    answers = [503, 500, None, 200]
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        seen.append(request.split(b" ", 1)[0].decode())
        status = answers.pop(0) if answers else 503
        if status is not None:
            writer.write(
                b"HTTP/1.1 %d x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok" % status
            )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def quickly(seconds: float) -> None:
        assert 0 < seconds < 5

    monkeypatch.setattr(s3_module.asyncio, "sleep", quickly)

    async def story() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        store = open_store(f"s3://b?endpoint=http://127.0.0.1:{port}", tmp_path, "k", "s")
        assert await read(store, ABSENT) == b"ok"
        assert len(seen) == 4
        with pytest.raises(Unavailable):
            await read(store, ABSENT)
        assert len(seen) == 8
        await store.close()
        server.close()
        await server.wait_closed()
        gone = open_store(f"s3://b?endpoint=http://127.0.0.1:{port}", tmp_path, "k", "s")
        with pytest.raises(Unavailable):
            await put(gone, tmp_path, b"x")
        await gone.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "page",
    [
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>',
        b"<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
    ],
)
def test_a_hostile_list_is_refused(page: bytes):
    """A provider that turned against us must not be able to fill our memory."""
    with pytest.raises(Unavailable):
        s3_module._parse_page(page)


def test_the_signature_is_the_one_amazon_documents():
    """Our own server accepting it proves little; this is the example of the S3 manual."""
    signed = sign(
        Credentials(
            "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
        ),
        datetime(2013, 5, 24, tzinfo=UTC),
        "GET",
        "examplebucket.s3.amazonaws.com",
        "/test.txt",
        headers={"range": "bytes=0-9"},
    )
    assert signed["authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    assert query_string({"prefix": "a/b c", "list-type": "2"}) == "list-type=2&prefix=a%2Fb%20c"


@pytest.mark.parametrize(
    "url",
    ["/var/media", "s3://", "s3://b", "s3://b?endpoint=x", "s3://b/p?endpoint=http://h", "gs://b"],
)
def test_a_wrong_setting_is_refused_at_the_start(tmp_path: Path, url: str):
    """Not at the first upload, a day later."""
    with pytest.raises(SettingsError, match="objects"):
        open_store(url, tmp_path, "k", "s")
    with pytest.raises(SettingsError, match="s3_key"):
        open_store("s3://b?endpoint=http://127.0.0.1:1", tmp_path)
