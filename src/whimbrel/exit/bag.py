"""Writing a bag: BagIt 1.0 (RFC 8493), its records beside commitments that are what is signed.

A line of records may be dropped later, with its salt: its commitment stays, so what is signed
still holds. What keeps bits from flipping unseen are the manifests, which are then written anew."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from .rules import LINES, Export, Held, Part, Statement
from .sealing import Sealer

MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_BLOCK = 1 << 20


class _File:
    """One file of records that is being written, and its commitments."""

    def __init__(self, root: Path, part: Part, number: int, recipient: str | None) -> None:
        self.name = f"{part.name}-{number:04}"
        self.path = root / "data" / f"{self.name}.jsonl{'.sealed' if part.sealed else ''}"
        tag = root / "commitments" / f"{self.name}.txt"
        for folder in (self.path.parent, tag.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._out: BinaryIO = self.path.open("wb")
        self._tag: BinaryIO = tag.open("wb")
        self._sealer = Sealer(self._out, recipient or "") if part.sealed else None
        self._root = sha256()
        self.lines = 0

    def add(self, line: bytes, salt: bytes) -> bytes:
        """Add a record; its commitment."""
        digest = sha256(salt + line)
        said = digest.hexdigest().encode() + b"\n"
        self._root.update(said)
        if self._sealer is None:
            self._out.write(line + b"\n")
            self._tag.write(said[:-1] + b" " + salt.hex().encode() + b"\n")
        else:
            self._sealer.write(salt.hex().encode() + b" " + line + b"\n")
            self._tag.write(said)
        self.lines += 1
        return digest.digest()

    def close(self, root: Path) -> Held:
        """All of it is on the disk."""
        if self._sealer is not None:
            self._sealer.close()
        for out in (self._out, self._tag):
            out.flush()
            os.fsync(out.fileno())
            out.close()
        return Held(self.path.relative_to(root).as_posix(), self.lines, self._root.hexdigest())


class Writer:
    """A bag that is being written in the folder `root`."""

    def __init__(self, root: Path, first: int, recipient: str | None) -> None:
        self.root, self.recipient = root, recipient
        self.first = self.next = first
        self.counts: dict[str, int] = {}
        self.held: list[Held] = []
        self._open: dict[str, _File] = {}
        self._numbers: dict[str, int] = {}
        (root / "data").mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, part: Part, table: str, line: bytes, salt: bytes) -> tuple[int, bytes]:
        """Add a record; its number and its commitment."""
        file = self._open.get(part.name)
        if file is None or file.lines == LINES:
            self.end(part)
            number = self._numbers[part.name] = self._numbers.get(part.name, 0) + 1
            file = self._open[part.name] = _File(self.root, part, number, self.recipient)
        digest = file.add(line, salt)
        self.counts[table] = self.counts.get(table, 0) + 1
        self.next += 1
        return self.next - 1, digest

    def end(self, part: Part) -> None:
        """No more records of this part go into the file at hand."""
        file = self._open.pop(part.name, None)
        if file is not None:
            self.held.append(file.close(self.root))

    def close(self) -> None:
        """No more records."""
        for file in list(self._open.values()):
            self.held.append(file.close(self.root))
        self._open = {}

    def finish(self, signed: Export, made_at: str) -> None:
        """The signed statement and the manifests, all of it on the disk."""
        put(self.root / "export.json", msgspec.json.encode(signed, order="sorted") + b"\n")
        write_manifests(self.root, signed.statement, made_at)


def write_manifests(root: Path, statement: Statement, made_at: str) -> None:
    """What every BagIt tool holds the files against."""
    octets = streams = 0
    with (root / (MANIFEST + ".new")).open("wb") as out:
        for path in _files(root / "data"):
            name = path.relative_to(root).as_posix()
            digest = path.name if path.parent.name == "media" and _is_open(path) else hash_of(path)
            out.write(f"{digest}  {name}\n".encode())
            octets, streams = octets + path.stat().st_size, streams + 1
        out.flush()
        os.fsync(out.fileno())
    (root / (MANIFEST + ".new")).rename(root / MANIFEST)
    put(root / "bagit.txt", _BAGIT)
    info = {
        "Source-Organization": statement.instance,
        "Bagging-Date": made_at[:10],
        "External-Identifier": f"{statement.instance} {statement.first}-{statement.last}",
        "Payload-Oxum": f"{octets}.{streams}",
        "Bag-Software-Agent": "Whimbrel",
    }
    put(root / "bag-info.txt", "".join(f"{k}: {v}\n" for k, v in info.items()).encode())
    tags = [
        path for path in _files(root) if path.name != TAGS and root / "data" not in path.parents
    ]
    lines = (f"{hash_of(path)}  {path.relative_to(root).as_posix()}\n" for path in tags)
    put(root / TAGS, "".join(lines).encode())


def _is_open(path: Path) -> bool:
    return path.parent.parent.name == "data"  # its name is its hash


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def put(path: Path, content: bytes) -> None:
    """A small file, on the disk whole or not at all."""
    new = path.with_name(path.name + ".new")
    with new.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.rename(path)


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    found = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
