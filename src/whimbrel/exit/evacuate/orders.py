"""What the two nodes say to each other, through signed records at the witness and objects in the
store of the one that takes over. No other way between them is needed."""

from enum import StrEnum

import msgspec

from ..sums import Sum
from ..verify import Canary, Line

ORDER, ANSWER = "order", "answer"  # records: of the node that leaves, of the one that follows
ANY = "*"  # whichever node follows


class Wants(StrEnum):
    """What the node that leaves wants of the other."""

    NOTHING = "nothing"
    LAY = "lay"  # the database, as far as it is there
    VERIFY = "verify"  # the same, and prove that it is whole
    SERVE = "serve"  # the epoch is yours


class Did(StrEnum):
    """How far the other is."""

    FOLLOWS = "follows"
    LAID = "laid"
    VERIFIED = "verified"
    WRONG = "wrong"  # not whole, or it could not be laid
    PROMOTED = "promoted"


class Order(msgspec.Struct, frozen=True):
    """From the node that leaves. `manifest`: the key of the object that says what to lay."""

    evacuation: str
    number: int
    node: str  # whom it is for
    wants: Wants
    manifest: str = ""


class Answer(msgspec.Struct, frozen=True):
    """From the node that follows. `beat` is another one as long as it lives."""

    node: str
    address: str  # http(s)://HOST[:PORT] where it will serve; "" = nobody said
    beat: str
    evacuation: str = ""
    number: int = 0  # of the order that this answers
    did: Did = Did.FOLLOWS
    lines: tuple[Line, ...] = ()
    seconds: float = 0.0


class Left(msgspec.Struct, frozen=True, array_like=True):
    """A file that there was no time for: the want-list has these."""

    object: str
    size: int  # of the plain file


class Manifest(msgspec.Struct, frozen=True):
    """What makes up the server at one moment. `streams`: by name, the objects that hold it, one
    after the other: the file of SQLite, or each table of PostgreSQL."""

    engine: str
    revision: str  # of the database's shape
    streams: dict[str, list[str]]
    still: bool  # nothing is written any more; else the streams need not go together
    vault: dict[str, str]  # files of evidence, by their place: the object of each
    sums: dict[str, Sum]
    canaries: list[Canary]
    left: list[Left]
