"""Keys held elsewhere: sent ahead, destroyed there too, and brought back without the dead."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kept import SOON, KeeperHouse, until

import warm
from server import Server
from whimbrel.core.errors import Conflict, Malformed, Unavailable
from whimbrel.core.keyring import DEAD, SLOT, Keyring, KeyringBroken
from whimbrel.exit.keeper import certificates, send, wire
from whimbrel.exit.keeper.call import Keeper, Refused, calling
from whimbrel.exit.keeper.fetch import fetch
from whimbrel.exit.keeper.held import NAME, Held


def shredded(server: Server) -> set[int]:
    """What the database says is dead."""
    if server.env["WHIMBREL_DATABASE"]:
        with psycopg.connect(server.env["WHIMBREL_DATABASE"]) as there:
            return {row[0] for row in there.execute("SELECT slot FROM shredded")}
    with contextlib.closing(sqlite3.connect(server.data / "whimbrel.db", timeout=SOON)) as here:
        return {row[0] for row in here.execute("SELECT slot FROM shredded")}


def set_aside(server: Server, slots: int) -> None:
    """As if so many more were in use."""
    sql = f"UPDATE counters SET value = value + {slots} WHERE name = 'slots'"
    if server.env["WHIMBREL_DATABASE"]:
        with psycopg.connect(server.env["WHIMBREL_DATABASE"]) as there:
            there.execute(sql.encode())
        return
    with contextlib.closing(sqlite3.connect(server.data / "whimbrel.db")) as here, here:
        here.execute(sql)


def secret(ring: bytes, slot: int) -> bytes:
    return ring[slot * SLOT : (slot + 1) * SLOT]


def test_a_server_dies_and_comes_back_from_a_keeper_without_what_was_deleted(
    database, tmp_path, keeper
):
    """Posts never wait for a keeper, whoever of them is killed; and the dead stay dead."""
    data, near, far = tmp_path, keeper("near"), keeper("far")
    near.pair(data)
    far.pair(data)
    server = Server(data, database, WHIMBREL_KEEPERS=f"{near.address},{far.address}").start()
    try:
        ada = server.people("ada")["ada"]
        ring = data / "keyring.bin"
        until(lambda: all(len(k.disk) == ring.stat().st_size + SLOT for k in (near, far)))
        assert ring.stat().st_size // SLOT > 65_536, "there is room ahead of what is in use"
        until(lambda: near.disk[SLOT:] == far.disk[SLOT:] == ring.read_bytes())

        def post(text: str) -> str:
            made: str = server.call(ada, "POST", "/api/v1/statuses", status=text)["id"]
            return made

        def deleted(id_: str) -> list[bytes]:
            before, ring_ = shredded(server), ring.read_bytes()
            server.call(ada, "DELETE", f"/api/v1/statuses/{id_}")
            keys = [secret(ring_, slot) for slot in shredded(server) - before]
            assert keys
            assert DEAD not in keys
            return keys

        kept, first, second, third = (post(f"post {n}") for n in range(4))
        keys = deleted(first)
        until(lambda: not any(key in k.disk for key in keys for k in (near, far)))
        said = server.cli("keeper", "status")
        assert said.count("ok  ") == 2
        assert said.count("; 0 shreds unconfirmed") == 2

        far.kill()
        keys = deleted(second)
        began = time.monotonic()
        post("nobody waits")
        assert time.monotonic() - began < 5
        until(lambda: not any(key in near.disk for key in keys))
        assert all(key in far.disk for key in keys), "it was away"
        assert f"AWAY {far.address}" in server.cli("keeper", "status"), "for less than an hour"
        beside = data / "keepers" / f"127.0.0.1-{far.port}.pem"
        long_ago = send.noted(beside).contact - 2 * 3_600_000
        send.note(beside, send.Note(long_ago, 1))
        told = warm.run(["whimbrel", "keeper", "status", "--data", data], server.env)
        assert told.returncode == 1
        assert f"RED  {far.address}" in told.stdout
        assert "1 of 2 keepers are well" in told.stdout
        assert f"; {len(shredded(server))} shreds unconfirmed" in told.stdout
        server.kill()  # before the far one ever heard of it
        server.start()
        far.start()
        until(lambda: not any(key in far.disk for key in keys))

        far.kill()
        keys = deleted(third)
        server.kill()
        set_aside(server, 3000)
        server.start()  # more is made and sent ahead, of which the far one never hears
        until(lambda: len(near.disk) > len(far.disk) + 2048 * SLOT)
        paired = data / "keepers" / f"127.0.0.1-{near.port}.pem"
        finger = Keyring.open(ring).fingerprint
        until(lambda: near.disk[SLOT:] == ring.read_bytes())
        beyond = len(far.disk) // SLOT + 100
        ask(near.address, paired, lambda k: k.shred([60_000, beyond]), finger)  # nobody else knows
        server.kill()
        far.start()  # it still has the third, and the house with the keyring is gone
        assert all(key in far.disk for key in keys)
        for left in data.glob("keyring.bin*"):
            left.unlink()
        for noted in (data / "keepers").glob("*.json"):
            noted.unlink()
        certificates.pair(far.folder, data / "restore.pem", restore=True)
        server.cli("keeper", "fetch", far.address, "--with", data / "restore.pem")
        assert not any(key in ring.read_bytes() for key in keys)
        born = len(ring.read_bytes()) // SLOT
        assert near.disk[SLOT:][: born * SLOT] != ring.read_bytes()
        server.start()
        found = server.call(ada, "GET", f"/api/v1/statuses/{kept}")
        assert "post 0" in found["content"]
        until(lambda: not any(key in far.disk for key in keys))
        post("life goes on")
        assert ring.stat().st_size // SLOT > born, "nothing new stands under keys of before"
        for each in (near, far):
            until(lambda each=each: each.disk[SLOT:] == ring.read_bytes())
        assert secret(ring.read_bytes(), 60_000) == DEAD, "what one of them knew to be deleted"
        assert {60_000} < shredded(server)
        assert secret(ring.read_bytes(), beyond) != DEAD, "that was another key, of the old life"
        assert server.cli("keeper", "status").count("; 0 shreds unconfirmed") == 2

        near.kill()
        with (near.folder / NAME).open("r+b") as disk:
            disk.seek(8 * SLOT)
            disk.write(os.urandom(SLOT))
        near.start()
        told = warm.run(["whimbrel", "keeper", "status", "--data", data], server.env)
        assert told.returncode == 1
        assert "It holds other keys under 1 numbers, from 7 on." in told.stdout
        until(lambda: "It holds other keys under 1 numbers" in server.tail())
        words = (server.log.read_bytes() + (near.folder / "log").read_bytes()).lower()
        assert b"traceback" not in words
        assert server.stop() == 0
        assert near.stop() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.kill()


def ask(address: str, paired: Path, what: Callable[[Keeper], Any], fingerprint: int = 0) -> Any:
    """What a keeper answers to one question."""

    async def go() -> Any:
        async with calling(address, paired, fingerprint) as there:
            return await what(there)

    return asyncio.run(go())


def test_a_keeper_gives_nothing_to_whom_it_was_not_made_for(tmp_path, keeper):
    """A server cannot fetch, who restores cannot shred, and strangers get no word in."""
    there, other = keeper("one"), KeeperHouse(tmp_path / "other")
    server, restore, strange = (tmp_path / name for name in ("s.pem", "r.pem", "x.pem"))
    certificates.pair(there.folder, server, restore=False)
    certificates.pair(there.folder, restore, restore=True)
    certificates.pair(other.folder, strange, restore=True)
    ring = Keyring.open(tmp_path / "keyring.bin", ahead=3000)
    mine = ring.fingerprint
    for first in (0, 2048):
        ask(there.address, server, lambda k, at=first: k.put(ring.raw(at, 2048)), mine)
    assert there.disk[SLOT:] == ring.raw(0, 3000)

    for paired, what, finger in (
        (server, lambda k: k.get(0), mine),
        (restore, lambda k: k.shred([7]), 0),
        (restore, lambda k: k.put(bytes(32)), 0),
        (server, lambda k: k.shred([0]), mine),
        (server, lambda k: k.shred([3000]), mine),
        (server, lambda k: k.shred([7]), mine + 1),  # the server of another keyring
        (server, lambda k: k.shred([7]), 0),
    ):
        with pytest.raises(Refused):
            ask(there.address, paired, what, finger)
    with pytest.raises(Unavailable):
        ask(there.address, strange, lambda k: k.get(0))
    shutil.copy(there.folder / "keeper.pem", tmp_path / "not_for_that.pem")
    with pytest.raises(Unavailable):
        ask(there.address, tmp_path / "not_for_that.pem", lambda k: k.get(0))
    assert there.disk[SLOT:] == ring.raw(0, 3000), "nothing of that changed anything"

    with pytest.raises(Conflict):
        fetch(there.address, restore, ring.path)
    (tmp_path / "new.bin.part").write_bytes(b"cut short" * 20_000)
    (tmp_path / "new.bin.part").chmod(0o600)
    assert fetch(there.address, restore, tmp_path / "new.bin") == 3000
    assert (tmp_path / "new.bin").read_bytes() == ring.raw(0, 3000)
    ring.close()


def test_a_slot_never_comes_back_and_half_a_block_does_not_count(tmp_path):
    """Sent again, sent late, killed while it was written: what was shredded stays so."""
    block = os.urandom(100 * SLOT)
    held = Held.open(tmp_path)
    with pytest.raises(KeyringBroken):
        Held.open(tmp_path)  # two would not know of each other
    held.put(0, block)
    held.shred([5, 99, 5])
    held.put(0, block + block[:SLOT])
    assert held.slots == 101
    assert held.alive([4, 5, 98, 99, 100, 101]) == 3
    assert secret(block, 5) not in (tmp_path / NAME).read_bytes()
    for wrong in (lambda: held.put(102, block), lambda: held.shred([4, 101])):
        with pytest.raises(Conflict):
            wrong()
    for bad in (lambda: held.put(101, b"half"), lambda: held.put(101, b"")):
        with pytest.raises(Malformed):
            bad()
    assert held.alive([4]) == 1, "all of it or nothing"
    held.renew(5, os.urandom(2 * SLOT))  # another life
    assert held.alive([5, 6, 99]) == 2
    for bad in (lambda: held.renew(0, block), lambda: held.renew(100, block)):
        with pytest.raises((Conflict, Malformed)):
            bad()
    held.close()
    with (tmp_path / NAME).open("ab") as file:
        file.write(bytes(SLOT + 7))  # of a block whose end was never written
    held = Held.open(tmp_path)
    assert held.slots == 101
    held.put(101, block[:SLOT])
    assert held.get(101) == block[:SLOT]
    held.close()
    with (tmp_path / NAME).open("r+b") as file:
        file.truncate(50 * SLOT)
    with pytest.raises(KeyringBroken):
        Held.open(tmp_path)


def test_what_is_no_message_ends_the_conversation():
    """No length from outside makes anybody wait for gigabytes."""

    async def read(sent: bytes) -> Any:
        reader = asyncio.StreamReader()
        reader.feed_data(sent)
        reader.feed_eof()
        return await wire.read(reader)

    assert asyncio.run(read(wire.message(wire.Word.PUT, b"x"))) == (wire.Word.PUT, b"x")
    for sent in (b"\xff\xff\xff\xff\x01", bytes(5), b"\0\0\0\x01\x63"):
        with pytest.raises(Malformed):
            asyncio.run(read(sent))
    with pytest.raises(EOFError):
        asyncio.run(read(b"\0\0\0\x09\x01"))
