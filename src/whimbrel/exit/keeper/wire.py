"""What a server and a keeper say to each other, inside TLS with certificates on both sides.

A message is its length (4 bytes), a word (1 byte) and what belongs to that; each has one answer.
Numbers are 8 bytes, the highest first."""

import asyncio
import struct
from collections.abc import Iterable
from enum import IntEnum
from hashlib import blake2b

from whimbrel.core.errors import Malformed
from whimbrel.core.keyring import DEAD, SLOT

SLOTS = 2048  # in a message, at most
NUMBERS = 8192  # of slots in a message, at most
BLOCK = 65_536  # slots under one digest, at most
MARK = 8  # bytes that tell one slot from another
NONE = bytes(MARK)  # of a slot that was shredded
LONGEST = 1 + 8 + 65_536  # bytes of a message
SERVER, RESTORE = "server", "restore"  # whom a certificate is for


class Word(IntEnum):
    """The first byte of a message."""

    DONE = 0
    HELLO = 1  # fingerprint of the keyring, 0 = not known; answer: how many slots are held
    PUT = 2  # number of the first, then slots; answer: how many are held now
    SHRED = 3  # numbers; answered when the disk has it
    ALIVE = 4  # numbers; answer: how many of them are held and not shredded
    GET = 5  # number of the first; answer: slots. For `RESTORE` alone
    DIGEST = 6  # number of the first, how many; answer: `digest` of them
    MARKS = 7  # number of the first; answer: `marks` of it and those that follow
    RENEW = 8  # number of the first, then slots in place of those held
    REFUSED = 255  # and why


def message(word: Word, held: bytes = b"") -> bytes:
    """The bytes of a message."""
    return struct.pack(">IB", 1 + len(held), word) + held


async def read(reader: asyncio.StreamReader) -> tuple[Word, bytes]:
    """The next message.

    Raises:
        Malformed: too long, or no word of ours.
        IncompleteReadError: the other side is gone.
    """
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    if not 1 <= length <= LONGEST:
        raise Malformed("A message is too long.")
    held = await reader.readexactly(length)
    try:
        return Word(held[0]), held[1:]
    except ValueError:
        raise Malformed("There is no such word.") from None


def packed(numbers: Iterable[int]) -> bytes:
    """Numbers as bytes."""
    return b"".join(number.to_bytes(8) for number in numbers)


def numbers(held: bytes) -> list[int]:
    """The reverse. Raises Malformed."""
    if len(held) % 8:
        raise Malformed("A number is cut short.")
    return [number for (number,) in struct.iter_unpack(">Q", held)]


def digest(own: bytes, slots: bytes) -> bytes:
    """What two sides compare that both have the server's `own` secret; it tells of no key."""
    return blake2b(slots, key=own, digest_size=32).digest()


def marks(own: bytes, slots: bytes) -> bytes:
    """The same for each slot, in `MARK` bytes."""
    return b"".join(
        NONE
        if slots[at : at + SLOT] == DEAD
        else blake2b(slots[at : at + SLOT], key=own, digest_size=MARK).digest()
        for at in range(0, len(slots), SLOT)
    )
