"""The keyring: one flat file of 32-byte random slots, and sealing under them.

To erase an object is to overwrite its slot in place: whatever copy of the ciphertext survives in
a backup, a log or a disk's corner is noise from then on. The file therefore never goes where
copies are kept (backups, snapshots of the database, object storage), and it is never replaced by
a renamed copy, which would leave the old blocks behind. Which slot belongs to what is not known
here: the database says so. Media files are sealed in `sealed.py`, under `Keyring.key`."""

import fcntl
import hmac
import mmap
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .errors import NotFound, WhimbrelError

SLOT = 32  # bytes of a slot
OVERHEAD = 12 + 16  # bytes that sealing adds: nonce and tag
DEAD = bytes(SLOT)  # a slot that was shredded
_BLOCK = 1 << 20  # growing writes this much at a time
_SALT = b"whimbrel keyring 1"
_INFO = b"object and author\x01"  # HKDF-Expand's info and the counter of its only block


class Slot(NamedTuple):
    """Under whose keys something is sealed, and where it stands.

    `number` is the object's slot and `author` the slot of whoever wrote it: either being
    shredded ends it. A secret of the account itself or of the server has no second owner and
    gives its own number as author. `row` and `column` ("posts.content") are authenticated with
    the text, so that it opens nowhere else."""

    number: int
    author: int
    row: int
    column: str

    @property
    def place(self) -> bytes:
        """Row and column as authenticated bytes: the AEAD's associated data."""
        return self.row.to_bytes(8, "big", signed=True) + self.column.encode()


class Shredded(NotFound):
    """Record not found"""  # erased and never there are told in the same words


class Tampered(WhimbrelError):
    """Stored content does not match its key."""

    status, code = 500, "tampered"


class KeyringBroken(WhimbrelError):
    """The keyring file cannot be used. The message tells the operator what to do."""

    status, code = 500, "keyring_broken"


class Keyring:
    """An open keyring. Safe in several threads, and in several processes on one file: a shred is
    seen by all at once, a growth when somebody first needs a slot beyond the ones he knows."""

    def __init__(self, path: Path, fd: int) -> None:
        """Use `Keyring.open`."""
        self.path = path
        self._fd = fd
        self._lock = threading.Lock()
        self._map = mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)

    @classmethod
    def open(cls, path: Path, *, ahead: int = 65_536) -> Self:
        """Open the keyring, or make one.

        Args:
            path: the file; made with mode 0600 when absent. Its volume should be encrypted and
                not copy-on-write.
            ahead: slots that a new file is filled with.
        Raises:
            KeyringBroken: cut short, readable by others, or without the server's own secret.
        """
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _locked(fd, fcntl.LOCK_EX):
                if os.fstat(fd).st_size == 0:
                    _append(fd, max(ahead, 1))
                    sync_folder(path.parent)
                os.fdatasync(fd)  # a process killed while it grew the file may have left this
            _refuse_unfit(path, fd)
            return cls(path, fd)
        except BaseException:
            os.close(fd)
            raise

    @property
    def slots(self) -> int:
        """How many slots this process knows of, slot 0 included."""
        return len(self._map) // SLOT

    def require(self, highest: int) -> None:
        """Refuse a keyring older than the database: slot `highest` is in use there (0: none is).

        Raises:
            KeyringBroken: the slot does not exist here.
        """
        if highest > 0 and not self._known(highest):
            raise KeyringBroken(
                f"The database uses slot {highest} but {self.path} ends before slot {self.slots}. "
                "Put back the keyring that belongs to this database (from a keeper); a new one "
                "cannot open what is stored. To begin anew, start with an empty data folder."
            )

    def grow(self, to: int) -> None:
        """Make sure that `to` slots exist, durably. Call it well ahead of need.

        Raises:
            OSError: no space, a broken disk. Nothing of the new slots counts then.
        """
        if to <= self.slots:
            return
        with self._lock:
            with _locked(self._fd, fcntl.LOCK_EX):
                missing = to - os.fstat(self._fd).st_size // SLOT
                if missing > 0:
                    _append(self._fd, missing)
            self._remap()

    def mark(self, end: int) -> None:
        """Note beside the keyring that slots before `end` are in use, lest a database that is put
        back from an older copy gives them out a second time. The database knows better: this need
        not be durable, and a copy of the keyring without it does no harm."""
        path = self.path.with_name(self.path.name + ".mark")
        with _locked(self._fd, fcntl.LOCK_EX):
            if end > self.marked:
                made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    os.pwrite(made, b"%020d\n" % end, 0)
                finally:
                    os.close(made)

    @property
    def marked(self) -> int:
        """The highest `end` that was noted; 0 = nothing."""
        path = self.path.with_name(self.path.name + ".mark")
        text = path.read_bytes().strip() if path.exists() else b""
        return int(text) if text.isdigit() else 0

    @property
    def fingerprint(self) -> int:
        """A number by which a database knows its keyring again; it tells nothing of the keys."""
        return fingerprint_of(self.own)

    def seal(self, slot: Slot, text: bytes) -> bytes:
        """Encrypt `text` for `slot`: nonce (12 bytes), ciphertext, tag (16 bytes).

        Raises:
            Shredded: the object's or the author's key is destroyed.
        """
        nonce = os.urandom(12)
        return nonce + ChaCha20Poly1305(self.key(slot)).encrypt(nonce, text, slot.place)

    def unseal(self, slot: Slot, sealed: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            Shredded: the object's or the author's key is destroyed.
            Tampered: changed, cut, sealed under other keys or for another row or column.
        """
        if len(sealed) < OVERHEAD:
            raise Tampered
        try:
            return ChaCha20Poly1305(self.key(slot)).decrypt(sealed[:12], sealed[12:], slot.place)
        except InvalidTag:
            # The slot may have been shredded while we read it: that is erasure, not tampering.
            if not (self.alive(slot.number) and self.alive(slot.author)):
                raise Shredded from None
            raise Tampered from None

    def key(self, slot: Slot) -> bytes:
        """The 32-byte key of `slot`: HKDF-SHA256 over object slot and author slot. For streams.

        Raises:
            Shredded: either of the two is destroyed.
        """
        secret, author = self._secret(slot.number), self._secret(slot.author)
        if secret == DEAD or author == DEAD:
            raise Shredded
        extracted = hmac.digest(_SALT, secret + author, "sha256")
        return hmac.digest(extracted, _INFO, "sha256")

    def shred(self, numbers: Iterable[int]) -> None:
        """Destroy keys, for good: overwrite the slots in place and wait for the disk, once.

        Shredding what is dead already is no error.

        Raises:
            ValueError: slot 0, or a negative number.
            KeyringBroken: no such slot. Those that exist are shredded all the same.
        """
        wanted = set(numbers)
        if any(number < 1 for number in wanted):
            raise ValueError("slot 0 is the server's own secret and cannot be shredded")
        here = [number for number in wanted if self._known(number)]
        for number in here:
            os.pwrite(self._fd, DEAD, number * SLOT)
        if here:
            os.fdatasync(self._fd)
        if len(here) < len(wanted):
            raise self._absent(max(wanted))

    def alive(self, number: int) -> bool:
        """Slot `number` exists and was not shredded."""
        return self._known(number) and self._secret(number) != DEAD

    def mac(self, label: str, text: bytes) -> bytes:
        """32 bytes that only this server can compute, to look up what is stored sealed (an e-mail
        address) or to pepper a hash. Different labels give unrelated answers."""
        return _mac(self.own, label, text)

    @property
    def own(self) -> bytes:
        """The server's own secret, slot 0: what `mac` computes with."""
        return self._map[:SLOT]

    def raw(self, first: int, most: int) -> bytes:
        """Up to `most` slots from number `first` on, as they lie on the disk: for a keeper."""
        return self._map[first * SLOT : (first + most) * SLOT]

    def adopt(self, secret: bytes) -> None:
        """Take over another server's own secret, for good: this one becomes that server. What was
        made by `mac` before is worth nothing afterwards.

        Raises:
            ValueError: not 32 bytes, or nothing but zeros.
        """
        if len(secret) != SLOT or secret == DEAD:
            raise ValueError("a server's own secret has 32 bytes")
        os.pwrite(self._fd, secret, 0)
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file. Nothing may be sealed or opened afterwards."""
        with self._lock:
            if self._fd >= 0:
                self._map.close()
                os.close(self._fd)
                self._fd = -1

    def _secret(self, number: int) -> bytes:
        start = number * SLOT
        secret = self._map[start : start + SLOT] if number > 0 else b""
        if len(secret) == SLOT:
            return secret
        if not self._known(number):
            raise self._absent(number)
        return self._map[start : start + SLOT]

    def _known(self, number: int) -> bool:
        """Slot `number` exists, perhaps only since another process grew the file."""
        if number >= self.slots:
            # Growing holds the lock until the disk has it, so what is seen here is durable.
            with self._lock, _locked(self._fd, fcntl.LOCK_SH):
                self._remap()
        return 0 < number < self.slots

    def _remap(self) -> None:
        # The old map goes when its last reader has: closing it here could pull it away from one.
        if os.fstat(self._fd).st_size > len(self._map):
            self._map = mmap.mmap(self._fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)

    def _absent(self, number: int) -> KeyringBroken:
        return KeyringBroken(f"There is no slot {number} for content in {self.path}.")


def fingerprint_of(own: bytes) -> int:
    """`Keyring.fingerprint` of the one whose slot 0 is `own`."""
    return int.from_bytes(_mac(own, "fingerprint", b"")[:7])


def _mac(own: bytes, label: str, text: bytes) -> bytes:
    return hmac.digest(hmac.digest(own, label.encode(), "sha256"), text, "sha256")


@contextmanager
def _locked(fd: int, how: int) -> Iterator[None]:
    fcntl.flock(fd, how)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)


def _append(fd: int, slots: int) -> None:
    """Add random slots at the end, durably or not at all. The caller holds the lock."""
    begin = os.fstat(fd).st_size
    end = begin + slots * SLOT
    at = begin
    try:
        while at < end:
            at += os.pwrite(fd, os.urandom(min(_BLOCK, end - at)), at)
        os.fdatasync(fd)
    except BaseException:
        os.ftruncate(fd, begin)
        raise


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows what files `folder` has."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _refuse_unfit(path: Path, fd: int) -> None:
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        raise KeyringBroken(f"{path} is not a regular file.")
    if found.st_mode & 0o077:
        raise KeyringBroken(f"{path} can be read by others. Mend: chmod 600 {path}")
    if found.st_size % SLOT:
        raise KeyringBroken(
            f"{path} has {found.st_size} bytes, not a multiple of {SLOT}: it was cut or is no "
            "keyring. Put back the whole file from a keeper; do not edit or pad it."
        )
    if os.pread(fd, SLOT, 0) == DEAD:
        raise KeyringBroken(
            f"{path} has lost the server's own secret (slot 0). Put back the file from a keeper. "
            "If this server has never been started before, delete the file and start again."
        )
