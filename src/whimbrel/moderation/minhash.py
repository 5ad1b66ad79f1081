"""Words that are nearly the same: MinHash over shingles of words, cut into bands. Pure.

Two texts of which six in ten shingles are the same have a band in common more often than not; of
those that have three in ten alike, one in twenty does.

Source: Broder, On the resemblance and containment of documents (1997)"""

import re
from collections.abc import Iterator
from hashlib import blake2b

SHINGLE = 3  # words
BANDS, ROWS = 8, 4
SHORTEST = 4  # words: less is said by everybody
LONGEST = 400  # words that are looked at
_WORD = re.compile(r"\w+")
_PRIME = (1 << 61) - 1


def _factors() -> Iterator[tuple[int, int]]:
    for number in range(BANDS * ROWS):
        made = blake2b(b"minhash %d" % number, digest_size=16).digest()
        yield int.from_bytes(made[:8]) % _PRIME or 1, int.from_bytes(made[8:]) % _PRIME


_FACTORS = tuple(_factors())


def bands(text: str) -> list[bytes]:
    """What a text has in common with those that are nearly like it; none for a short one."""
    words = _WORD.findall(text.casefold())[:LONGEST]
    if len(words) < SHORTEST:
        return []
    shingles = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    hashes = [int.from_bytes(blake2b(each.encode(), digest_size=7).digest()) for each in shingles]
    least = [min((a * each + b) % _PRIME for each in hashes) for a, b in _FACTORS]
    rows = [least[at : at + ROWS] for at in range(0, len(least), ROWS)]
    return [b"%d %r" % (at, row) for at, row in enumerate(rows)]
