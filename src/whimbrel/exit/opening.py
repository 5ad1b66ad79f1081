"""A bag that comes from outside, verified whole before anybody does anything with it."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from whimbrel.core.errors import Invalid

from . import catalogue, read
from .queries import rows
from .rules import Record, Tombstone
from .sealing import Opener

_record = msgspec.json.Decoder(Record)
_tombstone = msgspec.json.Decoder(Tombstone)


class Line(NamedTuple):
    """A record, and its salt where it was sealed."""

    record: Record
    salt: bytes


class Bag:
    """A bag that was verified, the private part too."""

    def __init__(self, root: Path, opener: Opener | None, key: str | None) -> None:
        self.root, self.opener = root, opener
        try:
            self.statement, digest, _, self.dropped = read.verify(root, None, key)
        except read.Wrong as wrong:
            raise Invalid(str(wrong)) from None
        except OSError as error:
            raise Invalid(f"{error.filename}: {error.strerror}") from None
        self.number = number_of(digest)
        self.previous = number_of(self.statement["previous"])
        self.secret: bytes | None = None
        self.paths = [root / each["path"] for each in self.statement["files"]]
        if self.statement["recipient"] is None:
            self.opener = None
        elif opener is not None and opener.recipient != self.statement["recipient"]:
            raise Invalid("The private part is sealed to another recipient.")
        self._check()

    def _check(self) -> None:
        """Every line is a record, and the sealed ones are what was committed to."""
        for path in self.paths:
            name = path.relative_to(self.root).as_posix()
            if path.suffix == ".sealed":
                if self.opener is None:
                    continue
                self._check_sealed(path, name)
            for _ in self.lines(path):
                pass
        if self.opener is not None:
            for path in sorted((self.root / "data/private/media").glob("*.sealed")):
                for _ in self.opener.chunks(path):
                    pass

    def _check_sealed(self, path: Path, name: str) -> None:
        with (self.root / read.tag_of(name)).open("rb") as committed:
            for salt, text in self._salted(path):
                said = committed.readline().strip()
                if not text:
                    self.dropped += 1
                elif sha256(salt + text).hexdigest().encode() != said:
                    raise Invalid(f"{name}: is not what was signed")
            if committed.readline():
                raise Invalid(f"{name}: is too short")

    def raw(self, path: Path) -> Iterator[tuple[bytes, bytes]]:
        """Salt and text of the lines of a file that were not dropped."""
        if path.suffix == ".sealed":
            yield from (each for each in self._salted(path) if each[1])
            return
        with path.open("rb") as file:
            for line in file:
                if line != b"\n":
                    yield b"", line[:-1]

    def _salted(self, path: Path) -> Iterator[tuple[bytes, bytes]]:
        """Salt and text of each line of a sealed file; both are empty where it was dropped."""
        for line in self.opener.lines(path) if self.opener is not None else ():
            salt, _, text = line.partition(b" ")
            try:
                yield bytes.fromhex(salt.decode("ascii")), text
            except ValueError:
                raise Invalid(f"{path.name}: holds a line without its salt") from None

    def lines(self, path: Path) -> Iterator[Line | Tombstone]:
        """What stands in a file. Raises Invalid: something that is no record."""
        stones = path.name.startswith("tombstones-")
        for salt, text in self.raw(path):
            try:
                if stones:
                    stone = _tombstone.decode(text)
                    _checked(stone.table, stone.key, ())
                    yield stone
                    continue
                record = _record.decode(text)
                if record.table == "server":
                    self.secret = bytes.fromhex(record.row["secret"])
                    continue
                _checked(record.table, record.key, record.row)
                yield Line(record, salt)
            except (msgspec.MsgspecError, ValueError, KeyError) as error:
                raise Invalid(
                    f"{path.relative_to(self.root)}: holds what is no record ({error})"
                ) from None

    def _part(self, path: Path) -> str:
        return path.relative_to(self.root / "data").as_posix().rpartition("-")[0]

    def chunks(self, path: Path) -> Iterator[bytes]:
        """What a sealed file holds."""
        if self.opener is not None:
            yield from self.opener.chunks(path)

    def tombstones(self) -> Iterator[Tombstone]:
        """What is no more."""
        for path in self.paths:
            if path.name.startswith("tombstones-"):
                yield from (each for each in self.lines(path) if isinstance(each, Tombstone))

    def records(self) -> Iterator[Line]:
        """The records, those for everybody first, each behind what it refers to."""
        order = {part: at for at, part in enumerate(_PARTS)}
        for path in sorted(self.paths, key=lambda each: (order.get(self._part(each), 9), each)):
            if not path.name.startswith("tombstones-"):
                yield from (each for each in self.lines(path) if isinstance(each, Line))


_PARTS = [part.name for part in dict.fromkeys(t.part for t in catalogue.TRAVELS.values())]


def number_of(digest: str | None) -> int:
    """The first 63 bits of a hash, as the database keeps them; 0 = none."""
    return 0 if digest is None else (int(digest[:16], 16) >> 1) or 1


def _checked(name: str, key: tuple[int | str, ...], row: Iterable[str]) -> None:
    """It is a table that travels, and has these columns."""
    if name not in catalogue.TRAVELS:
        raise ValueError(f"no table {name}")
    known = {*rows.columns(name), *(("sha256",) if name == "files" else ())}
    if len(key) != len(rows.keys(name)) or not known.issuperset(row) or "slot" in row:
        raise ValueError(f"no row of {name}")
