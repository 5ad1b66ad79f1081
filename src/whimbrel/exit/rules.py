"""What a bag is made of, as values. Nothing here reads or writes."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

FORMAT = "whimbrel-bag/1"
LINES = 50_000  # of a file of records
SLICE = 100  # rows written in one transaction: each may need a slot
PAGE = 500  # rows read at once


AUTHOR = "post.author"  # whose account a row is where its own columns do not say


class Key(IntEnum):
    """Whose slot one half of a key is."""

    OWN = 0  # the row's
    ACCOUNT = 1  # that of the account it belongs to; the row's where there is none
    AUTHOR = 2  # the row's `author_slot`


class Seal(NamedTuple):
    """Under which slots a column is sealed."""

    number: Key
    author: Key


class Part(NamedTuple):
    """A kind of file in a bag."""

    name: str
    sealed: bool = False  # to the recipient


class Travels(NamedTuple):
    """How rows of a table travel.

    `sealed`: columns that lie sealed in the database. `owner`: the column that says whose account
    it is, for its slot, or `AUTHOR`. `row` and `place`: what a seal is bound to, where that is not
    the row's own key and "table.column". `drop`: columns that mean nothing elsewhere."""

    part: Part
    sealed: Mapping[str, Seal] = {}
    owner: str = "account"
    row: str = ""
    place: str = ""
    drop: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a bag: a row, what anybody may know of it, or the rest of that (`rest`).

    `object` is the same as an ActivityStreams object, for those who know no Whimbrel."""

    table: str
    key: tuple[int | str, ...]
    row: dict[str, Any]
    rest: bool = False
    object: dict[str, Any] | None = None


class Tombstone(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that says that a row is not in this part any more: it is no more, or it is for others
    now and stands in their part of the same bag. `rest`: nothing but what was told of it there."""

    table: str
    key: tuple[int | str, ...]
    rest: bool = False
    sha256: str | None = None  # of a file: its bytes, to be dropped from older bags


class Held(msgspec.Struct, frozen=True):
    """One file of records as the signed statement names it."""

    path: str
    lines: int
    root: str  # SHA-256 of its commitments, each with a line feed


class Statement(msgspec.Struct, frozen=True):
    """What is signed of a bag."""

    format: str
    instance: str
    made_at: str
    number: int  # of the bag in its chain, from 1
    first: int  # its lines are numbered from here ...
    last: int  # ... to here; first - 1 where there are none
    since: int  # what it builds on ends here; 0 = on nothing
    previous: str | None  # the hash of that bag
    counts: dict[str, int]  # records by table
    files: list[Held]
    also: dict[str, str]  # SHA-256 of FORMAT.md and of the reader
    recipient: str | None  # to whom the private part is sealed


class Export(msgspec.Struct, frozen=True):
    """`export.json`."""

    statement: Statement
    key: str  # Ed25519, hex
    signature: str


def canonical(statement: Statement) -> bytes:
    """The bytes that are signed, and whose SHA-256 is the hash of the bag."""
    return msgspec.json.encode(statement, order="sorted")
