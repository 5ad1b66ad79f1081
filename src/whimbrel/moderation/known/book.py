"""Lists of hashes: taken from a file, added to, given out. Whoever runs the server keeps them.

A file has a hash of 64 hexadecimal digits in each line, whatever else stands there: what
`threatexchange` prints, exports of tables as CSV, a bare list."""

import re

from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from ..events import KnownAgain
from ..queries import decisions
from ..queries import hashes as queries
from ..queries.hashes import HashList
from .search import SIZE

NAME_CHARS = 100
MOST = 1_000_000  # hashes of a list
KIND = "hash_list"  # in the log
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", re.IGNORECASE)


def read(text: str) -> tuple[set[bytes], int]:
    """The hashes of a file, and how many of its lines have something else."""
    found: set[bytes] = set()
    others = 0
    for line in text.splitlines():
        match = _HASH.search(line)
        if match is not None:
            found.add(bytes.fromhex(match[0]))
        elif line.strip() and not line.startswith("#"):
            others += 1
    return found, others


def every(tx: Tx) -> list[HashList]:
    """All lists, by name."""
    return queries.every(tx)


def named(tx: Tx, name: str) -> HashList:
    """One list. Raises NotFound."""
    found = next((each for each in queries.every(tx) if each.name == tidy(name)), None)
    if found is None:
        raise NotFound
    return found


def add(tx: Tx, name: str, hashes: set[bytes]) -> tuple[HashList, int]:
    """Put these on a list, which is made where there is none of that name; the list, and how many
    are new on it. What is here already is held against it.

    Raises:
        Invalid: no name, or too much for one list.
    Emits: KnownAgain
    """
    called = tidy(name)
    if not 0 < len(called) <= NAME_CHARS:
        raise Invalid(say("A name has 1 to %(most)s characters.", most=NAME_CHARS))
    tx.lock("hash lists", 0)
    try:
        found = named(tx, called)
    except NotFound:
        found = HashList(new_id(tx.now), called, 0, tx.ms)
        queries.add(tx, found)
        decisions.add(tx, None, "create", KIND, found.id, detail=called)
    return _changed(tx, found, "add", hashes)


def remove(tx: Tx, name: str, hashes: set[bytes]) -> tuple[HashList, int]:
    """Take these off a list; the list, and how many were on it. Raises NotFound."""
    tx.lock("hash lists", 0)
    return _changed(tx, named(tx, name), "remove", hashes)


def _changed(tx: Tx, found: HashList, how: str, hashes: set[bytes]) -> tuple[HashList, int]:
    before = _split(queries.hashes_of(tx, found.id))
    after = before | hashes if how == "add" else before - hashes
    many = abs(len(after) - len(before))
    if len(after) > MOST:
        raise Invalid(say("A list has at most %(most)s hashes.", most=MOST))
    if many:
        queries.change(tx, found.id, b"".join(sorted(after)), len(after))
        decisions.add(tx, None, how, KIND, found.id, detail=str(many))
        if how == "add":
            tx.emit(KnownAgain())
    return named(tx, found.name), many


def _split(hashes: bytes) -> set[bytes]:
    return {hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)}


def listed(tx: Tx, name: str) -> list[str]:
    """What is on a list, in hexadecimal. Raises NotFound."""
    return sorted(each.hex() for each in _split(queries.hashes_of(tx, named(tx, name).id)))


def drop(tx: Tx, name: str) -> HashList:
    """Keep a list no more. What was found by it stays as it is. Raises NotFound."""
    found = named(tx, name)
    queries.drop(tx, found.id)
    decisions.add(tx, None, "destroy", KIND, found.id, detail=found.name)
    return found
