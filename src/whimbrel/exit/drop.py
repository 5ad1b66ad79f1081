"""Dropping from an older bag what a newer one says is no more, while what was signed still holds:
the line and its salt go, the commitment stays and tells nothing."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from whimbrel.core.errors import Invalid

from . import bag, read
from .export import Told, quiet
from .rules import Record, Statement, Tombstone

_record = msgspec.json.Decoder(Record)
_tombstone = msgspec.json.Decoder(Tombstone)
_Named = tuple[str, tuple[int | str, ...]]


def drop(root: Path, newer: Sequence[Path], told: Told = quiet) -> int:
    """Drop from the bag `root` what the bags that follow it, in their order, say is no more.

    What lies sealed stays as it is: to tell what that is takes the recipient's key.

    Returns:
        How many records were dropped.
    Raises:
        Invalid: one of the bags is not whole, or they do not follow each other.
    """
    try:
        bags, _ = read.verify_chain([root, *newer])
    except read.Wrong as wrong:
        raise Invalid(str(wrong)) from None
    gone: set[_Named] = set()
    hashes: set[str] = set()
    for later, statement in bags[1:]:
        for stone in _stones(later, statement):
            gone.add((stone.table, stone.key))
            if stone.sha256 is not None:
                hashes.add(stone.sha256)
    statement = bags[0][1]
    dropped = 0
    for done, held in enumerate(statement["files"]):
        told("Files", done, len(statement["files"]))
        if held["path"].endswith(".jsonl") and "/tombstones-" not in held["path"]:
            dropped += _drop_from(root, held["path"], gone)
    for digest in hashes:
        (root / "data/media" / digest).unlink(missing_ok=True)
    if dropped or hashes:
        made = msgspec.convert(statement, Statement)
        bag.write_manifests(root, made, made.made_at)
    return dropped


def _stones(root: Path, statement: object) -> list[Tombstone]:
    return [
        msgspec.convert(each, Tombstone) for each in read.records(root, statement, "tombstones")
    ]


def _drop_from(root: Path, name: str, gone: set[_Named]) -> int:
    path, tag = root / name, root / read.tag_of(name)
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
        # Overwritten in place, not renamed: what was dropped should not lie on in free blocks.
        _overwrite(path, new)
        _overwrite(tag, new_tag)
    new.unlink()
    new_tag.unlink()
    return dropped


def _is_gone(line: bytes, gone: set[_Named]) -> bool:
    record = _record.decode(line)
    return (record.table, record.key) in gone


def _overwrite(old: Path, new: Path) -> None:
    with old.open("r+b") as out, new.open("rb") as content:
        while block := content.read(1 << 20):
            out.write(block)
        out.write(bytes(max(old.stat().st_size - out.tell(), 0)))
        out.flush()
        os.fsync(out.fileno())
        out.truncate(new.stat().st_size)
        os.fsync(out.fileno())
