"""What a keeper keeps: one flat file of slots, overwritten in place and never copied or renamed.

It begins with 32 bytes that say how many slots count; slot n stands at 32 (n + 1). What lies behind
those that count was being written when the power went, and is sent again."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from whimbrel.core.errors import Conflict, Malformed
from whimbrel.core.keyring import DEAD, SLOT, KeyringBroken, fingerprint_of, sync_folder

from .wire import SLOTS

_MAGIC = b"whimbrel keeper\n"
NAME = "slots.bin"


class Held:
    """The open file, of one process."""

    def __init__(self, fd: int, slots: int) -> None:
        """Use `Held.open`."""
        self._fd, self.slots = fd, slots

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the file in `folder`, or make it.

        Raises:
            KeyringBroken: somebody has it open, others may read it, or it is no such file.
        """
        path = folder / NAME
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            return cls(fd, _opened(path, fd))
        except BaseException:
            os.close(fd)
            raise

    @property
    def fingerprint(self) -> int:
        """Of the keyring whose slots these are; 0 while there are none."""
        return fingerprint_of(self.get(0, 1)) if self.slots else 0

    def put(self, first: int, slots: bytes) -> None:
        """Take slots from number `first` on; returns when the disk has them.

        What is held already stays as it is, lest a slot come back that was shredded.

        Raises:
            Conflict: slots before `first` are missing.
            Malformed: a part of a slot, or none.
        """
        if not slots or len(slots) % SLOT:
            raise Malformed("Slots have 32 bytes.")
        if first > self.slots:
            raise Conflict(f"Slots from {self.slots} on are missing.")
        new = slots[(self.slots - first) * SLOT :]
        if not new:
            return
        if self.slots == 0 and new[:SLOT] == DEAD:
            raise Malformed("Slot 0 is the server's own secret.")
        end = self.slots + len(new) // SLOT
        _write(self._fd, new, _place(self.slots))
        os.fdatasync(self._fd)
        _write(self._fd, _head(end), 0)
        os.fdatasync(self._fd)
        self.slots = end

    def shred(self, numbers: Iterable[int]) -> None:
        """Overwrite these slots in place; returns when the disk has it. Again does no harm, and
        writes again: only so is it sure after a disk refused once.

        Raises:
            Conflict: one is not held. Nothing is overwritten then.
            Malformed: slot 0.
        """
        wanted = sorted(set(numbers))
        if wanted and wanted[0] < 1:
            raise Malformed("Slot 0 is the server's own secret.")
        if wanted and wanted[-1] >= self.slots:
            raise Conflict(f"Slots from {self.slots} on are missing.")
        for number in wanted:
            _write(self._fd, DEAD, _place(number))
        if wanted:
            os.fdatasync(self._fd)

    def renew(self, first: int, slots: bytes) -> None:
        """Overwrite slots with others, in place: the server began a new life. Returns when the
        disk has it.

        Raises:
            Conflict: not all of them are held.
            Malformed: a part of a slot, none, or slot 0.
        """
        if not slots or len(slots) % SLOT or first < 1:
            raise Malformed("Slots have 32 bytes, and the first stays.")
        if first + len(slots) // SLOT > self.slots:
            raise Conflict(f"Slots from {self.slots} on are missing.")
        _write(self._fd, slots, _place(first))
        os.fdatasync(self._fd)

    def alive(self, numbers: Iterable[int]) -> int:
        """How many of these are held and not shredded."""
        return sum(self.get(n, 1) != DEAD for n in numbers if n < self.slots)

    def get(self, first: int, most: int = SLOTS) -> bytes:
        """Slots from number `first` on; none behind the last."""
        many = max(0, min(most, self.slots - first))
        return os.pread(self._fd, many * SLOT, _place(first)) if many else b""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def _opened(path: Path, fd: int) -> int:
    """How many slots the file holds, which is made when it is empty."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise KeyringBroken(f"{path} is in use: another keeper serves it.") from None
    found = os.fstat(fd)
    if found.st_mode & 0o077:
        raise KeyringBroken(f"{path} can be read by others. Mend: chmod 600 {path}")
    if found.st_size < SLOT:  # new, or killed while it was made
        _write(fd, _head(0), 0)
        os.fdatasync(fd)
        sync_folder(path.parent)
        return 0
    head = os.pread(fd, SLOT, 0)
    slots = int.from_bytes(head[16:24])
    if head != _head(slots):
        raise KeyringBroken(f"{path} was not written by a keeper.")
    if found.st_size < _place(slots):
        raise KeyringBroken(
            f"{path} was cut short. Begin anew with an empty folder, and pair again."
        )
    return slots


def _head(slots: int) -> bytes:
    return _MAGIC + slots.to_bytes(8) + bytes(8)


def _place(number: int) -> int:
    return SLOT * (number + 1)


def _write(fd: int, held: bytes, at: int) -> None:
    view = memoryview(held)
    while view:
        done = os.pwrite(fd, view, at)
        view, at = view[done:], at + done
