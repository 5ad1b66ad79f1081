"""A second provider that has everything but the keys, and a server that starts again from it."""

import asyncio
import contextlib
import io
import os
import random
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import httpx
import pytest
import stores
from kept import until
from PIL import Image

import services
import warm
from server import Server, fetched
from whimbrel.core.errors import Conflict, NotFound, Unavailable
from whimbrel.core.keyring import SLOT
from whimbrel.core.objects import open_store
from whimbrel.core.settings import Settings, SettingsError
from whimbrel.exit.keeper import certificates
from whimbrel.exit.standby import canary, copying, litestream, vault
from whimbrel.exit.standby.place import StandbyPlace
from whimbrel.exit.standby.restore import UNDER_WAY, KeeperAt, restore


def settings_of(s3: services.S3) -> dict[str, str]:
    """A new bucket at the second provider, as variables."""
    bucket = f"standby-{uuid4().hex[:12]}"
    return {
        "WHIMBREL_STANDBY": f"s3://{bucket}?endpoint={s3.endpoint}&region={s3.region}",
        "WHIMBREL_STANDBY_KEY": s3.key,
        "WHIMBREL_STANDBY_SECRET": s3.secret,
    }


def place_of(env: dict[str, str]) -> StandbyPlace:
    keys = {key.removeprefix("WHIMBREL_").lower(): value for key, value in env.items()}
    return StandbyPlace.of(Settings(**keys))


def picture(seed: int) -> bytes:
    """A small one like no other."""
    png = io.BytesIO()
    noise = random.Random(seed).randbytes(24 * 24 * 3)
    Image.frombytes("RGB", (24, 24), noise).save(png, "PNG")
    return png.getvalue()


def upload(server: Server, token: str, content: bytes) -> dict[str, Any]:
    answer = httpx.post(
        f"{server.url}/api/v2/media",
        files={"file": ("p.png", content, "image/png")},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def objects_at(place: StandbyPlace) -> set[str]:
    async def go() -> set[str]:
        store = place.store()
        try:
            return {stored.key async for stored in store.list()}
        finally:
            await store.close()

    return asyncio.run(go())


def children(pid: int) -> list[int]:
    """Processes that this one started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in found.split()]


def alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


@pytest.fixture
def far(s3: services.S3) -> dict[str, str]:
    return settings_of(s3)


def test_a_burnt_server_starts_again_from_its_standby(tmp_path, far, keeper, s3):
    """Posts, pictures and people are there; what was deleted is not; the old keys are at keepers
    alone, and the bucket opens nothing."""
    data, near = tmp_path / "data", keeper("near")
    data.mkdir(mode=0o700)
    near.pair(data)
    env = {**far, "WHIMBREL_KEEPERS": near.address, "WHIMBREL_WITNESS": str(tmp_path / "witness")}
    env["WHIMBREL_WITNESS_LEASE"] = "2"
    (tmp_path / "witness").mkdir()
    server = Server(data, **env)
    place = place_of(far)
    assert "takes, gives back and removes" in server.cli("standby", "init")
    server.start()
    try:
        ada = server.people("ada")["ada"]
        made = [upload(server, ada, picture(n)) for n in range(2)]
        kept, gone = (
            server.call(ada, "POST", "/api/v1/statuses", status=f"p {n}", media_ids=[one["id"]])
            for n, one in enumerate(made)
        )
        until(lambda: len(objects_at(place)) >= 4)
        kept_back, lapsed = (data / "vault" / f"{number}.sealed" for number in (1, 2))
        kept_back.parent.mkdir(mode=0o700)
        for each in (kept_back, lapsed):
            each.write_bytes(os.urandom(300_000))
        until(lambda: vault.waiting(data) == (2, 0))
        lapsed.unlink()
        until(lambda: lapsed.name not in (data / "standby-vault.json").read_text())
        there = objects_at(place)
        server.call(ada, "DELETE", f"/api/v1/statuses/{gone['id']}?delete_media=true")
        until(lambda: len(objects_at(place)) == len(there) - 2)
        until(lambda: (found := canary.found(data)) and found.lag is not None)
        last = server.call(ada, "POST", "/api/v1/statuses", status="the last word")
        shown = fetched(kept["media_attachments"][0]["url"])
        [program] = children(server.pid)
        posted = time.time() * 1000
        until(lambda: (found := canary.found(data)) and found.seen > posted)
        said = warm.run(["whimbrel", "standby", "status", "--data", data], server.env)
        assert re.search(r"ok +Database: \d\.\d s would be lost now\.", said.stdout), said
        assert "ok   Files: All are there." in said.stdout
        assert "ok   Evidence: All is there." in said.stdout
        assert "RED  Keepers: 1 of 2 are well" in said.stdout
        server.kill()
        until(lambda: not alive(program))  # two of them would spoil both
        stored = b"".join(path.read_bytes() for path in s3.folder.rglob("*") if path.is_file())
        assert b"ltx" in stored.lower()
        assert b"the last word" not in stored
        ring = (data / "keyring.bin").read_bytes()
        assert not any(ring[at : at + SLOT] in stored for at in range(0, 200 * SLOT, SLOT))

        certificates.pair(near.folder, tmp_path / "restore.pem", restore=True)
        there = tmp_path / "there"
        words = ["--keeper", near.address, "--with", tmp_path / "restore.pem"]
        said = warm.run(["whimbrel", "standby", "restore", there, *words], server.env)
        assert said.returncode == 0, said.stderr
        assert "of which 0 may not be there" in said.stdout
        again = warm.run(["whimbrel", "standby", "restore", there, *words], server.env)
        assert again.returncode == 2
        assert "is not empty" in again.stderr
        evidence = [path.name for path in (there / "vault").iterdir()]
        assert evidence == [kept_back.name]
        assert (there / "vault" / kept_back.name).read_bytes() == kept_back.read_bytes()
        words = ["promote", "--the-other-node-is-gone", "--data", there]
        said = warm.run(["whimbrel", "standby", *words], server.env)
        assert said.returncode == 0 and "may write (epoch 2)" in said.stderr + said.stdout, said

        second = Server(
            there,
            WHIMBREL_WITNESS=env["WHIMBREL_WITNESS"],
            WHIMBREL_OBJECTS=far["WHIMBREL_STANDBY"],
            WHIMBREL_S3_KEY=far["WHIMBREL_STANDBY_KEY"],
            WHIMBREL_S3_SECRET=far["WHIMBREL_STANDBY_SECRET"],
        )
        second.port, second.url = server.port, server.url
        second.start()
        try:
            assert "p 0" in second.call(ada, "GET", f"/api/v1/statuses/{kept['id']}")["content"]
            found = second.call(ada, "GET", f"/api/v1/statuses/{last['id']}")
            assert "the last word" in found["content"]
            assert fetched(kept["media_attachments"][0]["url"]) == shown
            with pytest.raises(OSError, match="404"):
                second.call(ada, "GET", f"/api/v1/statuses/{gone['id']}")
            second.call(ada, "POST", "/api/v1/statuses", status="life goes on")
            assert second.stop() == 0
            server.start()  # the dead one was not dead: it takes nothing any more
            with pytest.raises(OSError, match="50"):
                server.call(ada, "POST", "/api/v1/statuses", status="on both sides")
        finally:
            second.kill()
        words = server.log.read_bytes().lower()
        assert b"traceback" not in words
    finally:
        server.kill()


def test_what_cannot_be_restored_is_told_and_leaves_no_keys(tmp_path, far, keeper):
    """No bucket, no database, no keeper: each is a sentence; what was begun is begun anew."""
    near, place = keeper("near"), place_of(far)
    certificates.pair(near.folder, tmp_path / "r.pem", restore=True)
    at = KeeperAt(near.address, tmp_path / "r.pem")

    def go(place: StandbyPlace, to: Path, at: KeeperAt = at) -> Any:
        return asyncio.run(restore(place, to, at))

    with pytest.raises((NotFound, Unavailable)):
        go(place, tmp_path / "a")
    dead = place._replace(bucket=place.bucket._replace(endpoint="http://127.0.0.1:9"))
    with pytest.raises(Unavailable):
        go(dead, tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine").touch()
    with pytest.raises(Conflict):
        go(place, tmp_path / "c")
    assert (tmp_path / "c" / "mine").exists()
    (tmp_path / "a" / "keyring.bin").write_bytes(b"of an earlier try")
    with pytest.raises((NotFound, Unavailable)):
        go(place, tmp_path / "a")
    assert [path.name for path in (tmp_path / "a").iterdir()] == [UNDER_WAY]
    with pytest.raises(SettingsError, match="another provider"):
        StandbyPlace.of(Settings())
    with pytest.raises(SettingsError, match="standby_replica"):
        StandbyPlace.of(Settings(standby="s3://b?endpoint=http://x", database="postgresql://h/d"))


def test_a_program_that_dies_tells_why_and_is_started_again(tmp_path, far):
    """A standby that went away silently would be missed in the night it is needed."""
    data = tmp_path / "data"
    server = Server(data, **far, AWS_CA_BUNDLE="/nowhere")  # meant for others: it dies of that
    server.cli("standby", "init")
    server.start()
    try:
        until(lambda: (found := canary.found(data)) and found.lag is not None)
        [program] = children(server.pid)
        os.kill(program, 9)
        until(lambda: b"litestream ended" in server.log.read_bytes())
        until(lambda: children(server.pid) not in ([], [program]))
        before = canary.found(data).seen
        until(lambda: canary.found(data).seen > before)
        assert server.stop() == 0
        assert "Traceback" not in server.tail(1 << 20)
    finally:
        server.kill()
    wrong = Server(data, **{**far, "WHIMBREL_STANDBY_SECRET": "wrong"})
    said = warm.run(["whimbrel", "standby", "init", "--data", data], wrong.env)
    assert said.returncode == 2
    wrong.start()
    try:
        until(lambda: "SignatureDoesNotMatch" in wrong.tail(1 << 20))
        said = warm.run(["whimbrel", "standby", "status", "--data", data], wrong.env)
        assert said.returncode == 1
    finally:
        wrong.kill()


def test_a_copy_is_read_back_before_it_counts(tmp_path, far):
    """A store that says 200 and has something else."""

    async def story() -> None:
        here, there = open_store("", tmp_path), place_of(far).store()
        await there.make_bucket()
        try:
            path = tmp_path / "one"
            path.write_bytes(os.urandom(500_000))
            stored = await here.put(path)
            await copying.copy(here, there, stored.key, tmp_path)
            await copying.copy(here, there, stored.key, tmp_path)
            assert [each async for each in there.list()] == [stored]
            on_disk = tmp_path / "objects" / stored.key
            on_disk.write_bytes(on_disk.read_bytes()[:-1] + b"?")
            await there.delete([stored.key])
            with pytest.raises(copying.Damaged):
                await copying.copy(here, there, stored.key, tmp_path)
            assert [each async for each in there.list()] == []
            on_disk.unlink()
            with pytest.raises(NotFound):
                await copying.copy(here, there, stored.key, tmp_path)
        finally:
            await there.close()

    asyncio.run(story())


def test_evidence_that_was_changed_over_there_is_no_evidence(tmp_path, far):
    """Laid down again as if nothing were, it would be shown to a court."""
    data, there = tmp_path / "data", tmp_path / "there"
    (data / "vault").mkdir(parents=True)
    (data / "vault" / "1.sealed").write_bytes(os.urandom(1000))

    async def story() -> None:
        store = place_of(far).store()
        await store.make_bucket()
        try:
            assert await vault.fetch(store, there) == 0
            await vault.Vault(data, tmp_path, store).round()
            assert await vault.fetch(store, there) == 1
            await store.write("vault/1.sealed", b"another")
            with pytest.raises(litestream.Failed, match=r"1\.sealed"):
                await vault.fetch(store, there)
            await store.remove("vault/1.sealed")
            with pytest.raises(litestream.Failed):
                await vault.fetch(store, there)
        finally:
            await store.close()

    asyncio.run(story())
    assert (there / "vault" / "1.sealed").stat().st_mode & 0o777 == 0o600


def test_what_is_not_known_is_not_fine():
    """A number that stands still looks like one that is good."""
    state = canary.State(looked=100_000, seen=99_000, lag=1.0)
    assert state.rpo(101_000) == 1.0
    assert state.rpo(200_000) is None
    assert canary.State(looked=100_000).rpo(100_000) is None
    missing = canary.State(looked=160_000, seen=99_000, lag=1.0, missing=104_000)
    assert missing.rpo(164_000) == 60.0
    assert litestream.last_of(b"") == "it said nothing"


@pytest.mark.skipif(not os.environ.get("WHIMBREL_LONG"), reason="half a minute of waiting")
@pytest.mark.parametrize("kind", [stores.Seaweed, stores.Rclone])
def test_a_store_that_goes_and_comes_back_has_lost_nothing(kind, tmp_path, keeper):
    """With `remote`: who posts meanwhile waits; what was acknowledged survives the store's crash
    as well as ours."""
    store, near, data = kind(tmp_path / "store"), keeper("near"), tmp_path / "data"
    store.start()
    data.mkdir(mode=0o700)
    near.pair(data)
    far = settings_of(store.endpoint)
    server = Server(data, **far, WHIMBREL_STANDBY_DURABILITY="remote")
    server.env["WHIMBREL_KEEPERS"] = near.address
    try:
        server.cli("standby", "init")
        server.start()
        ada = server.people("ada")["ada"]

        def post(text: str) -> str:
            end = time.monotonic() + 120
            while True:
                try:
                    made = server.call(ada, "POST", "/api/v1/statuses", status=text)
                    return str(made["id"])
                except HTTPError as error:  # it waited for half a minute
                    assert error.code == 503 and time.monotonic() < end

        told = [post(f"before {number}") for number in range(3)]
        store.kill()
        began = time.monotonic()
        with ThreadPoolExecutor(1) as other:
            waits = other.submit(post, "while it was away")
            time.sleep(3)
            store.start()  # of this thread: with another it would go as well
            told.append(waits.result())
        assert time.monotonic() - began > 2
        told += [post(f"after {number}") for number in range(3)]
        server.kill()
        store.kill()
        store.start()
        certificates.pair(near.folder, tmp_path / "r.pem", restore=True)
        at = KeeperAt(near.address, tmp_path / "r.pem")
        found = asyncio.run(restore(place_of(far), tmp_path / "there", at))
        with contextlib.closing(sqlite3.connect(found.folder / "whimbrel.db")) as there:
            posts = {str(row[0]) for row in there.execute("SELECT id FROM posts")}
        assert set(told) <= posts
        assert "the standby is away" in server.tail(1 << 20)
        assert "the standby is back" in server.tail(1 << 20)
    finally:
        server.kill()
        store.kill()
