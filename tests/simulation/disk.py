"""A disk that is no disk: what was written since the last sync may be gone when the power is.

SQLite writes through `Vfs`, the keyring through `KeyringOs`. Both note each write with what stood
there before, until the file is synced. A seed says at which call the disk is full, or its sync
fails, or the power goes; what of the unsynced writes is left then, the seed says as well."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from whimbrel.core.native import apsw

Fate = Literal["power", "full", "sync"]


class Fault(NamedTuple):
    """What the disk does at its call number `at`, and at `calls` of them."""

    fate: Fate
    at: int
    calls: int


class Unsynced:
    """What of a file the disk may not have yet."""

    def __init__(self, size: int) -> None:
        self.size = size  # when it was synced
        self.writes: list[tuple[int, bytes, bytes]] = []  # where, what, and what stood there


class Disk:
    """The disk of one life of a server."""

    def __init__(self, folder: Path, chance: Random, fault: Fault | None) -> None:
        self.folder, self.chance, self.fault = folder, chance, fault
        self.calls = 0
        self.dead = False
        self.told: list[str] = []  # of what went wrong
        self.dies: Callable[[], None] | None = None  # who is to know that the power is gone
        self._files: dict[str, Unsynced] = {}

    def call(self, what: Literal["write", "sync"], path: str) -> None:
        """Raises OSError where this call fails."""
        self.calls += 1
        if self.dead:
            raise OSError(errno.EIO, "the power is gone")
        fault = self.fault
        if fault is None or not fault.at <= self.calls < fault.at + fault.calls:
            return
        if fault.fate == "power":
            self.dead = True
            if self.dies is not None:
                self.dies()
            self.told.append(f"power gone at {what} {Path(path).name}")
            raise OSError(errno.EIO, "the power is gone")
        if fault.fate == "full" and what == "write":
            self.told.append(f"full at write {Path(path).name}")
            raise OSError(errno.ENOSPC, "no space")
        if fault.fate == "sync" and what == "sync":
            self.told.append(f"failed at sync {Path(path).name}")
            raise OSError(errno.EIO, "sync failed")

    def written(self, path: str, size: int, at: int, data: bytes, before: bytes) -> None:
        """Note a write. Args: `size`: of the file before it."""
        self._files.setdefault(path, Unsynced(size)).writes.append((at, data, before))

    def synced(self, path: str) -> None:
        self._files.pop(path, None)

    def survivors(self, to: Path) -> None:
        """What is found in another folder when there is power again.

        Of what was not synced each write is there or is not, whichever came first."""
        self.dead = True
        to.mkdir()
        for name in ("whimbrel.db", "whimbrel.db-wal", "keyring.bin", "keyring.bin.mark"):
            if not (self.folder / name).exists():
                continue
            shutil.copyfile(self.folder / name, to / name)
            (to / name).chmod(0o600)
            unsynced = self._files.get(str(self.folder / name))
            if unsynced is not None:
                self._lose(to / name, unsynced)

    def _lose(self, path: Path, unsynced: Unsynced) -> None:
        lost = 0
        with path.open("r+b") as file:
            for at, _, before in reversed(unsynced.writes):
                file.seek(at)
                file.write(before)
            file.truncate(unsynced.size)
            for at, data, _ in unsynced.writes:
                if self.chance.random() < 0.5:
                    lost += 1
                    continue
                file.seek(at)
                file.write(data)
        self.told.append(f"{path.name} lost {lost} of {len(unsynced.writes)} writes")


class Vfs(apsw.VFS):
    """Every file that SQLite opens, on the `disk` of the moment."""

    def __init__(self) -> None:
        self.disk: Disk | None = None
        self._below = apsw.vfs_names()[0]
        super().__init__("simulated", self._below, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> "File":  # SQLite's name
        return File(self._below, self.disk, name, flags)


class File(apsw.VFSFile):
    """One of them."""

    def __init__(self, below: str, disk: Disk | None, name: Any, flags: list[int]) -> None:
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name or "")
        self._disk = disk
        super().__init__(below, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._disk is None:
            super().xWrite(data, offset)
            return
        try:
            self._disk.call("write", self._path)
        except OSError as error:
            raise (apsw.FullError if error.errno == errno.ENOSPC else apsw.IOError) from None
        size = self.xFileSize()
        there = max(0, min(len(data), size - offset))
        before = self.xRead(there, offset) if there else b""
        self._disk.written(self._path, size, offset, data, before.ljust(len(data), b"\0"))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self._disk is not None:
            try:
                self._disk.call("sync", self._path)
            except OSError:
                raise apsw.IOError from None
            self._disk.synced(self._path)


class KeyringOs:
    """`os`, as the keyring is to know it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.urandom = disk.chance.randbytes

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def pwrite(self, fd: int, data: bytes, at: int) -> int:
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        self._disk.call("write", path)
        with Path(path).open("rb") as file:  # `fd` may be for writing alone
            file.seek(at)
            before = file.read(len(data))
        self._disk.written(path, os.fstat(fd).st_size, at, data, before.ljust(len(data), b"\0"))
        return os.pwrite(fd, data, at)

    def fdatasync(self, fd: int) -> None:
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        self._disk.call("sync", path)
        self._disk.synced(path)
