"""The database: the same actions on both engines, grouped commits, keys that die in time."""

import asyncio

import pytest
from sqlalchemy import bindparam, func, select, update

import people
from whimbrel.accounts.tables import accounts
from whimbrel.core.db import open_db
from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import Invalid
from whimbrel.core.keyring import KeyringBroken, Shredded, Slot
from whimbrel.core.tables import counters

NAMES = Query(
    select(accounts.c.username)
    .where(in_list(accounts.c.handle, "handles"))
    .order_by(accounts.c.username)
)
COUNT = Query(select(func.count()).select_from(accounts))
GAIN = Query(
    update(accounts)
    .where(accounts.c.handle == bindparam("handle"))
    .values(followers=accounts.c.followers + 1)
)
FORGET = Query(update(counters).where(counters.c.name == "slots").values(value=1))
FOLLOWERS = Query(select(accounts.c.followers).where(accounts.c.handle == bindparam("handle")))


def test_a_list_is_bound_on_both_engines(tx):
    """Every page asks for a list of ids."""
    for name in ("ada", "bob", "eve"):
        people.make(tx, name)
    assert tx.rows(NAMES, list_handles=["eve", "ada", "nobody"]) == [("ada",), ("eve",)]
    assert tx.rows(NAMES, list_handles=[]) == []


def test_an_action_that_fails_stores_nothing_and_its_neighbours_all(db):
    """Grouped in one commit, yet each stands or falls by itself."""

    def act(tx, name):
        people.make(tx, name)
        if name == "bad":
            raise Invalid("no")

    async def go():
        acts = [db.write(act, name) for name in ("ada", "bad", "eve")]
        return await asyncio.gather(*acts, return_exceptions=True)

    results = asyncio.run(go())
    assert [type(result) for result in results] == [type(None), Invalid, type(None)]
    assert db.write_sync(lambda tx: tx.value(COUNT)) == 2


def test_concurrent_counting_loses_nothing(db):
    """A like that is acknowledged counts."""
    db.write_sync(people.make, "ada")

    async def go():
        await asyncio.gather(*(db.write(lambda tx: tx.run(GAIN, handle="ada")) for _ in range(100)))

    asyncio.run(go())
    assert db.write_sync(lambda tx: tx.value(FOLLOWERS, handle="ada")) == 100


def test_a_key_is_gone_when_the_caller_hears_of_it(db):
    """Text erased before the 200."""

    def store(tx):
        slot = tx.slot()
        place = Slot(slot, slot, 1, "test")
        return place, tx.seal(place, b"words")

    place, sealed = db.write_sync(store)
    assert db.keyring.unseal(place, sealed) == b"words"
    db.write_sync(lambda tx: tx.shred([place.number]))
    with pytest.raises(Shredded):
        db.keyring.unseal(place, sealed)


def test_a_shred_that_is_taken_back_destroys_nothing(db):
    """The action failed after deciding to erase: the post is still there, and must be readable."""

    def store(tx):
        slot = tx.slot()
        place = Slot(slot, slot, 1, "test")
        return place, tx.seal(place, b"words")

    place, sealed = db.write_sync(store)

    def fail(tx):
        tx.shred([place.number])
        raise Invalid("no")

    with pytest.raises(Invalid):
        db.write_sync(fail)
    assert db.keyring.unseal(place, sealed) == b"words"


def test_slots_are_never_given_twice(db):
    """Two posts under one key would be erased together."""

    def take(tx):
        return [tx.slot() for _ in range(200)]

    async def go():
        return await asyncio.gather(*(db.write(take) for _ in range(30)))

    taken = [slot for block in asyncio.run(go()) for slot in block]
    assert len(set(taken)) == len(taken)
    assert 0 not in taken
    assert max(taken) < db.keyring.slots


def test_actions_that_check_and_write_go_one_after_the_other(db):
    """Whoever checks first and writes then must not be overtaken in between."""
    db.write_sync(people.make, "ada")

    def once(tx):
        tx.lock("test", 1)
        if tx.value(FOLLOWERS, handle="ada") == 0:
            tx.run(GAIN, handle="ada")

    async def go():
        await asyncio.gather(*(db.write(once) for _ in range(20)))

    asyncio.run(go())
    assert db.write_sync(lambda tx: tx.value(FOLLOWERS, handle="ada")) == 1


def test_a_database_without_its_keyring_does_not_start(db, database, tmp_path, instance):
    """A new keyring in the place of the lost one would answer every post with an error, and the
    administrator would look anywhere but there."""
    db.write_sync(people.make, "ada")
    db.close()
    kept = (tmp_path / "keyring.bin").rename(tmp_path / "elsewhere")
    with pytest.raises(KeyringBroken, match="Put back the right one"):
        open_db(database, tmp_path, instance)
    assert not (tmp_path / "keyring.bin").exists()
    kept.rename(tmp_path / "keyring.bin")
    open_db(database, tmp_path, instance).close()


def test_an_older_database_does_not_give_out_slots_again(db, database, tmp_path, instance):
    """Put back from a backup it knows nothing of later posts, whose slots are used or destroyed."""
    first = db.write_sync(lambda tx: tx.slot())
    db.write_sync(lambda tx: tx.run(FORGET))  # as if the copy were from before
    db.close()
    again = open_db(database, tmp_path, instance)
    assert again.write_sync(lambda tx: tx.slot()) > first
    again.close()


def test_what_is_remembered_ends_with_anybodys_commit(db, database, tmp_path, instance):
    """A token taken back by a command, in another process, must open nothing a moment later."""

    def followers(tx, handle):
        return tx.value(FOLLOWERS, handle=handle)

    def gain(tx, handle):
        tx.run(GAIN, handle=handle)

    db.write_sync(people.make, "ada")
    other = open_db(database, tmp_path, instance)

    async def go():
        assert await db.recall(followers, "nobody") is None  # and that is not remembered
        for count, writer in enumerate((db, other, db, other)):
            assert await db.recall(followers, "ada") == count
            assert await db.recall(followers, "ada") == count
            await writer.write(gain, "ada")
            if writer is other:
                await asyncio.sleep(0.002)
        assert await db.recall(followers, "ada") == 4

    asyncio.run(go())
    other.close()


def test_who_is_told_of_a_write_reads_it(db):
    """Reads of one turn of the loop share a snapshot: a heart that was acknowledged must not look
    taken back because somebody else's page was being made just then."""
    db.write_sync(people.make, "ada")

    def followers(tx):
        return tx.value(FOLLOWERS, handle="ada")

    async def gain_and_look(read):
        await db.write(lambda tx: tx.run(GAIN, handle="ada") and None)
        return await read(followers)

    async def keep_looking(stop):
        while not stop.is_set():
            await asyncio.gather(db.look(followers), db.recall(followers), asyncio.sleep(0))

    async def go():
        stop = asyncio.Event()
        others = [asyncio.create_task(keep_looking(stop)) for _ in range(3)]
        seen = []
        for read in [db.read, db.look, db.recall] * 20:
            seen.append(await gain_and_look(read))
        stop.set()
        await asyncio.gather(*others)
        return seen

    assert asyncio.run(go()) == list(range(1, 61))


def test_a_failed_read_ends_with_its_turn(db):
    """A page that broke would otherwise show yesterday to everybody after it."""
    db.write_sync(people.make, "ada")

    def broken(tx):
        tx.value(FOLLOWERS, handle="ada")
        raise Invalid("no")

    async def go():
        with pytest.raises(Invalid):
            await db.read(broken)
        await db.write(lambda tx: tx.run(GAIN, handle="ada") and None)
        return await db.look(lambda tx: tx.value(FOLLOWERS, handle="ada"))

    assert asyncio.run(go()) == 1
    assert asyncio.run(db.look(lambda tx: tx.value(FOLLOWERS, handle="ada"))) == 1
