"""How far apart hashes are. Pure arithmetic on bytes; every hash is looked at each time.

numpy is only read where there is something to compare: it takes some 20 MB, and a server without
lists and letters never needs it."""

from typing import Any, NamedTuple

NEAR = 31  # bits of 256: within these its authors take two pictures for the same
SIZE = 32  # bytes of one

Rows = Any  # numpy's array of so many hashes times four 64-bit words


class Near(NamedTuple):
    """The nearest of many, and how far it is (bits)."""

    at: int
    distance: int


def rows(hashes: bytes) -> Rows:
    """Many hashes, for `nearest`: 32 bytes each."""
    import numpy as np

    return np.frombuffer(hashes, np.uint64).reshape(-1, SIZE // 8)


def nearest(pictures: bytes, among: Rows) -> Near | None:
    """The nearest to any of these pictures; None where none is near enough.

    Args:
        pictures: 32 bytes each, of one file.
    """
    import numpy as np

    if not len(among):
        return None
    found = []
    for each in rows(pictures):
        bits = np.bitwise_count(among ^ each).sum(axis=1, dtype=np.uint16)
        at = int(bits.argmin())
        found.append(Near(at, int(bits[at])))
    best = min(found, key=lambda near: near.distance, default=None)
    return best if best is not None and best.distance <= NEAR else None
