"""What tables hold, as numbers and hashes that two servers can compare.

They depend neither on the engine nor on the order in which rows come."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from whimbrel.core.tx import Tx

from . import catalogue
from .queries import proof, rows

Told = Callable[[str, int, int], None]  # what is done just now, how far, of how many

RANGES = 16  # of a table, by the hash of the key
NAMED = 5  # things named of those that are wrong
_PAGE = 2_000
# A server that is only opened sets slots aside, which no row depends on.
_APART = {"counters": frozenset({"slots"})}
_encode = msgspec.msgpack.Encoder().encode


class Sum(msgspec.Struct, frozen=True):
    """What a table holds: rows, and of each range of keys the sum of the hashes of its rows."""

    rows: int
    ranges: tuple[str, ...]


def quiet(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def sums(tx: Tx, told: Told = quiet, names: Iterable[str] = ()) -> dict[str, Sum]:
    """Rows and hashes of these tables (none named: of all), as of one moment."""
    with rows.snapshot(tx):
        return bare(tx, told, names)


def bare(tx: Tx, told: Told = quiet, names: Iterable[str] = ()) -> dict[str, Sum]:
    """The same where all that is read is of one moment already."""
    wanted = sorted(names or {*catalogue.TRAVELS, *catalogue.STAYS})
    found = {}
    for done, name in enumerate(wanted):
        told("rows", done, len(wanted))
        found[name] = _sum(name, rows.bare_pages(tx, name, _PAGE))
    return found


def _sum(name: str, pages: Iterator[list[Any]]) -> Sum:
    columns = rows.columns(name)
    key = [columns.index(each) for each in rows.keys(name)]
    flags = proof.flags(name)
    apart = _APART.get(name, frozenset())
    count, ranges = 0, [0] * RANGES
    for page in pages:
        for row in page:
            if apart and row[0] in apart:
                continue
            values = row
            if flags:  # SQLite has numbers for them
                values = list(row)
                for at in flags:
                    values[at] = None if row[at] is None else bool(row[at])
            at = sha256(_encode([row[each] for each in key])).digest()[0] % RANGES
            ranges[at] += int.from_bytes(sha256(_encode(values)).digest())
            count += 1
    return Sum(count, tuple(f"{each % (1 << 256):064x}" for each in ranges))


def differences(theirs: Mapping[str, Sum], ours: Mapping[str, Sum]) -> list[str]:
    """What of their rows is otherwise here, in words; nothing: they are equal in every row."""
    return [
        _differs(name, theirs.get(name), ours.get(name))
        for name in sorted({*theirs, *ours})
        if theirs.get(name) != ours.get(name)
    ]


def _differs(name: str, theirs: Sum | None, ours: Sum | None) -> str:
    if theirs is None or ours is None:
        return f"{name} is only {'here' if theirs is None else 'there'}"
    if theirs.rows != ours.rows:
        return f"{name} has {ours.rows} rows instead of {theirs.rows}"
    parts = sum(a != b for a, b in zip(theirs.ranges, ours.ranges, strict=True))
    return f"{name} differs in {parts} of {RANGES} ranges"
