"""The keyring: what is sealed opens only in its place, and what is shredded opens nowhere."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core import keyring as keyring_module
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import OVERHEAD, SLOT, Keyring, KeyringBroken, Shredded, Slot, Tampered

HERE = Slot(number=7, author=3, row=42 << 16, column="posts.content")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.bin"


@pytest.fixture
def ring(path: Path) -> Iterator[Keyring]:
    ring = Keyring.open(path, ahead=64)
    yield ring
    ring.close()


@pytest.fixture(scope="module")
def shared_ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyring]:
    ring = Keyring.open(tmp_path_factory.mktemp("ring") / "keyring.bin", ahead=64)
    yield ring
    ring.close()


@given(text=st.binary(max_size=5000), row=st.integers(-1, (1 << 63) - 1), column=st.text())
def test_what_is_sealed_comes_back(shared_ring: Keyring, text: bytes, row: int, column: str):
    """Else the author finds another text, or none."""
    slot = Slot(5, 6, row, column)
    sealed = shared_ring.seal(slot, text)
    assert len(sealed) == len(text) + OVERHEAD
    assert shared_ring.unseal(slot, sealed) == text


def test_the_same_text_never_looks_the_same(ring: Keyring):
    """An edit back to an old text would show in a backup as a repeated ciphertext."""
    assert ring.seal(HERE, b"hello") != ring.seal(HERE, b"hello")


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(number=8),
        HERE._replace(author=4),
        HERE._replace(number=3, author=7),
        HERE._replace(row=43 << 16),
        HERE._replace(column="posts.warning"),
    ],
)
def test_a_sealed_text_opens_only_in_its_place(ring: Keyring, elsewhere: Slot):
    """Whoever can write to the database could otherwise show a private text in a public post."""
    sealed = ring.seal(HERE, b"for friends")
    with pytest.raises(Tampered):
        ring.unseal(elsewhere, sealed)


def test_a_changed_or_cut_text_is_noticed(ring: Keyring):
    """Else somebody with the database could put words into an author's mouth."""
    sealed = ring.seal(HERE, b"I said this")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Tampered):
            ring.unseal(HERE, bytes(changed))
        with pytest.raises(Tampered):
            ring.unseal(HERE, sealed[:at])


@pytest.mark.parametrize("dead", [HERE.number, HERE.author])
def test_shredding_object_or_author_ends_it(ring: Keyring, path: Path, dead: int):
    """A deleted post, or any post of a deleted account, must not be readable from a backup."""
    sealed = ring.seal(HERE, b"regret")
    other = Slot(9, 10, 1, "posts.content")
    kept = ring.seal(other, b"stays")
    ring.shred([dead])
    with pytest.raises(Shredded):
        ring.unseal(HERE, sealed)
    with pytest.raises(Shredded):
        ring.seal(HERE, b"again")
    assert not ring.alive(dead)
    assert ring.unseal(other, kept) == b"stays"
    assert path.read_bytes()[dead * SLOT : (dead + 1) * SLOT] == bytes(SLOT)


def test_shredded_is_told_like_absent():
    """A stranger must not learn that a post was once there."""
    assert issubclass(Shredded, NotFound)
    assert (Shredded.status, Shredded.code) == (NotFound.status, NotFound.code)
    assert str(Shredded()) == str(NotFound())


def test_shredding_twice_in_a_batch_is_fine_and_stays_in_place(ring: Keyring, path: Path):
    """Shreds are replayed after a restore; a new file instead of the old would keep old blocks."""
    before = path.stat()
    ring.shred([7, 7, 9])
    ring.shred(iter([9, 11]))
    ring.shred([])
    after = path.stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size)
    assert [number for number in range(1, 64) if not ring.alive(number)] == [7, 9, 11]


def test_one_wait_for_the_disk_per_batch(ring: Keyring, monkeypatch: pytest.MonkeyPatch):
    """Deleting an account with 20,000 posts would otherwise take 20,000 disk waits."""
    waits: list[int] = []
    real = os.fdatasync
    monkeypatch.setattr(keyring_module.os, "fdatasync", lambda fd: (waits.append(fd), real(fd)))
    ring.shred(range(1, 60))
    assert len(waits) == 1


def test_the_servers_own_secret_cannot_be_shredded_or_used(ring: Keyring):
    """One wrong number would sign everybody out and lose every e-mail look-up."""
    for number in (0, -1):
        with pytest.raises(ValueError, match="slot 0"):
            ring.shred([number, 5])
        assert not ring.alive(number)
        for slot in (HERE._replace(number=number), HERE._replace(author=number)):
            with pytest.raises(KeyringBroken):
                ring.seal(slot, b"x")
    assert ring.alive(5)


def test_shredding_beyond_the_end_still_shreds_the_rest(ring: Keyring):
    """A restored, shorter keyring must not keep alive what it does hold."""
    with pytest.raises(KeyringBroken):
        ring.shred([5, 1_000_000])
    assert not ring.alive(5)


def test_a_mac_depends_on_label_text_and_server(ring: Keyring, tmp_path: Path):
    """A stolen database must not tell whether an address is in it."""
    found = ring.mac("e-mail", b"ada@example.org")
    assert found == ring.mac("e-mail", b"ada@example.org") and len(found) == 32
    assert found != ring.mac("pepper", b"ada@example.org")
    assert found != ring.mac("e-mai", b"lada@example.org")
    other = Keyring.open(tmp_path / "other.bin", ahead=8)
    assert other.mac("e-mail", b"ada@example.org") != found
    other.close()


def test_a_new_file_is_private_and_random(path: Path):
    """Keys that others on the machine can read, or that repeat, protect nothing."""
    old = os.umask(0)
    try:
        ring = Keyring.open(path, ahead=1000)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    raw = path.read_bytes()
    assert (
        ring.slots == 1000 and len({raw[at : at + SLOT] for at in range(0, 32_000, SLOT)}) == 1000
    )
    ring.close()
    ring.close()


def test_opening_again_changes_nothing(path: Path):
    """A restart that touched the file would lose everything."""
    ring = Keyring.open(path, ahead=50)
    sealed = ring.seal(HERE, b"stays")
    ring.close()
    before = path.read_bytes()
    again = Keyring.open(path, ahead=5000)
    assert path.read_bytes() == before
    assert again.unseal(HERE, sealed) == b"stays"
    again.close()


def test_growing_keeps_the_old_and_adds_fresh(ring: Keyring, path: Path):
    """The posts of yesterday must survive the slots of tomorrow."""
    sealed = ring.seal(HERE, b"old")
    before = path.read_bytes()
    ring.grow(10)
    assert path.read_bytes() == before
    ring.grow(100_000)
    assert ring.slots == 100_000 and path.stat().st_size == 100_000 * SLOT
    assert path.read_bytes()[: len(before)] == before
    assert ring.unseal(HERE, sealed) == b"old"
    far = Slot(99_999, 3, 1, "posts.content")
    assert ring.unseal(far, ring.seal(far, b"new")) == b"new"


def test_a_disk_that_is_full_leaves_the_keyring_as_it_was(
    ring: Keyring, path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Slots that are not on the disk would take their posts with them at the next power cut."""

    def broken(fd: int) -> None:
        raise OSError(28, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(keyring_module.os, "fdatasync", broken)
    with pytest.raises(OSError, match="No space"):
        ring.grow(1000)
    assert ring.slots == 64 and path.read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "advice"),
    [
        (lambda path: os.truncate(path, 100), "multiple of 32"),
        (lambda path: path.chmod(0o640), "chmod 600"),
        (lambda path: path.write_bytes(bytes(320)), "slot 0"),
    ],
)
def test_an_unfit_file_is_refused_with_advice(path: Path, spoil, advice: str):
    """Starting anyway would seal new posts under keys that are lost or known."""
    Keyring.open(path, ahead=64).close()
    spoil(path)
    with pytest.raises(KeyringBroken, match=advice):
        Keyring.open(path)


def test_a_keyring_older_than_the_database_is_refused(ring: Keyring):
    """After a careless restore every newer post would be unreadable, one by one."""
    ring.require(0)
    ring.require(63)
    with pytest.raises(KeyringBroken, match="keeper"):
        ring.require(64)


def _grow_many(path: Path, to: int) -> None:
    ring = Keyring.open(path)
    for step in range(100, to + 1, 100):
        ring.grow(step)
    ring.close()


def test_several_processes_grow_one_file(path: Path):
    """Two workers that both append would otherwise overwrite keys in use."""
    ring = Keyring.open(path, ahead=64)
    sealed = ring.seal(HERE, b"mine")
    spawn = multiprocessing.get_context("fork")
    others = [spawn.Process(target=_grow_many, args=(path, 4000)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
        assert other.exitcode == 0
    assert path.stat().st_size == 4000 * SLOT
    assert ring.slots == 64 and ring.alive(3999) and ring.slots == 4000
    assert ring.unseal(HERE, sealed) == b"mine"
    ring.close()


def _shred_seven(path: Path) -> None:
    ring = Keyring.open(path)
    ring.shred([7])
    ring.close()


def test_a_shred_by_another_process_holds_at_once(ring: Keyring, path: Path):
    """A web process that still opened what the worker erased would go on showing it."""
    sealed = ring.seal(HERE, b"gone soon")
    assert ring.unseal(HERE, sealed) == b"gone soon"
    other = multiprocessing.get_context("fork").Process(target=_shred_seven, args=(path,))
    other.start()
    other.join()
    with pytest.raises(Shredded):
        ring.unseal(HERE, sealed)


def test_threads_seal_while_others_read_grow_and_shred(ring: Keyring):
    """The writer thread seals while the event loop opens: neither may see a moved file."""
    sealed = ring.seal(HERE, b"steady")
    failures: list[BaseException] = []
    until = time.monotonic() + 0.3

    def run(work) -> None:
        try:
            while time.monotonic() < until:
                work()
        except BaseException as failure:
            failures.append(failure)

    def read() -> None:
        assert ring.unseal(HERE, sealed) == b"steady"

    def write() -> None:
        slot = Slot(ring.slots - 1, 3, 1, "posts.content")
        assert ring.unseal(slot, ring.seal(slot, b"fresh")) == b"fresh"

    def grow() -> None:
        ring.grow(ring.slots + 500)

    def shred() -> None:
        ring.shred([20, 21])

    threads = [threading.Thread(target=run, args=(work,)) for work in (read, write, grow, shred)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
