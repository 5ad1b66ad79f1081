"""Dropping from an older bag what a newer one says is no more, while what was signed still holds:
the line and its salt go, the commitment stays and tells nothing."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from whimbrel.core.errors import Invalid

from . import bag, read
from .export import Told, quiet, sealed_name
from .rules import Record, Statement, Tombstone
from .sealing import Opener, Sealer

_record = msgspec.json.Decoder(Record)
_tombstone = msgspec.json.Decoder(Tombstone)
_PRIVATE = "data/private/"


class _Gone(NamedTuple):
    """What is no more: rows of the part for everybody or of the recipient's, and their files."""

    rows: set[tuple[str, tuple[int | str, ...]]]
    hashes: set[str]


def drop(
    root: Path, newer: Sequence[Path], opener: Opener | None = None, told: Told = quiet
) -> int:
    """Drop from the bag `root` what the bags that follow it, in their order, say is no more.

    Args:
        opener: of the recipient of all these bags; None = what lies sealed stays as it is, for
            nobody else can tell what that is.
    Returns:
        How many records were dropped.
    Raises:
        Invalid: one of the bags is not whole, they do not follow each other, or one is sealed to
            another.
    """
    try:
        bags, _ = read.verify_chain([root, *newer])
    except read.Wrong as wrong:
        raise Invalid(str(wrong)) from None
    if opener is not None and any(said["recipient"] != opener.recipient for _, said in bags):
        raise Invalid("Not all of these bags are sealed to this identity.")
    open_ = _gone(stone for each, said in bags[1:] for stone in _stones(each, said))
    closed = _gone(stone for each, said in bags[1:] for stone in _sealed_stones(each, said, opener))
    statement = bags[0][1]
    dropped = 0
    for done, held in enumerate(statement["files"]):
        told("Files", done, len(statement["files"]))
        path = root / held["path"]
        if path.name.startswith("tombstones-"):
            continue
        if path.suffix == ".jsonl":
            dropped += _drop_from(path, root / read.tag_of(held["path"]), open_)
        elif opener is not None:
            dropped += _drop_sealed(path, closed, opener)
    for digest in open_.hashes:
        _wipe(root / "data/media" / digest)
    if dropped or open_.hashes:
        made = msgspec.convert(statement, Statement)
        bag.write_manifests(root, made, made.made_at)
    return dropped


def _stones(root: Path, statement: object) -> Iterator[Tombstone]:
    for each in read.records(root, statement, "tombstones"):
        yield msgspec.convert(each, Tombstone)


def _sealed_stones(root: Path, statement: Any, opener: Opener | None) -> Iterator[Tombstone]:
    for held in statement["files"]:
        if opener is not None and held["path"].startswith(_PRIVATE + "tombstones-"):
            for line in opener.lines(root / held["path"]):
                yield _tombstone.decode(line.partition(b" ")[2])


def _gone(stones: Iterator[Tombstone]) -> _Gone:
    found = _Gone(set(), set())
    for stone in stones:
        found.rows.add((stone.table, stone.key))
        if stone.sha256 is not None:
            found.hashes.add(stone.sha256)
    return found


def _is_gone(line: bytes, gone: _Gone) -> bool:
    record = _record.decode(line)
    return (record.table, record.key) in gone.rows


def _drop_from(path: Path, tag: Path, gone: _Gone) -> int:
    new, new_tag = (each.with_name(each.name + ".new") for each in (path, tag))
    dropped = 0
    with (
        path.open("rb") as lines,
        tag.open("rb") as committed,
        new.open("wb") as out,
        new_tag.open("wb") as out_tag,
    ):
        for line, said in zip(lines, committed, strict=True):
            if line != b"\n" and _is_gone(line, gone):
                line, said = b"\n", said.partition(b" ")[0] + b" -\n"
                dropped += 1
            out.write(line)
            out_tag.write(said)
    if dropped:
        _overwrite(path, new)
        _overwrite(tag, new_tag)
    new.unlink()
    new_tag.unlink()
    return dropped


def _drop_sealed(path: Path, gone: _Gone, opener: Opener) -> int:
    """The same where salts stand beside their lines, all of it sealed; and the files that only
    such lines name."""
    new, dropped = path.with_name(path.name + ".new"), 0
    with new.open("wb") as out:
        sealer = Sealer(out, opener.recipient)
        for line in opener.lines(path):
            salt, _, text = line.partition(b" ")
            if text and _is_gone(text, gone):
                line = b""
                dropped += 1
                if sha := _record.decode(text).row.get("sha256"):
                    name = sealed_name(bytes.fromhex(salt.decode()), sha)
                    _wipe(path.parent / "media" / f"{name}.sealed")
            sealer.write(line + b"\n")
        sealer.close()
    if dropped:
        _overwrite(path, new)
    new.unlink()
    return dropped


def _wipe(path: Path) -> None:
    """Overwritten in place, then removed."""
    if path.exists():
        with path.open("r+b") as out:
            _fill(out, path.stat().st_size)
        path.unlink()


def _overwrite(old: Path, new: Path) -> None:
    """In place, not by renaming: what was dropped should not lie on in free blocks."""
    with old.open("r+b") as out, new.open("rb") as content:
        while block := content.read(1 << 20):
            out.write(block)
        _fill(out, max(old.stat().st_size - out.tell(), 0))
        out.truncate(new.stat().st_size)
        os.fsync(out.fileno())


def _fill(out: BinaryIO, size: int) -> None:
    """Zeros, on the disk."""
    while size > 0:
        size -= out.write(bytes(min(size, 1 << 20)))
    out.flush()
    os.fsync(out.fileno())
